#include "base/array.h"

#include <stdlib.h>

#define ROOM_FIRST 16u

void *array_grow(void *array, size_t n, size_t *room, size_t item_bytes)
{
	size_t more = *room ? *room * 2 : ROOM_FIRST, bytes;

	if (n < *room)
		return array;
	if (__builtin_mul_overflow(more, item_bytes, &bytes))
		return NULL;
	void *grown = realloc(array, bytes);
	if (grown)
		*room = more;
	return grown;
}
