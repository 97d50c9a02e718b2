/* A report as numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "serve/metrics.h"

static struct gap_rule rule(const char *group, const char *transport, uint64_t ok)
{
	struct gap_rule r = {.group = group, .transport = transport};

	r.attempts.by_outcome[OUTCOME_OK] = ok;
	return r;
}

/* To be freed. */
static char *written(const struct gap *g)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	assert_int_equal(serve_metrics_write(g, f), ERR_OK);
	fclose(f);
	return text;
}

/* Each named once, in the order of their first rules. */
static void rules_of_a_group_and_transport_are_one_series(void **state)
{
	struct gap_rule rules[] = {rule("web", "tcp", 1), rule("web", "udp", 20), rule("cdn", "tcp", 300), rule("web", "tcp", 4000)};
	struct gap_list list = {.name = "L"};
	struct gap g = {.lists = &list, .list_n = 1, .rules = rules, .rule_n = 4};
	static const char *const lines[] = {"{list=\"L\",group=\"web\",transport=\"tcp\",verdict=\"ok\"} 4001\n",
	                                    "{list=\"L\",group=\"web\",transport=\"udp\",verdict=\"ok\"} 20\n",
	                                    "{list=\"L\",group=\"cdn\",transport=\"tcp\",verdict=\"ok\"} 300\n"};
	char *text = written(&g), *at = text;

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		at = strstr(at, lines[i]);
		assert_non_null(at);
		assert_null(strstr(at + 1, lines[i]));
	}
	free(text);
}

static void a_label_holds_any_name(void **state)
{
	struct gap_rule rules[] = {rule("web", "tcp", 1)};
	struct gap_list list = {.name = "a\"b\\c\nd\x1b[31m"};
	struct gap g = {.lists = &list, .list_n = 1, .rules = rules, .rule_n = 1};
	char *text = written(&g);

	(void)state;
	assert_non_null(strstr(text, "{list=\"a\\\"b\\\\c\\\\x0ad\\\\x1b[31m\",group=\"web\""));
	free(text);
}

static void tens_of_thousands_of_rules_are_summed_by_group(void **state)
{
	enum { RULES = 40000, GROUPS = 100 };
	static struct gap_rule rules[RULES];
	static char groups[GROUPS][8];
	struct gap g = {.rules = rules, .rule_n = RULES};

	(void)state;
	for (size_t i = 0; i < RULES; i++) {
		snprintf(groups[i / (RULES / GROUPS)], sizeof groups[0], "g%zu", i / (RULES / GROUPS));
		rules[i] = rule(groups[i / (RULES / GROUPS)], "tcp", 1);
	}
	char *text = written(&g);
	assert_non_null(strstr(text, "group=\"g99\",transport=\"tcp\",verdict=\"ok\"} 400\n"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rules_of_a_group_and_transport_are_one_series),
	    cmocka_unit_test(a_label_holds_any_name),
	    cmocka_unit_test(tens_of_thousands_of_rules_are_summed_by_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
