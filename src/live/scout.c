#include "live/scout.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "live/sentry.h"
#include "live/squad.h"
#include "drive/stride.h"

#define TICK_US (SECOND_US / 10)
#define DRAIN_US (SECOND_US / 2)
#define LATE_US (SECOND_US / 4)    /* a frame may wait this long in the kernel's ring and for those of other
                                      interfaces */
#define BULLETIN_BYTES (2u << 20)  /* of cases; then the next bulletin is begun */
#define WATCHED_US (60 * MINUTE_US) /* stretches that ended before are forgotten */

struct scout {
	struct scout_options o;
	size_t source_n;
	struct slots *slots;         /* the hearer's, by sentry */
	struct evidence_ring *ring;  /* the hearer's */

	/* the thread's */
	struct intake intake;
	struct desk desk;
	struct sentry *sentries;     /* one a job */
	struct squad *squad;         /* with several; else: */
	struct stride stride;
	int64_t frame_us, frame_monotonic_us; /* the newest frame's sane time, and when it came */
	int64_t tick_us, look_us, looked_us;
	bool idle;                   /* nothing waits in the rings */

	pthread_t thread;
	bool threaded;
};

/* ---- frames */

static void see(void *context, const struct sighting *seen, unsigned n)
{
	struct desk *d = &((struct scout *)context)->desk;

	if (d->b && !desk_has_room(d, n))
		desk_post(d);
	for (unsigned i = 0; d->b && i < n; i++)
		(void)desk_see(d, &seen[i]);
}

static void begin_frame(void *context, uint32_t frame, bool ageing)
{
	struct scout *s = context;

	(void)frame; /* of the batch: the one seen last */
	if (s->desk.b)
		sentry_begin(s->sentries, s->desk.b->seen_n ? (uint32_t)s->desk.b->seen_n - 1 : 0, ageing);
}

static enum err read_alone(struct scout *s, unsigned *ret_n)
{
	struct frame_batch batch;
	enum err e = capture_next(s->o.captures[0], &batch);

	*ret_n = batch.n;
	if (e != ERR_OK)
		return e;
	clock_pace(&s->intake.clock, monotonic_us(), wall_clock_us());
	stride_take(&s->stride, batch.frames, batch.n);
	return ERR_OK;
}

/* Work on what comes, or wait for it up to 100 ms. last: on all that has come so far. */
static enum err read_on(struct scout *s, bool last)
{
	unsigned n = 0;
	enum err e = s->squad ? squad_read(s->squad, last, &n) : read_alone(s, &n);

	s->idle = n == 0 && !(s->squad && squad_holds(s->squad));
	if (n) {
		s->frame_us = s->intake.clock.now_us;
		s->frame_monotonic_us = monotonic_us();
	}
	return e;
}

/* ---- time */

static uint64_t dropped(const struct scout *s)
{
	uint64_t n = 0;

	for (unsigned k = 0; k < s->o.jobs; k++)
		for (size_t i = 0; i < s->source_n; i++)
			n += capture_source(s->o.captures[k], i)->dropped;
	return n;
}

/* The kernel dropped packets since the last look: for that time silence proves nothing, on whatever
 * interface the answer would have come. */
static void look_at_drops(struct scout *s)
{
	int64_t now = s->intake.clock.latest_us;
	uint64_t before = dropped(s);

	for (unsigned i = 0; i < s->o.jobs; i++)
		capture_refresh_statistics(s->o.captures[i]);
	if (dropped(s) != before)
		watch_lose(&s->desk.watch, s->looked_us, now);
	s->looked_us = now;
}

/* What happened to interfaces; what does not fit into this bulletin waits. All sharers report the
 * same, so only the first is heard. */
static void look_at_interfaces(struct scout *s)
{
	struct bulletin *b = s->desk.b;
	struct capture_event unheard;

	while (b->event_n < BULLETIN_EVENTS_MOST && capture_next_event(s->o.captures[0], &b->events[b->event_n])) {
		if (b->events[b->event_n].kind != CAPTURE_BACK)
			watch_stop(&s->desk.watch, (uint16_t)b->events[b->event_n].source);
		b->event_n++;
	}
	for (unsigned i = 1; i < s->o.jobs; i++)
		while (capture_next_event(s->o.captures[i], &unheard))
			;
}

/* Time goes on even if no frames come. While frames wait in the rings it is the newest frame's;
 * else that plus what has passed since, however the wall clock is set. Returns the sane time; 0:
 * there is none yet. */
static int64_t go_on(struct scout *s, int64_t now)
{
	struct clock *c = &s->intake.clock;
	int64_t passed = now - s->frame_monotonic_us - LATE_US, sane = s->frame_us + passed;

	if (!c->started)
		return 0;
	if (s->idle && passed > 0 && sane > c->now_us) {
		c->now_us = sane;
		watch_go_on(&s->desk.watch, sane);
	}
	return c->now_us;
}

