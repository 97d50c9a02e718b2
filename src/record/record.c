#include "record/record_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"

#define QUEUE_MOST_DEFAULT 200000u
#define BATCH_ROWS 8192u             /* per transaction of an audit */
#define PATIENCE_US (3 * SECOND_US / 2) /* with a failing disk, how long the end of a run waits */

enum err record_open(const struct record_options *options, struct record **ret_record)
{
	struct record *r = calloc(1, sizeof *r);

	if (!r)
		return err_fail(ERR_MEMORY, "out of memory");
	r->options = *options;
	if (!r->options.queue_most)
		r->options.queue_most = QUEUE_MOST_DEFAULT;
	enum err e = store_open(options->path, options->evidence, &r->store);
	if (!e)
		e = retention_init(&r->retention, &r->store, options->keep_us, options->keep_bytes);
	r->batch_most = (unsigned)retention_batch(&r->retention, BATCH_ROWS);
	if (!e && options->brief && !options->path)
		e = ledger_new(&r->ledger);
	if (!e)
		e = db_number(r->store.db, "SELECT max(id) FROM run", &r->run);
	if (e)
		record_close(r);
	else
		*ret_record = r;
	return e;
}

void record_close(struct record *r)
{
	if (!r)
		return;
	if (r->writer)
		writer_stop(r->writer);
	else if (r->store.db && !r->failure && store_commit(&r->store))
		store_undo(&r->store);
	retention_release(&r->retention);
	store_close(&r->store);
	ledger_free(r->ledger);
	free(r->row);
	free(r);
}

void record_expect(const struct record *r, const struct addr *client, const struct addr *address)
{
	if (r->ledger)
		ledger_expect(r->ledger, client, address);
}

enum err record_attempt(struct record *r, const struct attempt *a, const struct evidence *packets, size_t n)
{
	if (r->writer) {
		struct row **row = record_start(r, TABLE_ATTEMPT);
		row_attempt(row, a, packets, r->options.evidence ? n : 0);
		return record_put(r, WAY_DROPPABLE);
	}
	if (r->ledger)
		return ledger_add(r->ledger, a, store_rule(&r->store, a->rule), r->options.evidence ? n : 0);
	if (r->failure)
		return err_fail(r->failure, "%s", r->why);
	enum err e = store_attempt(&r->store, r->run, a, packets, n);
	return e ? batch_fail(r, e) : batch_count(r);
}

static enum err begin_rows(struct record *r, const char *command, const struct lists *lists)
{
	struct row **row = record_start(r, TABLE_RUN);

	row_text(row, command);
	row_text(row, RULEGAP_VERSION);
	row_int(row, wall_clock_us());
	enum err e = record_put(r, WAY_MUST);
	return e ? e : record_lists(r, lists);
}

enum err record_begin(struct record *r, const char *command, const struct lists *lists)
{
	bool first = r->options.threaded && !r->writer;
	enum err e = ERR_OK;

	if (first)
		e = writer_start(&r->store, &r->retention, &r->options, &r->writer);
	if (e)
		return e;
	r->run++;
	e = begin_rows(r, command, lists);
	if (e)
		return e;
	if (!r->writer)
		return batch_commit(r);
	/* a disk that fails from the start is reported at the start; later nobody waits */
	return first ? writer_drain(r->writer, PATIENCE_US) : ERR_OK;
}

static void row_time(struct row **row, int64_t us)
{
	if (us)
		row_int(row, us);
	else
		row_null(row);
}

/* Sources with the same name are distinguished by their number. */
static enum err source_put(struct record *r, const struct progress *p, size_t n)
{
	const struct source_row *s = &p->sources[n];
	struct row **row = record_start(r, TABLE_SOURCE);
	char *name = NULL;
	size_t same = 1;

	for (size_t i = 0; i < n; i++)
		same += strcmp(p->sources[i].name, s->name) == 0;
	if (same > 1 && asprintf(&name, "%s (%zu)", s->name, same) < 0)
		return err_fail(ERR_MEMORY, "out of memory");
	row_text(row, name ? name : s->name);
	free(name);
	row_text(row, s->kind);
	row_text(row, s->link_type);
	row_int(row, (int64_t)s->packets);
	row_int(row, (int64_t)s->bytes);
	row_int(row, (int64_t)s->dropped);
	row_int(row, (int64_t)s->truncated);
	row_text(row, s->damage);
	return record_put(r, WAY_LATEST);
}

