#include "base/pages.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/heap.h"

#define HUGE_BYTES ((size_t)2 << 20)

static size_t whole(size_t bytes)
{
	return (bytes + HUGE_BYTES - 1) & ~(HUGE_BYTES - 1);
}

void *pages_new(size_t bytes)
{
	if (bytes < HUGE_BYTES)
		return calloc(1, bytes ? bytes : 1);
	if (bytes > SIZE_MAX / 2)
		return NULL;
	/* Map more and cut off the ends: huge pages are aligned to their size. */
	size_t n = whole(bytes);
	uint8_t *at = mmap(NULL, n + HUGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED) {
		heap_fail();
		return NULL;
	}
	size_t before = (size_t)(-(uintptr_t)at & (HUGE_BYTES - 1));
	if (before)
		munmap(at, before);
	munmap(at + before + n, HUGE_BYTES - before);
	madvise(at + before, n, MADV_HUGEPAGE);
	return at + before;
}

void pages_free(void *at, size_t bytes)
{
	if (at && bytes >= HUGE_BYTES)
		munmap(at, whole(bytes));
	else
		free(at);
}

void *pages_grow(void *at, size_t old_bytes, size_t new_bytes)
{
	/* Moving pages costs less than new ones, which the kernel has to clear. */
	if (at && old_bytes >= HUGE_BYTES) {
		void *moved = new_bytes <= SIZE_MAX / 2 ? mremap(at, whole(old_bytes), whole(new_bytes),
		                                                 MREMAP_MAYMOVE) : MAP_FAILED;
		if (moved == MAP_FAILED) {
			heap_fail();
			return NULL;
		}
		madvise(moved, whole(new_bytes), MADV_HUGEPAGE);
		return moved;
	}
	void *new = pages_new(new_bytes);
	if (new && at) {
		memcpy(new, at, old_bytes);
		pages_free(at, old_bytes);
	}
	return new;
}
