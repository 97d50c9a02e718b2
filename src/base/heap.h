/* Whether memory ever ran out. Where an allocation fails for want of memory,
 * what needed it is left out or the work is given up; either way the answer is
 * not whole, and whoever gives it must say so. */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stdbool.h>

/* Since the program began, in any thread. Of malloc() and the like only the program itself notices
 * (src/heap_watch.c), tests do not. */
bool heap_ran_out(void);

/* An allocation failed. */
void heap_fail(void);

#endif
