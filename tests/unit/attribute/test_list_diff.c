/* How lists are shown to people and programs, and how two of them differ. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "attribute/list_print.h"
#include "list_files.h"

static const char old[] = "name: L\nversion: \"1\"\nports: [443/tcp]\ngroups:\n"
                          "  - {id: web, hosts: [a.example, b.example]}\n"
                          "  - {id: move, hosts: [m.example]}\n"
                          "  - {id: dc, hosts: []}\n"
                          "  - {id: feedback, required: false, hosts: [f.example]}\n"
                          "  - {id: net, hosts: [\"2001:db8::/32\"], ports: [10-20/udp]}\n";
static const char new[] = "name: L\nversion: \"2\"\nports: [443/tcp]\ngroups:\n"
                          "  - {id: web, hosts: [a.example, c.example]}\n"
                          "  - {id: moved, hosts: [m.example]}\n"
                          "  - {id: dc, hosts: [], ports: [443/tcp, 8089/udp]}\n"
                          "  - {id: feedback, hosts: [f.example]}\n"
                          "  - {id: net, hosts: [\"2001:db8::/32\"], ports: [10-21/udp]}\n"
                          "  - {id: pinned, profile: p, hosts: [p.example]}\n";

static struct lists *list_of(const char *text)
{
	return lists_of(text, NULL, NULL);
}

static char *diff_text(const char *before, const char *after, enum list_form form, bool *ret_differ)
{
	struct lists *b = list_of(before), *a = list_of(after);
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	assert_int_equal(lists_diff_print(b, a, form, f, ret_differ), ERR_OK);
	fclose(f);
	lists_free(b);
	lists_free(a);
	return text;
}

static void a_diff_says_what_is_new_gone_and_changed(void **state)
{
	bool differ = false;
	char *text = diff_text(old, new, FORM_TEXT, &differ);

	(void)state;
	assert_true(differ);
	assert_string_equal(text, "From L 1 to L 2\n"
	                          "\nnew: to be allowed before the change\n"
	                          "  + dc/(hosts missing):8089/udp  required\n"
	                          "  + net/[2001:db8::/32]:10-21/udp  required\n"
	                          "  + pinned/p.example:443/tcp  required; only with profile p\n"
	                          "  + web/c.example:443/tcp  required\n"
	                          "\ngone: no longer asked for\n"
	                          "  - net/[2001:db8::/32]:10-20/udp  required\n"
	                          "  - web/b.example:443/tcp  required\n"
	                          "\nchanged\n"
	                          "  ~ feedback/f.example:443/tcp  required, was optional\n"
	                          "  ~ moved/m.example:443/tcp  required; was in group move\n");
	free(text);
}

static void equal_lists_do_not_differ(void **state)
{
	bool differ = true;
	char *text = diff_text(old, old, FORM_TEXT, &differ);

	(void)state;
	assert_false(differ);
	assert_non_null(strstr(text, "No rule differs."));
	free(text);
}

static void a_diff_as_json_is_json(void **state)
{
	bool differ;
	char *text = diff_text(old, new, FORM_JSON, &differ);
	json_t *root = json_loads(text, 0, NULL);

	(void)state;
	assert_non_null(root);
	assert_int_equal(json_array_size(json_object_get(root, "new")), 4);
	assert_int_equal(json_array_size(json_object_get(root, "gone")), 2);
	const json_t *first = json_array_get(json_object_get(root, "new"), 0);
	assert_true(json_is_null(json_object_get(first, "host")));
	assert_string_equal(json_string_value(json_object_get(first, "port")), "8089");
	const json_t *changed = json_array_get(json_object_get(root, "changed"), 0);
	assert_true(json_is_false(json_object_get(json_object_get(changed, "was"), "required")));
	json_decref(root);
	free(text);
}

static void the_shipped_editions_differ_by_port_8089_and_the_web_browser(void **state)
{
	const char *names[] = {"remotespark-2.0.33", "remotespark-2.1.80"};
	struct lists *l[2];
	char *text = NULL;
	size_t n;
	bool differ = false;

	(void)state;
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(lists_read(&names[i], 1, NULL, &l[i]), ERR_OK);
	FILE *f = open_memstream(&text, &n);
	assert_int_equal(lists_diff_print(l[0], l[1], FORM_TEXT, f, &differ), ERR_OK);
	fclose(f);
	assert_true(differ);
	assert_non_null(strstr(text, "+ datacentre-eu/(hosts missing):8089/tcp"));
	assert_non_null(strstr(text, "+ datacentre-na/(hosts missing):8089/udp"));
	assert_non_null(strstr(text, "+ web-browser/(hosts missing):443/tcp"));
	assert_null(strstr(text, "gone"));
	free(text);
	for (size_t i = 0; i < 2; i++)
		lists_free(l[i]);
}

static void a_list_s_text_cannot_steer_a_terminal_or_break_a_table(void **state)
{
	struct lists *l = list_of("name: \"a\\u001b[31m|b\"\ngroups:\n  - {id: a, hosts: [\"*.x.example\"], ports: [1/tcp]}\n");
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	(void)state;
	assert_int_equal(lists_print(l, FORM_MARKDOWN, f), ERR_OK);
	fclose(f);
	assert_null(strchr(text, '\x1b'));
	assert_non_null(strstr(text, "# a\\\\x1b\\[31m\\|b\n"));
	assert_non_null(strstr(text, "| \\*.x.example |"));
	free(text);
	lists_free(l);
}

static void a_check_names_what_cannot_be_audited_or_is_wide(void **state)
{
	struct lists *l = list_of("ports: [1/tcp]\ngroups:\n  - {id: dc, notes: ask them}\n  - {id: all, hosts: [\"*.net\", 10.0.0.0/7, 10.0.0.0/8]}\n"
	                          "  - {id: p, profile: x, hosts: [p.example]}\n  - {id: f, fallback_for: [p], hosts: [f.example]}\n");
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	(void)state;
	assert_int_equal(lists_check_print(l, FORM_TEXT, f), ERR_OK);
	fclose(f);
	assert_non_null(strstr(text, "warning: dc: its hosts are missing; it cannot be audited until a list fills them in: ask them\n"));
	assert_non_null(strstr(text, "warning: all: *.net is very wide"));
	assert_non_null(strstr(text, "warning: all: 10.0.0.0/7 is very wide"));
	assert_null(strstr(text, "10.0.0.0/8 is very wide"));
	assert_non_null(strstr(text, "warning: p: it counts only with --profile x\n"));
	assert_non_null(strstr(text, "warning: f: it is a fallback for p, which is not active\n"));
	free(text);
	lists_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_diff_says_what_is_new_gone_and_changed),
		cmocka_unit_test(equal_lists_do_not_differ),
		cmocka_unit_test(a_diff_as_json_is_json),
		cmocka_unit_test(the_shipped_editions_differ_by_port_8089_and_the_web_browser),
		cmocka_unit_test(a_list_s_text_cannot_steer_a_terminal_or_break_a_table),
		cmocka_unit_test(a_check_names_what_cannot_be_audited_or_is_wide),
	};
	return cmocka_run_group_tests(tests, folder_make, folder_drop);
}
