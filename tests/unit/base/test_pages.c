#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/pages.h"

/* From malloc, mapped, and huge; at the borders between them. */
static const size_t sizes[] = {0,     1,       4096,    65535,   65536,  65537,
                               1000000, 2097151, 2097152, 2097153, 9000000};
#define SIZES (sizeof sizes / sizeof sizes[0])

static void assert_all(const uint8_t *at, size_t n, uint8_t value)
{
	for (size_t i = 0; i < n; i++)
		if (at[i] != value)
			fail_msg("byte %zu of %zu is %u", i, n, at[i]);
}

static void a_table_is_zeroed(void **state)
{
	(void)state;
	for (size_t i = 0; i < SIZES; i++) {
		uint8_t *at = pages_new(sizes[i]);
		assert_non_null(at);
		assert_all(at, sizes[i], 0);
		memset(at, 0xff, sizes[i]);
		pages_free(at, sizes[i]);
	}
	pages_free(NULL, 4096);
}

static void a_table_that_grows_keeps_what_it_holds(void **state)
{
	(void)state;
	for (size_t from = 0; from < SIZES; from++)
		for (size_t to = from; to < SIZES; to++) {
			uint8_t *at = pages_grow(NULL, 0, sizes[from]);
			assert_non_null(at);
			memset(at, 0xa5, sizes[from]);
			at = pages_grow(at, sizes[from], sizes[to]);
			assert_non_null(at);
			assert_all(at, sizes[from], 0xa5);
			assert_all(at + sizes[from], sizes[to] - sizes[from], 0);
			pages_free(at, sizes[to]);
		}
}

static bool is_mapped(uintptr_t page)
{
	unsigned char in_memory = 0;

	assert_int_equal(mincore((void *)page, 1, &in_memory), 0);
	return in_memory & 1;
}

/* As malloc does it: the program's break moves, then a block from there is given. */
static void what_the_heap_grew_by_is_mapped_when_it_gives_a_block(void **state)
{
	const intptr_t more = 64 * 4096;

	(void)state;
#ifdef MADV_POPULATE_WRITE
	uint8_t *probe = pages_new(sizes[SIZES - 1]);
	bool can = madvise(probe, 4096, MADV_POPULATE_WRITE) == 0;
	pages_free(probe, sizes[SIZES - 1]);
	if (!can)
		skip(); /* Linux before 5.14 */
#else
	skip();
#endif
	pages_ahead(state, 1); /* no block of the heap: only learns where it ends */
	char *grown = sbrk(more);
	assert_true(grown != (char *)-1);
	uintptr_t last = ((uintptr_t)grown + more - 1) & ~(uintptr_t)4095;
	pages_ahead(grown - 4096, 16); /* what was there before */
	assert_false(is_mapped(last));
	pages_ahead(grown, 16);
	assert_true(is_mapped(last));
	sbrk(-more);
}

static void what_no_machine_has_is_refused(void **state)
{
	(void)state;
	assert_null(pages_new(SIZE_MAX));
	uint8_t *at = pages_new(4096);
	assert_null(pages_grow(at, 4096, SIZE_MAX - 1));
	assert_all(at, 4096, 0); /* it stays */
	pages_free(at, 4096);
}

static void items_find_room_one_by_one(void **state)
{
	uint64_t *at = NULL;
	size_t n = 0, room = 0;

	(void)state;
	for (; n < 300000; n++) { /* from malloc through mapped pages to huge ones */
		uint64_t *grown = pages_room(at, n, &room, sizeof *at);
		assert_non_null(grown);
		at = grown;
		assert_true(room > n);
		assert_int_equal(at[n], 0);
		at[n] = n;
	}
	for (size_t i = 0; i < n; i++)
		if (at[i] != i)
			fail_msg("item %zu is %lu", i, (unsigned long)at[i]);
	size_t full = SIZE_MAX / 8;
	assert_null(pages_room(at, full, &full, 8));
	assert_int_equal(full, SIZE_MAX / 8);
	pages_free(at, room * sizeof *at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_table_is_zeroed),
	    cmocka_unit_test(a_table_that_grows_keeps_what_it_holds),
	    cmocka_unit_test(what_no_machine_has_is_refused),
	    cmocka_unit_test(what_the_heap_grew_by_is_mapped_when_it_gives_a_block),
	    cmocka_unit_test(items_find_room_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
