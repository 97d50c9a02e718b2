/* Memory of lists: taken piece by piece, freed together. */
#ifndef ATTRIBUTE_LIST_ARENA_H
#define ATTRIBUTE_LIST_ARENA_H

#include <stdbool.h>
#include <stddef.h>

/* Zero-initialise it. A failed allocation sets `failed` and gives NULL; so do
 * all later ones: look once, at the end of a stretch of work. */
struct arena {
	struct arena_block *blocks;
	bool failed;
};

/* n zeroed items, aligned for anything; for n 0 not NULL either. */
void *arena_take(struct arena *a, size_t n, size_t item_bytes);
/* A NUL-terminated copy of n bytes. */
char *arena_text(struct arena *a, const char *text, size_t n);
/* Room for one more item behind n of them: the array, perhaps moved (the old
 * copy stays good). *size is its room, 0 at first. NULL: out of memory. */
void *arena_grow(struct arena *a, void *array, size_t n, size_t *size, size_t item_bytes);
void arena_release(struct arena *a);

#endif
