/* Memory that fails when a test wants it to: who includes this is linked with
 * --wrap=realloc (tests/CMakeLists.txt looks for the name of this file). */
#ifndef FAILING_H
#define FAILING_H

#include <stdbool.h>
#include <stddef.h>

static bool memory_fails;

void *__real_realloc(void *at, size_t bytes);
void *__wrap_realloc(void *at, size_t bytes);

void *__wrap_realloc(void *at, size_t bytes)
{
	return memory_fails ? NULL : __real_realloc(at, bytes);
}

#endif
