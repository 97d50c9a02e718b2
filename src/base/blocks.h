/* A pool of blocks of one size, at most a megabyte each: taken and given back without malloc,
 * adjacent in memory, returned to the system only at the end. For one thread. */
#ifndef BASE_BLOCKS_H
#define BASE_BLOCKS_H

#include <stddef.h>

struct blocks {
	size_t bytes;  /* of one block */
	void *free;    /* free list: each free block begins with a pointer to the next */
	void *chunks;  /* newest first */
	char *at;      /* in the newest chunk: what was never taken */
	size_t left, chunk_bytes;
};

void blocks_init(struct blocks *b, size_t bytes);
/* A zeroed block; aligned to cache lines (64 bytes) if its size is a multiple of them. NULL: out of memory. */
void *blocks_take(struct blocks *b);
/* NULL is ignored. */
void blocks_give(struct blocks *b, void *block);
/* Memory held, blocks that were given back included. */
size_t blocks_bytes(const struct blocks *b);
/* Frees all blocks, given back or not. */
void blocks_release(struct blocks *b);

#endif
