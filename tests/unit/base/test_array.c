/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdlib.h>

#include "base/array.h"

static void items_stay_while_an_array_grows(void **state)
{
	uint32_t *at = NULL;
	size_t n = 0, room = 0;

	(void)state;
	for (; n < 1000; n++) {
		uint32_t *grown = array_grow(at, n, &room, sizeof *at);
		assert_non_null(grown);
		at = grown;
		assert_true(room > n);
		at[n] = (uint32_t)n;
	}
	for (size_t i = 0; i < n; i++)
		assert_int_equal(at[i], i);
	free(at);
}

static void an_array_with_room_is_left_alone(void **state)
{
	size_t room = 0;
	char *at = array_grow(NULL, 0, &room, 1);

	(void)state;
	assert_non_null(at);
	size_t before = room;
	assert_ptr_equal(array_grow(at, before - 1, &room, 1), at);
	assert_int_equal(room, before);
	free(at);
}

static void what_cannot_grow_stays(void **state)
{
	size_t room = SIZE_MAX / 16;
	char some = 'x';

	(void)state;
	assert_null(array_grow(&some, room, &room, 16));
	assert_int_equal(room, SIZE_MAX / 16);
	assert_int_equal(some, 'x');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(items_stay_while_an_array_grows),
		cmocka_unit_test(an_array_with_room_is_left_alone),
		cmocka_unit_test(what_cannot_grow_stays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
