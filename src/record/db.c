#include "record/db_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record/schema.h"

static const char *failure_text(int rc, int system)
{
	switch (rc & 0xff) {
	case SQLITE_FULL:
		return "disk full, or the bound of its size is reached; make room";
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return "locked by another program; wait for it, or use another file";
	case SQLITE_CORRUPT:
		return "damaged (sqlite3 FILE .recover may save some of it)";
	case SQLITE_NOTADB:
		return "not a rulegap database";
	case SQLITE_INTERRUPT:
		return "damaged: reading it takes no end";
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		if (system == ENOSPC || system == EDQUOT)
			return "disk full; make room";
		return system ? err_reason(system) : sqlite3_errstr(rc);
	default:
		return NULL;
	}
}

static enum err failure_err(int rc, int system)
{
	switch (rc & 0xff) {
	case SQLITE_NOMEM:
		return ERR_MEMORY;
	case SQLITE_FULL:
		return ERR_IO;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		return system == EACCES || system == EPERM || system == EROFS ? ERR_PERMISSION : ERR_IO;
	case SQLITE_PERM:
	case SQLITE_READONLY:
	case SQLITE_AUTH:
		return ERR_PERMISSION;
	case SQLITE_NOTADB:
		return ERR_USAGE;
	default:
		return ERR_DATABASE;
	}
}

/* SQLITE_ERROR: the program's statements are correct, so the tables are not as expected. */
static bool is_damaged(int rc)
{
	rc &= 0xff;
	return rc == SQLITE_CORRUPT || rc == SQLITE_INTERRUPT || rc == SQLITE_ERROR;
}

enum err db_fail(struct db *db, int rc)
{
	int system = db->sqlite ? sqlite3_system_errno(db->sqlite) : errno;
	const char *text = failure_text(rc, system);

	if (!text)
		text = db->sqlite ? sqlite3_errmsg(db->sqlite) : sqlite3_errstr(rc);
	db->rc = (rc & 0xff) == SQLITE_IOERR && (system == ENOSPC || system == EDQUOT) ? SQLITE_FULL : rc;
	enum err e = failure_err(rc, system);
	/* a database opened for reading is the user's input, so damage is a usage error; one opened for writing is
	 * ours */
	if (is_damaged(rc) && db->sqlite && sqlite3_db_readonly(db->sqlite, "main") == 1)
		e = ERR_USAGE;
	return err_fail(e, "%s: %s%s", db->shown, (rc & 0xff) == SQLITE_ERROR ? "damaged: " : "", text);
}

bool db_is_taken(const struct db *db)
{
	return db->rc == SQLITE_CONSTRAINT_UNIQUE || db->rc == SQLITE_CONSTRAINT_PRIMARYKEY;
}

bool db_is_refused(const struct db *db)
{
	int rc = db->rc & 0xff;

	return rc == SQLITE_CONSTRAINT || rc == SQLITE_MISMATCH || rc == SQLITE_TOOBIG || rc == SQLITE_RANGE;
}

const char *db_path(const struct db *db)
{
	return db->path;
}

int64_t db_changed(const struct db *db)
{
	return sqlite3_changes64(db->sqlite);
}

int64_t db_inserted(const struct db *db)
{
	return sqlite3_last_insert_rowid(db->sqlite);
}

enum err db_run(struct db *db, const char *sql)
{
	int rc = sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? ERR_OK : db_fail(db, rc);
}

enum err db_number(struct db *db, const char *sql, int64_t *ret_number)
{
	struct query *q;
	enum err e = db_prepare(db, sql, &q);

	if (e)
		return e;
	e = query_next(q);
	if (!e)
		*ret_number = query_get_int(q, 0);
	else if (e == ERR_END)
		*ret_number = 0, e = ERR_OK;
	query_free(q);
	return e;
}

enum err db_begin_read(struct db *db)
{
	db->steps = 0;
	return db_run(db, "BEGIN");
}

enum err db_begin_write(struct db *db)
{
	return db_run(db, "BEGIN IMMEDIATE");
}

enum err db_end(struct db *db)
{
	enum err e = db_run(db, "COMMIT");

	if (e)
		db_undo(db);
	return e;
}

void db_undo(struct db *db)
{
	/* after some failures SQLite has already rolled back */
	if (!sqlite3_get_autocommit(db->sqlite))
		sqlite3_exec(db->sqlite, "ROLLBACK", NULL, NULL, NULL);
}

