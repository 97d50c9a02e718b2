#include "record/writer.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/limits.h"
#include "record/wal.h"

#define RETENTION_US 100000 /* spent on deleting in one go, before rows are written again */

struct queue {
	struct row *first, **end;
	size_t n, bytes;
};

struct writer {
	struct store *store;
	struct retention *retention;
	struct wal wal;          /* used by the thread only */
	size_t rows_most, batch_most;
	pthread_t thread;
	pthread_mutex_t lock;    /* protects everything below */
	pthread_cond_t work, idle;
	struct queue queue, latest;
	struct queue batch;      /* taken from the queue, not committed yet */
	bool hurry, stop, retaining;
	int64_t since_us;        /* when the oldest waiting row arrived; 0: none waits */
	int64_t retry_us, look_us; /* when to retry; when to look for rows to delete */
	bool failing;
	enum err failure;
	char why[RECORD_WHY];
	uint64_t dropped, told;  /* rows dropped; of these, reported in the database */
	uint64_t attempts_lost, attempts_told;
	int64_t run;
	struct record_counters done;
};

static void queue_init(struct queue *q)
{
	*q = (struct queue){.end = &q->first};
}

static void queue_add(struct queue *q, struct row *row)
{
	row->next = NULL;
	*q->end = row;
	q->end = &row->next;
	q->n++;
	q->bytes += sizeof *row + row->room;
}

static struct row *queue_take(struct queue *q)
{
	struct row *row = q->first;

	if (!row)
		return NULL;
	q->first = row->next;
	if (!q->first)
		q->end = &q->first;
	q->n--;
	q->bytes -= sizeof *row + row->room;
	return row;
}

static void queue_free(struct queue *q)
{
	for (struct row *row; (row = queue_take(q));)
		free(row);
}

static void row_lost(struct writer *w, const struct row *row)
{
	w->dropped++;
	w->attempts_lost += row->table == TABLE_ATTEMPT;
}

void writer_put(struct writer *w, struct row *row, bool must)
{
	pthread_mutex_lock(&w->lock);
	if (row->table == TABLE_RUN)
		w->run = row->run;
	bool room = w->queue.n + w->batch.n < w->rows_most && w->queue.bytes + w->batch.bytes < WRITER_BYTES_MOST;
	if (room || must) {
		queue_add(&w->queue, row);
		if (w->queue.n == 1 || w->queue.n == w->batch_most)
			pthread_cond_signal(&w->work);
		row = NULL;
	} else
		row_lost(w, row);
	pthread_mutex_unlock(&w->lock);
	free(row);
}

void writer_put_latest(struct writer *w, struct row *row)
{
	struct row *older = NULL;

	pthread_mutex_lock(&w->lock);
	for (struct row **at = &w->latest.first; *at && !older; at = &(*at)->next) {
		if (!row_replaces(row, *at))
			continue;
		older = *at;
		row->next = older->next;
		*at = row;
		if (w->latest.end == &older->next)
			w->latest.end = &row->next;
		w->latest.bytes += row->room - (size_t)older->room;
		break;
	}
	if (!older)
		queue_add(&w->latest, row);
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
	free(older);
}

/* Wait for at most this time, with the lock held. */
static void wait_for(struct writer *w, pthread_cond_t *c, int64_t us)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	int64_t ns = until.tv_nsec + us % SECOND_US * 1000;
	until.tv_sec += us / SECOND_US + ns / 1000000000;
	until.tv_nsec = ns % 1000000000;
	pthread_cond_timedwait(c, &w->lock, &until);
}

/* With the lock held: how long until there is something to do; 0: now. */
static int64_t work_in(struct writer *w, int64_t now_us)
{
	bool some = w->queue.n || w->latest.n;

	if (w->stop)
		return 0;
	if (w->failing)
		return w->retry_us - now_us;
	if (w->retaining || (w->hurry && some) || w->queue.n >= w->batch_most)
		return 0;
	if (!some)
		w->since_us = 0;
	else if (!w->since_us)
		w->since_us = now_us;
	return some ? w->since_us + WRITER_BATCH_US - now_us : w->look_us - now_us;
}

static void work_wait(struct writer *w)
{
	for (int64_t us; (us = work_in(w, monotonic_us())) > 0;)
		wait_for(w, &w->work, us);
	w->since_us = 0;
	/* with the lock held: fill the next transaction; after a failure the old batch stays */
	while (!w->failing && w->batch.n < w->batch_most && w->queue.n)
		queue_add(&w->batch, queue_take(&w->queue));
	while (!w->failing && !w->queue.n && w->latest.n)
		queue_add(&w->batch, queue_take(&w->latest));
}

static enum err losses_tell(struct writer *w, uint64_t rows, uint64_t attempts)
{
	struct row *row = NULL;
	char text[160];

	snprintf(text, sizeof text,
	         "%llu rows, %llu of them attempts, were lost: the disk was full or too slow, or the database held",
		 (unsigned long long)rows, (unsigned long long)attempts);
	row_start(&row, TABLE_NOTICE, w->run);
	row_text(&row, "warning");
	row_text(&row, "table-full");
	row_text(&row, text);
	row_int(&row, wall_clock_us());
	enum err e = row_is_whole(row) ? store_row(w->store, row) : ERR_MEMORY;
	free(row);
	return e;
}

/* Check the size of the write-ahead log. At the end of a run it may grow: what waits is bounded. */
static enum err wal_check(struct writer *w, bool must)
{
	struct db *db = w->store->db;
	enum err e = wal_look(&w->wal, db, w->wal.bytes >= w->wal.most_bytes);

