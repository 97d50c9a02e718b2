#include "live/squad.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "live/crew.h"
#include "drive/orders.h"

#define EPOCH_FRAMES 4096u
#define BATCHES 16u   /* of frames, read at once by a thread */
#define WAIT_MS 100
#define NAP_MS 2      /* while frames wait for earlier ones */
#define SPARE_MOST 64u /* trays that a thread keeps for reuse */

_Static_assert(EPOCH_FRAMES <= BULLETIN_FRAMES, "an epoch fits into a bulletin");

/* Frames that were read and decoded together, copied. */
struct tray {
	struct tray *next;
	struct reader *reader;
	unsigned n, at;                /* at: the first not yet worked on */
	struct frame frames[FRAME_BATCH];
	struct packet packets[FRAME_BATCH];
	struct decode_mark marks[FRAME_BATCH];
	uint8_t *bytes;
	size_t room;
};

struct reader {
	struct capture *capture;
	struct tray *first, *last;     /* read, by time */
	struct tray *spare;
	unsigned spare_n;
	size_t bytes;                  /* of trays in use */
	size_t bytes_most;             /* bound of them for this round */
	int64_t last_us;               /* the newest frame's time */
	int64_t none_us;               /* when nothing more was left to read; 0: there may be more */
	enum err end;
	char why[256];
};

struct squad {
	struct squad_options o;
	struct crew *crew;
	struct reader *readers;
	struct orders *orders;
	struct tray *done;             /* trays whose last frame is being worked on */
	uint8_t *whole[EPOCH_FRAMES];  /* reassembled payloads of the epoch */
	unsigned whole_n;
	uint64_t frame_n;
	void (*work)(struct sentry *s, int64_t now_us); /* of squad_do() */
	int64_t now_us;
};

/* ---- trays */

static size_t tray_bytes(const struct tray *t)
{
	return sizeof *t + t->room;
}

static void trays_free(struct tray *t)
{
	for (struct tray *next; t; t = next) {
		next = t->next;
		free(t->bytes);
		free(t);
	}
}

/* An empty tray with this much room. NULL: out of memory. */
static struct tray *tray_take(struct reader *r, size_t room)
{
	struct tray *t = r->spare ? r->spare : calloc(1, sizeof *t);

	if (!t)
		return NULL;
	if (r->spare) {
		r->spare = t->next;
		r->spare_n--;
	}
	t->next = NULL;
	t->reader = r;
	t->n = t->at = 0;
	if (room > t->room) {
		free(t->bytes);
		t->bytes = malloc(room);
		t->room = t->bytes ? room : 0;
	}
	if (t->room || !room)
		return t;
	free(t);
	return NULL;
}

static void tray_give(struct tray *t)
{
	struct reader *r = t->reader;

	r->bytes -= tray_bytes(t);
	t->next = NULL;
	if (r->spare_n == SPARE_MOST) {
		trays_free(t);
		return;
	}
	t->next = r->spare;
	r->spare = t;
	r->spare_n++;
}

/* Free what the epoch's frames lay in, when it is over. */
static void epoch_clear(struct squad *q)
{
	for (struct tray *t = q->done, *next; t; t = next) {
		next = t->next;
		tray_give(t);
	}
	q->done = NULL;
	for (unsigned i = 0; i < q->whole_n; i++)
		free(q->whole[i]);
	q->whole_n = 0;
}

/* ---- reading: each thread for itself */

static bool lay(struct reader *r, const struct frame_batch *batch)
{
	size_t room = 0, used = 0;

	for (unsigned i = 0; i < batch->n; i++)
		room += batch->frames[i].captured;
	struct tray *t = tray_take(r, room);
	if (!t)
		return false;
	for (unsigned i = 0; i < batch->n; i++) {
		struct frame *f = &t->frames[i];
		*f = batch->frames[i];
		if (f->captured)
			f->bytes = memcpy(t->bytes + used, f->bytes, f->captured);
		used += f->captured;
		decode_apart(f, &t->packets[i], &t->marks[i]);
	}
	t->n = batch->n;
	r->last_us = t->frames[t->n - 1].time_us;
	r->bytes += tray_bytes(t);
	if (r->first)
		r->last->next = t;
	else
		r->first = t;
	r->last = t;
	return true;
}

