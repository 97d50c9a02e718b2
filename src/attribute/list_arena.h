/* Memory of lists: allocated piecemeal, freed together. */
#ifndef ATTRIBUTE_LIST_ARENA_H
#define ATTRIBUTE_LIST_ARENA_H

#include <stdbool.h>
#include <stddef.h>

/* Zero-initialise it. A failed allocation sets `failed` and returns NULL, as do all later ones: check once, at the
 * end of a stretch of work. */
struct arena {
	struct arena_block *blocks;
	bool failed;
};

/* n zeroed items with any alignment; never NULL for n = 0. */
void *arena_take(struct arena *a, size_t n, size_t item_bytes);
/* A NUL-terminated copy of n bytes. */
char *arena_text(struct arena *a, const char *text, size_t n);
/* Make room for one more item after the n existing ones: returns the array, which may have moved (the old copy stays
 * valid). *size is its capacity, initially 0. NULL: out of memory. */
void *arena_grow(struct arena *a, void *array, size_t n, size_t *size, size_t item_bytes);
void arena_release(struct arena *a);

#endif
