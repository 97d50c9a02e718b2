/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/clock.h"
#include "base/limits.h"

#define S(n) (INT64_C(1700000000) * SECOND_US + (n) * SECOND_US)

static void time_that_runs_is_left_alone(void **state)
{
	struct clock c = {0};

	(void)state;
	for (int i = 0; i < 100; i++)
		assert_int_equal(clock_sane(&c, S(i * 5)), S(i * 5));
	assert_int_equal(c.jumps, 0);
	assert_int_equal(c.shift_us, 0);
}

static void a_little_back_is_reordering(void **state)
{
	struct clock c = {0};

	(void)state;
	clock_sane(&c, S(100));
	assert_int_equal(clock_sane(&c, S(95)), S(95));
	assert_int_equal(c.now_us, S(100));
	assert_int_equal(c.jumps, 0);
}

static void one_packet_from_another_time_happens_now(void **state)
{
	struct clock c = {0};

	(void)state;
	clock_sane(&c, S(100));
	assert_int_equal(clock_sane(&c, S(700000000)), S(100));
	assert_int_equal(clock_sane(&c, S(101)), S(101));
	assert_int_equal(c.outliers, 1);
	assert_int_equal(c.jumps, 0);
}

static void a_clock_that_is_set_back_runs_on(void **state)
{
	struct clock c = {0};

	(void)state;
	clock_sane(&c, S(5000));
	clock_sane(&c, S(1400));
	assert_int_equal(clock_sane(&c, S(1401)), S(5000));
	assert_int_equal(c.jumps, 1);
	assert_int_equal(c.backward, 1);
	assert_int_equal(clock_sane(&c, S(1411)), S(5010));
	assert_int_equal(S(5010) + c.shift_us, S(1411));
}

static void a_pause_ages_flows_by_an_hour_at_most(void **state)
{
	struct clock c = {0};

	(void)state;
	clock_sane(&c, S(0));
	clock_sane(&c, S(86400));
	assert_int_equal(clock_sane(&c, S(86401)), S(0) + CLOCK_STEP_US);
	assert_int_equal(c.jumps, 1);
	assert_int_equal(c.backward, 0);
	assert_int_equal(clock_sane(&c, S(86411)), S(10) + CLOCK_STEP_US);
}

static void sane_time_never_goes_back_by_more_than_the_slack(void **state)
{
	struct clock c = {0};
	unsigned seed = 11;
	int64_t most = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		int64_t at = S(i / 20);
		seed = seed * 1103515245u + 12345u;
		if (seed >> 16 & 1)
			at += ((int64_t)(seed >> 8) % 200000 - 100000) * SECOND_US;
		int64_t sane = clock_sane(&c, at);
		assert_true(sane >= most - CLOCK_SLACK_US);
		most = sane > most ? sane : most;
	}
}

static void live_a_clock_set_forward_is_no_pause(void **state)
{
	struct clock c = {0};

	(void)state;
	clock_pace(&c, 500 * SECOND_US, S(0));
	assert_int_equal(clock_sane(&c, S(0)), S(0));
	for (int hours = 1; hours < 4; hours++) { /* and again and again */
		clock_pace(&c, (500 + hours) * SECOND_US, S(3600 * hours + hours));
		clock_sane(&c, S(3600 * hours + hours));
		assert_int_equal(clock_sane(&c, S(3600 * hours + hours)), S(hours));
	}
	assert_int_equal(c.jumps, 3);
	/* five minutes are noticed as well */
	clock_pace(&c, 504 * SECOND_US, S(3 * 3600 + 304));
	clock_sane(&c, S(3 * 3600 + 304));
	assert_int_equal(clock_sane(&c, S(3 * 3600 + 304)), S(4));
	/* and an hour back */
	clock_pace(&c, 505 * SECOND_US, S(2 * 3600 + 305));
	clock_sane(&c, S(2 * 3600 + 305));
	assert_int_equal(clock_sane(&c, S(2 * 3600 + 305)), S(4));
	assert_int_equal(c.backward, 1);
}

static void live_a_backlog_and_a_pause_are_no_jump(void **state)
{
	struct clock c = {0};

	(void)state;
	clock_pace(&c, 500 * SECOND_US, S(0));
	clock_sane(&c, S(-20)); /* was queued before that */
	assert_int_equal(clock_sane(&c, S(0)), S(0));
	clock_pace(&c, 800 * SECOND_US, S(300));
	for (int i = 1; i <= 30; i++)
		assert_int_equal(clock_sane(&c, S(10 * i)), S(10 * i));
	assert_int_equal(c.jumps + c.outliers, 0);
}

static void live_small_steps_forward_add_up(void **state)
{
	struct clock c = {0};

	(void)state;
	clock_pace(&c, 0, S(0));
	for (int i = 1; i < 100; i++) {
		int64_t half = i * SECOND_US / 2;
		clock_pace(&c, i * SECOND_US, S(i) + half);
		assert_int_equal(clock_sane(&c, S(i) + half), S(i) + half);
	}
	assert_int_equal(c.jumps, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(time_that_runs_is_left_alone),
	    cmocka_unit_test(a_little_back_is_reordering),
	    cmocka_unit_test(one_packet_from_another_time_happens_now),
	    cmocka_unit_test(a_clock_that_is_set_back_runs_on),
	    cmocka_unit_test(live_a_clock_set_forward_is_no_pause),
	    cmocka_unit_test(live_a_backlog_and_a_pause_are_no_jump),
	    cmocka_unit_test(live_small_steps_forward_add_up),
	    cmocka_unit_test(a_pause_ages_flows_by_an_hour_at_most),
	    cmocka_unit_test(sane_time_never_goes_back_by_more_than_the_slack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
