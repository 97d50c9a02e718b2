/* Watches the program's own allocations for failures: the linker's --wrap redirects them here (CMakeLists.txt). */
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

void *__wrap_malloc(size_t n)
{
	void *at = __real_malloc(n);

	if (!at)
		heap_fail();
	return at;
}

void *__wrap_calloc(size_t n, size_t bytes)
{
	void *at = __real_calloc(n, bytes);

	if (!at)
		heap_fail();
	return at;
}

void *__wrap_realloc(void *old, size_t n)
{
	void *at = __real_realloc(old, n);

	if (!at && n)
		heap_fail();
	return at;
}

void *__wrap_aligned_alloc(size_t alignment, size_t n)
{
	void *at = __real_aligned_alloc(alignment, n);

	if (!at)
		heap_fail();
	return at;
}

char *__wrap_strdup(const char *s)
{
	char *at = __real_strdup(s);

	if (!at)
		heap_fail();
	return at;
}

char *__wrap_strndup(const char *s, size_t n)
{
	char *at = __real_strndup(s, n);

	if (!at)
		heap_fail();
	return at;
}
