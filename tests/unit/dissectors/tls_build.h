/* Builds TLS records and hellos, including malformed ones. */
#ifndef TESTS_TLS_BUILD_H
#define TESTS_TLS_BUILD_H

#include "said.h"

enum { CCS = 20, ALERT, HANDSHAKE, APPLICATION };
enum { CLIENT_HELLO = 1, SERVER_HELLO = 2, CERTIFICATE = 11 };

/* Bytes under construction. */
struct bytes {
	uint8_t at[70000];
	size_t n;
};

static struct bytes hello, wire;

/* The stream being read; each case begins and ends one, and may restart it. */
extern const struct dissector dissector_tls;
static struct feed f;

static inline int begin(void **unused)
{
	(void)unused;
	wire.n = 0;
	feed_begin(&f, &dissector_tls);
	return 0;
}

static inline int end(void **unused)
{
	(void)unused;
	feed_end(&f);
	return 0;
}

static inline void again(void)
{
	end(NULL);
	begin(NULL);
}

static inline void put(struct bytes *b, const void *bytes, size_t n)
{
	assert_true(b->n + n <= sizeof b->at);
	memcpy(b->at + b->n, bytes, n);
	b->n += n;
}

static inline void put_zeros(struct bytes *b, size_t n)
{
	while (n--)
		put(b, "", 1);
}

static inline void put_n(struct bytes *b, uint32_t v, unsigned size)
{
	while (size--)
		put(b, &(uint8_t){(uint8_t)(v >> 8 * size)}, 1);
}

static inline void put_extension(struct bytes *b, uint16_t type, const void *data, size_t n)
{
	put_n(b, type, 2);
	put_n(b, (uint32_t)n, 2);
	put(b, data, n);
}

static inline void put_message(struct bytes *b, uint8_t type, const struct bytes *body)
{
	put_n(b, type, 1);
	put_n(b, (uint32_t)body->n, 3);
	put(b, body->at, body->n);
}

/* Records of at most `size` bytes each. */
static inline void put_records(struct bytes *b, uint8_t type, const struct bytes *data, size_t size)
{
	for (size_t at = 0; at < data->n; at += size) {
		size_t n = data->n - at < size ? data->n - at : size;
		put_n(b, type, 1);
		put_n(b, 0x0303, 2);
		put_n(b, (uint32_t)n, 2);
		put(b, data->at + at, n);
	}
}

/* Both kinds of hello, with these extensions. */
static inline void make_hello(uint8_t type, const struct bytes *extensions)
{
	static struct bytes body;

	body.n = hello.n = 0;
	put_n(&body, 0x0303, 2);
	put_zeros(&body, 32 + 1);
	put(&body, type == CLIENT_HELLO ? "\0\2\x13\1\1\0" : "\x13\1\0", type == CLIENT_HELLO ? 6 : 3);
	put_n(&body, (uint32_t)extensions->n, 2);
	put(&body, extensions->at, extensions->n);
	put_message(&hello, type, &body);
}

static inline void make_client_hello(size_t padding)
{
	static struct bytes e;

	e.n = 0;
	put_extension(&e, 0, BYTES("\0\x10\0\0\x0dWww.Example.x"));
	put_extension(&e, 16, BYTES("\0\6\2\x0a\x0a\2h2"));
	put_extension(&e, 43, BYTES("\6\x2a\x2a\3\4\3\3"));
	put_n(&e, 51, 2);
	put_n(&e, (uint32_t)padding, 2);
	put_zeros(&e, padding);
	make_hello(CLIENT_HELLO, &e);
}

static inline void make_server_hello(bool tls13)
{
	static struct bytes e;

	e.n = 0;
	if (tls13)
		put_extension(&e, 43, BYTES("\3\4"));
	make_hello(SERVER_HELLO, &e);
}

#endif
