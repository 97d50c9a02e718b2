/* Memory that lives as long as a report, and arrays that grow. */
#ifndef REPORT_POOL_H
#define REPORT_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Everything allocated is freed together. Zero-initialise it. A failed allocation sets `failed` and returns NULL, as
 * do all later ones. */
struct pool {
	struct pool_block *blocks;
	bool failed;
};

/* n zeroed items; never NULL unless failed, even for n 0. */
void *pool_take(struct pool *p, size_t n, size_t item_bytes);
/* A copy of text; NULL for NULL. */
const char *pool_text(struct pool *p, const char *text);
/* Make room for one more item after the n existing ones: returns the array, which may have moved (the old copy stays
 * valid). Capacities are powers of two. */
void *pool_grow(struct pool *p, void *array, size_t n, size_t item_bytes);
void pool_release(struct pool *p);

/* A collection of numbers. Zero-initialise it; bag_add does nothing once failed. */
struct bag {
	int64_t *at;
	size_t n, room;
	bool failed;
};

/* Add a number; duplicates are allowed. */
void bag_add(struct bag *b, int64_t v);
/* Sort ascending and remove duplicates. */
void bag_sort(struct bag *b);
void bag_release(struct bag *b);

#endif