enum err db_prepare(struct db *db, const char *sql, struct query **ret_query)
{
	struct query *q = calloc(1, sizeof *q);

	if (!q)
		return err_fail(ERR_MEMORY, "%s: out of memory", db->shown);
	q->db = db;
	db->steps = 0;
	int rc = sqlite3_prepare_v3(db->sqlite, sql, -1, SQLITE_PREPARE_PERSISTENT, &q->statement, NULL);
	if (rc != SQLITE_OK) {
		free(q);
		return db_fail(db, rc);
	}
	q->parameter_n = sqlite3_bind_parameter_count(q->statement);
	q->bound = calloc((size_t)q->parameter_n + 1, sizeof *q->bound);
	if (!q->bound) {
		query_free(q);
		return err_fail(ERR_MEMORY, "%s: out of memory", db->shown);
	}
	*ret_query = q;
	return ERR_OK;
}

void query_free(struct query *q)
{
	if (!q)
		return;
	sqlite3_finalize(q->statement);
	free(q->bound);
	free(q);
}

static void query_bound(struct query *q, int parameter, const void *to, int rc)
{
	if (rc == SQLITE_OK)
		q->bound[parameter] = to;
	else if (!q->rc)
		q->rc = rc;
}

void query_int(struct query *q, int parameter, int64_t value)
{
	query_bound(q, parameter, q, sqlite3_bind_int64(q->statement, parameter, value));
}

void query_text(struct query *q, int parameter, const char *text)
{
	query_bound(q, parameter, q, sqlite3_bind_text(q->statement, parameter, text, -1, SQLITE_STATIC));
}

void query_word(struct query *q, int parameter, const char *word)
{
	if (parameter < 1 || parameter > q->parameter_n || q->bound[parameter] != word)
		query_bound(q, parameter, word, sqlite3_bind_text(q->statement, parameter, word, -1, SQLITE_STATIC));
}

void query_text_n(struct query *q, int parameter, const char *text, size_t n)
{
	query_bound(q, parameter, q,
	            sqlite3_bind_text64(q->statement, parameter, text, n, SQLITE_STATIC, SQLITE_UTF8));
}

void query_blob(struct query *q, int parameter, const void *bytes, size_t n)
{
	query_bound(q, parameter, q, sqlite3_bind_blob64(q->statement, parameter, n ? bytes : "", n, SQLITE_STATIC));
}

void query_null(struct query *q, int parameter)
{
	query_word(q, parameter, NULL);
}

void query_copy(struct query *q, int parameter, struct query *from, int column)
{
	query_bound(q, parameter, q,
	            sqlite3_bind_value(q->statement, parameter, sqlite3_column_value(from->statement, column)));
}

enum err query_next(struct query *q)
{
	int rc = q->rc ? q->rc : sqlite3_step(q->statement);

	if (rc == SQLITE_ROW)
		return ERR_OK;
	enum err e = rc == SQLITE_DONE ? ERR_END : db_fail(q->db, rc);
	sqlite3_reset(q->statement);
	q->rc = 0;
	return e;
}

enum err query_run(struct query *q)
{
	enum err e;

	do
		e = query_next(q);
	while (!e);
	return e == ERR_END ? ERR_OK : e;
}

void query_reset(struct query *q)
{
	sqlite3_reset(q->statement);
}

int64_t query_get_int(struct query *q, int column)
{
	return sqlite3_column_int64(q->statement, column);
}

const char *query_get_text(struct query *q, int column)
{
	const char *text = (const char *)sqlite3_column_text(q->statement, column);

	return text ? text : "";
}

const void *query_get_blob(struct query *q, int column, size_t *ret_n)
{
	const void *bytes = sqlite3_column_blob(q->statement, column);

	*ret_n = (size_t)sqlite3_column_bytes(q->statement, column);
	return bytes;
}

/* SQLite's VFS, except for an unlinked file: its name is in /proc/self/fd, a link that must be followed and must not
 * be resolved. */
static int temporary_path(sqlite3_vfs *vfs, const char *name, int size, char *out)
{
	(void)vfs;
	return snprintf(out, (size_t)size, "%s", name) < size ? SQLITE_OK : SQLITE_CANTOPEN;
}

