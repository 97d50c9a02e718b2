/* The one door to SQLite. A struct db is one connection, a struct query one
 * prepared statement of it; neither may be used by two threads at once.
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

/* Open a rulegap database to read, safe for one that a stranger made; another
 * process may be writing it. path may be record_path() of this process.
 * ERR_USAGE (no such file, not a rulegap database, of a newer rulegap),
 * ERR_PERMISSION, ERR_DATABASE (damaged), ERR_IO, all with err_detail(). */
MUSTCHECK enum err db_open_read(const char *path, struct db **ret_db);

/* Open or create to write, and migrate. Refused at once (ERR_USAGE) while
 * another writer has it. path NULL: a temporary database that is gone when it is
 * closed; db_path() opens it a second time in this process. */
MUSTCHECK enum err db_open_write(const char *path, struct db **ret_db);

/* NULL is allowed. All queries must have been freed. */
void db_close(struct db *db);
const char *db_path(const struct db *db);

/* One statement without parameters: the text must be the program's own. */
MUSTCHECK enum err db_run(struct db *db, const char *sql);
/* The first column of the first row of such a statement; 0 when there is none. */
MUSTCHECK enum err db_number(struct db *db, const char *sql, int64_t *ret_number);

/* Everything read until db_end is of one moment. Keep it short: as long as it
 * lasts the writer's log grows. */
MUSTCHECK enum err db_begin_read(struct db *db);
MUSTCHECK enum err db_begin_write(struct db *db);
/* Commit. A failed commit of a writer has undone everything since its begin. */
MUSTCHECK enum err db_end(struct db *db);
/* Undo; nothing happens when no transaction is open. */
void db_undo(struct db *db);

/* Whether rows go with those that they hang on, and every row is checked for what it hangs on: on until it is
 * said otherwise, but for a temporary database. Not within a transaction. */
MUSTCHECK enum err db_cascade(struct db *db, bool on);

/* Let a writer's file grow to so many bytes at most (not below what it has). */
MUSTCHECK enum err db_bound(struct db *db, uint64_t bytes);

/* The length of a writer's log beside the file; 0: none. */
uint64_t db_wal_bytes(struct db *db);
/* Bring a writer's log into the file and cut it to nothing, without waiting for anybody.
 * ret_held: another connection still reads what the file was. Not within a transaction. */
MUSTCHECK enum err db_wal_empty(struct db *db, bool *ret_held);

/* Whether the last failure was a row that is there already (UNIQUE). */
bool db_is_taken(const struct db *db);
/* Whether it was the row's own fault: no later try will do better. */
bool db_is_refused(const struct db *db);
/* Rows that the last statement changed; the id that it inserted. */
int64_t db_changed(const struct db *db);
int64_t db_inserted(const struct db *db);

/* A statement, to be freed with query_free(). */
MUSTCHECK enum err db_prepare(struct db *db, const char *sql, struct query **ret_query);
void query_free(struct query *q);

/* Text and blobs must live until the query is reset or freed. NULL binds NULL. */
void query_int(struct query *q, int parameter, int64_t value);
void query_text(struct query *q, int parameter, const char *text);
/* A text that is never freed nor changed (or NULL): no work when it is bound there already. */
void query_word(struct query *q, int parameter, const char *word);
void query_text_n(struct query *q, int parameter, const char *text, size_t n);
void query_blob(struct query *q, int parameter, const void *bytes, size_t n);
void query_null(struct query *q, int parameter);
/* A column of the current row of another query, which may be another database's. */
void query_copy(struct query *q, int parameter, struct query *from, int column);

/* The next row. ERR_END: no more, and the query is ready to be run again (its
 * parameters stay bound). ERR_DATABASE or ERR_IO with err_detail(). */
MUSTCHECK enum err query_next(struct query *q);
/* Run a statement that gives no rows (INSERT, UPDATE, …) to its end. */
MUSTCHECK enum err query_run(struct query *q);
/* Stop before the last row. */
void query_reset(struct query *q);

/* Of the current row. Texts live until the next query_next, query_reset or
 * query_free; query_get_text gives "" for NULL. */
int64_t query_get_int(struct query *q, int column);
const char *query_get_text(struct query *q, int column);
const void *query_get_blob(struct query *q, int column, size_t *ret_n);

#endif
