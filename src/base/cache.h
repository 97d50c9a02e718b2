/* The cache's lines: what is needed soon is asked for before, in time to come from memory. */
#ifndef BASE_CACHE_H
#define BASE_CACHE_H

#include <stddef.h>

#define CACHE_LINE 64u

/* For writing. NULL is ignored; where nothing is, nothing happens. */
static inline void cache_prefetch(const void *at, size_t bytes)
{
	for (size_t line = 0; at && line < bytes; line += CACHE_LINE)
		__builtin_prefetch((const char *)at + line, 1);
}

#endif
