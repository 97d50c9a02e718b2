#include "record_fixture.h"

static struct record *begin_kept(const char *path, int64_t keep_us, uint64_t keep_bytes)
{
	struct record_options options = {.path = path, .keep_us = keep_us, .keep_bytes = keep_bytes, .evidence = true};
	struct record *r = NULL;

	if (record_open(&options, &r) || record_begin(r, "monitor", two_rules()))
		fail_msg("%s", err_detail());
	return r;
}

static void add_with_packet(struct record *r, uint64_t id, enum outcome outcome, uint32_t packet_bytes)
{
	static const uint8_t bytes[2048];
	struct evidence packet = {.bytes = bytes, .captured = packet_bytes, .length = packet_bytes};
	struct attempt a = an_attempt(id, outcome);

	assert_int_equal(record_attempt(r, &a, &packet, 1), ERR_OK);
}

static void add_lookup(struct record *r, int64_t at_us)
{
	struct lookup_row l = {.asked_us = at_us, .client = address("10.0.0.5"), .resolver = address("10.0.0.1"), .name = "a",
			       .rcode = 0, .ede = -1, .answer = ""};

	assert_int_equal(record_lookup(r, &l), ERR_OK);
}

static void what_is_older_than_asked_goes_with_all_that_hangs_on_it(void **state)
{
	(void)state;
	const char *path = in_folder("a.db");
	struct record *r = begin_kept(path, 1000 * SECOND, 0);

	for (uint64_t i = 1; i <= 3000; i++) {
		add_with_packet(r, i, i % 2 ? OUTCOME_OK : OUTCOME_BLOCKED, 60);
		add_lookup(r, T0 + (int64_t)i * SECOND);
	}
	end_record(r);
	record_close(r);
	assert_int_equal(number(path, "SELECT min(started) FROM attempt"), T0 + 2000 * SECOND);
	assert_int_equal(number(path, "SELECT count(*) FROM attempt"), 1001);
	assert_int_equal(number(path, "SELECT min(asked) FROM dns_lookup"), T0 + 2000 * SECOND);
	assert_int_equal(number(path, "SELECT attempts FROM incident"), 501);
	assert_int_equal(number(path, "SELECT first FROM incident"), T0 + 2000 * SECOND);
	assert_int_equal(number(path, "SELECT count(*) FROM packet"), 1); /* the newest attempt's */
	assert_sound(path);
}

static void an_incident_without_attempts_goes_and_comes_anew(void **state)
{
	(void)state;
	const char *path = in_folder("a.db");
	struct record *r = begin_kept(path, 1000 * SECOND, 0);
	struct progress p = {0};

	add_with_packet(r, 1, OUTCOME_BLOCKED, 60);
	add_with_packet(r, 5000, OUTCOME_OK, 60);
	assert_int_equal(record_checkpoint(r, &p), ERR_OK);
	assert_int_equal(number(path, "SELECT count(*) FROM incident"), 0);
	add_with_packet(r, 5001, OUTCOME_BLOCKED, 60);
	end_record(r);
	record_close(r);
	assert_int_equal(number(path, "SELECT attempts FROM incident"), 1);
	assert_sound(path);
}

static void runs_of_which_nothing_is_left_go_but_not_the_present_one(void **state)
{
	(void)state;
	const char *path = in_folder("a.db");
	struct record *r = begin_kept(path, 0, 0);

	add_with_packet(r, 1, OUTCOME_BLOCKED, 60);
	end_record(r);
	record_close(r);
	r = begin_kept(path, 1, 0);
	end_record(r);
	record_close(r);
	assert_int_equal(number(path, "SELECT count(*) FROM attempt"), 1); /* age counts from the newest attempt */
	r = begin_kept(path, 1000 * SECOND, 0);
	/* the run's clock is the wall clock: pretend that it was long ago */
	record_close(r);
	struct db *db;
	assert_int_equal(db_open_write(path, &db), ERR_OK);
	assert_int_equal(db_run(db, "UPDATE run SET started = 5, ended = 6 WHERE id < 3"), ERR_OK);
	db_close(db);
	r = begin_kept(path, 1000 * SECOND, 0);
	add_with_packet(r, 1000000, OUTCOME_OK, 60);
	end_record(r);
	record_close(r);
	assert_string_equal(text(path, "SELECT group_concat(id) FROM run"), "3,4");
	assert_int_equal(number(path, "SELECT count(*) FROM rule WHERE run = 1"), 0);
	assert_sound(path);
}

