#include "scout.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "shard.h"
#include "stride.h"

#define TICK_US (SECOND_US / 10)
#define DRAIN_US (SECOND_US / 2)
#define LATE_US (SECOND_US / 4)    /* a frame may lie in the kernel's ring, and wait for those of other interfaces */
#define BULLETIN_BYTES (2u << 20)  /* of cases; then the next one is begun */
#define WATCHED_US (60 * MINUTE_US) /* stretches that ended before are forgotten */

struct scout {
	struct scout_options o;
	size_t source_n;
	struct slots slots;          /* the hearer's */
	struct evidence_ring *ring;  /* the hearer's */

	/* the thread's */
	struct intake intake;
	struct shard *shard;
	struct slot_pool pool;
	struct watch watch;
	struct bulletin *b;          /* being written */
	struct stride stride;
	int64_t frame_us, frame_monotonic_us; /* the newest frame's time, and when it came */
	int64_t tick_us, look_us, looked_us;
	bool idle;                   /* nothing waits in the rings */

	struct postbox *box;
	pthread_t thread;
	bool threaded;
};

/* Hand over what was written, and begin anew. */
static void post(struct scout *s)
{
	s->b = postbox_post(s->box, s->b);
}

/* Room for what a case needs; s->b is NULL only when nobody hears any more. */
static struct docket *docket_of(struct scout *s)
{
	struct docket before = s->b ? s->b->docket : (struct docket){0};

	if (s->b && s->b->docket.n > BULLETIN_BYTES) {
		post(s);
		if (s->b) {
			docket_begin(&s->b->docket, 0, before.ageing);
			s->b->docket.order = before.order;
		}
	}
	return s->b ? &s->b->docket : NULL;
}

/* ---- what the shard finds */

static uint64_t keep(void *context, uint64_t evidence, const struct frame *f)
{
	struct scout *s = context;
	struct docket *d = docket_of(s);
	uint32_t slot = evidence ? (uint32_t)evidence : slot_take(&s->pool);

	if (slot && d)
		docket_keep(d, slot, f);
	return slot;
}

static void over(void *context, const struct flow *f, const struct names *names, uint64_t evidence, bool to_tell)
{
	struct scout *s = context;
	struct docket *d = docket_of(s);
	uint64_t lost = d ? d->lost : 0;

	if (d && to_tell)
		docket_flow(d, f, names, (uint32_t)evidence, true);
	else if (d && evidence)
		docket_forget(d, (uint32_t)evidence);
	/* The next flow of a slot that was never emptied would be shown this one's packets. */
	if (evidence && d && d->lost == lost)
		slot_give(&s->pool, (uint32_t)evidence);
}

static bool early(void *context, const struct flow *f, const struct names *names, uint64_t evidence)
{
	struct scout *s = context;
	struct docket *d = docket_of(s);

	if (!d || !judge_is_decided(s->o.judge, &s->watch, f, names))
		return false;
	docket_flow(d, f, names, (uint32_t)evidence, false);
	return true;
}

static void dns(void *context, const struct dns_message *m)
{
	struct docket *d = docket_of(context);

	if (d)
		docket_dns(d, m);
}

static void unreachable(void *context, const struct packet *p)
{
	struct docket *d = docket_of(context);

	if (d)
		docket_unreachable(d, p);
}

static void retire(void *context, struct names *names)
{
	struct docket *d = docket_of(context);

	if (d && names)
		docket_drop_names(d, names);
}

/* ---- frames */

static void see(void *context, const struct sighting *seen)
{
	struct scout *s = context;

	if (s->b && s->b->seen_n == BULLETIN_FRAMES)
		post(s);
	if (s->b)
		s->b->seen[s->b->seen_n++] = *seen;
	sighting_show(seen, &s->watch);
}

static void begin_frame(void *context, bool ageing)
{
	struct scout *s = context;

	if (s->b)
		docket_begin(&s->b->docket, s->b->seen_n ? (uint32_t)s->b->seen_n - 1 : 0, ageing);
}

