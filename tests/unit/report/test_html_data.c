#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <jansson.h>

#include "report/exporters.h"
#include "report/html_data.h"

static json_t *data_of(const struct gap *g, struct text *text)
{
	assert_int_equal(html_data_write(g, text), ERR_OK);
	json_t *j = json_loads(text->at, 0, NULL);
	assert_non_null(j);
	return j;
}

static void a_string_cannot_end_its_script_element(void **state)
{
	struct text t = {0};

	(void)state;
	html_add_string(&t, "</script><!-- & \"'\\ \x1b \xe2\x80\xae \xe2\x80\xa8 \xff \xc3\xa9");
	assert_null(strpbrk(t.at, "<>&\x1b\xff"));
	json_t *j = json_loads(t.at, JSON_DECODE_ANY, NULL);
	assert_string_equal(json_string_value(j),
	                    "</script><!-- & \"'\\ \\x1b \\xe2\\x80\\xae \\xe2\\x80\\xa8 \\xff \xc3\xa9");
	json_decref(j);
	text_release(&t);
}

static void an_empty_report_is_a_page_too(void **state)
{
	struct gap g = {0};
	struct text t = {0};

	(void)state;
	json_t *j = data_of(&g, &t);
	assert_int_equal(json_array_size(json_object_get(json_object_get(j, "incidents"), "rows")), 0);
	json_decref(j);
	text_release(&t);
}

static void columns_and_cells_are_as_many(void **state)
{
	struct gap_rule rule = {.id = "g/h:1/tcp", .group = "g", .host = "h", .port = "1", .transport = "tcp"};
	struct gap_incident incident = {.id = 7, .rule = "g/h:1/tcp", .client = "c", .host = "h", .transport = "tcp"};
	struct gap_packet packet = {.text = "SYN"};
	struct gap_missing missing = {.host = "h", .why = "w", .port = "1", .transport = "tcp"};
	struct gap_group group = {.id = "g"};
	struct gap_call call = {.client = "c"};
	struct gap_unlisted unlisted = {.host = "u"};
	struct gap_notice notice = {.level = "info", .code = "c", .text = "t"};
	struct gap_source source = {.name = "s"};
	struct gap_list list = {.name = "l"};
	struct gap_moment moment = {.start_us = 5000000};
	struct gap g = {.lists = &list, .list_n = 1, .sources = &source, .source_n = 1, .rules = &rule, .rule_n = 1,
	                .groups = &group, .group_n = 1, .missing = &missing, .missing_n = 1, .incidents = &incident,
	                .incident_n = 1, .unlisted = &unlisted, .unlisted_n = 1, .calls = &call, .call_n = 1,
	                .notices = &notice, .notice_n = 1, .moments = &moment, .moment_n = 1, .moment_us = 1000000};
	struct text t = {0};
	const char *key;
	json_t *table;
	size_t tables = 0;

	(void)state;
	incident.kept = &packet;
	incident.kept_n = 1;
	json_t *j = data_of(&g, &t);
	json_object_foreach(j, key, table) {
		const char *columns = json_string_value(json_object_get(table, "columns"));
		if (!columns)
			continue;
		size_t n = 1;
		for (const char *c = columns; *c; c++)
			n += *c == ' ';
		json_t *row = json_array_get(json_object_get(table, "rows"), 0);
		if (json_array_size(row) != n)
			fail_msg("%s: %zu columns, %zu cells", key, n, json_array_size(row));
		tables++;
	}
	assert_int_equal(tables, 12);
	json_decref(j);
	text_release(&t);
}

/* F33: whatever was found, the page stays small and states what it left out. */
static void a_million_incidents_make_a_page_below_five_megabytes(void **state)
{
	const size_t n = 1000000;
	struct gap_incident *incidents = calloc(n, sizeof *incidents);
	int64_t last = (int64_t)n;
	struct gap_missing missing = {.host = "h", .why = "w", .incidents = &last, .incident_n = 1};
	struct gap g = {.incidents = incidents, .incident_n = n, .missing = &missing, .missing_n = 1};
	struct text t = {0};
	char *names = calloc(n, 48);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		snprintf(names + i * 48, 48, "<host-%zu.service.example.net>", i);
		incidents[i] = (struct gap_incident){.id = (int64_t)i + 1, .client = "10.0.0.1", .transport = "tcp",
		                                     .host = names + i * 48, .detail = names + i * 48};
	}
	json_t *j = data_of(&g, &t);
	assert_in_range(t.n, 1000000, 4900000);
	json_t *table = json_object_get(j, "incidents"), *rows = json_object_get(table, "rows");
	assert_int_equal(json_array_size(rows) + (size_t)json_integer_value(json_object_get(table, "more")), n);
	/* The incident behind a missing rule is not among those left out. */
	assert_int_equal(json_integer_value(json_array_get(json_array_get(rows, 0), 0)), last);
	json_decref(j);
	text_release(&t);
	free(incidents);
	free(names);
}

/* However many calls of no rule there are before them. */
static void calls_of_rules_are_not_left_out(void **state)
{
	const size_t n = 20000;
	struct gap_call *calls = calloc(n, sizeof *calls);
	struct gap g = {.calls = calls, .call_n = n};
	struct text t = {0};

	(void)state;
	for (size_t i = 0; i < n; i++)
		calls[i] = (struct gap_call){.client = "10.0.0.1", .host = "", .result = "stun-timeout", .transport = "udp",
		                             .started_us = (int64_t)i};
	calls[n - 1].rule = "relay/turn.example:3478/udp";
	json_t *j = data_of(&g, &t);
	json_t *table = json_object_get(j, "calls"), *rows = json_object_get(table, "rows");
	assert_true(json_array_size(rows) < n);
	assert_int_equal(json_array_size(rows) + (size_t)json_integer_value(json_object_get(table, "more")), n);
	assert_int_equal(json_integer_value(json_array_get(json_array_get(rows, 0), 10)), n - 1);
	json_decref(j);
	text_release(&t);
	free(calls);
}

static void a_text_without_end_is_cut(void **state)
{
	char *text = malloc(1000001);
	struct gap_notice notice = {.level = "info", .code = "c", .text = text};
	struct gap g = {.notices = &notice, .notice_n = 1};
	struct text t = {0};

	(void)state;
	memset(text, 'x', 1000000);
	text[1000000] = '\0';
	json_decref(data_of(&g, &t));
	assert_in_range(t.n, 2000, 20000);
	text_release(&t);
	free(text);
}

static void the_page_has_room_for_a_policy_that_lets_it_ask(void **state)
{
	const char *policy = strstr(html_page_start, "Content-Security-Policy");

	(void)state;
	assert_non_null(policy);
	assert_null(strchr(policy, '>')); /* the gap is inside the policy */
	assert_non_null(strstr(policy, "default-src 'none'"));
	assert_true(strncmp(html_page_middle, "base-uri 'none'", 15) == 0);
	assert_non_null(strstr(html_page_end, "</html>"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_string_cannot_end_its_script_element),
		cmocka_unit_test(an_empty_report_is_a_page_too),
		cmocka_unit_test(columns_and_cells_are_as_many),
		cmocka_unit_test(a_million_incidents_make_a_page_below_five_megabytes),
		cmocka_unit_test(calls_of_rules_are_not_left_out),
		cmocka_unit_test(a_text_without_end_is_cut),
		cmocka_unit_test(the_page_has_room_for_a_policy_that_lets_it_ask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
