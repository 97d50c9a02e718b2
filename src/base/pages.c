#include "base/pages.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cache.h"
#include "base/heap.h"

#define HUGE_BYTES ((size_t)2 << 20)
#define ALIGNED_BYTES ((size_t)4 << 10)
#define ROOM_FIRST 1024u

static size_t whole(size_t bytes)
{
	return (bytes + HUGE_BYTES - 1) & ~(HUGE_BYTES - 1);
}

/* Address space that is aligned as huge pages are; bytes: whole. */
static void *map_aligned(size_t bytes)
{
	/* Map more and cut off the ends. */
	uint8_t *at = mmap(NULL, bytes + HUGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED) {
		heap_fail();
		return NULL;
	}
	size_t before = (size_t)(-(uintptr_t)at & (HUGE_BYTES - 1));
	if (before)
		munmap(at, before);
	munmap(at + before + bytes, HUGE_BYTES - before);
	madvise(at + before, bytes, MADV_HUGEPAGE);
	return at + before;
}

static bool is_possible(size_t bytes)
{
	if (bytes <= SIZE_MAX / 2)
		return true;
	heap_fail();
	return false;
}

void *pages_new(size_t bytes)
{
	if (bytes < ALIGNED_BYTES)
		return calloc(1, bytes ? bytes : 1);
	if (bytes < HUGE_BYTES) {
		void *at = aligned_alloc(CACHE_LINE, (bytes + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE);
		return at ? memset(at, 0, bytes) : NULL;
	}
	return is_possible(bytes) ? map_aligned(whole(bytes)) : NULL;
}

void pages_free(void *at, size_t bytes)
{
	if (at && bytes >= HUGE_BYTES)
		munmap(at, whole(bytes));
	else
		free(at);
}

/* Moving pages is cheaper than getting new ones, which the kernel has to clear. To an address that is not aligned it
 * could move them only after it cut them into small ones. */
static void *move(void *at, size_t old_bytes, size_t new_bytes)
{
	if (old_bytes == new_bytes)
		return at;
	void *to = map_aligned(new_bytes);
	if (to && mremap(at, old_bytes, new_bytes, MREMAP_MAYMOVE | MREMAP_FIXED, to) == MAP_FAILED) {
		munmap(to, new_bytes);
		heap_fail();
		return NULL;
	}
	return to;
}

void *pages_grow(void *at, size_t old_bytes, size_t new_bytes)
{
	if (!is_possible(new_bytes))
		return NULL;
	if (at && old_bytes >= HUGE_BYTES)
		return move(at, whole(old_bytes), whole(new_bytes));
	void *new = pages_new(new_bytes);
	if (new && at) {
		memcpy(new, at, old_bytes);
		free(at);
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
