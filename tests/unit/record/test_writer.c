#include "record_fixture.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>

#define KILLS 40

static void sleep_ms(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&t, NULL);
}

static struct record *begin_small(const char *path, size_t queue_most)
{
	struct record_options options = {.path = path, .threaded = true, .queue_most = queue_most, .evidence = true};
	struct record *r = NULL;

	if (record_open(&options, &r) || record_begin(r, "monitor", two_rules()))
		fail_msg("%s", err_detail());
	return r;
}

static bool comes_true(struct record *r, bool (*f)(struct record_counters))
{
	for (int i = 0; i < 1000; i++) {
		if (f(record_counters(r)))
			return true;
		sleep_ms(10);
	}
	return false;
}

static bool is_written(struct record_counters c)
{
	return c.queued == 0 && !c.failing;
}

static bool is_failing(struct record_counters c)
{
	return c.failing;
}

static void what_is_put_is_written_within_the_second_without_an_end(void **state)
{
	(void)state;
	const char *path = in_folder("a.db");
	struct record *r = begin_small(path, 1000);
	struct progress p = {.packets = 77};

	for (uint64_t i = 1; i <= 100; i++) {
		struct attempt a = an_attempt(i, i % 2 ? OUTCOME_BLOCKED : OUTCOME_OK);
		add(r, &a);
	}
	assert_int_equal(record_checkpoint(r, &p), ERR_OK);
	assert_true(comes_true(r, is_written));
	assert_int_equal(number(path, "SELECT count(*) FROM attempt"), 100);
	assert_int_equal(number(path, "SELECT attempts FROM incident"), 50);
	end_record(r);
	assert_int_equal(number(path, "SELECT packets FROM run WHERE ended IS NOT NULL AND complete"), 9);
	assert_int_equal(record_counters(r).attempts, 100);
	assert_int_equal(record_counters(r).dropped, 0);
	record_close(r);
	assert_sound(path);
}

static void packets_and_all_else_go_through_the_queue_unchanged(void **state)
{
	(void)state;
	const char *path = in_folder("a.db");
	struct record *r = begin_small(path, 1000);
	struct attempt a = an_attempt(1, OUTCOME_BLOCKED);
	struct evidence packets[] = {{.bytes = (const uint8_t *)"abc", .captured = 3, .length = 60, .link = 1, .time_us = T0},
				     {.bytes = (const uint8_t *)"", .captured = 0, .length = 61, .time_us = T0 + 1}};

	assert_int_equal(record_attempt(r, &a, packets, 2), ERR_OK);
	end_record(r);
	record_close(r);
	assert_string_equal(text(path, "SELECT group_concat(hex(bytes) || ':' || length || ':' || link) FROM packet"),
			    "616263:60:1,:61:0");
}

/* A user's sqlite3 shell holds the lock: the queue fills up to its limit, and the loss is counted exactly and
 * reported once writing continues. */
static void a_full_queue_drops_and_tells_exactly_what_was_lost(void **state)
{
	(void)state;
	const char *path = in_folder("a.db");
	struct record *r = begin_small(path, 500);
	uint64_t sent = 3000;
	sqlite3 *other;

	assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	for (uint64_t i = 1; i <= sent; i++) {
		struct attempt a = an_attempt(i, OUTCOME_OK);
		add(r, &a);
	}
	assert_true(comes_true(r, is_failing));
	struct record_counters c = record_counters(r);
	assert_true(c.queued <= 500);
	assert_int_equal(c.queued + c.dropped, sent);
	assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(other);
	end_record(r);
	c = record_counters(r);
	record_close(r);
	assert_int_equal(number(path, "SELECT count(*) FROM attempt") + (int64_t)c.dropped, sent);
	char said[200];
	snprintf(said, sizeof said, "warning %u rows, %u of them attempts, were lost: the disk was full or too slow, or the database held",
		 (unsigned)c.dropped, (unsigned)c.dropped);
	assert_string_equal(text(path, "SELECT level || ' ' || text FROM notice WHERE code = 'table-full'"), said);
	assert_int_equal(number(path, "SELECT complete FROM run"), 1);
	assert_sound(path);
}

