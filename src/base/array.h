/* Growing arrays in malloc's memory. */
#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

#include <stddef.h>

/* Make room for one more item after the first n. Returns the array, which may have moved. *room:
 * its capacity in items; begin with 0 and a NULL array. NULL: out of memory; the array and *room
 * are unchanged.
 * life    the caller's to free() */
void *array_grow(void *array, size_t n, size_t *room, size_t item_bytes);

#endif
