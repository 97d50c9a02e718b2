/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <string.h>

#include "base/names.h"

static name_id intern(struct names *n, const char *text)
{
	return names_intern(n, text, strlen(text));
}

static void each_different_name_has_one_number(void **state)
{
	struct names *n = names_new(1 << 20);
	name_id a = intern(n, "a.example"), b = intern(n, "b.example");

	(void)state;
	assert_int_not_equal(a, 0);
	assert_int_not_equal(a, b);
	assert_int_equal(intern(n, "a.example"), a);
	assert_int_equal(names_find(n, "b.example", 9), b);
	assert_int_equal(names_find(n, "c.example", 9), 0);
	assert_int_equal(names_find(n, "a.exampl", 8), 0);
	assert_string_equal(names_text(n, a), "a.example");
	assert_string_equal(names_text(n, 0), "");
	assert_int_equal(names_intern(n, "", 0), 0);
	names_free(n);
}

static void text_needs_no_end(void **state)
{
	struct names *n = names_new(1 << 20);
	name_id a = names_intern(n, "a.example.and.more", 9);

	(void)state;
	assert_string_equal(names_text(n, a), "a.example");
	names_free(n);
}

static void many_names_stay_where_they_are(void **state)
{
	struct names *n = names_new(16 << 20);
	const char *first = names_text(n, intern(n, "first.example"));
	char text[64];

	(void)state;
	for (int i = 0; i < 100000; i++) {
		snprintf(text, sizeof text, "host-%d.example", i);
		assert_int_not_equal(intern(n, text), 0);
	}
	assert_string_equal(first, "first.example");
	for (int i = 0; i < 100000; i += 7) {
		snprintf(text, sizeof text, "host-%d.example", i);
		name_id id = names_find(n, text, strlen(text));
		assert_int_not_equal(id, 0);
		assert_string_equal(names_text(n, id), text);
	}
	assert_int_equal(names_count(n), 100001);
	assert_false(names_full(n));
	names_free(n);
}

static void a_full_table_says_so_and_keeps_what_it_has(void **state)
{
	struct names *n = names_new(100);
	name_id a = intern(n, "a.example");
	char text[64];

	(void)state;
	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof text, "host-%d.example", i);
		intern(n, text);
	}
	assert_true(names_full(n));
	assert_true(names_bytes(n) <= 100);
	assert_int_equal(intern(n, "one.more.example"), 0);
	assert_int_equal(intern(n, "a.example"), a);
	names_free(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_different_name_has_one_number),
	    cmocka_unit_test(text_needs_no_end),
	    cmocka_unit_test(many_names_stay_where_they_are),
	    cmocka_unit_test(a_full_table_says_so_and_keeps_what_it_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