static void a_run_is_ended_in_time_though_the_disk_fails(void **state)
{
	(void)state;
	const char *path = in_folder("a.db");
	struct record *r = begin_small(path, 500);
	struct progress p = {.packets = 1};
	struct attempt a = an_attempt(1, OUTCOME_OK);
	sqlite3 *other;

	assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	add(r, &a);
	assert_int_equal(record_end(r, &p, true), ERR_DATABASE);
	assert_non_null(strstr(err_detail(), "locked by another program"));
	record_close(r);
	sqlite3_close(other);
	assert_sound(path);
	assert_int_equal(number(path, "SELECT count(*) FROM run WHERE ended IS NULL"), 1);
}

/* ---- kill -9 */

static void write_until_killed(const char *path, bool threaded, int said)
{
	struct record *r = begin_record(path, threaded);
	struct progress p = {0};
	struct evidence packet = {.bytes = (const uint8_t *)"abcd", .captured = 4, .length = 60};

	for (uint64_t i = 1;; i++) {
		struct attempt a = an_attempt(i, i % 5 ? OUTCOME_OK : OUTCOME_BLOCKED);
		if (i % 10 == 0)
			a.client.b[14] = (uint8_t)(i / 10), a.client.b[15] = (uint8_t)(i / 2560);
		if (record_attempt(r, &a, &packet, 1))
			_exit(1);
		if (i % 100)
			continue;
		p.packets = i;
		if (record_checkpoint(r, &p))
			_exit(2);
		uint64_t kept = threaded ? record_counters(r).attempts : i;
		if (write(said, &kept, sizeof kept) != sizeof kept)
			_exit(3);
	}
}

static void kill_one(const char *path, bool threaded, long ms)
{
	int64_t before = access(path, F_OK) == 0 ? number(path, "SELECT count(*) FROM attempt") : 0;
	uint64_t kept = 0, said;
	int ends[2], status;

	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	if (child == 0) {
		close(ends[0]);
		write_until_killed(path, threaded, ends[1]);
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], &kept, sizeof kept), sizeof kept);
	sleep_ms(ms);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	while (read(ends[0], &said, sizeof said) == sizeof said)
		kept = said;
	close(ends[0]);
	assert_true(number(path, "SELECT count(*) FROM attempt") - before >= (int64_t)kept);
	assert_int_equal(number(path, "SELECT count(*) FROM run WHERE ended IS NOT NULL"), 0);
	if (!threaded)
		assert_true(number(path, "SELECT packets FROM run ORDER BY id DESC LIMIT 1") >= (int64_t)kept);
	assert_sound(path);
}

static void kills_lose_no_committed_attempt_and_never_damage_the_database(void **state)
{
	(void)state;
	for (int i = 0; i < KILLS; i++) {
		kill_one(in_folder(i % 2 ? "threaded.db" : "direct.db"), i % 2, i * 7 % 50);
		if (i % 8 == 7)
			folder_empty();
	}
}

/* ---- a full disk, in a mount namespace of a child process */

#define CHECK(what) do { if (!(what)) { fprintf(stderr, "%d: %s (%s)\n", __LINE__, #what, err_detail()); _exit(1); } } while (0)
#define SKIPPED 77

static void disk_small(void)
{
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", folder, "tmpfs", 0, "size=3m") < 0)
		_exit(SKIPPED);
}

static void in_a_child(void (*f)(void))
{
	int status;

	fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		disk_small();
		f();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == SKIPPED)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

static bool disk_fill(const char *name)
{
	static const char zeros[4096];
	int fd = open(in_folder(name), O_WRONLY | O_CREAT, 0600);

	if (fd < 0)
		return false;
	while (write(fd, zeros, sizeof zeros) > 0)
		;
	close(fd);
	return true;
}

