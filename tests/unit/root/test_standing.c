#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/limits.h"
#include "standing.h"

static struct attempt attempt_of(int32_t rule, uint8_t client, int64_t s, enum outcome outcome)
{
	const uint8_t address[4] = {10, 0, 0, client};

	return (struct attempt){.rule = rule, .client = addr_of_v4(address), .started_us = s * SECOND_US, .outcome = outcome,
	                        .signature = outcome == OUTCOME_BLOCKED ? SIG_TCP_SYN_TIMEOUT : SIG_NONE};
}

static void a_rule_becomes_blocked_once_and_is_allowed_again_once(void **state)
{
	struct standing s;
	enum verdict now;
	struct attempt first = attempt_of(0, 1, 1, OUTCOME_BLOCKED), again = attempt_of(0, 1, 2, OUTCOME_BLOCKED),
	               mended = attempt_of(0, 1, 3, OUTCOME_OK), later = attempt_of(0, 1, 4, OUTCOME_OK);

	(void)state;
	assert_int_equal(standing_init(&s, 2), ERR_OK);
	assert_true(standing_note(&s, &first, &now));
	assert_int_equal(now, VERDICT_BLOCKED);
	assert_false(standing_note(&s, &again, &now));
	assert_int_equal(standing_blocked(&s, KIND_FIREWALL), 1);
	assert_true(standing_note(&s, &mended, &now));
	assert_int_equal(now, VERDICT_ALLOWED);
	assert_false(standing_note(&s, &later, &now));
	assert_int_equal(standing_blocked(&s, KIND_FIREWALL), 0);
	standing_release(&s);
}

static void a_rule_stays_blocked_while_one_client_is(void **state)
{
	struct standing s;
	enum verdict now;
	struct attempt one = attempt_of(1, 1, 1, OUTCOME_BLOCKED), other = attempt_of(1, 2, 1, OUTCOME_BLOCKED),
	               one_ok = attempt_of(1, 1, 5, OUTCOME_OK), other_ok = attempt_of(1, 2, 6, OUTCOME_OK);

	(void)state;
	assert_int_equal(standing_init(&s, 2), ERR_OK);
	assert_true(standing_note(&s, &one, &now));
	assert_false(standing_note(&s, &other, &now));
	assert_false(standing_note(&s, &one_ok, &now));
	assert_true(standing_note(&s, &other_ok, &now));
	assert_int_equal(now, VERDICT_ALLOWED);
	standing_release(&s);
}

static void what_is_older_undecided_or_of_no_rule_changes_nothing(void **state)
{
	struct standing s;
	enum verdict now;
	struct attempt ok = attempt_of(0, 1, 10, OUTCOME_OK), older = attempt_of(0, 1, 9, OUTCOME_BLOCKED),
	               unclear = attempt_of(0, 1, 11, OUTCOME_INCONCLUSIVE), none = attempt_of(-1, 1, 12, OUTCOME_BLOCKED),
	               beyond = attempt_of(2, 1, 12, OUTCOME_BLOCKED);

	(void)state;
	assert_int_equal(standing_init(&s, 2), ERR_OK);
	assert_false(standing_note(&s, &ok, &now));
	assert_false(standing_note(&s, &older, &now));
	assert_false(standing_note(&s, &unclear, &now));
	assert_false(standing_note(&s, &none, &now));
	assert_false(standing_note(&s, &beyond, &now));
	assert_int_equal(standing_blocked(&s, KIND_FIREWALL), 0);
	standing_release(&s);
}

static void clients_that_are_gone_make_room_for_those_that_come(void **state)
{
	struct standing s;
	enum verdict now;
	struct attempt gone = attempt_of(0, 1, 1, OUTCOME_BLOCKED), stays = attempt_of(1, 2, 1, OUTCOME_BLOCKED),
	               comes = attempt_of(0, 3, 9, OUTCOME_BLOCKED);

	(void)state;
	assert_int_equal(standing_init(&s, 3), ERR_OK);
	assert_true(standing_note(&s, &gone, &now));
	assert_true(standing_note(&s, &stays, &now));
	for (uint32_t i = 0; i < STANDING_MOST + 1; i++) {
		struct attempt ok = attempt_of(2, 0, 2, OUTCOME_OK);
		ok.client.b[11] = (uint8_t)(1 + (i >> 16)), ok.client.b[14] = (uint8_t)(i >> 8), ok.client.b[15] = (uint8_t)i;
		assert_false(standing_note(&s, &ok, &now));
		if (i == STANDING_MOST / 2 + 10)
			assert_false(standing_note(&s, &stays, &now));
	}
	assert_int_equal(standing_blocked(&s, KIND_FIREWALL), 1);
	assert_true(standing_note(&s, &comes, &now));
	assert_int_equal(standing_blocked(&s, KIND_FIREWALL), 2);
	standing_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_becomes_blocked_once_and_is_allowed_again_once),
		cmocka_unit_test(clients_that_are_gone_make_room_for_those_that_come),
		cmocka_unit_test(a_rule_stays_blocked_while_one_client_is),
		cmocka_unit_test(what_is_older_undecided_or_of_no_rule_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
