/* The rows of one query of a report. ?1 and ?2 are bound to the filter's period, ?3 to its run (0: all); NULL: the
 * query has no parameters. */
#ifndef REPORT_ROWS_H
#define REPORT_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "record/db.h"
#include "report/gap.h"
#include "report/pool.h"

/* Runs that overlap the period. */
#define RUNS \
	"(SELECT id FROM run WHERE (?3 = 0 OR id = ?3) AND (first IS NULL OR (first <= ?2 AND last >= ?1)))"

struct rows {
	struct query *query;
	enum err err; /* the first failure, which ends the rows */
};

MUSTCHECK enum err rows_open(struct rows *ret_rows, struct db *db, const struct gap_filter *filter, const char *sql);
/* False: no more rows, or a failure; rows_close tells which. */
bool rows_next(struct rows *r);
MUSTCHECK enum err rows_close(struct rows *r);
/* Stop before the end because of e, which is returned. */
MUSTCHECK enum err rows_abandon(struct rows *r, enum err e);

/* A column of the current row. */
int64_t rows_number(struct rows *r, int column);
const char *rows_text(struct rows *r, int column); /* "" for NULL; good until the next row */
const char *rows_copy(struct rows *r, int column, struct pool *pool);         /* NULL only when the pool failed */
const char *rows_copy_or_null(struct rows *r, int column, struct pool *pool); /* NULL for NULL and "" */

#endif
