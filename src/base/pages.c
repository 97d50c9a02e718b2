#include "base/pages.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/heap.h"

#define HUGE_BYTES ((size_t)2 << 20)
#define MAPPED_BYTES ((size_t)64 << 10) /* smaller tables come from malloc */
#define ROOM_FIRST 1024u
#define STEP_MOST ((size_t)128 << 20) /* by which the heap grows at once; what lies farther off is not the heap */

static size_t whole(size_t bytes)
{
	return (bytes + HUGE_BYTES - 1) & ~(HUGE_BYTES - 1);
}

/* flags: in addition to those that every table has */
static void *map_bytes(size_t n, int flags)
{
	void *at = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	if (at != MAP_FAILED)
		return at;
	heap_fail();
	return NULL;
}

void *pages_new(size_t bytes)
{
	if (bytes < MAPPED_BYTES)
		return calloc(1, bytes ? bytes : 1);
	/* Twenty times cheaper than a page fault for each page. */
	if (bytes < HUGE_BYTES)
		return map_bytes(bytes, MAP_POPULATE);
	if (bytes > SIZE_MAX / 2) {
		heap_fail();
		return NULL;
	}
	/* Map more and cut off the ends: huge pages are aligned to their size. */
	size_t n = whole(bytes);
	uint8_t *at = map_bytes(n + HUGE_BYTES, 0);
	if (!at)
		return NULL;
	size_t before = (size_t)(-(uintptr_t)at & (HUGE_BYTES - 1));
	if (before)
		munmap(at, before);
	munmap(at + before + n, HUGE_BYTES - before);
	madvise(at + before, n, MADV_HUGEPAGE);
	return at + before;
}

void pages_free(void *at, size_t bytes)
{
	if (at && bytes >= MAPPED_BYTES)
		munmap(at, bytes < HUGE_BYTES ? bytes : whole(bytes));
	else
		free(at);
}

static void *move(void *at, size_t old_bytes, size_t new_bytes)
{
	void *moved = mremap(at, old_bytes, new_bytes, MREMAP_MAYMOVE);

	if (moved != MAP_FAILED)
		return moved;
	heap_fail();
	return NULL;
}

/* Like MAP_POPULATE; without it the pages fault one at a time. */
static void populate(void *at, size_t bytes)
{
#ifdef MADV_POPULATE_WRITE
	madvise(at, bytes, MADV_POPULATE_WRITE);
#else
	(void)at;
	(void)bytes;
#endif
}

/* Moving pages is cheaper than getting new ones, which the kernel has to clear. */
void *pages_grow(void *at, size_t old_bytes, size_t new_bytes)
{
	if (new_bytes > SIZE_MAX / 2) {
		heap_fail();
		return NULL;
	}
	if (at && old_bytes >= HUGE_BYTES) {
		void *moved = move(at, whole(old_bytes), whole(new_bytes));
		if (moved)
			madvise(moved, whole(new_bytes), MADV_HUGEPAGE);
		return moved;
	}
	if (at && old_bytes >= MAPPED_BYTES && new_bytes < HUGE_BYTES) {
		void *moved = move(at, old_bytes, new_bytes);
		if (moved)
			populate(moved, new_bytes);
		return moved;
	}
	void *new = pages_new(new_bytes);
	if (new && at) {
		memcpy(new, at, old_bytes);
		pages_free(at, old_bytes);
	}
	return new;
}

void *pages_room(void *array, size_t n, size_t *room, size_t item_bytes)
{
	size_t more = *room ? *room * 2 : ROOM_FIRST, bytes;

	if (n < *room)
		return array;
	if (__builtin_mul_overflow(more, item_bytes, &bytes))
		return NULL;
	void *grown = pages_grow(array, *room * item_bytes, bytes);
	if (grown)
		*room = more;
	return grown;
}

static uintptr_t heap_end(void)
{
	return (uintptr_t)sbrk(0);
}

void pages_ahead(const void *block, size_t bytes)
{
	static _Atomic uintptr_t mapped; /* up to here; 0: not known yet */
	uintptr_t from = atomic_load_explicit(&mapped, memory_order_relaxed);

	if (from && (uintptr_t)block + bytes - from > STEP_MOST)
		return;
	uintptr_t end = heap_end();
	if (from && end > from)
		populate((void *)from, end - from);
	atomic_store_explicit(&mapped, end, memory_order_relaxed);
}
