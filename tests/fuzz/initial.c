/* The frames of QUIC Initials as they are once opened, which a fuzzer of whole
 * packets never gets past the seal of: for each packet [length: u16][bytes]; the
 * upper bit of the length says that the capture cut it. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "dissectors/quic_frames.h"
#include "dissectors/tls_hello.h"
#include "target.h"

enum { CUT = 0x8000, LOST = 40, PACKETS_MOST = 64 };

static bool is_inside(const uint8_t *at, size_t n, const uint8_t *bytes, size_t all)
{
	return !n || (at >= bytes && n <= all && (size_t)(at - bytes) <= all - n);
}

static void check_stream(const struct quic_stream *s)
{
	size_t bytes = 0;

	assert(s->n <= QUIC_RANGES_MOST);
	for (unsigned i = 0; i < s->n; i++) {
		assert(s->ranges[i].from < s->ranges[i].to && s->ranges[i].to <= QUIC_HELLO_MOST);
		assert(i == 0 || s->ranges[i - 1].to < s->ranges[i].from);
		bytes += (size_t)(s->ranges[i].to - s->ranges[i].from);
	}
	assert(bytes == quic_stream_bytes(s) && quic_stream_ready(s) <= bytes);
}

static void check_hello(const struct quic_stream *s)
{
	size_t n = quic_stream_ready(s);
	uint8_t *copy = malloc(n + 1);
	struct tls_hello hello;

	memcpy(copy, s->bytes, n);
	(void)!tls_client_hello_parse(cursor_of(copy, n, n), false, &hello);
	assert(is_inside(hello.sni, hello.sni_n, copy, n) && is_inside(hello.alpn, hello.alpn_n, copy, n));
	if (n > 4) { /* behind the handshake header, as its length says */
		struct cursor c = cursor_of(copy + 1, n - 1, n - 1);
		size_t length = cursor_u24(&c);
		(void)!tls_client_hello_parse(cursor_of(c.at, c.left < length ? c.left : length, length), false, &hello);
		assert(is_inside(hello.sni, hello.sni_n, copy, n));
	}
	free(copy);
}

static void take(struct quic_stream *s, struct cursor bytes, size_t lost)
{
	size_t n = bytes.left;
	uint8_t *copy = malloc(n ? n : 1);
	struct quic_close close = {0};

	cursor_copy(&bytes, copy, n);
	(void)!quic_frames_parse(cursor_of(copy, n, n + lost), s, &close);
	assert(!close.present || is_inside(close.reason, close.reason_n, copy, n));
	(void)!quic_frames_parse(cursor_of(copy, n, n + lost), NULL, &close);
	if (s)
		check_stream(s);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(data, size, size);
	struct quic_stream *s = calloc(1, sizeof *s);

	for (unsigned n = 0; c.left >= 2 && n < PACKETS_MOST; n++) {
		uint16_t head = cursor_u16(&c);
		size_t length = head & ~CUT;
		take(s, cursor_take(&c, length < c.left ? length : c.left), head & CUT ? LOST : 0);
	}
	check_hello(s);
	free(s);
	return 0;
}
