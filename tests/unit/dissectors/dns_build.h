/* Builds DNS messages, including malformed ones. */
#ifndef TESTS_DNS_BUILD_H
#define TESTS_DNS_BUILD_H

#include "said.h"

enum { QUERY = 0x0100, ANSWER = 0x8180, CUT_ANSWER = 0x8380, NXDOMAIN = 0x8183 };
enum { A = 1, CNAME = 5, SOA = 6, AAAA = 28, OPT = 41, HTTPS = 65 };
#define QUESTION_AT 12

/* A message under construction. */
struct message {
	uint8_t at[65535];
	size_t n;
};

static struct message m;

static inline void put(const void *bytes, size_t n)
{
	assert_true(m.n + n <= sizeof m.at);
	memcpy(m.at + m.n, bytes, n);
	m.n += n;
}

static inline void put16(unsigned v)
{
	put(&(uint8_t[]){(uint8_t)(v >> 8), (uint8_t)v}, 2);
}

static inline void put32(uint32_t v)
{
	put16(v >> 16);
	put16(v & 0xffff);
}

/* Labels and the root; the text ends with a dot. */
static inline void put_name(const char *text)
{
	for (size_t n = strcspn(text, "."); n; text += n + 1, n = strcspn(text, ".")) {
		put(&(uint8_t){(uint8_t)n}, 1);
		put(text, n);
	}
	put("", 1);
}

static inline void put_pointer(size_t target)
{
	put16(0xc000 | (unsigned)target);
}

static inline void begin_message(unsigned flags, unsigned questions, unsigned answers, unsigned authority, unsigned extra)
{
	m.n = 0;
	put16(0x1234);
	put16(flags);
	put16(questions);
	put16(answers);
	put16(authority);
	put16(extra);
}

static inline void put_question(const char *name, unsigned type)
{
	put_name(name);
	put16(type);
	put16(1);
}

/* After an owner name. */
static inline void put_fields(unsigned type, uint32_t ttl, const void *data, size_t n)
{
	put16(type);
	put16(1);
	put32(ttl);
	put16((unsigned)n);
	put(data, n);
}

static inline void put_opt(uint32_t ttl, size_t n)
{
	put("", 1);
	put16(OPT);
	put16(1232);
	put32(ttl);
	put16((unsigned)n);
}

#endif
