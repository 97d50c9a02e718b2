#include "attribute/list_arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES ((size_t)64 << 10)
#define ALIGN sizeof(max_align_t)

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	max_align_t bytes[];
};

static struct arena_block *block_add(struct arena *a, size_t least)
{
	/* Block sizes double, so that a long list needs few. */
	size_t size = a->blocks && a->blocks->size < (16u << 20) ? a->blocks->size * 2 : BLOCK_BYTES;

	if (size < least)
		size = least;
	struct arena_block *b = calloc(1, sizeof *b + size);
	if (!b)
		return NULL;
	b->size = size;
	b->next = a->blocks;
	a->blocks = b;
	return b;
}

void *arena_take(struct arena *a, size_t n, size_t item_bytes)
{
	struct arena_block *b = a->blocks;

	if (a->failed || (item_bytes && n > SIZE_MAX / 4 / item_bytes)) {
		a->failed = true;
		return NULL;
	}
	size_t bytes = (n * item_bytes + ALIGN) / ALIGN * ALIGN;
	if (!b || b->size - b->used < bytes)
		b = block_add(a, bytes);
	if (!b) {
		a->failed = true;
		return NULL;
	}
	void *at = (char *)b->bytes + b->used;
	b->used += bytes;
	return at;
}

char *arena_text(struct arena *a, const char *text, size_t n)
{
	char *copy = arena_take(a, n + 1, 1);

	if (copy)
		memcpy(copy, text, n);
	return copy;
}

void *arena_grow(struct arena *a, void *array, size_t n, size_t *size, size_t item_bytes)
{
	if (n < *size)
		return array;
	size_t more = *size ? *size * 2 : 4;
	void *moved = arena_take(a, more, item_bytes);
	if (!moved)
		return NULL;
	if (n)
		memcpy(moved, array, n * item_bytes);
	*size = more;
	return moved;
}

void arena_release(struct arena *a)
{
	while (a->blocks) {
		struct arena_block *next = a->blocks->next;
		free(a->blocks);
		a->blocks = next;
	}
}
