/* Opening a database for reading: its origin may not be trusted. */
#include "record/db_inside.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record/schema.h"

#define STEPS_AT_ONCE 100000              /* VM steps of SQLite between two checks of the limit */
#define STEPS_LEAST INT64_C(2000000000)   /* allowed to every reader between db_begin_read and the end */
#define STEPS_A_BYTE 400                  /* additionally per byte of the file: no normal report comes near */

static int too_many_steps(void *context)
{
	struct db *db = context;

	db->steps += STEPS_AT_ONCE;
	return db->steps > db->steps_most;
}

static enum err reader_prepare(struct db *db, const struct stat *st)
{
	sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	/* a table of ours that is a view in this file: an attack */
	sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	db->steps_most = STEPS_LEAST + (int64_t)st->st_size * STEPS_A_BYTE;
	sqlite3_progress_handler(db->sqlite, STEPS_AT_ONCE, too_many_steps, db);
	return db_run(db, "PRAGMA cell_size_check = 1; PRAGMA mmap_size = 0; PRAGMA query_only = 1");
}

/* Older versions are read as they are: no file of schema/ after the first changes a table. */
static enum err reader_check(struct db *db)
{
	int version = 0;
	enum err e = db_check(db, &version);

	if (!e && version == 0)
		e = err_fail(ERR_USAGE, "%s: empty, not a rulegap database", db->shown);
	return e;
}

/* In a folder that is not writable the database lacks SQLite's shared-memory file. If there is no write-ahead log
 * either, nobody can be writing. */
static enum err reader_open(struct db *db, const struct stat *st)
{
	char uri[PATH_MAX * 3 + 32], log[PATH_MAX + 8];
	enum err e = db_connect(db, db->path, SQLITE_OPEN_READONLY);

	if (!e)
		e = reader_prepare(db, st);
	if (!e)
		e = reader_check(db);
	if (!e || ((db->rc & 0xff) != SQLITE_CANTOPEN && (db->rc & 0xff) != SQLITE_READONLY))
		return e;
	snprintf(log, sizeof log, "%s-wal", db->path);
	if (access(log, F_OK) == 0)
		return e;
	size_t n = (size_t)snprintf(uri, sizeof uri, "file:");
	for (const char *p = db->path; *p && n < sizeof uri - 32; p++)
		n += (size_t)snprintf(uri + n, sizeof uri - n, strchr("%?#", *p) ? "%%%02x" : "%c", (unsigned char)*p);
	snprintf(uri + n, sizeof uri - n, "?immutable=1");
	sqlite3_close(db->sqlite);
	db->sqlite = NULL;
	e = db_connect(db, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
	if (!e)
		e = reader_prepare(db, st);
	return e ? e : reader_check(db);
}

enum err db_open_read(const char *path, struct db **ret_db)
{
	struct db *db;
	struct stat st;
	enum err e = db_new(path, &db);

	if (e)
		return e;
	if (strncmp(path, DB_TEMPORARY, strlen(DB_TEMPORARY)) != 0)
		e = db_whole_path(path, &db->path);
	else if (!(db->path = strdup(path)))
		e = err_fail(ERR_MEMORY, "%s: out of memory", path);
	if (!e && stat(db->path, &st) < 0)
		e = err_fail(errno == EACCES ? ERR_PERMISSION : ERR_USAGE, "%s: %s", path, err_reason(errno));
	if (!e && !S_ISREG(st.st_mode))
		e = err_fail(ERR_USAGE, "%s: not a file; name the database", path);
	if (!e && st.st_size == 0)
		e = err_fail(ERR_USAGE, "%s: empty, not a rulegap database", path);
	if (!e)
		e = reader_open(db, &st);
	if (e)
		db_close(db);
	else
		*ret_db = db;
	return e;
}