static void full_disk_directly(void)
{
	const char *path = in_folder("a.db");
	struct record_options options = {.path = path};
	struct record *r;
	struct progress p = {.packets = 1000};
	struct db *db;
	int64_t n = 0;
	enum err e = ERR_OK;
	uint64_t i = 0;

	CHECK(record_open(&options, &r) == ERR_OK && record_begin(r, "audit", two_rules()) == ERR_OK);
	while (++i <= 1000) {
		struct attempt a = an_attempt(i, OUTCOME_OK);
		CHECK(record_attempt(r, &a, NULL, 0) == ERR_OK);
	}
	CHECK(record_checkpoint(r, &p) == ERR_OK);
	CHECK(disk_fill("filler"));
	for (; !e && i < 1000000; i++) {
		struct attempt a = an_attempt(i, OUTCOME_OK);
		e = record_attempt(r, &a, NULL, 0);
	}
	CHECK(e == ERR_IO);
	CHECK(strstr(err_detail(), "a.db: disk full"));
	CHECK(record_counters(r).failing);
	CHECK(record_end(r, &p, true) == ERR_IO);
	record_close(r);
	CHECK(db_open_read(path, &db) == ERR_OK);
	CHECK(db_number(db, "SELECT count(*) FROM attempt", &n) == ERR_OK && n >= 1000);
	CHECK(db_number(db, "SELECT count(*) FROM run WHERE ended IS NULL AND packets = 1000", &n) == ERR_OK && n == 1);
	db_close(db);
}

static void on_a_full_disk_an_audit_fails_and_keeps_what_was_committed(void **state)
{
	(void)state;
	in_a_child(full_disk_directly);
}

static void full_disk_with_a_queue(void)
{
	const char *path = in_folder("a.db");
	struct record_options options = {.path = path, .threaded = true, .queue_most = 3000};
	struct progress p = {.packets = 5};
	struct record *r;
	struct db *db;
	int64_t attempts = 0, notices = 0;
	uint64_t sent = 0;

	CHECK(record_open(&options, &r) == ERR_OK && record_begin(r, "monitor", two_rules()) == ERR_OK);
	CHECK(disk_fill("filler"));
	while (sent < 100000 && !(record_counters(r).failing && record_counters(r).dropped > 100)) {
		sent++;
		struct attempt a = an_attempt(sent, sent % 3 ? OUTCOME_OK : OUTCOME_BLOCKED);
		CHECK(record_attempt(r, &a, NULL, 0) == ERR_OK);
		if (sent % 500 == 0)
			sleep_ms(5);
	}
	CHECK(is_failing(record_counters(r)));
	CHECK(unlink(in_folder("filler")) == 0);
	CHECK(comes_true(r, is_written));
	CHECK(record_end(r, &p, true) == ERR_OK);
	struct record_counters c = record_counters(r);
	record_close(r);
	CHECK(db_open_read(path, &db) == ERR_OK);
	CHECK(db_number(db, "SELECT count(*) FROM attempt", &attempts) == ERR_OK);
	CHECK((uint64_t)attempts + c.dropped == sent && (uint64_t)attempts == c.attempts);
	CHECK(db_number(db, "SELECT count(*) FROM notice WHERE code = 'table-full'", &notices) == ERR_OK && notices == 1);
	CHECK(db_number(db, "SELECT sum(attempts) FROM incident", &notices) == ERR_OK);
	CHECK(db_number(db, "SELECT count(*) FROM attempt WHERE outcome = 'blocked'", &attempts) == ERR_OK);
	CHECK(attempts == notices);
	db_close(db);
}

static void on_a_full_disk_a_monitor_waits_and_goes_on_when_there_is_room(void **state)
{
	(void)state;
	in_a_child(full_disk_with_a_queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(what_is_put_is_written_within_the_second_without_an_end, folder_clean),
	    cmocka_unit_test_teardown(packets_and_all_else_go_through_the_queue_unchanged, folder_clean),
	    cmocka_unit_test_teardown(a_full_queue_drops_and_tells_exactly_what_was_lost, folder_clean),
	    cmocka_unit_test_teardown(a_run_is_ended_in_time_though_the_disk_fails, folder_clean),
	    cmocka_unit_test_teardown(kills_lose_no_committed_attempt_and_never_damage_the_database, folder_clean),
	    cmocka_unit_test_teardown(on_a_full_disk_an_audit_fails_and_keeps_what_was_committed, folder_clean),
	    cmocka_unit_test_teardown(on_a_full_disk_a_monitor_waits_and_goes_on_when_there_is_room, folder_clean),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_drop);
}
