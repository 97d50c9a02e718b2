/* Watches the program's own allocations, for failures and for the heap's growth: the linker's --wrap redirects
 * them here (CMakeLists.txt). */
#include <stdlib.h>

#include "base/heap.h"

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t bytes);
void *__real_realloc(void *old, size_t n);
void *__real_aligned_alloc(size_t alignment, size_t n);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t bytes);
void *__wrap_realloc(void *old, size_t n);
void *__wrap_aligned_alloc(size_t alignment, size_t n);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);

static void *given(void *at, size_t bytes)
{
	if (at)
		heap_gave(at, bytes);
	else
		heap_fail();
	return at;
}

void *__wrap_malloc(size_t n)
{
	return given(__real_malloc(n), n);
}

void *__wrap_calloc(size_t n, size_t bytes)
{
	return given(__real_calloc(n, bytes), n * bytes);
}

void *__wrap_realloc(void *old, size_t n)
{
	void *at = __real_realloc(old, n);

	return n ? given(at, n) : at;
}

void *__wrap_aligned_alloc(size_t alignment, size_t n)
{
	return given(__real_aligned_alloc(alignment, n), n);
}

char *__wrap_strdup(const char *s)
{
	return given(__real_strdup(s), 1);
}

char *__wrap_strndup(const char *s, size_t n)
{
	return given(__real_strndup(s, n), 1);
}
