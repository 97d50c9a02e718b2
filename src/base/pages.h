/* Zeroed memory for large tables: in huge pages where the system has them, else with all its
 * pages mapped at once. A page fault for every 4 KiB would cost as much as the work itself. The
 * same for malloc's heap. */
#ifndef BASE_PAGES_H
#define BASE_PAGES_H

#include <stddef.h>

/* Zeroed memory: from malloc below 64 KiB, else page-aligned. NULL: out of memory. */
void *pages_new(size_t bytes);
/* bytes: as given to pages_new. NULL is ignored. */
void pages_free(void *at, size_t bytes);
/* The same contents in a larger table, followed by zeros; NULL: out of memory, the old one stays. */
void *pages_grow(void *at, size_t old_bytes, size_t new_bytes);
/* Room for one more item after the first n, like array_grow(), for arrays that become large. Free
 * them with pages_free() of the whole capacity. */
void *pages_room(void *array, size_t n, size_t *room, size_t item_bytes);

/* Map what malloc's heap grew by, when the block that it gave lies there. Costs a comparison otherwise. */
void pages_ahead(const void *block, size_t bytes);

#endif