static void the_file_stays_within_the_size_asked_for(void **state)
{
	(void)state;
	const char *path = in_folder("a.db");
	const uint64_t most = 1 << 20;
	struct record *r = begin_kept(path, 0, most);
	struct progress p = {0};
	struct stat st;

	for (uint64_t i = 1; i <= 20000; i++) {
		struct attempt a = an_attempt(i, i % 4 ? OUTCOME_OK : OUTCOME_BLOCKED);
		add(r, &a);
		add_lookup(r, T0 + (int64_t)i * SECOND);
		if (i % 500)
			continue;
		assert_int_equal(record_checkpoint(r, &p), ERR_OK);
		assert_int_equal(stat(path, &st), 0);
		assert_true((uint64_t)st.st_size <= most + most / 10);
	}
	end_record(r);
	record_close(r);
	assert_int_equal(stat(path, &st), 0);
	assert_true((uint64_t)st.st_size <= most + most / 10);
	assert_true(number(path, "SELECT count(*) FROM attempt") > 500);
	assert_int_equal(number(path, "SELECT max(number) FROM attempt"), 20000);
	assert_sound(path);
}

/* Lists may be larger than what was tried: runs with nothing left must be deleted with their lists, or no space is
 * regained. */
static void lists_of_runs_without_rows_make_room_too(void **state)
{
	(void)state;
	const char *path = in_folder("a.db");
	const uint64_t most = 2 << 20;
	struct progress p = {0};
	struct db *db;

	for (int n = 0; n < 4; n++) {
		struct record *r = begin_kept(path, 0, 0);
		if (n % 2)
			end_record(r); /* the others were killed */
		record_close(r);
	}
	assert_int_equal(db_open_write(path, &db), ERR_OK);
	assert_int_equal(db_run(db, "WITH RECURSIVE n(value) AS (SELECT 10 UNION ALL SELECT value + 1 FROM n WHERE value < 5000)"
				    " INSERT INTO rule (run, position, name, list_group, role, host, port, transport, required)"
				    " SELECT run.id, value, 'web/' || value || '.example.net:443/tcp', 'web', 'web',"
				    " value || '.example.net', '443', 'tcp', 1 FROM run, n;"
				    " UPDATE run SET started = 5, last = 6"), ERR_OK);
	db_close(db);
	struct record *r = begin_kept(path, 0, most);
	for (uint64_t i = 1; i <= 50; i++)
		add_with_packet(r, i, OUTCOME_BLOCKED, 60);
	assert_int_equal(record_checkpoint(r, &p), ERR_OK);
	end_record(r);
	record_close(r);
	assert_int_equal(number(path, "SELECT min(id) > 2 AND max(id) = 5 FROM run"), 1);
	assert_int_equal(number(path, "SELECT count(*) FROM attempt"), 50);
	assert_true((uint64_t)number(path, "SELECT (SELECT page_count FROM pragma_page_count) *"
					   " (SELECT page_size FROM pragma_page_size)") <= most + most / 10);
	assert_sound(path);
}

static void the_writers_thread_deletes_too_while_rows_come(void **state)
{
	(void)state;
	const char *path = in_folder("a.db");
	struct record_options options = {.path = path, .threaded = true, .keep_bytes = 1 << 20};
	struct record *r = NULL;

	assert_int_equal(record_open(&options, &r), ERR_OK);
	assert_int_equal(record_begin(r, "monitor", two_rules()), ERR_OK);
	for (uint64_t i = 1; i <= 20000; i++) {
		struct attempt a = an_attempt(i, i % 4 ? OUTCOME_OK : OUTCOME_BLOCKED);
		add(r, &a);
		while (record_counters(r).queued > 5000)
			usleep(1000);
	}
	end_record(r);
	assert_int_equal(record_counters(r).dropped, 0);
	record_close(r);
	assert_int_equal(number(path, "SELECT max(number) FROM attempt"), 20000);
	assert_true(number(path, "SELECT count(*) FROM attempt") < 10000);
	assert_sound(path);
}

static void space_is_given_back_when_most_is_deleted(void **state)
{
	(void)state;
	const char *path = in_folder("a.db");
	struct record *r = begin_kept(path, 0, 0);
	struct stat before, after;

	for (uint64_t i = 1; i <= 10000; i++) {
		struct attempt a = an_attempt(i, OUTCOME_OK);
		add(r, &a);
	}
	end_record(r);
	record_close(r);
	assert_int_equal(stat(path, &before), 0);
	r = begin_kept(path, 10 * SECOND, 0);
	end_record(r);
	record_close(r);
	assert_int_equal(stat(path, &after), 0);
	assert_true(after.st_size < before.st_size / 2);
	assert_sound(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(what_is_older_than_asked_goes_with_all_that_hangs_on_it, folder_clean),
	    cmocka_unit_test_teardown(an_incident_without_attempts_goes_and_comes_anew, folder_clean),
	    cmocka_unit_test_teardown(runs_of_which_nothing_is_left_go_but_not_the_present_one, folder_clean),
	    cmocka_unit_test_teardown(the_file_stays_within_the_size_asked_for, folder_clean),
	    cmocka_unit_test_teardown(lists_of_runs_without_rows_make_room_too, folder_clean),
	    cmocka_unit_test_teardown(the_writers_thread_deletes_too_while_rows_come, folder_clean),
	    cmocka_unit_test_teardown(space_is_given_back_when_most_is_deleted, folder_clean),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_drop);
}
