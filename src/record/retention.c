#include "record/retention.h"

#include "base/clock.h"
#include "base/limits.h"

#define RETAIN_ROWS 500           /* deleted per table in one step: takes some milliseconds */
#define RETAIN_PAGES "256"        /* released to the file system in one step */
#define BATCH_ROW_BYTES 16384u   /* keeps a batch within a tenth of the size limit, at 1.6 kB per row */
#define BATCH_LEAST 64u
#define NUMBER_TEXT_(n) #n
#define NUMBER_TEXT(n) NUMBER_TEXT_(n)
#define OLDEST_ATTEMPTS " FROM attempt WHERE started < ?1 ORDER BY started, id LIMIT " NUMBER_TEXT(RETAIN_ROWS)
/* tables without an index on time are written roughly in time order */
#define OLDEST(table, time) \
	"DELETE FROM " table " WHERE id IN (SELECT id FROM (SELECT id, " time " AS at FROM " table " ORDER BY id" \
	" LIMIT " \
	NUMBER_TEXT(RETAIN_ROWS) ") WHERE at < ?1)"

static const char *const retention_sql[RETENTION_QUERIES] = {
	[RETAIN_INCIDENTS] = "SELECT incident, count(*) FROM (SELECT incident" OLDEST_ATTEMPTS
			     ") WHERE incident IS NOT NULL GROUP BY incident",
	[RETAIN_ATTEMPTS] = "DELETE FROM attempt WHERE id IN (SELECT id" OLDEST_ATTEMPTS ")",
	[RETAIN_LOOKUPS] = OLDEST("dns_lookup", "asked"),
	[RETAIN_CALLS] = OLDEST("call_step", "started"),
	[RETAIN_NOTICES] = OLDEST("notice", "time"),
	/* runs of an earlier process, or ended ones except the latest: rows of others may still be queued */
	[RETAIN_RUN] = ("DELETE FROM run WHERE id = (SELECT id FROM run WHERE id < ?2"
	                " AND (id <= ?3 OR (ended IS NOT NULL AND id < ?2 - 1)) AND max(started, ifnull(last, 0)) < ?1"
			" AND NOT EXISTS (SELECT 1 FROM attempt WHERE run = run.id) ORDER BY id LIMIT 1)"),
};

enum err retention_init(struct retention *x, struct store *s, int64_t keep_us, uint64_t keep_bytes)
{
	enum err e = ERR_OK;

	*x = (struct retention){.keep_us = keep_us, .keep_bytes = keep_bytes};
	if (!keep_us && !keep_bytes)
		return ERR_OK;
	for (int i = 0; !e && i < RETENTION_QUERIES; i++)
		e = db_prepare(s->db, retention_sql[i], &x->queries[i]);
	if (!e)
		e = db_number(s->db, "SELECT max(id) FROM run", &x->earlier_run);
	if (!e && keep_bytes)
		e = db_bound(s->db, keep_bytes + keep_bytes / 10);
	return e;
}

size_t retention_batch(const struct retention *x, size_t rows)
{
	uint64_t fits = x->keep_bytes / BATCH_ROW_BYTES;

	return !x->keep_bytes || fits > rows ? rows : fits < BATCH_LEAST ? BATCH_LEAST : (size_t)fits;
}

uint64_t retention_log(const struct retention *x)
{
	if (!x->keep_bytes || x->keep_bytes > WAL_MOST_BYTES)
		return WAL_MOST_BYTES;
	return x->keep_bytes < WAL_TOLD_BYTES ? WAL_TOLD_BYTES : x->keep_bytes;
}

void retention_release(struct retention *x)
{
	for (int i = 0; i < RETENTION_QUERIES; i++)
		query_free(x->queries[i]);
}

static enum err delete_before(struct retention *x, struct store *s, enum retention_query what, int64_t cutoff_us,
			      int64_t *deleted)
{
	query_int(x->queries[what], 1, cutoff_us);
	enum err e = query_run(x->queries[what]);
	*deleted += e ? 0 : db_changed(s->db);
	return e;
}

static enum err attempts_delete(struct retention *x, struct store *s, int64_t cutoff_us, int64_t *deleted)
{
	struct fewer { int64_t incident, n; } fewer[RETAIN_ROWS];
	struct query *q = x->queries[RETAIN_INCIDENTS];
	size_t n = 0;
	enum err e;

	query_int(q, 1, cutoff_us);
	while ((e = query_next(q)) == ERR_OK && n < RETAIN_ROWS)
		fewer[n++] = (struct fewer){query_get_int(q, 0), query_get_int(q, 1)};
	query_reset(q);
	if (e && e != ERR_END)
		return e;
	e = delete_before(x, s, RETAIN_ATTEMPTS, cutoff_us, deleted);
	for (size_t i = 0; !e && i < n; i++)
		e = incident_recount(&s->incidents, fewer[i].incident, fewer[i].n, false);
	return e;
}