static void take(struct scout *s, const struct frame_batch *batch)
{
	stride_take(&s->stride, batch);
	s->idle = batch->n == 0;
	if (batch->n) {
		s->frame_us = batch->frames[batch->n - 1].time_us;
		s->frame_monotonic_us = monotonic_us();
	}
}

/* ---- time */

/* Since the last look the kernel threw packets away: in that time silence
 * proves nothing, on whatever interface the answer would have come. */
static void look_at_drops(struct scout *s)
{
	int64_t now = wall_clock_us(), shift = s->intake.clock.shift_us;
	uint64_t before = 0, after = 0;

	for (size_t i = 0; i < s->source_n; i++)
		before += capture_source(s->o.capture, i)->dropped;
	capture_refresh_statistics(s->o.capture);
	for (size_t i = 0; i < s->source_n; i++)
		after += capture_source(s->o.capture, i)->dropped;
	if (after != before)
		watch_lose(&s->watch, s->looked_us - shift, now - shift);
	s->looked_us = now;
}

/* What happened to interfaces. What has no room in this bulletin waits. */
static void look_at_interfaces(struct scout *s)
{
	struct bulletin *b = s->b;

	while (b->event_n < BULLETIN_EVENTS_MOST && capture_next_event(s->o.capture, &b->events[b->event_n])) {
		if (b->events[b->event_n].kind != CAPTURE_BACK)
			watch_stop(&s->watch, (uint16_t)b->events[b->event_n].source);
		b->event_n++;
	}
}

/* What time it is for the flows: while frames wait in the rings, the newest
 * frame's; else that and what has passed since, however the wall clock is set. */
static int64_t capture_now(const struct scout *s, int64_t now)
{
	if (!s->idle)
		return s->frame_us;
	int64_t passed = now - s->frame_monotonic_us - LATE_US;
	return s->frame_us + (passed > 0 ? passed : 0);
}

/* Time goes on though nothing comes. Returns the sane time; 0: there is none yet. */
static int64_t go_on(struct scout *s, int64_t now)
{
	struct clock *c = &s->intake.clock;
	int64_t sane = capture_now(s, now) - c->shift_us;

	if (!c->started)
		return 0;
	if (sane > c->now_us && sane - c->now_us < CLOCK_JUMP_US) {
		c->now_us = sane;
		watch_go_on(&s->watch, sane);
	}
	return c->now_us;
}

/* The bulletin tells what was counted, how far time has got and what has been
 * decided by that. */
static void tell(struct scout *s)
{
	struct bulletin *b = s->b;

	b->ticked = true;
	b->watch = s->watch;
	b->now_us = s->intake.clock.started ? s->intake.clock.now_us : 0;
	b->counters = intake_counters(&s->intake);
	shard_count(s->shard, &b->counters.dissect, &b->counters.flow);
	for (size_t i = 0; i < s->source_n; i++)
		b->sources[i] = *capture_source(s->o.capture, i);
}

static void tick(struct scout *s, int64_t now, bool look)
{
	if (s->b->seen_n || s->b->docket.n)
		post(s);
	if (!s->b)
		return;
	if (look) {
		look_at_interfaces(s);
		look_at_drops(s);
	}
	int64_t sane = go_on(s, now);
	if (look)
		watch_forget(&s->watch, sane - WATCHED_US);
	tell(s);
	if (sane) {
		docket_begin(&s->b->docket, 0, true);
		shard_age(s->shard, sane);
	}
	if (sane && s->b) {
		docket_begin(&s->b->docket, 0, false);
		shard_sweep(s->shard, sane);
	}
	if (s->b)
		post(s);
}

static void tick_if_due(struct scout *s)
{
	int64_t now = monotonic_us();
	bool look = now >= s->look_us;

	if (now < s->tick_us || !s->b)
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
	enum wish wish = postbox_wish(s->box);

	if (wish == WISH_PAUSE) {
		tick(s, monotonic_us(), false);
		postbox_park(s->box);
		wish = postbox_wish(s->box);
	}
	return wish != WISH_END && s->b;
}

