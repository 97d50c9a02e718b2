/* The first bytes of one direction of a TCP connection, in order. */
#ifndef FLOW_STREAM_H
#define FLOW_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"

struct segment; /* out of order: arrived too early */

struct stream {
	uint8_t *bytes; /* in order, not consumed yet */
	uint32_t n, room;
	uint32_t next;  /* sequence number after them */
	struct segment *early;
	uint16_t early_n;
	bool started;
	bool cut;       /* bytes are missing for good (snaplen, loss, a bound): nothing comes after */
};

/* What all streams of a worker hold together. */
struct stream_pool {
	size_t bytes, most;
	uint64_t refused;  /* segments not kept because the bound of all was reached */
	uint64_t given_up; /* streams that reached their own bound: too long or in too many pieces */
};

/* Begin at a sequence number (after the SYN, or of the first byte seen). */
void stream_start(struct stream *s, uint32_t seq);

/* Give a segment; returns the bytes that can be read now, in order: those of
 * the segment itself where nothing was waiting. The cursor is open unless the
 * capture cut the segment. Valid until the next call for this stream. */
struct cursor stream_feed(struct stream *s, struct stream_pool *pool, uint32_t seq, struct cursor payload);

/* What was kept, to be read again without a new segment. */
struct cursor stream_kept(const struct stream *s);

/* Keep what the reader left of the cursor that stream_feed() gave. */
void stream_keep(struct stream *s, struct stream_pool *pool, struct cursor rest);

/* Skip what the capture cut off the last segment, and forget what was kept: reading continues after
 * it. Not after a bound was reached. */
void stream_pass(struct stream *s, size_t lost);

void stream_release(struct stream *s, struct stream_pool *pool);

#endif
