/* The thread that writes, and its queue: whoever puts a row never waits for the
 * disk. When the disk is slow or full the queue fills; beyond its bound rows are
 * dropped, counted, and told in the database when it goes on. */
#ifndef RECORD_WRITER_H
#define RECORD_WRITER_H

#include "record/retention.h"
#include "record/store.h"

#define WRITER_BYTES_MOST (96u << 20)     /* of waiting rows, whatever their number */
#define WRITER_BATCH_ROWS 4096u
#define WRITER_BATCH_US 200000            /* a row is written after that at the latest, unless the disk fails */
#define WRITER_RETRY_US 1000000           /* after a failure */

struct writer;

/* The store and the retention are the thread's until writer_stop. */
MUSTCHECK enum err writer_start(struct store *s, struct retention *retention, const struct record_options *options,
                                struct writer **ret_writer);

/* Hand a row over, which is freed. must: never dropped (few rows of a run). */
void writer_put(struct writer *w, struct row *row, bool must);
/* The same for a row that replaces what waits of the same line. */
void writer_put_latest(struct writer *w, struct row *row);

/* Wait until all is written. While the disk fails, only for patience_us; then
 * its error, and what waits is still tried. */
MUSTCHECK enum err writer_drain(struct writer *w, int64_t patience_us);
struct record_counters writer_counters(struct writer *w);
/* What waits is tried once more, then counted as dropped. */
void writer_stop(struct writer *w);

#endif
