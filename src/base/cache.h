/* Prefetching memory some time before it is used. */
#ifndef BASE_CACHE_H
#define BASE_CACHE_H

#include <stddef.h>

#define CACHE_LINE 64u

/* Prefetch for writing. NULL is ignored, and an unmapped address does no harm. */
static inline void cache_prefetch(const void *at, size_t bytes)
{
	for (size_t line = 0; at && line < bytes; line += CACHE_LINE)
		__builtin_prefetch((const char *)at + line, 1);
}

#endif
