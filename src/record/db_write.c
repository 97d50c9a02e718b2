/* Opening a database for writing: one writer at a time, and only our own databases. */
#include "record/db_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record/schema.h"

#define FILE_MODE 0640                /* it holds names of hosts that people visit: not readable for all local users */
#define LOCK_BYTE (INT64_C(1) << 62)  /* well beyond the bytes that SQLite locks */

static enum err file_fail(const char *path)
{
	switch (errno) {
	case ELOOP:
		return err_fail(ERR_USAGE, "%s: a symbolic link; name the file that it means", path);
	case EACCES:
	case EPERM:
	case EROFS:
		return err_fail(ERR_PERMISSION, "%s: %s", path, err_reason(errno));
	case EISDIR:
	case ENOENT:
	case ENOTDIR:
		return err_fail(ERR_USAGE, "%s: %s", path, err_reason(errno));
	default:
		return err_fail(ERR_IO, "%s: %s", path, err_reason(errno));
	}
}

static enum err file_open(struct db *db)
{
	struct stat st;

	db->lock_fd = open(db->path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, FILE_MODE);
	if (db->lock_fd < 0)
		return file_fail(db->shown);
	if (fstat(db->lock_fd, &st) < 0)
		return file_fail(db->shown);
	return S_ISREG(st.st_mode) ? ERR_OK : err_fail(ERR_USAGE, "%s: not a file", db->shown);
}

/* Two connections that write and checkpoint can damage a database (SQLite before 3.51.3, "WAL reset"), and two
 * monitors in one database would write contradictory results. */
static enum err file_lock(struct db *db)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = LOCK_BYTE, .l_len = 1};

	if (fcntl(db->lock_fd, F_OFD_SETLK, &lock) == 0)
		return ERR_OK;
	if (errno == EAGAIN || errno == EACCES)
		return err_fail(ERR_USAGE, "%s: another rulegap is writing it; end that one, or use another file",
		                db->shown);
	return file_fail(db->shown);
}

/* An unlinked file: nothing is left of it however the program ends. */
static enum err temporary_open(struct db *db)
{
	const char *folder = getenv("TMPDIR");
	char *name = NULL;
	enum err e = ERR_OK;

	if (!folder || !*folder)
		folder = "/tmp";
	if (asprintf(&name, "%s/rulegap.XXXXXX", folder) < 0)
		return err_fail(ERR_MEMORY, "%s: out of memory", db->shown);
	db->lock_fd = mkostemp(name, O_CLOEXEC);
	if (db->lock_fd < 0)
		e = err_fail(errno == ENOENT || errno == ENOTDIR ? ERR_USAGE : ERR_IO,
		             "%s: no place for the temporary database: %s (set TMPDIR, or give -d DB)", folder,
		             strerror(errno));
	else if (unlink(name) < 0)
		e = file_fail(name);
	else if (asprintf(&db->path, DB_TEMPORARY "%d", db->lock_fd) < 0)
		e = err_fail(ERR_MEMORY, "%s: out of memory", db->shown);
	free(name);
	return e;
}

/* It is read once, as a whole, by the report that follows: an index for single rows is not worth building. */
static const char temporary_schema[] = "DROP INDEX attempt_incident; DROP INDEX packet_attempt";

static enum err migrate(struct db *db, int version, const char *views)
{
	char number[80];
	enum err e = db_begin_write(db);

	for (; !e && version < schema_version; version++)
		e = db_run(db, schema_migrations[version]);
	snprintf(number, sizeof number, "PRAGMA user_version = %d; PRAGMA application_id = %d", version,
	         DB_APPLICATION);
	if (!e)
		e = db_run(db, number);
	if (!e)
		e = db_run(db, views);
	if (!e)
		return db_end(db);
	db_undo(db);
	return e;
}

static enum err writer_prepare(struct db *db, bool temporary)
{
	int version = 0;
	enum err e = db_check(db, &version);

	sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if (!e && temporary)
		e = db_run(db, "PRAGMA page_size = 16384; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;"
			       "PRAGMA foreign_keys = OFF; PRAGMA cache_size = -64000; PRAGMA temp_store = MEMORY");
	else if (!e) /* FULL: committed data survives a power failure, at the price of one fdatasync per batch */
		e = db_run(db,
		           "PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;"
			       "PRAGMA synchronous = FULL;"
			       "PRAGMA foreign_keys = ON; PRAGMA cache_size = -16000; PRAGMA cell_size_check = 1;"
			       "PRAGMA wal_autocheckpoint = 2000; PRAGMA journal_size_limit = 67108864");
	return e ? e : migrate(db, version, temporary ? temporary_schema : schema_views);
}

enum err db_open_write(const char *path, struct db **ret_db)
{
	struct db *db;
	enum err e = db_new(path ? path : "the temporary database", &db);

	if (e)
		return e;
	if (path) {
		e = db_whole_path(path, &db->path);
		if (!e)
			e = file_open(db);
		if (!e)
			e = file_lock(db);
	} else
		e = temporary_open(db);
	if (!e)
		e = db_connect(db, db->path, SQLITE_OPEN_READWRITE | (path ? SQLITE_OPEN_NOFOLLOW : 0));
	if (!e)
		e = writer_prepare(db, !path);
	if (e)
		db_close(db);
	else
		*ret_db = db;
	return e;
}

enum err db_cascade(struct db *db, bool on)
{
	return db_run(db, on ? "PRAGMA foreign_keys = ON" : "PRAGMA foreign_keys = OFF");
}

enum err db_bound(struct db *db, uint64_t bytes)
{
	char pragma[64];
	int64_t page = 0;
	enum err e = db_number(db, "PRAGMA page_size", &page);

	if (e || page <= 0)
		return e;
	snprintf(pragma, sizeof pragma, "PRAGMA max_page_count = %llu",
	         (unsigned long long)(bytes / (uint64_t)page + 1));
	return db_run(db, pragma);
}

uint64_t db_wal_bytes(struct db *db)
{
	sqlite3_file *log = NULL;
	sqlite3_int64 bytes = 0;

	if (sqlite3_file_control(db->sqlite, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) != SQLITE_OK || !log ||
	    !log->pMethods || log->pMethods->xFileSize(log, &bytes) != SQLITE_OK || bytes < 0)
		return 0;
	return (uint64_t)bytes;
}

enum err db_wal_empty(struct db *db, bool *ret_held)
{
	sqlite3_busy_timeout(db->sqlite, 0);
	int rc = sqlite3_wal_checkpoint_v2(db->sqlite, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	sqlite3_busy_timeout(db->sqlite, DB_WRITER_WAITS_MS);
	if (rc != SQLITE_OK && (rc & 0xff) != SQLITE_BUSY)
		return db_fail(db, rc);
	*ret_held = rc != SQLITE_OK;
	return ERR_OK;
}
