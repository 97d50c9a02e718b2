/* The frames of a decrypted Initial, and the ClientHello that its CRYPTO frames carry: out of
 * order, in pieces and overlapping. */
#ifndef DISSECTORS_QUIC_FRAMES_H
#define DISSECTORS_QUIC_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/err.h"

#define QUIC_FRAMES_MOST 512 /* of one packet (a run of padding is one); then ERR_LIMIT */
#define QUIC_RANGES_MOST 64  /* separate pieces of the stream; further ones are dropped, ERR_LIMIT */
#define QUIC_HELLO_MOST 15872 /* bytes of the stream; later ones are dropped, ERR_LIMIT */

/* The beginning of one side's CRYPTO stream. Zeroed: nothing has come. */
struct quic_stream {
	uint16_t n; /* of ranges, sorted, with gaps between them */
	struct quic_range {
		uint16_t from, to; /* bytes that have come, `to` excluded */
	} ranges[QUIC_RANGES_MOST];
	uint8_t bytes[QUIC_HELLO_MOST];
};

struct quic_close {
	bool present;
	uint64_t error;
	const uint8_t *reason;
	size_t reason_n;
};

/* Variable-length integer. source  RFC 9000 16 */
uint64_t quic_varint(struct cursor *c);

/* Read the frames of one Initial.
 * in      stream: may be NULL where CRYPTO frames do not matter
 * out     stream: takes what is new in it; ret_close: CONNECTION_CLOSE, its reason points into plain
 * errors  ERR_TRUNCATED, ERR_MALFORMED (a frame that no Initial may hold), ERR_LIMIT; earlier frames count
 * source  RFC 9000 12.4, 17.2.2, 19.1-19.3, 19.6, 19.19 */
enum err quic_frames_parse(struct cursor plain, struct quic_stream *stream, struct quic_close *ret_close);

/* Keep a piece of the stream; where it overlaps older ones, these win.
 * errors  ERR_LIMIT: beyond QUIC_HELLO_MOST or QUIC_RANGES_MOST, (partly) dropped */
enum err quic_stream_add(struct quic_stream *stream, uint64_t offset, struct cursor data);

/* How many bytes have come without a hole. */
size_t quic_stream_ready(const struct quic_stream *stream);

/* How many bytes have come in all. */
size_t quic_stream_bytes(const struct quic_stream *stream);

#endif
