/* The heap that malloc() gives from: in huge pages, and whether it ever ran out. When an allocation fails, what needed
 * it is left out or the work is given up; either way the answer is incomplete, and whoever gives it must say so. */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>

/* Since the program began, in any thread. Failures of malloc() and the like are noticed only in the
 * program itself (src/heap_watch.c), not in tests. */
bool heap_ran_out(void);

/* An allocation failed. */
void heap_fail(void);

/* Once, before there are threads: one heap for all of them, which grows in large steps. */
void heap_begin(void);

/* malloc() gave a block. If the heap grew for it, what it grew by is to be huge pages; otherwise this costs a
 * comparison. block: NULL is ignored */
void heap_gave(const void *block, size_t bytes);

#endif
