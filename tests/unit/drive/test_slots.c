#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "failing.h"
#include "drive/slots.h"

#define MANY 5000u /* more than are allocated at first */

static void slots_are_numbers_from_one_and_the_freed_come_first(void **state)
{
	struct slot_pool p = {0};

	(void)state;
	for (uint32_t i = 1; i <= MANY; i++)
		assert_int_equal(slot_take(&p), i);
	slot_give(&p, 17);
	slot_give(&p, MANY);
	assert_int_equal(slot_take(&p), MANY);
	assert_int_equal(slot_take(&p), 17);
	assert_int_equal(slot_take(&p), MANY + 1);
	slot_pool_release(&p);
}

static void all_slots_can_be_free_at_once(void **state)
{
	struct slot_pool p = {0};

	(void)state;
	for (uint32_t i = 1; i <= MANY; i++)
		(void)slot_take(&p);
	memory_fails = true; /* returning one never allocates */
	for (uint32_t i = 1; i <= MANY; i++)
		slot_give(&p, i);
	for (uint32_t i = MANY; i > 0; i--)
		assert_int_equal(slot_take(&p), i);
	memory_fails = false;
	slot_pool_release(&p);
}

static void without_memory_there_is_no_slot(void **state)
{
	struct slot_pool p = {0};

	(void)state;
	memory_fails = true;
	assert_int_equal(slot_take(&p), 0);
	memory_fails = false;
	assert_int_equal(slot_take(&p), 1);
	slot_pool_release(&p);
}

static void a_place_is_empty_until_it_is_written_and_after_it_was_left(void **state)
{
	struct slots s = {0};

	(void)state;
	assert_int_equal(slot_newest(&s, 0), 0);
	assert_int_equal(slot_newest(&s, MANY), 0);
	assert_int_equal(slot_leave(&s, MANY), 0);
	*slot_place(&s, 3) = 33;
	*slot_place(&s, MANY) = 44; /* the slots move */
	assert_int_equal(slot_newest(&s, 3), 33);
	assert_int_equal(slot_newest(&s, 4), 0);
	assert_int_equal(slot_newest(&s, MANY - 1), 0);
	assert_int_equal(slot_leave(&s, MANY), 44);
	assert_int_equal(slot_newest(&s, MANY), 0);
	assert_int_equal(slot_leave(&s, 3), 33);
	slots_release(&s);
	assert_int_equal(slot_newest(&s, 3), 0);
}

static void without_memory_old_places_stay(void **state)
{
	struct slots s = {0};

	(void)state;
	*slot_place(&s, 5) = 55;
	memory_fails = true;
	assert_null(slot_place(&s, MANY));
	memory_fails = false;
	assert_int_equal(slot_newest(&s, 5), 55);
	assert_int_equal(slot_newest(&s, MANY), 0);
	slots_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(slots_are_numbers_from_one_and_the_freed_come_first),
	    cmocka_unit_test(all_slots_can_be_free_at_once),
	    cmocka_unit_test(without_memory_there_is_no_slot),
	    cmocka_unit_test(a_place_is_empty_until_it_is_written_and_after_it_was_left),
	    cmocka_unit_test(without_memory_old_places_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
