/* A row on its way to the database, packed so that it can wait in a queue.
 * Attempts are stored as they are, everything else as the values of its statement. */
#ifndef RECORD_ROW_H
#define RECORD_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/db.h"
#include "record/record.h"

enum table {
	TABLE_RUN,
	TABLE_LIST,
	TABLE_GROUP,
	TABLE_RULE,
	TABLE_ATTEMPT,
	TABLE_LOOKUP,
	TABLE_UNLISTED,
	TABLE_CALL,
	TABLE_NOTICE,
	TABLE_PROGRESS, /* progress of the run */
	TABLE_SOURCE,
	TABLE_STATE,
	TABLE_END,
	TABLE_COUNT
};

struct row {
	struct row *next;
	int64_t run;
	enum table table;
	uint32_t bytes, room;
	uint32_t packets; /* of an attempt */
	bool failed;      /* out of memory: the row is incomplete */
	_Alignas(8) uint8_t data[];
};

/* Pack into *row, which grows and may move; start with row_start. As with a text, running out of memory shows only
 * at the end (row_is_whole). */
void row_start(struct row **row, enum table table, int64_t run);
void row_int(struct row **row, int64_t value);
void row_text(struct row **row, const char *text); /* NULL: SQL NULL */
void row_blob(struct row **row, const void *bytes, size_t n);
void row_null(struct row **row);
void row_addr(struct row **row, const struct addr *a); /* no address: SQL NULL */
void row_attempt(struct row **row, const struct attempt *a, const struct evidence *packets, size_t n);
bool row_is_whole(const struct row *row);

/* Bind the values after parameter 1, which is the run. They remain the row's. */
void row_bind(const struct row *row, struct query *q);

/* Unpack an attempt; and its packets one after the other, with at starting at 0. */
const struct attempt *row_get_attempt(const struct row *row);
bool row_next_packet(const struct row *row, size_t *at, struct evidence *ret_packet);
/* The n-th value if it is a text; otherwise "". n counts from 0. */
const char *row_get_text(const struct row *row, unsigned n);
int64_t row_get_int(const struct row *row, unsigned n);

/* Whether both would be the same row of the database (state, source, progress). */
bool row_replaces(const struct row *newer, const struct row *older);

#endif
