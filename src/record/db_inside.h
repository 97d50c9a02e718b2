/* What db.c, db_read.c and db_write.c share: the only files that see SQLite. */
#ifndef RECORD_DB_INSIDE_H
#define RECORD_DB_INSIDE_H

#include <sqlite3.h>
#include <sys/stat.h>

#include "record/db.h"

#define DB_APPLICATION 0x72676170     /* "rgap" */
/* nobody else of ours writes; a person's sqlite3 shell may, and a writer must not wait long */
#define DB_WRITER_WAITS_MS 1000
/* a reader waits only while a writer makes the file, or cuts its log */
#define DB_READER_WAITS_MS 5000
#define DB_TEMPORARY "/proc/self/fd/" /* an unlinked file, opened again by its descriptor */

struct db {
	sqlite3 *sqlite;
	char *path;
	char *shown;         /* its name in messages */
	int lock_fd;         /* of a writer: the lock, and the temporary file; -1 none */
	int rc;              /* of the last failure */
	int64_t steps, steps_most; /* a reader's, against files that make it run in circles; most 0: no bound */
};

struct query {
	struct db *db;
	sqlite3_stmt *statement;
	int rc; /* of the first bind that failed */
	int parameter_n;
	const void **bound; /* by parameter: what query_word() bound there, NULL as at the start; else the query */
};

enum err db_fail(struct db *db, int rc);

/* A connection that is not open yet; shown: what messages call it. */
MUSTCHECK enum err db_new(const char *shown, struct db **ret_db);
MUSTCHECK enum err db_connect(struct db *db, const char *path, int flags);

/* The path of a file without links before its last part, so that the last part
 * alone can be one. */
MUSTCHECK enum err db_whole_path(const char *path, char **ret_path);

/* Whether it is ours and of a version we know. ret_version: 0 for an empty one. */
MUSTCHECK enum err db_check(struct db *db, int *ret_version);

#endif
