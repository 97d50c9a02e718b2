/* What record.c and rows.c share. */
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

/* Begin to pack a row of the present run; pass it to the writer, or write it. */
enum row_way { WAY_DROPPABLE, WAY_MUST, WAY_LATEST };
struct row **record_start(struct record *r, enum table table);
MUSTCHECK enum err record_put(struct record *r, enum row_way way);

/* Write the rows for the lists that a run uses. */
MUSTCHECK enum err record_lists(struct record *r, const struct lists *lists);

#endif
