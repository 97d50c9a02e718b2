#include "dissectors/quic_frames.h"

#include <string.h>

enum {
	FRAME_PADDING = 0x00,
	FRAME_PING = 0x01,
	FRAME_ACK = 0x02,
	FRAME_ACK_ECN = 0x03,
	FRAME_CRYPTO = 0x06,
	FRAME_CLOSE = 0x1c,
};

#define PADDING_STEP 32u

uint64_t quic_varint(struct cursor *c)
{
	uint8_t first = cursor_u8(c);
	uint64_t v = first & 0x3f;

	for (unsigned more = (1u << (first >> 6)) - 1; more; more--)
		v = v << 8 | cursor_u8(c);
	return c->err == ERR_OK ? v : 0;
}

/* ---- the stream */

size_t quic_stream_ready(const struct quic_stream *stream)
{
	return stream->n && stream->ranges[0].from == 0 ? stream->ranges[0].to : 0;
}

size_t quic_stream_bytes(const struct quic_stream *stream)
{
	size_t n = 0;

	for (unsigned i = 0; i < stream->n; i++)
		n += stream->ranges[i].to - stream->ranges[i].from;
	return n;
}

/* Copy data to `from`, except what has come already. It touches the ranges lo to hi-1. */
static void fill_holes(struct quic_stream *s, size_t from, struct cursor data, unsigned lo, unsigned hi)
{
	for (unsigned i = lo; i < hi && data.left; i++) {
		const struct quic_range *r = &s->ranges[i];
		if (r->from > from) {
			size_t hole = r->from - from < data.left ? r->from - from : data.left;
			cursor_copy(&data, s->bytes + from, hole);
			from += hole;
		}
		if (r->to > from) {
			size_t known = r->to - from < data.left ? r->to - from : data.left;
			cursor_skip(&data, known);
			from += known;
		}
	}
	cursor_copy(&data, s->bytes + from, data.left);
}

/* Replace the ranges lo to hi-1, which it touches, by [from, to) joined with them. */
static void join_ranges(struct quic_stream *s, struct quic_range new, unsigned lo, unsigned hi)
{
	if (lo < hi) {
		if (s->ranges[lo].from < new.from)
			new.from = s->ranges[lo].from;
		if (s->ranges[hi - 1].to > new.to)
			new.to = s->ranges[hi - 1].to;
	}
	memmove(&s->ranges[lo + 1], &s->ranges[hi], (s->n - hi) * sizeof *s->ranges);
	s->ranges[lo] = new;
	s->n = (uint16_t)(s->n - (hi - lo) + 1);
}

enum err quic_stream_add(struct quic_stream *stream, uint64_t offset, struct cursor data)
{
	unsigned lo = 0;

	if (offset >= QUIC_HELLO_MOST)
		return data.left ? ERR_LIMIT : ERR_OK;
	size_t from = (size_t)offset, room = QUIC_HELLO_MOST - from;
	size_t n = data.left < room ? data.left : room;
	struct cursor fits = cursor_of(data.at, n, n);
	enum err e = fits.left < data.left ? ERR_LIMIT : ERR_OK;
	size_t to = from + fits.left;
	if (fits.left == 0)
		return e;
	while (lo < stream->n && stream->ranges[lo].to < from)
		lo++;
	unsigned hi = lo;
	while (hi < stream->n && stream->ranges[hi].from <= to)
		hi++;
	if (lo == hi && stream->n == QUIC_RANGES_MOST)
		return ERR_LIMIT;
	fill_holes(stream, from, fits, lo, hi);
	join_ranges(stream, (struct quic_range){(uint16_t)from, (uint16_t)to}, lo, hi);
	return e;
}

/* ---- frames */

/* Zeros; a client's first datagram has a thousand. */
static void skip_padding(struct cursor *c)
{
	while (cursor_has(c, PADDING_STEP) && !(cursor_peek_word(c, 0) | cursor_peek_word(c, 8) |
	                                        cursor_peek_word(c, 16) | cursor_peek_word(c, 24)))
		cursor_skip(c, PADDING_STEP);
	while (c->left && cursor_peek(c, 0) == FRAME_PADDING)
		cursor_skip(c, 1);
}

/* Source: RFC 9000 19.3 (each range takes at least two bytes, so the count need not be trusted) */
static void skip_ack(struct cursor *c, bool ecn)
{
	quic_varint(c);
	quic_varint(c);
	uint64_t ranges = quic_varint(c);
	quic_varint(c);
	for (; ranges && c->err == ERR_OK; ranges--) {
		quic_varint(c);
		quic_varint(c);
	}
	for (unsigned i = 0; ecn && i < 3; i++)
		quic_varint(c);
}

/* The next `length` bytes; the length may be anything below 2^62. */
static struct cursor take_varint(struct cursor *c)
{
	uint64_t length = quic_varint(c);

	return cursor_take(c, length < SIZE_MAX ? (size_t)length : SIZE_MAX);
}

/* Source: RFC 9000 19.6 */
static enum err parse_crypto(struct cursor *c, struct quic_stream *stream)
{
	uint64_t offset = quic_varint(c);
	struct cursor data = take_varint(c);

	if (c->err != ERR_OK || !stream)
		return c->err;
	enum err e = quic_stream_add(stream, offset, data);
	return data.lost ? ERR_TRUNCATED : e;
}

/* Source: RFC 9000 19.19 */
static enum err parse_close(struct cursor *c, struct quic_close *ret_close)
{
	struct quic_close close = {.present = true, .error = quic_varint(c)};

	quic_varint(c); /* the frame type at fault */
	struct cursor reason = take_varint(c);
	if (c->err != ERR_OK)
		return c->err;
	close.reason = reason.at;
	close.reason_n = reason.left;
	*ret_close = close;
	return reason.lost ? ERR_TRUNCATED : ERR_OK;
}

static enum err parse_frame(struct cursor *c, struct quic_stream *stream, struct quic_close *ret_close)
{
	uint64_t type = quic_varint(c);

	switch (type) {
	case FRAME_PADDING:
		skip_padding(c);
		return c->err;
	case FRAME_PING:
		return c->err;
	case FRAME_ACK:
	case FRAME_ACK_ECN:
		skip_ack(c, type == FRAME_ACK_ECN);
		return c->err;
	case FRAME_CRYPTO:
		return parse_crypto(c, stream);
	case FRAME_CLOSE:
		return parse_close(c, ret_close);
	default:
		return c->err != ERR_OK ? c->err : ERR_MALFORMED;
	}
}

enum err quic_frames_parse(struct cursor plain, struct quic_stream *stream, struct quic_close *ret_close)
{
	struct cursor c = plain;
	enum err e = ERR_OK;

	*ret_close = (struct quic_close){0};
	for (unsigned frames = 0; cursor_wire(&c) && (e == ERR_OK || e == ERR_LIMIT) && c.err == ERR_OK; frames++) {
		if (frames == QUIC_FRAMES_MOST)
			return ERR_LIMIT;
		enum err one = parse_frame(&c, stream, ret_close);
		e = one != ERR_OK ? one : e;
	}
	return e;
}