static enum err progress_put(struct record *r, const struct progress *p)
{
	struct row **row = record_start(r, TABLE_PROGRESS);

	row_int(row, (int64_t)p->packets);
	row_int(row, (int64_t)p->bytes);
	row_int(row, (int64_t)p->dropped);
	row_int(row, (int64_t)p->truncated);
	row_time(row, p->first_us);
	row_time(row, p->last_us);
	enum err e = record_put(r, WAY_LATEST);
	for (size_t i = 0; !e && i < p->source_n; i++)
		e = source_put(r, p, i);
	return e;
}

enum err record_checkpoint(struct record *r, const struct progress *p)
{
	enum err e = progress_put(r, p);

	return e || r->writer ? e : batch_commit(r);
}

enum err record_keep_state(struct record *r, const char *name, const void *bytes, size_t n)
{
	struct row **row = record_start(r, TABLE_STATE);

	row_text(row, name);
	row_blob(row, bytes, n);
	row_int(row, wall_clock_us());
	return record_put(r, WAY_LATEST);
}

enum err record_state(const struct record *r, const char *name, void **ret_bytes, size_t *ret_n)
{
	struct db *db;
	struct query *q = NULL;
	enum err e = db_open_read(record_path(r), &db);

	if (e)
		return e;
	e = db_prepare(db, "SELECT bytes FROM state WHERE name = ?1", &q);
	if (!e) {
		query_text(q, 1, name);
		e = query_next(q);
	}
	if (!e) {
		size_t n;
		const void *bytes = query_get_blob(q, 0, &n);
		void *copy = malloc(n + 1);
		if (copy && n)
			memcpy(copy, bytes, n);
		if (copy)
			*ret_bytes = copy, *ret_n = n;
		else
			e = err_fail(ERR_MEMORY, "out of memory");
	}
	query_free(q);
	db_close(db);
	return e;
}

static enum err end_put(struct record *r, const struct progress *p, bool complete)
{
	enum err e = progress_put(r, p);

	if (e)
		return e;
	struct row **row = record_start(r, TABLE_END);
	row_int(row, wall_clock_us());
	row_int(row, complete);
	return record_put(r, WAY_MUST);
}

/* For a report with details, which looks up one incident at a time: one build at the end is cheaper than an update
 * per row. */
static enum err temporary_index(struct record *r)
{
	return db_run(r->store.db, "CREATE INDEX attempt_incident ON attempt (incident, started) "
				   "WHERE incident IS NOT NULL; CREATE INDEX packet_attempt ON packet (attempt)");
}

enum err record_end(struct record *r, const struct progress *p, bool complete)
{
	enum err e = end_put(r, p, complete);

	if (e)
		return e;
	if (r->ledger)
		ledger_sort(r->ledger);
	if (r->writer)
		return writer_drain(r->writer, PATIENCE_US);
	e = batch_commit(r);
	return !e && !r->options.path && !r->options.brief ? temporary_index(r) : e;
}

enum err record_turn(struct record *r, const struct progress *p, const char *command, const struct lists *lists)
{
	enum err e = end_put(r, p, true);

	return e ? e : record_begin(r, command, lists);
}

struct record_counters record_counters(const struct record *r)
{
	if (r->writer)
		return writer_counters(r->writer);
	struct record_counters c = r->store.done;
	c.incidents = r->store.incidents.added;
	if (r->ledger) {
		c.attempts = r->ledger->attempt_n;
		c.incidents = r->ledger->incident_n;
	}
	c.failing = r->failure != ERR_OK;
	return c;
}

const struct ledger *record_ledger(const struct record *r)
{
	return r->ledger;
}

const char *record_path(const struct record *r)
{
	return db_path(r->store.db);
}

int64_t record_run(const struct record *r)
{
	return r->run;
}
