#include "flow/stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "flow/story.h"

#define ROOM_FIRST 256u /* bytes; most streams buffer less */

struct segment {
	struct segment *next; /* by sequence number */
	uint32_t seq, n;
	uint8_t bytes[];
};

/* What a segment takes of the pool: with the allocator's overhead, which dominates for a segment of one byte. */
static size_t segment_bytes(uint32_t n)
{
	return sizeof(struct segment) + n + 2 * sizeof(size_t);
}

void stream_start(struct stream *s, uint32_t seq)
{
	s->next = seq;
	s->started = true;
}

/* Whether the stream's own bound (too_much) or the pool's would be exceeded; counts which. */
static bool is_beyond(struct stream_pool *pool, bool too_much, size_t more)
{
	if (too_much)
		pool->given_up++;
	else if (pool->bytes + more > pool->most)
		pool->refused++;
	else
		return false;
	return true;
}

static bool reserve(struct stream *s, struct stream_pool *pool, uint32_t n)
{
	if (n <= s->room)
		return true;
	uint32_t room = s->room ? s->room : ROOM_FIRST;
	while (room < n)
		room *= 2;
	if (is_beyond(pool, n > STREAM_MOST_BYTES, room - s->room))
		return false;
	uint8_t *bytes = realloc(s->bytes, room);
	if (!bytes)
		return false;
	pool->bytes += room - s->room;
	s->bytes = bytes;
	s->room = room;
	return true;
}

static void append(struct stream *s, struct stream_pool *pool, struct cursor payload)
{
	uint32_t n = (uint32_t)payload.left;

	if (!n) /* the capture cut all of it */
		return;
	s->next += n;
	if (!reserve(s, pool, s->n + n)) {
		s->cut = true;
		return;
	}
	cursor_copy(&payload, s->bytes + s->n, n);
	s->n += n;
}

/* Keep a segment that arrived out of order. */
static void hold(struct stream *s, struct stream_pool *pool, uint32_t seq, struct cursor payload)
{
	struct segment **at = &s->early;
	size_t n = payload.left;

	if (seq - s->next > STREAM_MOST_BYTES || n == 0)
		return;
	if (is_beyond(pool, s->early_n >= STREAM_HOLES_MOST, segment_bytes((uint32_t)n))) {
		s->cut = true;
		return;
	}
	while (*at && seq_before((*at)->seq, seq))
		at = &(*at)->next;
	if (*at && (*at)->seq == seq && (*at)->n >= n)
		return;
	struct segment *new = malloc(sizeof *new + n);
	if (!new)
		return;
	*new = (struct segment){.next = *at, .seq = seq, .n = (uint32_t)n};
	cursor_copy(&payload, new->bytes, n);
	*at = new;
	s->early_n++;
	pool->bytes += segment_bytes(new->n);
}

static void drop_first(struct stream *s, struct stream_pool *pool)
{
	struct segment *first = s->early;

	s->early = first->next;
	s->early_n--;
	pool->bytes -= segment_bytes(first->n);
	free(first);
}

/* Append early segments that are in order now. The first copy of a byte wins. */
static void join(struct stream *s, struct stream_pool *pool)
{
	while (s->early && !seq_before(s->next, s->early->seq) && !s->cut) {
		struct cursor c = cursor_of(s->early->bytes, s->early->n, s->early->n);
		uint32_t old = s->next - s->early->seq;
		if (old < s->early->n) {
			cursor_skip(&c, old);
			append(s, pool, c);
		}
		drop_first(s, pool);
	}
}

static struct cursor readable(const struct stream *s, size_t lost)
{
	struct cursor c = cursor_of(s->bytes, s->n, s->n + lost);

	c.open = lost == 0 && !s->cut;
	return c;
}

struct cursor stream_feed(struct stream *s, struct stream_pool *pool, uint32_t seq, struct cursor payload)
{
	if (!s->started)
		stream_start(s, seq);
	if (s->cut)
		return (struct cursor){0};
	if (seq_before(seq, s->next)) {
		uint32_t old = s->next - seq;
		if (old >= cursor_wire(&payload))
			return readable(s, 0);
		cursor_skip(&payload, old);
		seq = s->next;
		if (payload.err != ERR_OK)
			return (struct cursor){0};
	}
	if (seq != s->next) {
		hold(s, pool, seq, payload);
		return readable(s, 0);
	}
	if (s->n == 0 && !s->early) { /* the common case: read it in place */
		s->next += (uint32_t)payload.left;
		s->cut = payload.lost > 0;
		payload.open = !s->cut;
		return payload;
	}
	size_t lost = payload.lost;
	append(s, pool, payload);
	if (s->cut) /* beyond a bound: nothing was kept */
		lost = 0;
	s->cut |= lost > 0;
	join(s, pool);
	return readable(s, lost);
}

struct cursor stream_kept(const struct stream *s)
{
	return readable(s, 0);
}

void stream_keep(struct stream *s, struct stream_pool *pool, struct cursor rest)
{
	uint32_t n = (uint32_t)rest.left;

	bool inside = s->n && rest.at >= s->bytes && rest.at < s->bytes + s->room;

	if (n && inside) {
		if (rest.at != s->bytes)
			memmove(s->bytes, rest.at, n);
	} else if (n) {
		if (!reserve(s, pool, n)) {
			s->cut = true;
			return;
		}
		memcpy(s->bytes, rest.at, n);
	}
	s->n = n;
}

void stream_pass(struct stream *s, size_t lost)
{
	s->next += (uint32_t)lost;
	s->n = 0;
	s->cut = false;
}

void stream_release(struct stream *s, struct stream_pool *pool)
{
	while (s->early)
		drop_first(s, pool);
	pool->bytes -= s->room;
	free(s->bytes);
	s->bytes = NULL;
	s->n = s->room = 0;
}
