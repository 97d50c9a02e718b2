#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/pages.h"

/* From malloc and mapped; at the border between them. */
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
		if (sizes[i] >= 4096)
			assert_int_equal((uintptr_t)at % 64, 0);
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
	for (; n < 300000; n++) { /* from malloc to mapped pages */
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
	    cmocka_unit_test(items_find_room_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
