#include "record_fixture.h"

#include <sqlite3.h>

#include "record/schema.h"

static void make(const char *path)
{
	struct db *db;

	if (db_open_write(path, &db))
		fail_msg("%s", err_detail());
	db_close(db);
}

/* With SQLite directly, as anybody could. */
static void meddle(const char *path, const char *sql)
{
	sqlite3 *s;
	char *why = NULL;

	assert_int_equal(sqlite3_open(path, &s), SQLITE_OK);
	if (sqlite3_exec(s, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s", why);
	sqlite3_close(s);
}

static char *file_read(const char *path, size_t *ret_n)
{
	FILE *f = fopen(path, "rb");
	static char bytes[4 << 20];

	assert_non_null(f);
	*ret_n = fread(bytes, 1, sizeof bytes - 1, f);
	bytes[*ret_n] = '\0';
	fclose(f);
	return bytes;
}

static void file_write(const char *path, const void *bytes, size_t n)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	fclose(f);
}

static void refused(const char *path, bool write, enum err e, const char *why)
{
	struct db *db = NULL;

	assert_int_equal(write ? db_open_write(path, &db) : db_open_read(path, &db), e);
	if (!strstr(err_detail(), why))
		fail_msg("\"%s\" does not say \"%s\"", err_detail(), why);
	assert_null(db);
}

static void a_new_database_is_ours_in_wal_mode_and_not_for_everybody(void **state)
{
	(void)state;
	const char *path = in_folder("new.db");
	struct stat st;
	struct db *db;

	umask(0);
	assert_int_equal(db_open_write(path, &db), ERR_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(db_run(db, "INSERT INTO run (command, version, started) VALUES ('audit', '1', 1)"), ERR_OK);
	assert_int_equal(stat(in_folder("new.db-wal"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	db_close(db);
	umask(022);
	assert_string_equal(text(path, "PRAGMA journal_mode"), "wal");
	assert_int_equal(number(path, "PRAGMA user_version"), schema_version);
	assert_int_equal(number(path, "SELECT count(*) FROM run"), 1);
}

static void a_second_writer_is_refused_at_once_and_a_reader_is_not(void **state)
{
	(void)state;
	const char *path = in_folder("two.db");
	struct db *first;

	assert_int_equal(db_open_write(path, &first), ERR_OK);
	refused(path, true, ERR_USAGE, "another rulegap is writing it");
	assert_int_equal(number(path, "SELECT count(*) FROM run"), 0);
	db_close(first);
	make(path);
}

static void a_reader_cannot_write(void **state)
{
	(void)state;
	const char *path = in_folder("read.db");
	struct db *db;

	make(path);
	assert_int_equal(db_open_read(path, &db), ERR_OK);
	assert_int_not_equal(db_run(db, "DELETE FROM run"), ERR_OK);
	assert_int_not_equal(db_run(db, "PRAGMA writable_schema = 1; DELETE FROM sqlite_schema"), ERR_OK);
	db_close(db);
}

static void what_is_no_database_of_ours_is_refused(void **state)
{
	(void)state;
	const char *path = in_folder("other.db");

	refused(in_folder("none.db"), false, ERR_USAGE, "No such file");
	refused(in_folder("no/folder.db"), true, ERR_USAGE, "its folder");
	refused(folder, false, ERR_USAGE, "not a file");
	refused(folder, true, ERR_USAGE, "Is a directory");
	refused(in_folder(""), true, ERR_USAGE, "a file, not a folder");
	file_write(path, "", 0);
	refused(path, false, ERR_USAGE, "empty");
	char prose[600];
	memset(prose, 'x', sizeof prose);
	file_write(path, prose, sizeof prose);
	refused(path, false, ERR_USAGE, "not a rulegap database");
	refused(path, true, ERR_USAGE, "not a rulegap database");
	unlink(path);
	meddle(path, "CREATE TABLE mine (a)");
	refused(path, false, ERR_USAGE, "not a rulegap database");
	refused(path, true, ERR_USAGE, "not a rulegap database");
	meddle(path, "SELECT a FROM mine");
}

static void a_newer_database_is_refused_with_both_versions(void **state)
{
	(void)state;
	const char *path = in_folder("newer.db");

	make(path);
	meddle(path, "PRAGMA user_version = 4711");
	refused(path, false, ERR_USAGE, "schema 4711");
	refused(path, true, ERR_USAGE, "written by a newer rulegap");
}

static void a_symbolic_link_is_not_written_through(void **state)
{
	(void)state;
	char link[PATH_MAX];

	snprintf(link, sizeof link, "%s", in_folder("link.db"));
	make(in_folder("target.db"));
	assert_int_equal(symlink(in_folder("target.db"), link), 0);
	refused(link, true, ERR_USAGE, "symbolic link");
	assert_int_equal(number(link, "SELECT count(*) FROM run"), 0);
}

static void a_table_that_is_a_view_is_not_read(void **state)
{
	(void)state;
	const char *path = in_folder("view.db");
	struct db *db;
	int64_t n;

	make(path);
	meddle(path, "DROP TABLE notice; CREATE VIEW notice AS SELECT 1 AS id");
	assert_int_equal(db_open_read(path, &db), ERR_OK);
	assert_int_equal(db_number(db, "SELECT count(*) FROM notice", &n), ERR_USAGE);
	db_close(db);
}

static void a_temporary_database_is_read_in_the_same_process_and_leaves_no_file(void **state)
{
	(void)state;
	struct db *db;

	setenv("TMPDIR", folder, 1);
	folder_empty();
	assert_int_equal(db_open_write(NULL, &db), ERR_OK);
	assert_int_equal(rmdir(folder), 0); /* empty: not even a crash would leave anything behind */
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_equal(db_run(db, "INSERT INTO run (command, version, started) VALUES ('audit', '1', 1)"), ERR_OK);
	assert_int_equal(number(db_path(db), "SELECT count(*) FROM run"), 1);
	db_close(db);
	unsetenv("TMPDIR");
}

static void two_temporary_databases_are_two(void **state)
{
	(void)state;
	struct db *a, *b;

	assert_int_equal(db_open_write(NULL, &a), ERR_OK);
	assert_int_equal(db_open_write(NULL, &b), ERR_OK);
	assert_int_equal(db_run(a, "INSERT INTO run (command, version, started) VALUES ('audit', '1', 1)"), ERR_OK);
	assert_int_equal(number(db_path(b), "SELECT count(*) FROM run"), 0);
	db_close(a);
	db_close(b);
}

/* File N of schema/ as it was when its version was published. It is never edited. */
static char *published(int version)
{
	char name[PATH_MAX];
	size_t n;

	snprintf(name, sizeof name, TEST_SOURCE_DIR "/tests/unit/record/schema_%d.sql", version);
	return file_read(name, &n);
}

/* Each older version as its rulegap would have left it. */
static void databases_of_every_older_version_become_like_a_new_one(void **state)
{
	(void)state;
	static const char shape[] = "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema"
				    " WHERE type != 'view' AND sql IS NOT NULL ORDER BY type, name)";
	static char fresh[16384];
	char number_sql[80];

	make(in_folder("fresh.db"));
	snprintf(fresh, sizeof fresh, "%s", text(in_folder("fresh.db"), shape));
	for (int version = 1; version <= schema_version; version++) {
		const char *path = in_folder("older.db");
		unlink(path);
		for (int k = 1; k <= version; k++)
			meddle(path, published(k));
		snprintf(number_sql, sizeof number_sql, "PRAGMA application_id = 0x72676170; PRAGMA user_version = %d", version);
		meddle(path, number_sql);
		meddle(path, "INSERT INTO run (command, version, started) VALUES ('audit', '0', 1)");
		struct db *db;
		assert_int_equal(db_open_read(path, &db), ERR_OK); /* readers take it as it is */
		db_close(db);
		make(path);
		assert_int_equal(number(path, "PRAGMA user_version"), schema_version);
		assert_string_equal(text(path, shape), fresh);
		assert_int_equal(number(path, "SELECT count(*) FROM run"), 1);
	}
}

static void migrations_that_were_published_are_not_edited(void **state)
{
	(void)state;
	for (int version = 1; version <= schema_version; version++)
		assert_string_equal(published(version), schema_migrations[version - 1]);
}

static void the_views_for_people_can_be_asked(void **state)
{
	(void)state;
	const char *path = in_folder("views.db");

	make(path);
	make(path);
	meddle(path, "SELECT * FROM blocked; SELECT * FROM rule_summary; SELECT * FROM incident_summary;"
		     "SELECT * FROM lookup_summary");
}

/* Whatever the bytes are: an error message or rows, never a crash, a hang or a write. */
static void read_all(const char *path)
{
	static const char *const tables[] = {"run", "source", "list", "list_group", "rule", "incident", "attempt",
					     "dns_lookup", "packet", "call_step", "unlisted", "notice", "state"};
	char sql[80];
	struct db *db;
	struct query *q;

	if (db_open_read(path, &db) != ERR_OK)
		return;
	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
		snprintf(sql, sizeof sql, "SELECT * FROM %s ORDER BY 2", tables[i]);
		if (db_prepare(db, sql, &q) != ERR_OK)
			continue;
		while (query_next(q) == ERR_OK)
			for (int c = 0; c < 6; c++)
				assert_non_null(query_get_text(q, c));
		query_free(q);
	}
	db_close(db);
}

static void a_database_with_flipped_bits_never_crashes_a_reader(void **state)
{
	(void)state;
	const char *path = in_folder("flip.db");
	struct record *r = begin_record(path, false);
	uint32_t random = 4711;
	size_t n;

	for (uint64_t i = 1; i <= 200; i++) {
		struct attempt a = an_attempt(i, i % 3 ? OUTCOME_OK : OUTCOME_BLOCKED);
		add(r, &a);
	}
	end_record(r);
	record_close(r);
	char *bytes = file_read(path, &n), *damaged = malloc(n);
	assert_non_null(damaged);
	for (int round = 0; round < 1000; round++) {
		memcpy(damaged, bytes, n);
		for (int flip = 0; flip < 1 + round % 20; flip++) {
			random = random * 1664525 + 1013904223;
			/* half of them in the header, the schema and the roots of trees */
			size_t at = random >> 8;
			at = round % 2 ? at % n : at % (n < 8192 ? n : 8192);
			damaged[at] = (char)(damaged[at] ^ (1 << (random & 7)));
		}
		file_write(path, damaged, n);
		read_all(path);
		unlink(in_folder("flip.db-shm"));
		unlink(in_folder("flip.db-wal"));
	}
	free(damaged);
}

static void a_truncated_database_never_crashes_a_reader(void **state)
{
	(void)state;
	const char *path = in_folder("cut.db");
	size_t n;

	make(path);
	char *bytes = file_read(path, &n);
	for (size_t cut = 0; cut < n; cut += 1021) {
		file_write(path, bytes, cut);
		read_all(path);
	}
}

static void a_database_in_a_folder_that_cannot_be_written_is_read(void **state)
{
	(void)state;
	const char *path = in_folder("ro?%.db");

	if (geteuid() != 0)
		skip();
	make(path);
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(chmod(folder, 0755), 0);
	assert_int_equal(seteuid(65534), 0);
	int64_t n = number(path, "SELECT count(*) FROM run");
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(n, 0);
	assert_int_not_equal(access(in_folder("ro?%.db-shm"), F_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(a_new_database_is_ours_in_wal_mode_and_not_for_everybody, folder_clean),
	    cmocka_unit_test_teardown(a_second_writer_is_refused_at_once_and_a_reader_is_not, folder_clean),
	    cmocka_unit_test_teardown(a_reader_cannot_write, folder_clean),
	    cmocka_unit_test_teardown(what_is_no_database_of_ours_is_refused, folder_clean),
	    cmocka_unit_test_teardown(a_newer_database_is_refused_with_both_versions, folder_clean),
	    cmocka_unit_test_teardown(a_symbolic_link_is_not_written_through, folder_clean),
	    cmocka_unit_test_teardown(a_table_that_is_a_view_is_not_read, folder_clean),
	    cmocka_unit_test_teardown(a_temporary_database_is_read_in_the_same_process_and_leaves_no_file, folder_clean),
	    cmocka_unit_test_teardown(a_database_in_a_folder_that_cannot_be_written_is_read, folder_clean),
	    cmocka_unit_test_teardown(two_temporary_databases_are_two, folder_clean),
	    cmocka_unit_test_teardown(databases_of_every_older_version_become_like_a_new_one, folder_clean),
	    cmocka_unit_test(migrations_that_were_published_are_not_edited),
	    cmocka_unit_test_teardown(the_views_for_people_can_be_asked, folder_clean),
	    cmocka_unit_test_teardown(a_database_with_flipped_bits_never_crashes_a_reader, folder_clean),
	    cmocka_unit_test_teardown(a_truncated_database_never_crashes_a_reader, folder_clean),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_drop);
}
