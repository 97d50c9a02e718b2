/* The one door to SQLite. A struct db is one connection, a struct query one prepared statement of it; two threads must
 * not use either at the same time.
 *
 *	struct db *db;
 *	struct query *q;
 *	enum err e = db_open_read(path, &db);
 *	...
 *	e = db_prepare(db, "SELECT id, host FROM attempt WHERE run = ?", &q);
 *	query_int(q, 1, run);
 *	while ((e = query_next(q)) == ERR_OK)
 *		use(query_get_int(q, 0), query_get_text(q, 1));
 *	if (e == ERR_END)
 *		e = ERR_OK;
 *	query_free(q);
 *
 * Parameters count from 1 and columns from 0, as in SQLite. */
#ifndef RECORD_DB_H
#define RECORD_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct db;
struct query;

/* Open a rulegap database for reading, safely even if its origin is not trusted; another process may be writing it.
 * path may be record_path() of this process.
 * ERR_USAGE (no such file, not a rulegap database, from a newer rulegap), ERR_PERMISSION, ERR_DATABASE (damaged),
 * ERR_IO, all with err_detail(). */
MUSTCHECK enum err db_open_read(const char *path, struct db **ret_db);

/* Open or create for writing, and migrate. Refused at once (ERR_USAGE) while another writer has it open. path NULL:
 * a temporary database that is deleted on close; db_path() opens it a second time in this process. */
MUSTCHECK enum err db_open_write(const char *path, struct db **ret_db);

/* NULL is allowed. All queries must have been freed. */
void db_close(struct db *db);
const char *db_path(const struct db *db);

/* One statement without parameters: the text must be the program's own. */
MUSTCHECK enum err db_run(struct db *db, const char *sql);
/* The first column of the first row of such a statement; 0 if there is none. */
MUSTCHECK enum err db_number(struct db *db, const char *sql, int64_t *ret_number);

/* All reads until db_end see one snapshot. Keep it short: meanwhile the write-ahead log grows. */
MUSTCHECK enum err db_begin_read(struct db *db);
MUSTCHECK enum err db_begin_write(struct db *db);
/* Commit. If a writer's commit fails, everything since its begin has been rolled back. */
MUSTCHECK enum err db_end(struct db *db);
/* Roll back; does nothing if no transaction is open. */
void db_undo(struct db *db);

/* Whether foreign keys are enforced, deletes cascading. On by default, except for a temporary database. Not within a
 * transaction. */
MUSTCHECK enum err db_cascade(struct db *db, bool on);

/* Limit the size of a writer's file (not below its present size). */
MUSTCHECK enum err db_bound(struct db *db, uint64_t bytes);

/* The size of a writer's write-ahead log; 0: none. */
uint64_t db_wal_bytes(struct db *db);
/* Checkpoint the write-ahead log and truncate it, without waiting for anyone.
 * ret_held: another connection still reads an older snapshot. Not within a transaction. */
MUSTCHECK enum err db_wal_empty(struct db *db, bool *ret_held);

/* Whether the last failure was a duplicate row (UNIQUE). */
bool db_is_taken(const struct db *db);
/* Whether the row itself was at fault, so that a retry is pointless. */
bool db_is_refused(const struct db *db);
/* Rows changed by the last statement; the id that it inserted. */
int64_t db_changed(const struct db *db);
int64_t db_inserted(const struct db *db);

/* A statement, to be freed with query_free(). */
MUSTCHECK enum err db_prepare(struct db *db, const char *sql, struct query **ret_query);
void query_free(struct query *q);

/* Text and blobs must live until the query is reset or freed. NULL binds SQL NULL. */
void query_int(struct query *q, int parameter, int64_t value);
void query_text(struct query *q, int parameter, const char *text);
/* A text that is never freed or changed (or NULL): free of charge if it is already bound there. */
void query_word(struct query *q, int parameter, const char *word);
void query_text_n(struct query *q, int parameter, const char *text, size_t n);
void query_blob(struct query *q, int parameter, const void *bytes, size_t n);
void query_null(struct query *q, int parameter);
/* A column of the current row of another query, possibly of another database. */
void query_copy(struct query *q, int parameter, struct query *from, int column);

/* The next row. ERR_END: no more, and the query can be run again (its parameters stay bound). ERR_DATABASE or ERR_IO
 * with err_detail(). */
MUSTCHECK enum err query_next(struct query *q);
/* Run a statement that returns no rows (INSERT, UPDATE, …). */
MUSTCHECK enum err query_run(struct query *q);
/* Stop before the last row. */
void query_reset(struct query *q);

/* From the current row. Texts live until the next query_next, query_reset or query_free; query_get_text gives "" for
 * NULL. */
int64_t query_get_int(struct query *q, int column);
const char *query_get_text(struct query *q, int column);
const void *query_get_blob(struct query *q, int column, size_t *ret_n);

#endif
