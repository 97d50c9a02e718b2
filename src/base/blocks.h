/* Blocks of one size, at most a megabyte, by the thousand: taken and given back without malloc, side
 * by side in memory, never returned to the system before the end. One thread's. */
#ifndef BASE_BLOCKS_H
#define BASE_BLOCKS_H

#include <stddef.h>

struct blocks {
	size_t bytes;  /* of one */
	void *free;    /* first of those given back; each begins with the next */
	void *chunks;  /* newest first */
	char *at;      /* of the newest, what was never taken */
	size_t left, chunk_bytes;
};

void blocks_init(struct blocks *b, size_t bytes);
/* A zeroed block; where its size is whole lines of the cache (64 bytes), so is its place. NULL: out of memory. */
void *blocks_take(struct blocks *b);
/* NULL is ignored. */
void blocks_give(struct blocks *b, void *block);
/* Memory held, blocks that were given back included. */
size_t blocks_bytes(const struct blocks *b);
/* Frees all blocks, given back or not. */
void blocks_release(struct blocks *b);

#endif
