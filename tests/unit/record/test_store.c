#include "record_fixture.h"

#include "../drive/failing.h"
#include "record/store.h"

/* Tries until memory no longer fails at the nth allocation, continuing as the writer of a monitor does. */
static void what_a_failure_ended_half_way_is_done_by_the_next_try(void **state)
{
	static struct store s;
	bool failed = true;

	(void)state;
	for (unsigned n = 0; failed && n < 200; n++) {
		const struct attempt bad = an_attempt(1, OUTCOME_BLOCKED), good = an_attempt(2, OUTCOME_OK);
		assert_int_equal(store_open(NULL, true, &s), ERR_OK);
		memory_lasts = n;
		enum err e = store_attempt(&s, 1, &bad, NULL, 0);
		failed = memory_lasts == UINT_MAX;
		memory_lasts = UINT_MAX;
		assert_true(e == ERR_OK || (failed && e == ERR_MEMORY));
		if (e != ERR_OK) {
			store_undo(&s);
			assert_int_equal(store_attempt(&s, 1, &bad, NULL, 0), ERR_OK);
		}
		assert_int_equal(store_attempt(&s, 1, &good, NULL, 0), ERR_OK);
		assert_int_equal(store_attempt(&s, 1, &bad, NULL, 0), ERR_OK); /* reported again */
		assert_int_equal(store_commit(&s), ERR_OK);
		int64_t rows = 0;
		assert_int_equal(db_number(s.db, "SELECT count(*) FROM attempt", &rows), ERR_OK);
		assert_int_equal(rows, 2);
		store_close(&s);
	}
	assert_false(failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_failure_ended_half_way_is_done_by_the_next_try),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_drop);
}
