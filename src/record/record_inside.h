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
	struct writer *writer;  /* NULL: rows are written by who brings them */
	struct ledger *ledger;  /* of a brief one: attempts go there */
	struct row *row;        /* being packed */
	int64_t run;
	unsigned batch_n;       /* rows since the last commit, without a writer */
	unsigned batch_most;
	int64_t batch_us;       /* monotonic, of that commit */
	enum err failure;       /* sticky, without a writer */
	char why[256];
};

/* Begin to pack a row of the present run; hand it to the writer, or write it. */
enum row_way { WAY_DROPPABLE, WAY_MUST, WAY_LATEST };
struct row **record_start(struct record *r, enum table table);
MUSTCHECK enum err record_put(struct record *r, enum row_way way);

/* The rows of the lists that a run is made with. */
MUSTCHECK enum err record_lists(struct record *r, const struct lists *lists);

#endif
