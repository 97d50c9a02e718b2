/* Frames built by hand, from the inside out: each function prepends its header to what is already there. */
#ifndef TEST_DECODE_BUILD_H
#define TEST_DECODE_BUILD_H

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "decode/decode.h"

#define BUILD_MOST 70000

struct build {
	uint8_t room[BUILD_MOST];
	size_t n; /* the last n bytes of room */
};

static inline uint8_t *build_bytes(struct build *b)
{
	return b->room + BUILD_MOST - b->n;
}

static inline void before(struct build *b, const void *bytes, size_t n)
{
	assert(b->n + n <= BUILD_MOST);
	b->n += n;
	memcpy(build_bytes(b), bytes, n);
}

/* "45 00 …", blanks as you like. */
static inline void before_hex(struct build *b, const char *hex)
{
	uint8_t out[256];
	size_t n = 0;

	for (; *hex; hex++) {
		char digits[3] = {hex[0], hex[1], 0};
		if (*hex == ' ')
			continue;
		assert(n < sizeof out);
		out[n++] = (uint8_t)strtoul(digits, NULL, 16);
		hex++;
	}
	before(b, out, n);
}

static inline void before8(struct build *b, unsigned v)
{
	before(b, &(uint8_t){(uint8_t)v}, 1);
}

static inline void before16(struct build *b, unsigned v)
{
	before(b, (uint8_t[]){(uint8_t)(v >> 8), (uint8_t)v}, 2);
}

static inline void before32(struct build *b, uint32_t v)
{
	before16(b, v & 0xffff);
	before16(b, v >> 16);
}

static inline void after_zeros(struct build *b, size_t n)
{
	memmove(build_bytes(b) - n, build_bytes(b), b->n);
	b->n += n;
	memset(b->room + BUILD_MOST - n, 0, n);
}

/* TCP 40000 → 443, or as given; the data offset covers `options` bytes that are already there. */
static inline void tcp_of(struct build *b, unsigned sport, unsigned dport, uint32_t seq, unsigned flags, size_t options)
{
	before32(b, 0x12340000);
	before16(b, 0x2000);
	before16(b, (unsigned)(5 + options / 4) << 12 | flags);
	before32(b, 77);
	before32(b, seq);
	before16(b, dport);
	before16(b, sport);
}

static inline void udp_of(struct build *b, unsigned sport, unsigned dport)
{
	before16(b, 0);
	before16(b, (unsigned)b->n + 6);
	before16(b, dport);
	before16(b, sport);
}

/* 192.0.2.1 → 198.51.100.7; field is the fragment field */
static inline void ip4_of(struct build *b, unsigned proto, unsigned id, unsigned field, unsigned ttl)
{
	before_hex(b, "c0 00 02 01 c6 33 64 07");
	before16(b, 0);
	before8(b, proto);
	before8(b, ttl);
	before16(b, field);
	before16(b, id);
	before16(b, (unsigned)b->n + 4);
	before16(b, 0x4500);
}

static inline void ip4(struct build *b, unsigned proto)
{
	ip4_of(b, proto, 1, 0x4000, 64);
}

/* 2001:db8::1 → 2001:db8::2 */
static inline void ip6(struct build *b, unsigned next)
{
	size_t n = b->n;

	before_hex(b, "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 02");
	before_hex(b, "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01");
	before8(b, 64);
	before8(b, next);
	before16(b, (unsigned)n);
	before32(b, 0x60000000);
}

static inline void ethernet(struct build *b, unsigned type)
{
	before16(b, type);
	before_hex(b, "02 00 00 00 00 02 02 00 00 00 00 01");
}

static inline struct build *build_new(const char *payload)
{
	struct build *b = calloc(1, sizeof *b);

	assert(b);
	before(b, payload, strlen(payload));
	return b;
}

/* The inner packet used by most tests. */
static inline struct build *tcp4(void)
{
	struct build *b = build_new("hello");

	tcp_of(b, 40000, 443, 1000, TCP_ACK | TCP_PSH, 0);
	ip4(b, 6);
	return b;
}

static inline struct build *tcp6(void)
{
	struct build *b = build_new("hello");

	tcp_of(b, 40000, 443, 1000, TCP_ACK | TCP_PSH, 0);
	ip6(b, 6);
	return b;
}

/* Decode the first `captured` bytes of a frame of `length` from a heap block of
 * exactly that size, which stays in *ret_copy for the caller to free. */
static inline enum err decode_copy(struct decoder *d, const uint8_t *bytes, size_t captured, size_t length,
                                   unsigned link, int64_t time_us, struct packet *p, uint8_t **ret_copy)
{
	static struct frame f;

	*ret_copy = malloc(captured ? captured : 1);
	assert(*ret_copy);
	memcpy(*ret_copy, bytes, captured);
	f = (struct frame){.time_us = time_us, .number = 1, .bytes = *ret_copy, .captured = (uint32_t)captured,
	                   .length = (uint32_t)length, .link = (uint16_t)link};
	return decode_frame(d, &f, p);
}

/* Likewise for a whole frame whose payload bytes are not needed afterwards. */
static inline enum err decode_at(struct decoder *d, struct build *b, unsigned link, int64_t time_us, struct packet *p)
{
	uint8_t *copy;
	enum err e = decode_copy(d, build_bytes(b), b->n, b->n, link, time_us, p, &copy);

	free(copy);
	return e;
}

#endif
