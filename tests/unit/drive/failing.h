/* Memory that fails when a test wants it to: who includes this is linked with
 * --wrap=realloc (tests/CMakeLists.txt looks for the name of this file). */
#ifndef FAILING_H
#define FAILING_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

static bool memory_fails;
static unsigned memory_lasts = UINT_MAX; /* calls that go well before one fails; UINT_MAX: none does */

void *__real_realloc(void *at, size_t bytes);
void *__wrap_realloc(void *at, size_t bytes);

void *__wrap_realloc(void *at, size_t bytes)
{
	if (memory_fails || (memory_lasts != UINT_MAX && memory_lasts-- == 0))
		return NULL;
	return __real_realloc(at, bytes);
}

#endif
