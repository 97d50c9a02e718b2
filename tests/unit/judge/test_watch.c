/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "judge/watch.h"

#define S(n) ((n) * SECOND_US)

static struct watch *fresh(void)
{
	static struct watch w;

	w = (struct watch){0};
	return &w;
}

static void watching_ends_with_the_last_packet_of_the_source(void **state)
{
	struct watch *w = fresh();

	(void)state;
	watch_see(w, 0, S(10), false);
	watch_see(w, 0, S(40), false);
	assert_int_equal(watch_end(w, 0, S(12)), S(40));
	assert_int_equal(watch_end(w, 0, S(50)), S(50));
}

static void a_pause_ends_a_stretch(void **state)
{
	struct watch *w = fresh();

	(void)state;
	watch_see(w, 0, S(10), false);
	watch_see(w, 0, S(20), false);
	watch_see(w, 0, S(1000), true);
	watch_see(w, 0, S(1010), false);
	assert_int_equal(watch_end(w, 0, S(12)), S(20));
	assert_int_equal(watch_end(w, 0, S(1001)), S(1010));
}

static void files_that_follow_each_other_are_one_watching(void **state)
{
	struct watch *w = fresh();

	(void)state;
	watch_see(w, 0, S(10), false);
	watch_see(w, 0, S(20), false);
	watch_see(w, 1, S(21), false);
	watch_see(w, 1, S(30), false);
	watch_see(w, 2, S(31), false);
	watch_see(w, 2, S(40), false);
	assert_int_equal(watch_end(w, 0, S(15)), S(40));
}

static void files_with_a_gap_between_are_not(void **state)
{
	struct watch *w = fresh();

	(void)state;
	watch_see(w, 0, S(10), false);
	watch_see(w, 0, S(20), false);
	watch_see(w, 1, S(60), false);
	watch_see(w, 1, S(90), false);
	assert_int_equal(watch_end(w, 0, S(15)), S(20));
}

static void a_file_of_the_same_time_watches_something_else(void **state)
{
	struct watch *w = fresh();

	(void)state;
	watch_see(w, 0, S(10), false);
	watch_see(w, 0, S(20), false);
	watch_see(w, 1, S(12), false);
	watch_see(w, 1, S(90), false);
	assert_int_equal(watch_end(w, 0, S(15)), S(20));
}

static void live_watching_goes_on_without_packets_until_it_stops(void **state)
{
	struct watch *w = fresh();

	(void)state;
	watch_see(w, 0, S(10), false);
	watch_go_on(w, S(30));
	assert_int_equal(watch_end(w, 0, S(11)), S(30));
	watch_stop(w, 0);
	watch_go_on(w, S(50));
	assert_int_equal(watch_end(w, 0, S(11)), S(30));
	watch_see(w, 0, S(60), false);
	assert_int_equal(watch_end(w, 0, S(11)), S(30));
	assert_int_equal(watch_end(w, 0, S(60)), S(60));
}

static void forgotten_stretches_leave_the_open_ones(void **state)
{
	struct watch *w = fresh();

	(void)state;
	for (int i = 0; i < 200; i++) {
		watch_see(w, 0, S(i * 100), true);
		watch_see(w, 0, S(i * 100 + 10), false);
	}
	watch_see(w, 1, S(50), true);
	watch_forget(w, S(19000));
	assert_in_range(w->n, 1, 12);
	watch_see(w, 0, S(19920), false);
	assert_int_equal(watch_end(w, 0, S(19905)), S(19920));
	watch_see(w, 1, S(19990), false);
	assert_int_equal(watch_end(w, 1, S(60)), S(19990));
}

static void too_many_stretches_are_no_harm(void **state)
{
	struct watch *w = fresh();

	(void)state;
	for (int i = 0; i < 2000; i++)
		watch_see(w, (uint16_t)(i % 700), S(i * 10), true);
	assert_int_equal(w->n, SEGMENTS_MOST);
	assert_true(watch_end(w, 3, S(19990)) >= S(19990));
}

static void losses_make_silence_doubtful(void **state)
{
	struct watch *w = fresh();

	(void)state;
	watch_lose(w, S(100), S(101));
	assert_true(watch_is_lossy(w, S(98), S(102), S(5)));
	assert_true(watch_is_lossy(w, S(90), S(97), S(5)));  /* the answer may be what was lost */
	assert_false(watch_is_lossy(w, S(80), S(90), S(5)));
	assert_false(watch_is_lossy(w, S(102), S(110), S(5)));
}

static void a_clear_stretch_of_tries_is_proof_enough(void **state)
{
	struct watch *w = fresh();

	(void)state;
	watch_lose(w, S(100), S(101));
	assert_false(watch_is_lossy(w, S(85), S(102), S(5)));
	assert_false(watch_is_lossy(w, S(99), S(112), S(5)));
	assert_true(watch_is_lossy(w, S(95), S(106), S(5)));
}

static void losses_are_a_ring(void **state)
{
	struct watch *w = fresh();

	(void)state;
	for (unsigned i = 0; i < LOSSES_MOST + 10; i++)
		watch_lose(w, S(i * 10), S(i * 10 + 1));
	assert_false(watch_is_lossy(w, S(20), S(22), 0));
	assert_true(watch_is_lossy(w, S((LOSSES_MOST + 5) * 10), S((LOSSES_MOST + 5) * 10 + 1), 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(watching_ends_with_the_last_packet_of_the_source),
	    cmocka_unit_test(a_pause_ends_a_stretch),
	    cmocka_unit_test(files_that_follow_each_other_are_one_watching),
	    cmocka_unit_test(files_with_a_gap_between_are_not),
	    cmocka_unit_test(a_file_of_the_same_time_watches_something_else),
	    cmocka_unit_test(live_watching_goes_on_without_packets_until_it_stops),
	    cmocka_unit_test(forgotten_stretches_leave_the_open_ones),
	    cmocka_unit_test(too_many_stretches_are_no_harm),
	    cmocka_unit_test(losses_make_silence_doubtful),
	    cmocka_unit_test(a_clear_stretch_of_tries_is_proof_enough),
	    cmocka_unit_test(losses_are_a_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