	return e || must ? e : wal_admit(&w->wal, db);
}

/* Without the lock: the batch belongs to this thread. must: even if the log is too long. */
static enum err batch_write(struct writer *w, bool must, uint64_t rows_lost, uint64_t attempts_lost)
{
	enum err e = wal_check(w, must);

	for (struct row *row = w->batch.first; row && !e; row = row->next) {
		if (row->failed)
			continue;
		e = store_row(w->store, row);
		if (e == ERR_DATABASE && db_is_refused(w->store->db)) {
			row->failed = true;
			e = ERR_OK;
		}
	}
	if (!e && rows_lost)
		e = losses_tell(w, rows_lost, attempts_lost);
	if (!e)
		return store_commit(w->store);
	store_undo(w->store);
	return e;
}

/* With the lock held; it is released while the disk works. */
static void batch_do(struct writer *w)
{
	bool must = w->hurry || w->stop, tell = w->dropped > w->told && (must || w->queue.n < w->rows_most / 2);
	uint64_t rows = tell ? w->dropped : w->told, attempts = tell ? w->attempts_lost : w->attempts_told;

	pthread_mutex_unlock(&w->lock);
	enum err e = batch_write(w, must, rows - w->told, attempts - w->attempts_told);
	pthread_mutex_lock(&w->lock);
	w->failing = e != ERR_OK;
	if (e) {
		w->failure = e;
		w->retry_us = monotonic_us() + (w->hurry ? WRITER_RETRY_US / 20 : WRITER_RETRY_US);
		snprintf(w->why, sizeof w->why, "%s", err_detail());
	} else {
		w->told = rows;
		w->attempts_told = attempts;
		for (struct row *row; (row = queue_take(&w->batch)); free(row))
			if (row->failed)
				row_lost(w, row);
	}
	w->done = w->store->kept;
	w->done.wal_held_bytes = wal_held_bytes(&w->wal);
	pthread_cond_broadcast(&w->idle);
}

/* With the lock held, as above. A failure also shows at the next batch. */
static void retention_do(struct writer *w)
{
	int64_t run = w->run, until_us = monotonic_us() + RETENTION_US;
	bool more = true;
	enum err e = wal_admit(&w->wal, w->store->db);

	pthread_mutex_unlock(&w->lock);
	while (!e && more && monotonic_us() < until_us)
		e = retention_step(w->retention, w->store, run, &more);
	pthread_mutex_lock(&w->lock);
	w->retaining = !e && more;
	w->look_us = monotonic_us() + SECOND_US;
}

static void *writer_thread(void *context)
{
	struct writer *w = context;

	pthread_mutex_lock(&w->lock);
	for (;;) {
		work_wait(w);
		bool last = w->stop && !w->queue.n && !w->latest.n;
		if (w->batch.n)
			batch_do(w);
		if (w->stop && (last || w->failing))
			break;
		if (!w->stop)
			retention_do(w);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

static int thread_start(struct writer *w)
{
	sigset_t all, before;

	sigfillset(&all); /* signals are left to the main thread */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int failed = pthread_create(&w->thread, NULL, writer_thread, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return failed;
}

enum err writer_start(struct store *s, struct retention *retention, const struct record_options *options,
                      struct writer **ret_writer)
{
	struct writer *w = calloc(1, sizeof *w);
	pthread_condattr_t monotonic;

	if (!w)
		return err_fail(ERR_MEMORY, "out of memory");
	w->store = s;
	w->retention = retention;
	w->rows_most = options->queue_most;
	wal_init(&w->wal, options->wal_most ? options->wal_most : retention_log(retention));
	w->batch_most = retention_batch(retention, WRITER_BATCH_ROWS);
	w->done = s->kept;
	queue_init(&w->queue);
	queue_init(&w->latest);
	queue_init(&w->batch);
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&w->work, &monotonic);
	pthread_cond_init(&w->idle, &monotonic);
	pthread_condattr_destroy(&monotonic);
	int failed = thread_start(w);
	if (failed) {
		free(w);
		return err_fail(ERR_IO, "the writer's thread: %s", strerror(failed));
	}
	*ret_writer = w;
	return ERR_OK;
}

enum err writer_drain(struct writer *w, int64_t patience_us)
{
	int64_t until_us = monotonic_us() + patience_us;
	enum err e = ERR_OK;

	pthread_mutex_lock(&w->lock);
	w->hurry = true;
	w->retry_us = 0;
	pthread_cond_signal(&w->work);
	while (!e && (w->queue.n || w->latest.n || w->batch.n)) {
		wait_for(w, &w->idle, SECOND_US / 20);
		if (w->failing && monotonic_us() > until_us)
			e = err_fail(w->failure, "%s", w->why);
	}
	w->hurry = false;
	pthread_mutex_unlock(&w->lock);
	return e;
}

struct record_counters writer_counters(struct writer *w)
{
	pthread_mutex_lock(&w->lock);
	struct record_counters c = w->done;
	c.queued = w->queue.n + w->batch.n;
	c.dropped = w->dropped;
	c.failing = w->failing;
	snprintf(c.why, sizeof c.why, "%s", w->failing ? w->why : "");
	pthread_mutex_unlock(&w->lock);
	return c;
}

void writer_stop(struct writer *w)
{
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	queue_free(&w->queue);
	queue_free(&w->latest);
	queue_free(&w->batch);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->work);
	pthread_cond_destroy(&w->idle);
	free(w);
}
