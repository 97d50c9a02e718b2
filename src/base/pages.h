/* Zeroed memory for tables. Large ones lie in huge pages where the system has them, small ones on the heap, which does
 * too (base/heap.h). A page fault for every 4 KiB would cost as much as the work itself. */
#ifndef BASE_PAGES_H
#define BASE_PAGES_H

#include <stddef.h>

/* Zeroed memory: from malloc below 2 MiB, from 4 KiB on aligned to cache lines; else aligned to 2 MiB. NULL: out of
 * memory. */
void *pages_new(size_t bytes);
/* bytes: as given to pages_new. NULL is ignored. */
void pages_free(void *at, size_t bytes);
/* The same contents in a larger table, followed by zeros; NULL: out of memory, the old one stays. */
void *pages_grow(void *at, size_t old_bytes, size_t new_bytes);
/* Room for one more item after the first n, like array_grow(), for arrays that become large. Free
 * them with pages_free() of the whole capacity. */
void *pages_room(void *array, size_t n, size_t *room, size_t item_bytes);

#endif
