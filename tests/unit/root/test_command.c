#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "command.h"

const struct command *const commands[] = {NULL};

static int run(const struct options *o)
{
	(void)o;
	return 0;
}

static const struct option_row rows[] = {
	{'r', "read", ARG_FILE, "FILE", true, "a capture"},
	{'f', "format", ARG_CHOICE, "text|json|csv", false, "how"},
	{'q', "quiet", ARG_NONE, NULL, true, "say less"},
	{0, "wait", ARG_TIME, "TIME", false, "how long"},
	{0, "memory", ARG_TEXT, "SIZE", false, "how much"},
	{'n', "number", ARG_NUMBER, "N", false, "how many"},
	{0},
};

static const struct command command = {"try", "tries", "[options]", "About it.", rows, run};

/* words end with NULL. */
static enum err parse(struct options *ret_options, ...)
{
	static char *argv[32];
	va_list words;
	int n = 0;

	argv[n++] = (char *)(uintptr_t)"try";
	va_start(words, ret_options);
	while ((argv[n] = va_arg(words, char *)))
		n++;
	va_end(words);
	return options_parse(&command, n, argv, ret_options);
}

static void values_are_kept_in_order(void **state)
{
	struct options o;
	size_t n;

	(void)state;
	assert_int_equal(parse(&o, "-r", "a", "--read=b", "-rc", "--read", "-", NULL), ERR_OK);
	const char *const *files = options_all(&o, "read", &n);
	assert_int_equal(n, 4);
	assert_string_equal(files[0], "a");
	assert_string_equal(files[1], "b");
	assert_string_equal(files[2], "c");
	assert_string_equal(files[3], "-");
	assert_null(files[4]);
	options_release(&o);
}

static void options_and_words_may_be_mixed(void **state)
{
	struct options o;

	(void)state;
	assert_int_equal(parse(&o, "host", "-q", "10.0.0.1", "-q", "--", "-r", NULL), ERR_OK);
	assert_int_equal(o.word_n, 3);
	assert_string_equal(o.words[0], "host");
	assert_string_equal(o.words[1], "10.0.0.1");
	assert_string_equal(o.words[2], "-r");
	assert_null(o.words[3]);
	assert_true(options_has(&o, "quiet"));
	assert_false(options_has(&o, "read"));
	options_release(&o);
}

static void nothing_given_is_nothing(void **state)
{
	struct options o;
	uint64_t number = 7;
	size_t n;

	(void)state;
	assert_int_equal(parse(&o, NULL), ERR_OK);
	assert_int_equal(o.word_n, 0);
	assert_null(o.words[0]);
	assert_string_equal(options_last(&o, "format", "text"), "text");
	assert_null(options_all(&o, "read", &n)[0]);
	assert_int_equal(options_count(&o, "number", 1, 9, &number), ERR_OK);
	assert_int_equal(number, 7);
	options_release(&o);
}

static void the_last_of_a_repeated_option_wins(void **state)
{
	struct options o;
	int format = -1;

	(void)state;
	assert_int_equal(parse(&o, "-f", "json", "-f", "csv", NULL), ERR_OK);
	assert_int_equal(options_choice(&o, "format", &format), ERR_OK);
	assert_int_equal(format, 2);
	options_release(&o);
}

static void numbers_sizes_and_durations_are_read(void **state)
{
	struct options o;
	uint64_t bytes = 0, number = 0;
	int64_t us = 0;

	(void)state;
	assert_int_equal(parse(&o, "-n", "12", "--memory", "64M", "--wait", "1500ms", NULL), ERR_OK);
	assert_int_equal(options_count(&o, "number", 1, 12, &number), ERR_OK);
	assert_int_equal(number, 12);
	assert_int_equal(options_size(&o, "memory", &bytes), ERR_OK);
	assert_int_equal(bytes, 64 << 20);
	assert_int_equal(options_duration(&o, "wait", &us), ERR_OK);
	assert_int_equal(us, 1500000);
	assert_int_equal(options_count(&o, "number", 13, 99, &number), ERR_USAGE);
	assert_non_null(strstr(err_detail(), "not within 13 to 99"));
	options_release(&o);
}

static void what_is_no_number_is_refused_by_name(void **state)
{
	static const char *const wrong[] = {"-1", "1x", " 1", "99999999999999999999", "0x10"};
	struct options o;
	uint64_t number = 5;
	int64_t us = 5;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		assert_int_equal(parse(&o, "-n", wrong[i], "--wait", "soon", "--memory", "much", NULL), ERR_OK);
		assert_int_equal(options_count(&o, "number", 0, UINT64_MAX, &number), ERR_USAGE);
		assert_non_null(strstr(err_detail(), "--number"));
		assert_int_equal(options_duration(&o, "wait", &us), ERR_USAGE);
		assert_int_equal(options_size(&o, "memory", &number), ERR_USAGE);
		assert_non_null(strstr(err_detail(), "--memory: much"));
		options_release(&o);
	}
	assert_int_equal(parse(&o, "--wait", "0", "--memory", "0", NULL), ERR_OK);
	assert_int_equal(options_duration(&o, "wait", &us), ERR_USAGE);
	assert_int_equal(options_size(&o, "memory", &number), ERR_USAGE);
	options_release(&o);
	assert_int_equal(parse(&o, "-n", "", NULL), ERR_USAGE);
	assert_int_equal(number, 5);
	assert_int_equal(us, 5);
}

static void refused(enum err e, const char *says)
{
	assert_int_equal(e, ERR_USAGE);
	if (!strstr(err_detail(), says))
		fail_msg("%s", err_detail());
}

static void mistakes_are_named_with_a_remedy(void **state)
{
	struct options o;

	(void)state;
	refused(parse(&o, "--quite", NULL), "unknown option --quite (did you mean --quiet?)");
	refused(parse(&o, "--fromat=json", NULL), "unknown option --fromat (did you mean --format?)");
	refused(parse(&o, "--zzz", NULL), "see rulegap try --help");
	refused(parse(&o, "--quiet", "-qz", NULL), "unknown option -z");
	refused(parse(&o, "-f", "jsn", NULL), "--format: jsn is none of text|json|csv");
	refused(parse(&o, "--format", "jso", NULL), "none of");
	refused(parse(&o, "--read", NULL), "--read needs a value");
	refused(parse(&o, "-qr", NULL), "-r needs a value");
	refused(parse(&o, "--quiet=1", NULL), "--quiet takes no value");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_kept_in_order),
		cmocka_unit_test(options_and_words_may_be_mixed),
		cmocka_unit_test(nothing_given_is_nothing),
		cmocka_unit_test(the_last_of_a_repeated_option_wins),
		cmocka_unit_test(numbers_sizes_and_durations_are_read),
		cmocka_unit_test(what_is_no_number_is_refused_by_name),
		cmocka_unit_test(mistakes_are_named_with_a_remedy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