/* What the rings still hold, as far as there is time for it. */
static void drain(struct scout *s)
{
	int64_t until = monotonic_us() + DRAIN_US;
	struct frame_batch batch;

	while (s->b && monotonic_us() < until && capture_next(s->o.capture, &batch) == ERR_OK && batch.n)
		take(s, &batch);
	s->idle = true;
}

static void finish(struct scout *s, enum err e)
{
	char why[256];

	snprintf(why, sizeof why, "%s", e != ERR_OK ? err_detail() : "");
	if (e == ERR_OK)
		drain(s);
	if (s->b)
		tick(s, monotonic_us(), true);
	if (s->b) {
		docket_begin(&s->b->docket, 0, true);
		shard_finish(s->shard, UINT64_MAX);
	}
	if (!s->b)
		return;
	tell(s);
	s->b->over = true;
	s->b->end = e;
	memcpy(s->b->why, why, sizeof why);
	post(s);
}

static void *run(void *context)
{
	struct scout *s = context;
	struct frame_batch batch;
	enum err e = ERR_OK;

	while (heed(s) && (e = capture_next(s->o.capture, &batch)) == ERR_OK) {
		take(s, &batch);
		tick_if_due(s);
	}
	finish(s, e == ERR_END || e == ERR_INTERRUPTED ? ERR_OK : e);
	return NULL;
}

/* ---- life */

static enum err begin(struct scout *s)
{
	struct shard_hooks hooks = {.context = s, .keep = s->o.evidence ? keep : NULL, .over = over, .early = early,
	                            .dns = dns, .unreachable = unreachable, .retire = retire};
	struct shard_options shard = {.lists = s->o.lists, .flows_most = s->o.flows_most,
	                              .memory_bytes = s->o.memory_bytes, .sharers = 1};
	enum err e = intake_init(&s->intake);

	if (e != ERR_OK)
		return e;
	s->source_n = capture_source_count(s->o.capture);
	s->shard = shard_new(&shard, &hooks);
	s->stride = (struct stride){.intake = &s->intake, .shard = s->shard, .context = s, .see = see,
	                            .begin = begin_frame};
	s->ring = s->o.evidence ? evidence_ring_new(limit_share(EVIDENCE_RING_BYTES, s->o.memory_bytes,
	                                                        SHARE_EVIDENCE)) : NULL;
	s->box = postbox_new(s->source_n, limit_share(BULLETINS_MOST_BYTES, s->o.memory_bytes, SHARE_BULLETINS));
	s->b = s->box ? postbox_begin(s->box) : NULL;
	if (!s->shard || !s->b || (s->o.evidence && !s->ring))
		return err_fail(ERR_MEMORY, "out of memory");
	s->looked_us = wall_clock_us();
	return ERR_OK;
}

/* Signals are the main thread's. */
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
		postbox_abandon(s->box);
		pthread_join(s->thread, NULL);
	}
	if (s->b)
		postbox_return(s->box, s->b);
	postbox_free(s->box);
	shard_free(s->shard);
	intake_release(&s->intake);
	slot_pool_release(&s->pool);
	slots_release(&s->slots);
	evidence_ring_free(s->ring);
	free(s);
}

/* ---- the hearer's side */

struct postbox *scout_postbox(struct scout *s)
{
	return s->box;
}

void scout_hear(struct scout *s, struct bulletin *b, struct watch *watch, struct judge *judge)
{
	struct hearing_of to = {.judge = judge, .watch = watch, .ring = s->ring, .slots = &s->slots};

	if (b->ticked)
		*watch = b->watch;
	dockets_hear(&b->docket, 1, NULL, b->seen, b->seen_n, &to);
}

void scout_renew(struct scout *s, const struct lists *lists)
{
	shard_renew(s->shard, lists);
}
