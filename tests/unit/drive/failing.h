/* Memory that fails on request: a test that includes this is linked with --wrap=realloc (tests/CMakeLists.txt looks
 * for this file's name). */
#ifndef FAILING_H
#define FAILING_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

static bool memory_fails;
static unsigned memory_lasts = UINT_MAX; /* calls that succeed before one fails; UINT_MAX: none fails */

void *__real_realloc(void *at, size_t bytes);
void *__wrap_realloc(void *at, size_t bytes);

void *__wrap_realloc(void *at, size_t bytes)
{
	if (memory_fails || (memory_lasts != UINT_MAX && memory_lasts-- == 0))
		return NULL;
	return __real_realloc(at, bytes);
}

#endif
