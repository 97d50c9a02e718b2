#include <unistd.h>

#include "record_fixture.h"

#include "record/merge.h"

static void sensor(const char *path, uint64_t from, enum confidence confidence, const char *client)
{
	struct record *r = begin_record(path, false);
	struct evidence packet = {.bytes = (const uint8_t *)"abcd", .captured = 4, .length = 60};
	struct lookup_row l = {.asked_us = T0, .client = address(client), .resolver = address("10.0.0.1"), .name = "a", .ede = -1};

	for (uint64_t i = 0; i < 3; i++) {
		struct attempt a = an_attempt(from + i, OUTCOME_BLOCKED);
		a.confidence = confidence;
		assert_int_equal(record_attempt(r, &a, &packet, 1), ERR_OK);
		a = an_attempt(from + 100 + i, OUTCOME_BLOCKED);
		a.client = address(client);
		add(r, &a);
	}
	assert_int_equal(record_lookup(r, &l), ERR_OK);
	assert_int_equal(record_notice(r, "info", "outage", "x"), ERR_OK);
	end_record(r);
	record_close(r);
}

static void runs_are_renumbered_and_incidents_regrouped(void **state)
{
	(void)state;
	const char *a = in_folder("a.db"), *b = in_folder("b.db"), *out = in_folder("out.db");
	const char *paths[] = {b, a}; /* the later one first */
	struct merged m;

	sensor(a, 1, CONFIDENCE_LOW, "10.0.0.6");
	sensor(b, 11, CONFIDENCE_HIGH, "10.0.0.7");
	if (merge_databases(paths, 2, out, &m))
		fail_msg("%s", err_detail());
	assert_int_equal(m.databases, 2);
	assert_int_equal(m.runs, 2);
	assert_int_equal(m.attempts, 12);
	assert_int_equal(m.incidents, 3);
	assert_sound(out);
	char origins[2 * PATH_MAX + 8];
	snprintf(origins, sizeof origins, "1%s,2%s", b, a);
	assert_string_equal(text(out, "SELECT group_concat(id || origin) FROM run"), origins);
	assert_string_equal(text(out, "SELECT attempts || confidence || detail FROM incident WHERE client = '10.0.0.5'"),
			    "6highdetail of 11");
	assert_int_equal(number(out, "SELECT first FROM incident WHERE client = '10.0.0.5'"), T0 + SECOND);
	assert_int_equal(number(out, "SELECT count(*) FROM packet"), 6);
	assert_int_equal(number(out, "SELECT count(DISTINCT run) FROM dns_lookup"), 2);
	assert_int_equal(number(out, "SELECT count(*) FROM notice"), 2);
	assert_int_equal(number(out, "SELECT count(*) FROM rule"), 4);
	assert_int_equal(number(out, "SELECT count(*) FROM attempt AS a JOIN packet ON attempt = a.id JOIN run ON run.id = a.run"
				     " WHERE a.client = '10.0.0.5'"), 6);
}

static void one_more_is_merged_into_what_is_there(void **state)
{
	(void)state;
	const char *a = in_folder("a.db"), *b = in_folder("b.db"), *out = in_folder("out.db");
	struct merged m;

	sensor(a, 1, CONFIDENCE_LOW, "10.0.0.6");
	sensor(b, 1, CONFIDENCE_LOW, "10.0.0.6");
	assert_int_equal(merge_databases(&a, 1, out, &m), ERR_OK);
	assert_int_equal(merge_databases(&b, 1, out, &m), ERR_OK);
	assert_int_equal(number(out, "SELECT count(*) FROM run"), 2);
	assert_int_equal(number(out, "SELECT count(*) FROM incident"), 2);
	assert_int_equal(number(out, "SELECT sum(attempts) FROM incident"), 12);
	assert_sound(out);
}

static void nothing_is_merged_twice(void **state)
{
	(void)state;
	const char *a = in_folder("a.db"), *b = in_folder("b.db"), *out = in_folder("out.db"), *all = in_folder("all.db");
	const char *twice[] = {a, b, a}, *again[] = {b, out};
	struct merged m;

	sensor(a, 1, CONFIDENCE_LOW, "10.0.0.6");
	sensor(b, 1, CONFIDENCE_LOW, "10.0.0.7");
	assert_int_equal(merge_databases(twice, 3, out, &m), ERR_USAGE);
	assert_non_null(strstr(err_detail(), "given twice"));
	assert_int_not_equal(access(out, F_OK), 0);
	assert_int_equal(merge_databases(twice, 2, out, &m), ERR_OK);
	assert_int_equal(merge_databases(&a, 1, out, &m), ERR_USAGE);
	assert_non_null(strstr(err_detail(), "holds runs of it already"));
	/* nor through a database that was merged */
	assert_int_equal(merge_databases(again, 2, all, &m), ERR_USAGE);
	assert_int_equal(number(out, "SELECT count(*) FROM run"), 2);
	assert_int_equal(number(all, "SELECT count(*) FROM run"), 1);
	assert_int_equal(number(out, "SELECT sum(attempts) FROM incident"), 12);
	assert_sound(out);
}

static void a_merged_database_can_be_recorded_into(void **state)
{
	(void)state;
	const char *a = in_folder("a.db"), *out = in_folder("out.db");
	const char *paths[] = {a};
	struct merged m;

	sensor(a, 1, CONFIDENCE_LOW, "10.0.0.6");
	assert_int_equal(merge_databases(paths, 1, out, &m), ERR_OK);
	sensor(out, 1, CONFIDENCE_LOW, "10.0.0.6");
	assert_int_equal(number(out, "SELECT count(*) FROM incident"), 2);
	assert_int_equal(number(out, "SELECT max(id) FROM run"), 2);
	assert_sound(out);
}

static void what_cannot_be_merged_is_named_and_leaves_nothing_half(void **state)
{
	(void)state;
	const char *a = in_folder("a.db"), *none = in_folder("none.db"), *out = in_folder("out.db");
	const char *paths[] = {a, none}, *itself[] = {out};
	struct merged m;

	sensor(a, 1, CONFIDENCE_LOW, "10.0.0.6");
	assert_int_equal(merge_databases(paths, 2, out, &m), ERR_USAGE);
	assert_non_null(strstr(err_detail(), "none.db"));
	assert_int_not_equal(access(out, F_OK), 0);
	assert_int_equal(merge_databases(paths, 1, out, &m), ERR_OK);
	assert_int_equal(number(out, "SELECT count(*) FROM run"), 1);
	assert_int_equal(merge_databases(itself, 1, out, &m), ERR_USAGE);
	assert_non_null(strstr(err_detail(), "into itself"));
	assert_sound(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(runs_are_renumbered_and_incidents_regrouped, folder_clean),
	    cmocka_unit_test_teardown(one_more_is_merged_into_what_is_there, folder_clean),
	    cmocka_unit_test_teardown(nothing_is_merged_twice, folder_clean),
	    cmocka_unit_test_teardown(a_merged_database_can_be_recorded_into, folder_clean),
	    cmocka_unit_test_teardown(what_cannot_be_merged_is_named_and_leaves_nothing_half, folder_clean),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_drop);
}