static void read_ahead(struct reader *r)
{
	struct frame_batch batch;

	r->none_us = 0;
	if (r->end != ERR_OK) /* the reason is in r->why, as another thread than this may report it */
		return;
	for (unsigned i = 0; i < BATCHES && r->bytes < r->bytes_most && r->end == ERR_OK; i++) {
		int64_t now = wall_clock_us();
		r->end = capture_next(r->capture, &batch);
		if (r->end == ERR_OK && batch.n == 0) {
			r->none_us = now;
			return;
		}
		if (r->end == ERR_OK && !lay(r, &batch))
			r->end = err_fail(ERR_MEMORY, "out of memory for frames");
	}
	if (r->end != ERR_OK)
		snprintf(r->why, sizeof r->why, "%s", err_detail());
}

static void read_task(void *context, unsigned number)
{
	read_ahead(&((struct squad *)context)->readers[number]);
}

/* What one reader leaves of the bound the others may use; a reader with no frames always reads, as
 * the others may be waiting for it. */
static void allow(struct squad *q)
{
	size_t used = 0;

	for (unsigned i = 0; i < q->o.n; i++)
		used += q->readers[i].bytes;
	size_t left = used < q->o.ahead_bytes ? q->o.ahead_bytes - used : 0;
	for (unsigned i = 0; i < q->o.n; i++) {
		struct reader *r = &q->readers[i];
		r->bytes_most = r->bytes + left / q->o.n + !r->first;
	}
}

/* ---- the order of time */

/* No later frame from it is older than this. */
static int64_t reader_bound(const struct reader *r)
{
	int64_t since = r->none_us - CAPTURE_HOLD_US;

	return r->none_us && since > r->last_us ? since : r->last_us;
}

static int64_t head_us(const struct reader *r)
{
	return r->first->frames[r->first->at].time_us;
}

/* The reader with the earliest frame, if nothing earlier can come. */
static struct reader *earliest(const struct squad *q, bool last, int64_t now_us)
{
	struct reader *best = NULL;
	int64_t bound = INT64_MAX;

	for (unsigned i = 0; i < q->o.n; i++) {
		struct reader *r = &q->readers[i];
		if (r->first && (!best || head_us(r) < head_us(best)))
			best = r;
		if (!r->first && reader_bound(r) < bound)
			bound = reader_bound(r);
	}
	/* A head from the future: the clock was set back. */
	if (!best || last || head_us(best) <= bound || head_us(best) > now_us + CAPTURE_HOLD_US)
		return best;
	return NULL;
}

/* Its first frame is being worked on: go to the next. */
static void pass(struct squad *q, struct reader *r)
{
	struct tray *t = r->first;

	if (++t->at < t->n)
		return;
	r->first = t->next;
	t->next = q->done;
	q->done = t;
}

static bool keep_whole(struct squad *q, struct packet *p)
{
	uint8_t *copy = intake_keep_whole(p);

	if (copy)
		q->whole[q->whole_n++] = copy;
	return copy;
}

static enum err muster_one(struct squad *q, struct reader *r)
{
	struct tray *t = r->first;
	struct packet *p = &t->packets[t->at];
	struct sighting seen;

	t->frames[t->at].number = ++q->frame_n;
	bool whole = intake_join(q->o.intake, &t->marks[t->at], &seen, p);
	uint32_t frame = desk_see(q->o.desk, &seen);
	pass(q, r);
	if (!whole)
		return ERR_OK;
	if (p->reassembled && !keep_whole(q, p))
		return err_fail(ERR_MEMORY, "out of memory for reassembled packets");
	bool ages = intake_ages(q->o.intake, seen.now_us);
	for (unsigned i = 0; ages && i < q->o.n; i++)
		orders_age(&q->orders[i], frame);
	orders_take(&q->orders[shard_of(p->hash, q->o.n)], p, frame);
	return ERR_OK;
}

