/* What db.c, db_memory.c, db_read.c and db_write.c share: the only files that use SQLite. */
#ifndef RECORD_DB_INSIDE_H
#define RECORD_DB_INSIDE_H

#include <sqlite3.h>
#include <sys/stat.h>

#include "record/db.h"

#define DB_APPLICATION 0x72676170     /* "rgap" */
/* none of our processes writes at the same time; a user's sqlite3 shell may, and a writer must not wait long */
#define DB_WRITER_WAITS_MS 1000
/* a reader waits only while a writer creates the file or truncates its log */
#define DB_READER_WAITS_MS 5000
#define DB_TEMPORARY "/proc/self/fd/" /* an unlinked file, reopened through its descriptor */

struct db {
	sqlite3 *sqlite;
	char *path;
	char *shown;         /* its name in messages */
	int lock_fd;         /* of a writer: the lock, or the temporary file; -1 none */
	int rc;              /* of the last failure */
	int64_t steps, steps_most; /* of a reader, against files that make it loop for ever; most 0: no limit */
};

struct query {
	struct db *db;
	sqlite3_stmt *statement;
	int rc; /* of the first bind that failed */
	int parameter_n;
	const void **bound; /* per parameter: the text query_word() bound, NULL initially; otherwise the query */
};

enum err db_fail(struct db *db, int rc);

/* Before a connection: where SQLite takes its memory from. */
void db_memory_choose(void);

/* A connection that is not open yet; shown: its name in messages. */
MUSTCHECK enum err db_new(const char *shown, struct db **ret_db);
MUSTCHECK enum err db_connect(struct db *db, const char *path, int flags);

/* The path of a file with the links in its folder part resolved: only the last part can still be a link. */
MUSTCHECK enum err db_whole_path(const char *path, char **ret_path);

/* Whether it is ours and of a known version. ret_version: 0 for an empty one. */
MUSTCHECK enum err db_check(struct db *db, int *ret_version);

#endif
