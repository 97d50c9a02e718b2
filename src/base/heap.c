#include "base/heap.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#define STEP_BYTES (16 << 20)          /* by which it grows: huge pages but for the ends */
#define BLOCK_MOST (32 << 20)          /* larger ones are mapped apart; as much that is free at its end is given back */
#define NEAR_BYTES ((size_t)128 << 20) /* what lies farther beyond its end than a block and a step is not the heap */

static atomic_bool ran_out;
static _Atomic uintptr_t seen_end; /* of the heap; 0: it was not begun */

bool heap_ran_out(void)
{
	return ran_out;
}

void heap_fail(void)
{
	ran_out = true;
}

void heap_begin(void)
{
	mallopt(M_ARENA_MAX, 1);
	mallopt(M_TOP_PAD, STEP_BYTES);
	mallopt(M_MMAP_THRESHOLD, BLOCK_MOST);
	mallopt(M_TRIM_THRESHOLD, BLOCK_MOST);
	seen_end = (uintptr_t)sbrk(0);
}

void heap_gave(const void *block, size_t bytes)
{
	uintptr_t from = atomic_load_explicit(&seen_end, memory_order_relaxed);

	if (!from || !block || (uintptr_t)block + bytes - from > NEAR_BYTES)
		return;
	uintptr_t end = (uintptr_t)sbrk(0);
	if (end > from)
		madvise((void *)from, end - from, MADV_HUGEPAGE);
	atomic_store_explicit(&seen_end, end, memory_order_relaxed);
}
