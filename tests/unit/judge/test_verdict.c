#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <string.h>

#include "judge/verdict.h"

static void every_signature_is_found_by_its_name(void **state)
{
	(void)state;
	for (enum signature s = SIG_NONE + 1; s < SIGNATURE_COUNT; s++) {
		assert_true(strlen(signature_name(s)) > 3);
		assert_int_equal(signature_find(signature_name(s)), s);
	}
	assert_string_equal(signature_name(SIG_NONE), "");
	assert_int_equal(signature_find(""), SIG_NONE);
	assert_int_equal(signature_find("tcp-syn"), SIG_NONE);
	assert_int_equal(signature_find("tcp-syn-timeout"), SIG_TCP_SYN_TIMEOUT);
}

static void every_signature_has_a_story_of_its_own_that_fits_into_a_sentence(void **state)
{
	(void)state;
	for (enum signature s = SIG_NONE + 1; s < SIGNATURE_COUNT; s++) {
		const char *story = signature_story(s);
		assert_true(strlen(story) > 20);
		/* half a sentence: no capital (except in a name), no full stop */
		assert_true(islower((unsigned char)story[0]) || isupper((unsigned char)story[1]));
		assert_int_not_equal(story[strlen(story) - 1], '.');
		for (enum signature other = SIG_NONE; other < s; other++)
			assert_string_not_equal(story, signature_story(other));
	}
}

static void the_kind_of_change_follows_the_signature(void **state)
{
	(void)state;
	for (enum signature s = SIG_NONE + 1; s < SIGNATURE_COUNT; s++) {
		enum missing_kind kind = strncmp(signature_name(s), "dns-", 4) == 0                    ? KIND_DNS
					 : s == SIG_PROXY_DENIED || s == SIG_HTTP_BLOCKED ? KIND_PROXY
					 : s == SIG_TLS_INTERCEPTED                       ? KIND_TLS_INSPECTION
											  : KIND_FIREWALL;
		assert_int_equal(signature_kind(s), kind);
		assert_int_equal(signature_outcome(s), s == SIG_TCP_RESET ? OUTCOME_RESET : OUTCOME_BLOCKED);
	}
}

static void the_words_are_the_contracts(void **state)
{
	(void)state;
	assert_string_equal(outcome_text(OUTCOME_OK), "ok");
	assert_string_equal(outcome_text(OUTCOME_INCONCLUSIVE), "inconclusive");
	assert_string_equal(confidence_text(CONFIDENCE_LOW), "low");
	assert_string_equal(confidence_text(CONFIDENCE_HIGH), "high");
	assert_string_equal(verdict_text(VERDICT_ALLOWED), "allowed");
	assert_string_equal(verdict_text(VERDICT_UNSEEN), "unseen");
	assert_string_equal(kind_text(KIND_TLS_INSPECTION), "tls-inspection");
	assert_string_equal(attributed_by_text(BY_NONE), "");
	assert_string_equal(attributed_by_text(BY_DNS_OTHER_CLIENT), "dns-other-client");
	assert_string_equal(attributed_by_text(BY_RESOLVED), "resolved");
	assert_string_equal(hint_text(HINT_NONE), "");
	assert_string_equal(hint_text(HINT_PATH_MTU), "path-mtu");
}

static void no_value_is_without_a_text(void **state)
{
	(void)state;
	for (int i = 0; i < OUTCOME_COUNT; i++)
		assert_true(*outcome_text((enum outcome)i));
	for (int i = 0; i < VERDICT_COUNT; i++)
		assert_true(*verdict_text((enum verdict)i));
	for (int i = CONFIDENCE_LOW; i <= CONFIDENCE_HIGH; i++)
		assert_true(*confidence_text((enum confidence)i));
	for (int i = BY_SNI; i <= BY_RESOLVED; i++)
		assert_true(*attributed_by_text((enum attributed_by)i));
	assert_string_equal(signature_name(SIGNATURE_COUNT), "");
	assert_string_equal(signature_story(SIGNATURE_COUNT), "");
	assert_string_equal(verdict_text(VERDICT_COUNT), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_signature_is_found_by_its_name),
	    cmocka_unit_test(every_signature_has_a_story_of_its_own_that_fits_into_a_sentence),
	    cmocka_unit_test(the_kind_of_change_follows_the_signature),
	    cmocka_unit_test(the_words_are_the_contracts),
	    cmocka_unit_test(no_value_is_without_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
