/* What record.c, rows.c and batch.c share. */
#ifndef RECORD_RECORD_INSIDE_H
#define RECORD_RECORD_INSIDE_H

#include "record/ledger.h"
#include "record/record.h"
#include "record/retention.h"
#include "record/row.h"
#include "record/store.h"
#include "record/writer.h"

struct record {
	struct store store;
	struct retention retention;
	struct record_options options;
	struct writer *writer;  /* NULL: the calling thread writes the rows */
	struct ledger *ledger;  /* of a brief record: attempts go there */
	struct row *row;        /* being packed */
	int64_t run;
	unsigned batch_n;       /* rows since the last commit, if there is no writer */
	unsigned batch_most;
	int64_t batch_us;       /* monotonic, of the last commit */
	enum err failure;       /* sticky, if there is no writer */
	char why[256];
};

/* batch.c: begin to pack a row of the present run; pass it to the writer, or write it. */
enum row_way { WAY_DROPPABLE, WAY_MUST, WAY_LATEST };
struct row **record_start(struct record *r, enum table table);
MUSTCHECK enum err record_put(struct record *r, enum row_way way);
/* Without a writer: one more row is in the batch, which ends when it is full or old; end it now. */
MUSTCHECK enum err batch_count(struct record *r);
MUSTCHECK enum err batch_commit(struct record *r);
/* Keep a failure and its reason, and return it: nothing more is written, and what is already there stays correct. */
MUSTCHECK enum err batch_fail(struct record *r, enum err e);

/* rows.c: write the rows for the lists that a run uses. */
MUSTCHECK enum err record_lists(struct record *r, const struct lists *lists);

#endif
