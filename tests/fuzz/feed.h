/* Feeds a dissector as its caller would: flows from a seed, streams that keep
 * what was not consumed, bytes in heap copies of their exact size. Shared by
 * the fuzz targets and the every-cut test.
 *
 * A seed is one flow: chunks of [side: u8, 0 client, 1 server][length: u16][bytes],
 * in the order in which they were sent; the last may be shorter than it says. */
#ifndef TESTS_FUZZ_FEED_H
#define TESTS_FUZZ_FEED_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "dissectors/dissector.h"

#define FEED_CHUNKS_MOST 64
#define FEED_STREAM_MOST 65536

struct feed_chunk {
	enum side side;
	const uint8_t *at;
	size_t n;
};

struct feed_seed {
	struct feed_chunk chunks[FEED_CHUNKS_MOST];
	size_t n;
};

struct feed {
	const struct dissector *dissector;
	uint64_t state[DISSECTOR_STATE / 8];
	uint8_t *kept[2]; /* of a stream: not consumed yet */
	size_t kept_n[2];
	struct facts facts; /* of the last parse */
	struct text log;    /* one line a fact, of all */
	enum err worst;     /* the first error but ERR_MORE */
	bool over[2];
	bool unasked;       /* parse datagrams that the probe refuses too */
};

static inline struct feed_seed feed_seed_read(const uint8_t *bytes, size_t n)
{
	struct cursor c = cursor_of(bytes, n, n);
	struct feed_seed seed = {.n = 0};

	while (seed.n < FEED_CHUNKS_MOST && c.left >= 3) {
		enum side side = cursor_u8(&c) & 1 ? SIDE_SERVER : SIDE_CLIENT;
		size_t size = cursor_u16(&c);
		if (size > c.left)
			size = c.left;
		seed.chunks[seed.n++] = (struct feed_chunk){side, cursor_bytes(&c, size), size};
	}
	return seed;
}

static inline void feed_begin(struct feed *f, const struct dissector *dissector)
{
	memset(f, 0, sizeof *f);
	f->dissector = dissector;
	if (!dissector->block_bytes)
		return;
	/* Of the rest any bytes may be there. */
	uint8_t *block = malloc(dissector->block_bytes);
	memset(block, 0, dissector->block_zeroed);
	memset(block + dissector->block_zeroed, 0xa5, dissector->block_bytes - dissector->block_zeroed);
	((struct dissector_block *)f->state)->at = block;
}

static inline void feed_end(struct feed *f)
{
	if (f->dissector->block_bytes)
		free(((struct dissector_block *)f->state)->at);
	free(f->kept[0]);
	free(f->kept[1]);
	text_release(&f->log);
}

static inline void feed_log(struct feed *f, enum side side)
{
	char address[ADDR_TEXT];

	for (unsigned i = 0; i < f->facts.n; i++) {
		const struct fact *x = &f->facts.list[i];
		text_addf(&f->log, "%c kind=%d code=%u flag=%d n=%" PRIu32 " number=%" PRIu32 " id=%" PRIx64 " %s '%s' '%s'\n",
		          side == SIDE_CLIENT ? 'c' : 's', (int)x->kind, x->code, x->flag, x->n, x->number, x->id,
		          addr_format(&x->address, address), x->name, x->other);
	}
}

static inline enum err feed_parse(struct feed *f, struct cursor *c, enum side side)
{
	facts_clear(&f->facts);
	enum err e = f->dissector->parse(f->state, c, side, &f->facts);
	feed_log(f, side);
	if (e != ERR_OK && e != ERR_MORE && f->worst == ERR_OK)
		f->worst = e;
	struct dissector_block *block = (struct dissector_block *)f->state;
	if (f->dissector->block_bytes && block->over) {
		free(block->at);
		block->at = NULL;
	}
	return e;
}

/* Parse a stream until it asks for more; what is left is kept. */
static inline void feed_stream(struct feed *f, enum side side, struct cursor c)
{
	enum err e = ERR_OK;
	size_t lost = c.lost;

	for (size_t before = SIZE_MAX; e == ERR_OK && c.left && c.left < before;) {
		before = c.left;
		e = feed_parse(f, &c, side);
	}
	if (e == ERR_TRUNCATED && f->dissector->resume && f->dissector->resume(f->state, side, c.left + lost)) {
		e = ERR_OK;
		c.left = 0;
	}
	if ((e != ERR_OK && e != ERR_MORE) || c.left > FEED_STREAM_MOST)
		f->over[side] = true;
	size_t left = c.left > FEED_STREAM_MOST ? 0 : c.left;
	uint8_t *rest = malloc(left + 1);
	if (left)
		memcpy(rest, c.at, left);
	free(f->kept[side]);
	f->kept[side] = rest;
	f->kept_n[side] = left;
}

/* Give n bytes of which the capture has `captured`. Not closed: a stream goes on. */
static inline void feed_bytes(struct feed *f, enum side side, const uint8_t *bytes, size_t captured, size_t n,
                              bool closed)
{
	bool stream = f->dissector->transport == OVER_TCP;
	size_t before = stream ? f->kept_n[side] : 0;

	if (f->over[side])
		return;
	uint8_t *copy = malloc(before + captured ? before + captured : 1);
	if (before)
		memcpy(copy, f->kept[side], before);
	if (captured)
		memcpy(copy + before, bytes, captured);
	struct cursor c = cursor_of(copy, before + captured, before + n);
	c.open = stream && !closed && captured == n;
	if (stream)
		feed_stream(f, side, c);
	else if (f->unasked || f->dissector->probe(c, side) != PROBE_NO)
		feed_parse(f, &c, side);
	free(copy);
}

static inline void feed_chunk_whole(struct feed *f, const struct feed_chunk *k)
{
	feed_bytes(f, k->side, k->at, k->n, k->n, false);
}

#endif
