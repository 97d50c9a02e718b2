#include "base/blocks.h"

#include <string.h>

#include "base/cache.h"
#include "base/pages.h"

#define CHUNK_FIRST ((size_t)64 << 10)
#define CHUNK_MOST ((size_t)2 << 20) /* a huge page */

#define AHEAD_MOST 256u /* bytes of the next block to prefetch */

/* At the beginning of each chunk. */
struct chunk {
	_Alignas(CACHE_LINE) struct chunk *next;
	size_t bytes;
};

void blocks_init(struct blocks *b, size_t bytes)
{
	*b = (struct blocks){.bytes = (bytes + 15) & ~(size_t)15};
}

static void *chunk_take(struct blocks *b)
{
	if (b->left < b->bytes) {
		size_t bytes = b->chunk_bytes ? b->chunk_bytes * 2 : CHUNK_FIRST;
		while (bytes < CHUNK_MOST && bytes < b->bytes + sizeof(struct chunk))
			bytes *= 2;
		if (bytes > CHUNK_MOST)
			bytes = CHUNK_MOST;
		struct chunk *c = pages_new(bytes);
		if (!c)
			return NULL;
		*c = (struct chunk){b->chunks, bytes};
		b->chunks = c;
		b->chunk_bytes = bytes;
		b->at = (char *)(c + 1);
		b->left = bytes - sizeof *c;
	}
	void *block = b->at;
	b->at += b->bytes;
	b->left -= b->bytes;
	return block;
}

void *blocks_take(struct blocks *b)
{
	void *block = b->free;

	if (!block)
		return chunk_take(b); /* zeroed already */
	memcpy(&b->free, block, sizeof b->free);
	/* Blocks on the free list have probably left the cache: prefetch the one that is taken next. */
	cache_prefetch(b->free, b->bytes < AHEAD_MOST ? b->bytes : AHEAD_MOST);
	return memset(block, 0, b->bytes);
}

void blocks_give(struct blocks *b, void *block)
{
	if (!block)
		return;
	memcpy(block, &b->free, sizeof b->free);
	b->free = block;
}

size_t blocks_bytes(const struct blocks *b)
{
	size_t bytes = 0;

	for (const struct chunk *c = b->chunks; c; c = c->next)
		bytes += c->bytes;
	return bytes;
}

void blocks_release(struct blocks *b)
{
	for (struct chunk *c = b->chunks, *next; c; c = next) {
		next = c->next;
		pages_free(c, c->bytes);
	}
	*b = (struct blocks){0};
}
