/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdlib.h>

#include "../drive/failing.h"
#include "auditing.h"

const struct command *const commands[] = {NULL};

static const char *words[] = {"port", "443", "and", "host", "192.0.2.1", NULL};
static const struct command audit = {.name = "audit"};
static const struct options given = {.command = &audit, .words = words, .word_n = 5};
static const struct options none = {.command = &audit, .words = words + 5};

static void trailing_words_are_one_filter(void **state)
{
	char *filter = NULL;

	(void)state;
	assert_int_equal(auditing_filter(&given, &filter), ERR_OK);
	assert_string_equal(filter, "port 443 and host 192.0.2.1");
	free(filter);
	filter = NULL;
	assert_int_equal(auditing_filter(&none, &filter), ERR_OK);
	assert_null(filter);
}

/* Part of a filter, or none, would audit what nobody asked for. */
static void a_filter_that_has_no_memory_is_an_error(void **state)
{
	char *filter = NULL;

	(void)state;
	memory_fails = true;
	enum err e = auditing_filter(&given, &filter);
	memory_fails = false;
	assert_int_equal(e, ERR_MEMORY);
	assert_null(filter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trailing_words_are_one_filter),
		cmocka_unit_test(a_filter_that_has_no_memory_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
