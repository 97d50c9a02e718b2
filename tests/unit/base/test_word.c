/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/word.h"

static const char *const words[] = {"audit", "report", "incidents", "diff", "merge", "endpoints"};

static const char *near(const char *typed)
{
	return word_near(typed, words, sizeof words / sizeof words[0]);
}

static void a_third_of_the_letters_may_be_wrong(void **state)
{
	(void)state;
	assert_string_equal(near("adit"), "audit");
	assert_string_equal(near("endpont"), "endpoints");
	assert_string_equal(near("endpanto"), "endpoints");
	assert_null(near("endpXXXX"));
	assert_null(near("zebra"));
}

static void swapped_neighbours_are_one_mistake(void **state)
{
	static const char *const short_words[] = {"443/tcp", "dns"};

	(void)state;
	assert_string_equal(near("reprot"), "report");
	assert_string_equal(word_near("dsn", short_words, 2), "dns");
	assert_string_equal(word_near("sd", (const char *const[]){"ds"}, 1), "ds");
}

static void the_beginning_of_a_word_means_it(void **state)
{
	static const char *const versions[] = {"office-1", "remotespark-2.0.33"};

	(void)state;
	assert_string_equal(near("inc"), "incidents");
	assert_string_equal(word_near("remote", versions, 2), "remotespark-2.0.33");
	assert_null(near("in"));
}

static void too_little_and_too_much_are_near_to_nothing(void **state)
{
	(void)state;
	assert_null(near(""));
	assert_null(near("x"));
	assert_null(near("a-word-that-is-much-longer-than-anything-here"));
	assert_null(word_near("audit", words, 0));
}

static void of_equally_near_words_the_first_is_meant(void **state)
{
	static const char *const alike[] = {"cat", "bat"};

	(void)state;
	assert_string_equal(word_near("rat", alike, 2), "cat");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_third_of_the_letters_may_be_wrong),
		cmocka_unit_test(swapped_neighbours_are_one_mistake),
		cmocka_unit_test(the_beginning_of_a_word_means_it),
		cmocka_unit_test(too_little_and_too_much_are_near_to_nothing),
		cmocka_unit_test(of_equally_near_words_the_first_is_meant),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