static int open_followed(const char *path, int flags, int mode)
{
	if (strncmp(path, DB_TEMPORARY, strlen(DB_TEMPORARY)) == 0)
		flags &= ~O_NOFOLLOW;
	return open(path, flags, mode);
}

static const char *temporary_vfs(void)
{
	static sqlite3_vfs vfs;
	sqlite3_vfs *usual = sqlite3_vfs_find("unix");

	if (!usual)
		return NULL;
	if (!sqlite3_vfs_find("rulegap-temporary")) {
		usual->xSetSystemCall(usual, "open", (sqlite3_syscall_ptr)open_followed);
		vfs = *usual;
		vfs.zName = "rulegap-temporary";
		vfs.xFullPathname = temporary_path;
		sqlite3_vfs_register(&vfs, 0);
	}
	return vfs.zName;
}

enum err db_new(const char *shown, struct db **ret_db)
{
	struct db *db = calloc(1, sizeof *db);

	db_memory_choose();
	if (db)
		db->shown = strdup(shown);
	if (!db || !db->shown) {
		free(db);
		return err_fail(ERR_MEMORY, "%s: out of memory", shown);
	}
	db->lock_fd = -1;
	*ret_db = db;
	return ERR_OK;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	sqlite3_close(db->sqlite);
	/* not before: closing any descriptor of a file drops the process's locks on it */
	if (db->lock_fd >= 0)
		close(db->lock_fd);
	free(db->path);
	free(db->shown);
	free(db);
}

enum err db_whole_path(const char *path, char **ret_path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	char *folder = slash == path ? strdup("/") : slash ? strndup(path, (size_t)(slash - path)) : strdup(".");
	char *real = folder ? realpath(folder, NULL) : NULL, *whole = NULL;
	enum err e = ERR_OK;

	if (!folder)
		e = err_fail(ERR_MEMORY, "%s: out of memory", path);
	else if (!*name)
		e = err_fail(ERR_USAGE, "%s: a database is a file, not a folder", path);
	else if (strcmp(path, "-") == 0)
		e = err_fail(ERR_USAGE,
		             "-: a database is a file, not standard input or output (./- for one of that name)");
	else if (!real)
		e = err_fail(errno == EACCES ? ERR_PERMISSION : ERR_USAGE, "%s: its folder: %s", path,
		             err_reason(errno));
	else if (asprintf(&whole, "%s/%s", strcmp(real, "/") == 0 ? "" : real, name) < 0)
		e = err_fail(ERR_MEMORY, "%s: out of memory", path);
	else
		*ret_path = whole;
	free(folder);
	free(real);
	return e;
}

enum err db_connect(struct db *db, const char *path, int flags)
{
	const char *vfs = strncmp(path, DB_TEMPORARY, strlen(DB_TEMPORARY)) == 0 ? temporary_vfs() : NULL;
	int rc = sqlite3_open_v2(path, &db->sqlite, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, vfs);

	if (rc != SQLITE_OK)
		return db_fail(db, rc);
	sqlite3_extended_result_codes(db->sqlite, 1);
	sqlite3_busy_timeout(db->sqlite, flags & SQLITE_OPEN_READWRITE ? DB_WRITER_WAITS_MS : DB_READER_WAITS_MS);
	return ERR_OK;
}

enum err db_check(struct db *db, int *ret_version)
{
	int64_t application = 0, version = 0, tables = 0;
	enum err e = db_number(db, "PRAGMA application_id", &application);

	if (!e)
		e = db_number(db, "PRAGMA user_version", &version);
	if (!e && application == 0)
		e = db_number(db, "SELECT count(*) FROM sqlite_schema", &tables);
	if (e)
		return e;
	if (application == 0 && version == 0 && tables == 0) {
		*ret_version = 0;
		return ERR_OK;
	}
	if (application != DB_APPLICATION)
		return err_fail(ERR_USAGE, "%s: not a rulegap database", db->shown);
	if (version > schema_version)
		return err_fail(ERR_USAGE,
		                "%s: written by a newer rulegap (schema %lld, this one knows %d); update this one",
		                db->shown, (long long)version, schema_version);
	if (version < 1)
		return err_fail(ERR_USAGE, "%s: damaged (schema %lld)", db->shown, (long long)version);
	*ret_version = (int)version;
	return ERR_OK;
}