/* What all sharers read of a source. */
static struct source source_of(const struct scout *s, size_t i)
{
	struct source all = *capture_source(s->o.captures[0], i);

	for (unsigned k = 1; k < s->o.jobs; k++) {
		const struct source *one = capture_source(s->o.captures[k], i);
		if (one->packets && (!all.packets || one->first_us < all.first_us))
			all.first_us = one->first_us;
		if (one->packets && (!all.packets || one->last_us > all.last_us))
			all.last_us = one->last_us;
		all.packets += one->packets;
		all.bytes += one->bytes;
		all.dropped += one->dropped;
		all.truncated += one->truncated;
	}
	return all;
}

/* Put into the bulletin what was counted, how far time has got and what has been decided by then. */
static void tell(struct scout *s)
{
	struct bulletin *b = s->desk.b;

	b->ticked = b->watched = true;
	b->watch = s->desk.watch;
	b->now_us = s->intake.clock.started ? s->intake.clock.now_us : 0;
	b->counters = intake_counters(&s->intake);
	for (unsigned i = 0; i < s->o.jobs; i++)
		shard_count(s->sentries[i].shard, &b->counters.dissect, &b->counters.flow);
	for (size_t i = 0; i < s->source_n; i++)
		b->sources[i] = source_of(s, i);
}

static void age(struct sentry *s, int64_t now_us)
{
	sentry_begin(s, 0, true);
	shard_age(s->shard, now_us);
	sentry_begin(s, 0, false);
	shard_sweep(s->shard, now_us);
}

static void end_flows(struct sentry *s, int64_t now_us)
{
	(void)now_us;
	sentry_begin(s, 0, true);
	shard_finish(s->shard, UINT64_MAX);
}

static void all_do(struct scout *s, void (*work)(struct sentry *s, int64_t now_us), int64_t now_us)
{
	if (s->squad)
		squad_do(s->squad, work, now_us);
	else
		work(s->sentries, now_us);
}

static void tick(struct scout *s, int64_t now, bool look)
{
	if (desk_is_used(&s->desk))
		desk_post(&s->desk);
	if (!s->desk.b)
		return;
	clock_pace(&s->intake.clock, now, wall_clock_us());
	if (look) {
		look_at_interfaces(s);
		look_at_drops(s);
	}
	int64_t sane = go_on(s, now);
	if (look)
		watch_forget(&s->desk.watch, sane - WATCHED_US);
	tell(s);
	if (sane)
		all_do(s, age, sane);
	desk_post(&s->desk);
}

static void tick_if_due(struct scout *s)
{
	int64_t now = monotonic_us();
	bool look = now >= s->look_us;

	if (now < s->tick_us || !s->desk.b)
		return;
	s->tick_us = now + TICK_US;
	if (look)
		s->look_us = now + SECOND_US;
	tick(s, now, look);
}

/* ---- the thread */

/* Park while that is wished. Returns whether to go on reading. */
static bool heed(struct scout *s)
{
	enum wish wish = postbox_wish(s->desk.box);

	if (wish == WISH_PAUSE) {
		tick(s, monotonic_us(), false);
		postbox_park(s->desk.box);
		wish = postbox_wish(s->desk.box);
	}
	return wish != WISH_END && s->desk.b;
}

/* Work on what the rings still hold, as far as time allows. */
static void drain(struct scout *s)
{
	int64_t until = monotonic_us() + DRAIN_US;

	do {
		s->idle = false;
		if (read_on(s, false) != ERR_OK)
			break;
	} while (s->desk.b && !s->idle && monotonic_us() < until);
	if (s->squad && s->desk.b)
		(void)read_on(s, true);
	s->idle = true;
}

static void finish(struct scout *s, enum err e)
{
	char why[256];

	snprintf(why, sizeof why, "%s", e != ERR_OK ? err_detail() : "");
	if (e == ERR_OK)
		drain(s);
	if (s->desk.b)
		tick(s, monotonic_us(), true);
	if (s->desk.b)
		all_do(s, end_flows, 0);
	if (!s->desk.b)
		return;
	tell(s);
	s->desk.b->over = true;
	s->desk.b->end = e;
	memcpy(s->desk.b->why, why, sizeof why);
	desk_post(&s->desk);
}

static void *run(void *context)
{
	struct scout *s = context;
	enum err e = ERR_OK;

	while (heed(s) && (e = read_on(s, false)) == ERR_OK)
		tick_if_due(s);
	finish(s, e == ERR_END || e == ERR_INTERRUPTED ? ERR_OK : e);
	return NULL;
}

/* ---- life */

static enum err begin_sentries(struct scout *s)
{
	struct shard_options shard = {.lists = s->o.lists, .flows_most = s->o.flows_most,
	                              .memory_bytes = s->o.memory_bytes, .part = 1.0 / s->o.jobs};
	enum err e = ERR_OK;

