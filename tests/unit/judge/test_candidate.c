/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "attribute/list_build.h"
#include "judge/candidate.h"

#define FLOWS_MOST_ID (UINT64_C(1) << FLOW_ID_BITS)

static void attempts_of_each_kind_have_ids_of_their_own(void **state)
{
	(void)state;
	assert_true(id_of_flow(FLOWS_MOST_ID) < id_of_lookup(0, false, 0, 0));
	assert_true(id_of_lookup(UINT32_MAX, true, HOST_HITS - 1, ID_HOST_RULES - 1) < id_of_minute(0, 0));
	assert_true(id_of_minute(UINT32_MAX, RULES_MOST) < INT64_MAX); /* integers of a database are signed */
}

static void attempts_of_one_kind_have_different_ids(void **state)
{
	(void)state;
	assert_true(id_of_flow(1) + CLAIMS_MOST <= id_of_flow(2));
	assert_true(id_of_lookup(1, false, HOST_HITS - 1, ID_HOST_RULES - 1) < id_of_lookup(1, true, 0, 0));
	assert_true(id_of_lookup(1, true, HOST_HITS - 1, ID_HOST_RULES - 1) < id_of_lookup(2, false, 0, 0));
	assert_true(id_of_lookup(1, true, 0, ID_HOST_RULES - 1) < id_of_lookup(1, true, 1, 0));
	/* even with the longest list */
	assert_true(id_of_minute(1, RULES_MOST - 1) < id_of_minute(2, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attempts_of_each_kind_have_ids_of_their_own),
		cmocka_unit_test(attempts_of_one_kind_have_different_ids),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
