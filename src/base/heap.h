/* Whether memory ever ran out. When an allocation fails, what needed it is left out or the work is
 * given up; either way the answer is incomplete, and whoever gives it must say so. */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stdbool.h>

/* Since the program began, in any thread. Failures of malloc() and the like are noticed only in the
 * program itself (src/heap_watch.c), not in tests. */
bool heap_ran_out(void);

/* An allocation failed. */
void heap_fail(void);

#endif