/* Hand out what was read, as far as nothing earlier can come. */
static enum err muster(struct squad *q, bool last, unsigned *ret_n)
{
	int64_t now = wall_clock_us();
	enum err e = ERR_OK;
	unsigned n = 0;

	clock_pace(&q->o.intake->clock, monotonic_us(), now);
	if (!desk_has_room(q->o.desk, EPOCH_FRAMES))
		desk_post(q->o.desk);
	while (n < EPOCH_FRAMES && e == ERR_OK && q->o.desk->b) {
		struct reader *r = earliest(q, last, now);
		if (!r)
			break;
		e = muster_one(q, r);
		n++;
	}
	*ret_n = n;
	return e;
}

/* ---- working */

static void begin_frame(void *context, uint32_t frame, bool ageing)
{
	sentry_begin(context, frame, ageing);
}

static void work_task(void *context, unsigned number)
{
	const struct squad *q = context;
	struct sentry *s = &q->o.sentries[number];

	if (q->o.desk->b)
		orders_follow(&q->orders[number], s->shard, q->o.desk->b->seen, begin_frame, s);
}

static void do_task(void *context, unsigned number)
{
	const struct squad *q = context;

	q->work(&q->o.sentries[number], q->now_us);
}

void squad_do(struct squad *q, void (*work)(struct sentry *s, int64_t now_us), int64_t now_us)
{
	q->work = work;
	q->now_us = now_us;
	crew_run(q->crew, do_task, q, q->o.n);
}

bool squad_holds(const struct squad *q)
{
	bool holds = false;

	for (unsigned i = 0; i < q->o.n; i++)
		holds = holds || q->readers[i].first;
	return holds;
}

static enum err first_error(const struct squad *q)
{
	for (unsigned i = 0; i < q->o.n; i++)
		if (q->readers[i].end != ERR_OK)
			return err_fail(q->readers[i].end, "%s", q->readers[i].why);
	return ERR_OK;
}

enum err squad_read(struct squad *q, bool last, unsigned *ret_n)
{
	allow(q);
	crew_run(q->crew, read_task, q, q->o.n);
	enum err e = muster(q, last, ret_n);

	if (*ret_n)
		crew_run(q->crew, work_task, q, q->o.n);
	else if (squad_holds(q))
		capture_wait(NULL, 0, NAP_MS);
	else
		capture_wait(q->o.captures, q->o.n, WAIT_MS);
	epoch_clear(q);
	return e == ERR_OK ? first_error(q) : e;
}

/* ---- life */

static enum err begin(struct squad *q)
{
	unsigned n = q->o.n;

	q->readers = calloc(n, sizeof *q->readers);
	q->orders = calloc(n, sizeof *q->orders);
	if (!q->readers || !q->orders)
		return err_fail(ERR_MEMORY, "out of memory");
	for (unsigned i = 0; i < n; i++) {
		q->readers[i].capture = q->o.captures[i];
		if (!orders_init(&q->orders[i], EPOCH_FRAMES))
			return err_fail(ERR_MEMORY, "out of memory");
	}
	return crew_new(n - 1, &q->crew);
}

enum err squad_new(const struct squad_options *options, struct squad **ret_squad)
{
	struct squad *q = calloc(1, sizeof *q);

	if (!q)
		return err_fail(ERR_MEMORY, "out of memory");
	q->o = *options;
	enum err e = begin(q);
	if (e == ERR_OK)
		*ret_squad = q;
	else
		squad_free(q);
	return e;
}

void squad_free(struct squad *q)
{
	if (!q)
		return;
	crew_free(q->crew);
	epoch_clear(q);
	for (unsigned i = 0; i < q->o.n && q->readers; i++) {
		trays_free(q->readers[i].first);
		trays_free(q->readers[i].spare);
	}
	for (unsigned i = 0; i < q->o.n && q->orders; i++)
		orders_release(&q->orders[i]);
	free(q->orders);
	free(q->readers);
	free(q);
}
