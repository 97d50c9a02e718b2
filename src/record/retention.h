/* Deletes what is too old, or too much, a little at a time. */
#ifndef RECORD_RETENTION_H
#define RECORD_RETENTION_H

#include "record/store.h"

enum retention_query {
	RETAIN_INCIDENTS,
	RETAIN_ATTEMPTS,
	RETAIN_LOOKUPS,
	RETAIN_CALLS,
	RETAIN_NOTICES,
	RETAIN_RUN,
	RETENTION_QUERIES
};

struct retention {
	int64_t keep_us;     /* 0: for ever */
	uint64_t keep_bytes; /* 0: unlimited */
	int64_t earlier_run; /* the newest run of an earlier process */
	struct query *queries[RETENTION_QUERIES];
};

MUSTCHECK enum err retention_init(struct retention *x, struct store *s, int64_t keep_us, uint64_t keep_bytes);
void retention_release(struct retention *x);

/* How many of at most `rows` rows one transaction may hold to stay below the size limit. */
size_t retention_batch(const struct retention *x, size_t rows);

/* How long the write-ahead log may grow while another program holds it. */
uint64_t retention_log(const struct retention *x);

/* One short step, between batches. ret_more: more can be deleted at once. run: the run being written. */
MUSTCHECK enum err retention_step(struct retention *x, struct store *s, int64_t run, bool *ret_more);

#endif