/* A run that has no rows left except its lists, which may be larger than all its rows were. */
static enum err run_delete(struct retention *x, struct store *s, int64_t run, int64_t cutoff_us, int64_t *deleted)
{
	query_int(x->queries[RETAIN_RUN], 2, run);
	query_int(x->queries[RETAIN_RUN], 3, x->earlier_run);
	return delete_before(x, s, RETAIN_RUN, cutoff_us, deleted);
}

static enum err all_delete(struct retention *x, struct store *s, int64_t cutoff_us, int64_t *deleted)
{
	enum err e = attempts_delete(x, s, cutoff_us, deleted);

	for (enum retention_query what = RETAIN_LOOKUPS; !e && what <= RETAIN_NOTICES; what++)
		e = delete_before(x, s, what, cutoff_us, deleted);
	return e;
}

/* by_age: very many rows may be older than the cutoff, and they are deleted before their run; otherwise they are
 * few. */
static enum err rows_delete(struct retention *x, struct store *s, int64_t run, int64_t cutoff_us, bool by_age,
			    int64_t *deleted)
{
	int64_t before = *deleted;
	enum err e = db_cascade(s->db, true);

	if (!e)
		e = db_begin_write(s->db);
	if (!e && by_age)
		e = all_delete(x, s, cutoff_us, deleted);
	if (!e && *deleted == before)
		e = run_delete(x, s, run, cutoff_us, deleted);
	if (!e && !by_age && *deleted == before)
		e = all_delete(x, s, cutoff_us, deleted);
	if (e)
		db_undo(s->db);
	else
		e = db_end(s->db);
	enum err off = db_cascade(s->db, false);
	if (*deleted)
		incidents_clear(&s->incidents);
	return e ? e : off;
}

/* Age counts from the newest attempt, not from today, so that an old capture is not deleted while it is being
 * audited; nor from a time in the future. */
static enum err cutoff_by_age(const struct retention *x, struct store *s, int64_t *ret_cutoff_us)
{
	int64_t newest = 0;
	enum err e = db_number(s->db, "SELECT max(started) FROM attempt", &newest);

	int64_t now_us = wall_clock_us();
	*ret_cutoff_us = (newest && newest < now_us ? newest : now_us) - x->keep_us;
	return e;
}

/* The time up to which the oldest rows are deleted; later than everything if there are none: then runs without rows
 * go. */
static enum err cutoff_by_size(struct store *s, int64_t *ret_cutoff_us)
{
	int64_t attempt = 0, lookup = 0;
	enum err e = db_number(s->db, "SELECT max(started) FROM (SELECT started FROM attempt ORDER BY started LIMIT "
			       NUMBER_TEXT(RETAIN_ROWS) ")", &attempt);

	if (!e)
		e = db_number(s->db, "SELECT max(asked) FROM (SELECT asked FROM dns_lookup ORDER BY id LIMIT "
			      NUMBER_TEXT(RETAIN_ROWS) ")", &lookup);
	int64_t older = !attempt || (lookup && lookup < attempt) ? lookup : attempt;
	*ret_cutoff_us = older ? older + 1 : INT64_MAX;
	return e;
}

struct size {
	int64_t pages, free, page_bytes;
};

static enum err size_read(struct store *s, struct size *ret_size)
{
	enum err e = db_number(s->db, "PRAGMA page_count", &ret_size->pages);

	if (!e)
		e = db_number(s->db, "PRAGMA freelist_count", &ret_size->free);
	return e ? e : db_number(s->db, "PRAGMA page_size", &ret_size->page_bytes);
}

static enum err step(struct retention *x, struct store *s, int64_t run, int64_t *deleted)
{
	struct size size = {0};
	int64_t cutoff_us = 0;
	enum err e = ERR_OK;

	if (x->keep_us)
		e = cutoff_by_age(x, s, &cutoff_us);
	if (!e && x->keep_us)
		e = rows_delete(x, s, run, cutoff_us, true, deleted);
	if (!e)
		e = size_read(s, &size);
	if (!e && x->keep_bytes && (uint64_t)((size.pages - size.free) * size.page_bytes) > x->keep_bytes) {
		e = cutoff_by_size(s, &cutoff_us);
		if (!e)
			e = rows_delete(x, s, run, cutoff_us, false, deleted);
	}
	if (!e && size.free > 64 && size.free > size.pages / 20) {
		e = db_run(s->db, "PRAGMA incremental_vacuum(" RETAIN_PAGES ")");
		*deleted += 1;
	}
	return e;
}

enum err retention_step(struct retention *x, struct store *s, int64_t run, bool *ret_more)
{
	int64_t deleted = 0;
	enum err e = ERR_OK;

	if (x->keep_us || x->keep_bytes)
		e = step(x, s, run, &deleted);
	*ret_more = !e && deleted > 0;
	return e;
}
