/* Memory that lives as long as a report, and arrays that grow. */
#ifndef REPORT_POOL_H
#define REPORT_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Everything taken is freed together. Zero-initialise it. A failed allocation
 * sets `failed` and gives NULL; later ones give NULL too. */
struct pool {
	struct pool_block *blocks;
	bool failed;
};

/* n zeroed items; never NULL unless failed, even for n 0. */
void *pool_take(struct pool *p, size_t n, size_t item_bytes);
/* A copy of text; NULL for NULL. */
const char *pool_text(struct pool *p, const char *text);
/* Room for one more item behind n of them: the array, perhaps moved (the old
 * copy stays good). Rooms are powers of two. */
void *pool_grow(struct pool *p, void *array, size_t n, size_t item_bytes);
void pool_release(struct pool *p);

/* A bag of numbers. Zero-initialise it; bag_add does nothing once failed. */
struct bag {
	int64_t *at;
	size_t n, room;
	bool failed;
};

/* One more number; it may be there already. */
void bag_add(struct bag *b, int64_t v);
bool bag_has(const struct bag *b, int64_t v);
/* Ascending, each once. */
void bag_sort(struct bag *b);
void bag_release(struct bag *b);

#endif
