/* The writer thread and its queue: adding a row never waits for the disk. If the disk is slow or full the queue
 * fills up; beyond its limit rows are dropped, counted, and reported in the database once writing works again. */
#ifndef RECORD_WRITER_H
#define RECORD_WRITER_H

#include "record/retention.h"
#include "record/store.h"

#define WRITER_BYTES_MOST (96u << 20)     /* of waiting rows, whatever their number */
#define WRITER_BATCH_ROWS 4096u
#define WRITER_BATCH_US 200000            /* a row is written after this time at the latest, unless the disk fails */
#define WRITER_RETRY_US 1000000           /* after a failure */

struct writer;

/* The store and the retention belong to the thread until writer_stop. */
MUSTCHECK enum err writer_start(struct store *s, struct retention *retention, const struct record_options *options,
                                struct writer **ret_writer);

/* Pass a row on; it is freed. must: never dropped (for the few such rows of a run). */
void writer_put(struct writer *w, struct row *row, bool must);
/* Likewise, for a row that replaces a waiting one for the same database row. */
void writer_put_latest(struct writer *w, struct row *row);

/* Wait until everything is written; while the disk fails, only for patience_us: then returns its error, and what
 * waits is still retried. */
MUSTCHECK enum err writer_drain(struct writer *w, int64_t patience_us);
struct record_counters writer_counters(struct writer *w);
/* Tries once more to write what waits, then counts it as dropped. */
void writer_stop(struct writer *w);

#endif
