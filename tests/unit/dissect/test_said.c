/* What is remembered of a flow from its facts. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "dissect/said.h"

#define MORE_THAN_A_COUNT_HOLDS 70000u

static void counts_of_long_flows_stand_still_at_their_end(void **state)
{
	struct story story = {.proto = PROTO_UDP};
	struct said said = {0};
	struct hearing h = {.story = &story, .said = &said, .names = names_new(1000), .side = SIDE_CLIENT};
	struct fact request = {.kind = FACT_STUN_MESSAGE, .code = 1, .number = 0, .flag = true, .name = "", .other = ""};

	(void)state;
	assert_non_null(h.names);
	for (uint32_t i = 0; i < MORE_THAN_A_COUNT_HOLDS; i++) {
		h.now = 1 + i * 500;
		request.id = i;
		said_fact(&h, &request);
	}
	assert_int_equal(said.stun.requests, UINT16_MAX);
	assert_int_equal(said.stun.flights, UINT16_MAX);
	names_free(h.names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_of_long_flows_stand_still_at_their_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
