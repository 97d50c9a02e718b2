#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "report/calls.h"

#define AT(s) .started_us = INT64_C(1700000000000000) + (s) * 1000000
#define TURN .client = "10.0.0.5", .host = "turn.example", .server = "192.0.2.1", .port = 3478, .transport = "udp"

static void calls_of_rules_come_first_and_repeated_ones_are_one(void **state)
{
	struct gap_call calls[] = {
		{TURN, .result = "stun-timeout", AT(1)},
		{TURN, .result = "allocated", .rule = "relay/turn.example:3478/udp", AT(2), .media_out = 5, .media_in = 7},
		{TURN, .result = "stun-timeout", AT(3)},
		{TURN, .result = "allocated", .rule = "relay/turn.example:3478/udp", AT(4), .media_out = 1, .media_in = 1},
		{TURN, .result = "allocated", .rule = "relay/turn.example:3478/udp", AT(5), .media_out = 9},
		{TURN, .result = "stun-timeout", AT(6), .relayed = "192.0.2.9"},
		{TURN, .result = "stun-timeout", AT(7), .software = "other"},
	};
	struct gap g = {.calls = calls, .call_n = 7};
	struct calls_alike *alike;
	size_t n;

	(void)state;
	assert_int_equal(calls_fold(&g, &alike, &n), ERR_OK);
	assert_int_equal(n, 5);
	assert_ptr_equal(alike[0].first, &calls[1]);
	assert_int_equal(alike[0].times, 2);
	assert_int_equal(alike[0].media_out, 6);
	assert_int_equal(alike[0].media_in, 8);
	assert_int_equal(alike[0].last_us, calls[3].started_us);
	assert_ptr_equal(alike[1].first, &calls[4]); /* media of one direction is not lost in the sum */
	assert_ptr_equal(alike[2].first, &calls[0]);
	assert_int_equal(alike[2].times, 2);
	assert_ptr_equal(alike[3].first, &calls[5]);
	assert_ptr_equal(alike[4].first, &calls[6]);
	free(alike);
}

static void without_calls_there_is_nothing(void **state)
{
	struct gap g = {0};
	struct calls_alike *alike;
	size_t n;

	(void)state;
	assert_int_equal(calls_fold(&g, &alike, &n), ERR_OK);
	assert_int_equal(n, 0);
	free(alike);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_of_rules_come_first_and_repeated_ones_are_one),
		cmocka_unit_test(without_calls_there_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
