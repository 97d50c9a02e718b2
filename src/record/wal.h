/* The write-ahead log beside a database. SQLite starts it over once all of it has been checkpointed; a reader with
 * an open transaction prevents that, and the log keeps growing meanwhile. */
#ifndef RECORD_WAL_H
#define RECORD_WAL_H

#include <stdbool.h>
#include <stdint.h>

#include "record/db.h"

struct wal {
	uint64_t told_bytes, most_bytes;
	uint64_t bytes;     /* its length while somebody holds it; otherwise 0 */
	int64_t held_us;    /* since when; 0: nobody holds it */
	int64_t look_us;    /* when to look again */
};

/* A held log is reported above WAL_TOLD_BYTES (limits.h); it exceeds most_bytes by at most what one second adds. */
void wal_init(struct wal *w, uint64_t most_bytes);

/* Between two transactions: truncate the log if it is long and nobody prevents that; at most once a second, unless
 * `now`. */
MUSTCHECK enum err wal_look(struct wal *w, struct db *db, bool now);

/* Whether nothing more may be written: ERR_IO with err_detail(). */
MUSTCHECK enum err wal_admit(const struct wal *w, const struct db *db);

/* The length of a log that has been held for some time; 0: it is short, or has only just been found held, as by any
 * report being made. */
uint64_t wal_held_bytes(const struct wal *w);

#endif
