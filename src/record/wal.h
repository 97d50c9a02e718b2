/* The write-ahead log beside a database. SQLite writes it from its beginning again when
 * all of it is in the database; whoever keeps a transaction open prevents that, and the
 * log grows with all that is written meanwhile. */
#ifndef RECORD_WAL_H
#define RECORD_WAL_H

#include <stdbool.h>
#include <stdint.h>

#include "record/db.h"

struct wal {
	uint64_t told_bytes, most_bytes;
	uint64_t bytes;     /* how long it is, while somebody holds it; else 0 */
	int64_t held_us;    /* since when; 0: nobody does */
	int64_t look_us;    /* when to look again */
};

/* A log that is held is told of beyond WAL_TOLD_BYTES (limits.h), and grows beyond most_bytes
 * by no more than a second brings. */
void wal_init(struct wal *w, uint64_t most_bytes);

/* Between two transactions: empty the log if it is long and nobody prevents that; at most
 * once a second, unless `now`. */
MUSTCHECK enum err wal_look(struct wal *w, struct db *db, bool now);

/* Whether nothing more may be written: ERR_IO with err_detail(). */
MUSTCHECK enum err wal_admit(const struct wal *w, const struct db *db);

/* The length of a log that has been held for some time; 0: it is short, or was only just
 * found held, as a report that is being made does for a moment. */
uint64_t wal_held_bytes(const struct wal *w);

#endif