	s->sentries = calloc(s->o.jobs, sizeof *s->sentries);
	s->slots = calloc(s->o.jobs, sizeof *s->slots);
	if (!s->sentries || !s->slots)
		return err_fail(ERR_MEMORY, "out of memory");
	for (unsigned i = 0; i < s->o.jobs && e == ERR_OK; i++)
		e = sentry_init(&s->sentries[i], i, &s->desk, &shard, s->o.evidence);
	return e;
}

static enum err begin_desk(struct scout *s)
{
	size_t queue = limit_share(BULLETINS_MOST_BYTES, s->o.memory_bytes, SHARE_BULLETINS);
	struct desk *d = &s->desk;

	*d = (struct desk){.judge = s->o.judge, .docket_bytes = BULLETIN_BYTES / s->o.jobs};
	d->box = postbox_new(s->source_n, s->o.jobs, queue);
	d->b = d->box ? postbox_begin(d->box) : NULL;
	return d->b ? ERR_OK : err_fail(ERR_MEMORY, "out of memory");
}

static enum err begin(struct scout *s)
{
	struct squad_options squad = {.captures = s->o.captures, .n = s->o.jobs, .intake = &s->intake, .desk = &s->desk,
	                              .ahead_bytes = limit_share(AHEAD_MOST_BYTES, s->o.memory_bytes, SHARE_AHEAD)};
	enum err e = intake_init(&s->intake);

	s->source_n = capture_source_count(s->o.captures[0]);
	clock_pace(&s->intake.clock, monotonic_us(), wall_clock_us());
	s->looked_us = s->intake.clock.latest_us;
	s->ring = s->o.evidence ? evidence_ring_new(limit_share(EVIDENCE_RING_BYTES, s->o.memory_bytes,
	                                                        SHARE_EVIDENCE)) : NULL;
	if (e == ERR_OK && s->o.evidence && !s->ring)
		e = err_fail(ERR_MEMORY, "out of memory");
	if (e == ERR_OK)
		e = begin_desk(s);
	if (e == ERR_OK)
		e = begin_sentries(s);
	if (e != ERR_OK)
		return e;
	squad.sentries = s->sentries;
	s->stride = (struct stride){.intake = &s->intake, .shard = s->sentries->shard, .share = {0, SHARE_WHOLE},
	                            .context = s, .see = see, .begin = begin_frame};
	if (s->o.jobs > 1)
		return squad_new(&squad, &s->squad);
	return stride_init(&s->stride) ? ERR_OK : err_fail(ERR_MEMORY, "out of memory");
}

/* Signals are handled by the main thread. */
static enum err set_out(struct scout *s)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	s->threaded = pthread_create(&s->thread, NULL, run, s) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return s->threaded ? ERR_OK : err_fail(ERR_IO, "cannot start a thread to capture on");
}

enum err scout_start(const struct scout_options *options, struct scout **ret_scout)
{
	struct scout *s = calloc(1, sizeof *s);

	if (!s)
		return err_fail(ERR_MEMORY, "out of memory");
	s->o = *options;
	enum err e = begin(s);
	if (e == ERR_OK)
		e = set_out(s);
	if (e == ERR_OK)
		*ret_scout = s;
	else
		scout_free(s);
	return e;
}

void scout_free(struct scout *s)
{
	if (!s)
		return;
	if (s->threaded) {
		postbox_abandon(s->desk.box);
		pthread_join(s->thread, NULL);
	}
	squad_free(s->squad);
	stride_release(&s->stride);
	if (s->desk.b)
		postbox_return(s->desk.box, s->desk.b);
	for (unsigned i = 0; i < s->o.jobs && s->sentries; i++)
		sentry_release(&s->sentries[i]);
	for (unsigned i = 0; i < s->o.jobs && s->slots; i++)
		slots_release(&s->slots[i]);
	postbox_free(s->desk.box);
	intake_release(&s->intake);
	evidence_ring_free(s->ring);
	free(s->sentries);
	free(s->slots);
	free(s);
}

/* ---- the hearer's side */

struct postbox *scout_postbox(struct scout *s)
{
	return s->desk.box;
}

void scout_hear(struct scout *s, struct bulletin *b, struct watch *watch, struct judge *judge)
{
	struct hearing_of to = {.judge = judge, .watch = watch, .ring = s->ring, .slots = s->slots};

	if (b->watched)
		*watch = b->watch;
	dockets_hear(b->dockets, b->docket_n, NULL, b->seen, b->seen_n, &to);
}

void scout_renew(struct scout *s, const struct lists *lists)
{
	for (unsigned i = 0; i < s->o.jobs; i++)
		shard_renew(s->sentries[i].shard, lists);
}
