/* Growing arrays in malloc's memory. */
#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

#include <stddef.h>

/* Room for one more item behind n of them: the array, perhaps moved. *room: for how many
 * items there is room; 0, and the array NULL, at first. NULL: out of memory; the array and
 * its room stay as they were.
 * life    the caller's to free() */
void *array_grow(void *array, size_t n, size_t *room, size_t item_bytes);

#endif
