/* Rows on their way into the database: to the writer's queue, or straight into the open batch. */
#include "record/record_inside.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/limits.h"

#define BATCH_US SECOND_US /* a batch ends after this time, or when it is full */

enum err batch_fail(struct record *r, enum err e)
{
	r->failure = e;
	snprintf(r->why, sizeof r->why, "%s", err_detail());
	store_undo(&r->store);
	return e;
}

enum err batch_commit(struct record *r)
{
	bool more = true;
	enum err e = store_commit(&r->store);

	r->batch_n = 0;
	r->batch_us = monotonic_us();
	while (!e && more)
		e = retention_step(&r->retention, &r->store, r->run, &more);
	return e ? batch_fail(r, e) : ERR_OK;
}

enum err batch_count(struct record *r)
{
	r->batch_n++;
	if (!r->options.path)
		return ERR_OK; /* nobody reads a temporary database before the run ends: one transaction */
	if (r->batch_n < r->batch_most && (r->batch_n % 64 || monotonic_us() - r->batch_us < BATCH_US))
		return ERR_OK;
	return batch_commit(r);
}

struct row **record_start(struct record *r, enum table table)
{
	row_start(&r->row, table, r->run);
	return &r->row;
}

enum err record_put(struct record *r, enum row_way way)
{
	if (!row_is_whole(r->row))
		return err_fail(ERR_MEMORY, "out of memory");
	if (r->writer) {
		struct row *row = r->row;
		r->row = NULL;
		if (way == WAY_LATEST)
			writer_put_latest(r->writer, row);
		else
			writer_put(r->writer, row, way == WAY_MUST);
		return ERR_OK;
	}
	if (r->failure)
		return err_fail(r->failure, "%s", r->why);
	enum err e = store_row(&r->store, r->row);
	return e ? batch_fail(r, e) : batch_count(r);
}
