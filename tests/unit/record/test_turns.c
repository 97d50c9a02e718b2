/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/limits.h"
#include "record/turns.h"

#define AT(second) ((second) * SECOND_US)

/* In corrected time, which never decreases. */
static int64_t straight(struct turns *t, int64_t second)
{
	uint8_t turn = turns_next(t, AT(second));

	return (AT(second) + t->back_us[turn]) / SECOND_US;
}

static void a_clock_that_is_set_back_turns(void **state)
{
	struct turns t = {0};

	(void)state;
	turns_begin(&t);
	assert_int_equal(straight(&t, 7200), 7200);
	assert_int_equal(straight(&t, 7260), 7260);
	assert_int_equal(straight(&t, 3700), 7260); /* set back by about an hour */
	assert_int_equal(straight(&t, 3760), 7320);
	assert_int_equal(straight(&t, 1000), 7320); /* and again */
	assert_int_equal(straight(&t, 1001), 7321);
	assert_int_equal(t.n, 2);
}

static void a_little_back_or_far_forward_turns_nothing(void **state)
{
	struct turns t = {0};

	(void)state;
	turns_begin(&t);
	assert_int_equal(straight(&t, 100), 100);
	assert_int_equal(straight(&t, 91), 91); /* like packets that overtake each other */
	assert_int_equal(straight(&t, 90000), 90000);
	assert_int_equal(t.n, 0);
}

static void each_run_begins_anew(void **state)
{
	struct turns t = {0};

	(void)state;
	turns_begin(&t);
	assert_int_equal(straight(&t, 9000), 9000);
	assert_int_equal(straight(&t, 5000), 9000);
	turns_begin(&t);
	assert_int_equal(straight(&t, 1000), 1000);
	assert_int_equal(straight(&t, 500), 1000);
	assert_int_equal(t.n, 2);
}

static void turns_are_bounded(void **state)
{
	struct turns t = {0};

	(void)state;
	turns_begin(&t);
	for (int64_t i = 1000; i > 0; i--)
		turns_next(&t, AT(i * 100));
	assert_int_equal(t.n, TURNS_MOST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_clock_that_is_set_back_turns),
	    cmocka_unit_test(a_little_back_or_far_forward_turns_nothing),
	    cmocka_unit_test(each_run_begins_anew),
	    cmocka_unit_test(turns_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
