#include "record_fixture.h"

#include <sqlite3.h>
#include <time.h>

#include "base/limits.h"
#include "record/retention.h"
#include "record/wal.h"

#define MEGABYTE (1u << 20)

static void sleep_ms(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&t, NULL);
}

/* A forgotten shell: it keeps reading an old snapshot of the database. */
static sqlite3 *reader_begin(const char *path)
{
	sqlite3 *s;

	assert_int_equal(sqlite3_open_v2(path, &s, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_exec(s, "BEGIN; SELECT count(*) FROM attempt", NULL, NULL, NULL), SQLITE_OK);
	return s;
}

static void reader_end(sqlite3 *s)
{
	assert_int_equal(sqlite3_close(s), SQLITE_OK);
}

static uint64_t log_bytes(const char *path)
{
	char log[PATH_MAX + 8];
	struct stat st;

	snprintf(log, sizeof log, "%s-wal", path);
	return stat(log, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static void grow(struct db *db, unsigned bytes)
{
	char sql[160];

	snprintf(sql, sizeof sql, "INSERT OR REPLACE INTO state (name, bytes, time) VALUES ('x', zeroblob(%u), 1)", bytes);
	assert_int_equal(db_run(db, sql), ERR_OK);
}

static void a_log_that_nobody_holds_is_emptied_when_it_is_long(void **state)
{
	(void)state;
	const char *path = in_folder("a.db");
	struct wal w;
	struct db *db;

	wal_init(&w, MEGABYTE);
	assert_int_equal(db_open_write(path, &db), ERR_OK);
	grow(db, MEGABYTE / 2);
	uint64_t before = log_bytes(path);
	assert_int_equal(db_wal_bytes(db), before);
	assert_int_equal(wal_look(&w, db, true), ERR_OK);
	assert_int_equal(log_bytes(path), before); /* short: left as it is */
	grow(db, MEGABYTE * 2);
	assert_true(log_bytes(path) > MEGABYTE * 2);
	assert_int_equal(wal_look(&w, db, true), ERR_OK);
	assert_int_equal(log_bytes(path), 0);
	assert_int_equal(wal_admit(&w, db), ERR_OK);
	assert_int_equal(wal_held_bytes(&w), 0);
	db_close(db);
	assert_sound(path);
}

static void a_log_that_is_held_is_full_until_its_reader_ends(void **state)
{
	(void)state;
	const char *path = in_folder("a.db");
	struct wal w;
	struct db *db;

	wal_init(&w, MEGABYTE);
	assert_int_equal(db_open_write(path, &db), ERR_OK);
	sqlite3 *reader = reader_begin(path);
	grow(db, MEGABYTE * 2);
	assert_int_equal(wal_look(&w, db, true), ERR_OK);
	assert_int_equal(wal_admit(&w, db), ERR_IO);
	assert_non_null(strstr(err_detail(), "another program keeps a transaction open"));
	assert_int_equal(wal_held_bytes(&w), 0); /* it may be a report in progress */
	w.held_us -= MINUTE_US;
	assert_int_equal(wal_held_bytes(&w), log_bytes(path));
	reader_end(reader);
	assert_int_equal(wal_look(&w, db, false), ERR_OK);
	assert_int_equal(wal_admit(&w, db), ERR_IO); /* checked a moment ago */
	assert_int_equal(wal_look(&w, db, true), ERR_OK);
	assert_int_equal(wal_admit(&w, db), ERR_OK);
	assert_int_equal(wal_held_bytes(&w), 0);
	assert_int_equal(log_bytes(path), 0);
	db_close(db);
	assert_sound(path);
}

static struct record *begin_small(const char *path)
{
	struct record_options options = {.path = path, .threaded = true, .queue_most = 50000, .wal_most = MEGABYTE};
	struct record *r = NULL;

	if (record_open(&options, &r) || record_begin(r, "monitor", two_rules()))
		fail_msg("%s", err_detail());
	return r;
}

/* Returns their number. */
static uint64_t put_until_it_fails(struct record *r)
{
	uint64_t n = 0;

	while (!record_counters(r).failing && n < 40000) {
		struct attempt a = an_attempt(++n, OUTCOME_OK);
		add(r, &a);
		if (n % 100 == 0)
			sleep_ms(20);
	}
	return n;
}

static void rows_wait_while_a_reader_holds_the_log_and_none_is_lost(void **state)
{
	(void)state;
	const char *path = in_folder("a.db");
	struct record *r = begin_small(path);
	sqlite3 *reader = reader_begin(path);
	uint64_t n = put_until_it_fails(r);
	struct record_counters c = record_counters(r);

	assert_true(c.failing);
	assert_non_null(strstr(c.why, "keeps a transaction open"));
	uint64_t bytes = log_bytes(path);
	assert_true(bytes > MEGABYTE && bytes < MEGABYTE * 16);
	sleep_ms(1500); /* it is retried, and nothing is written */
	assert_int_equal(log_bytes(path), bytes);
	reader_end(reader);
	for (int i = 0; i < 1000 && (record_counters(r).failing || record_counters(r).queued); i++)
		sleep_ms(10);
	end_record(r);
	c = record_counters(r);
	assert_int_equal(c.attempts, n);
	assert_int_equal(c.dropped, 0);
	record_close(r);
	assert_int_equal(number(path, "SELECT count(*) FROM attempt"), (int64_t)n);
	assert_sound(path);
}

static void a_run_ends_whole_though_a_reader_holds_the_log(void **state)
{
	(void)state;
	const char *path = in_folder("a.db");
	struct record *r = begin_small(path);
	sqlite3 *reader = reader_begin(path);
	uint64_t n = put_until_it_fails(r);

	assert_true(record_counters(r).failing);
	end_record(r);
	assert_int_equal(record_counters(r).attempts, n);
	record_close(r);
	reader_end(reader);
	assert_int_equal(number(path, "SELECT count(*) FROM attempt"), (int64_t)n);
	assert_int_equal(number(path, "SELECT count(*) FROM run WHERE complete"), 1);
	assert_sound(path);
}

static void the_log_is_bounded_by_what_the_file_may_take(void **state)
{
	(void)state;
	assert_int_equal(retention_log(&(struct retention){.keep_bytes = 0}), WAL_MOST_BYTES);
	assert_int_equal(retention_log(&(struct retention){.keep_bytes = UINT64_C(1) << 40}), WAL_MOST_BYTES);
	assert_int_equal(retention_log(&(struct retention){.keep_bytes = 200u << 20}), 200u << 20);
	assert_int_equal(retention_log(&(struct retention){.keep_bytes = 1u << 20}), WAL_TOLD_BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(a_log_that_nobody_holds_is_emptied_when_it_is_long, folder_clean),
	    cmocka_unit_test_teardown(a_log_that_is_held_is_full_until_its_reader_ends, folder_clean),
	    cmocka_unit_test_teardown(rows_wait_while_a_reader_holds_the_log_and_none_is_lost, folder_clean),
	    cmocka_unit_test_teardown(a_run_ends_whole_though_a_reader_holds_the_log, folder_clean),
	    cmocka_unit_test(the_log_is_bounded_by_what_the_file_may_take),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_drop);
}
