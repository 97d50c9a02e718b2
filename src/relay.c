#include "relay.h"

#include <stdlib.h>
#include <string.h>

#include "crew.h"
#include "docket.h"
#include "orders.h"

#define EPOCH_FRAMES 256u  /* so few that the cache holds all epochs; more phases cost little (crew.h) */
#define EPOCH_BYTES (512u << 10) /* of frames, about */
#define EPOCHS 4u              /* read, decoded, worked on, heard */
#define AHEAD 16u              /* frames that the cache is asked for before they are decoded */
#define FINISH_STEPS 32u       /* flows that are left at the end are told in so many parts */

_Static_assert(RELAY_JOBS_MOST <= DOCKETS_MOST, "each shard has a docket");

struct epoch {
	struct frame frames[EPOCH_FRAMES];
	struct sighting seen[EPOCH_FRAMES];
	struct packet packets[EPOCH_FRAMES];
	unsigned frame_n, packet_n;
	size_t bytes;
	uint64_t last;            /* number of its last frame; 0: it has none */
	bool lost;                /* there was no memory for some of it */
	uint8_t **whole;          /* reassembled payloads */
	size_t whole_n;
	struct orders *orders;    /* by shard */
	struct docket *dockets;   /* by shard */
	uint64_t finish_before;   /* 0: the input goes on */
};

struct relay {
	struct relay_options o;
	struct crew *crew;
	struct shard **shards;
	struct worker {
		struct relay *relay;
		unsigned number;
		struct docket *docket; /* of the epoch being worked on */
		struct slot_pool slots;
	} *workers;
	struct slots *slots;     /* by shard */
	struct epoch *epochs;
	uint64_t phase, heard;   /* heard: the number of the last frame of it */
	struct capture *capture; /* being read; NULL: nothing more */
	struct judge *judge;
	enum err end;            /* why reading ended */
};

/* ---- shards write down what they find */

static uint64_t keep(void *context, uint64_t evidence, const struct frame *f)
{
	struct worker *w = context;
	uint32_t slot = evidence ? (uint32_t)evidence : slot_take(&w->slots);

	(void)f; /* the epoch has it until it is heard */
	if (slot)
		docket_keep(w->docket, slot, NULL);
	return slot;
}

static void over(void *context, const struct flow *f, const struct names *names, uint64_t evidence, bool to_tell)
{
	struct worker *w = context;

	if (to_tell)
		docket_flow(w->docket, f, names, (uint32_t)evidence, true);
	else if (evidence)
		docket_forget(w->docket, (uint32_t)evidence);
	if (evidence)
		slot_give(&w->slots, (uint32_t)evidence);
}

static void dns(void *context, const struct dns_message *m)
{
	docket_dns(((const struct worker *)context)->docket, m);
}

static void unreachable(void *context, const struct packet *p)
{
	docket_unreachable(((const struct worker *)context)->docket, p);
}

/* ---- life */

static bool epoch_init(struct epoch *e, unsigned shards)
{
	e->whole = calloc(EPOCH_FRAMES, sizeof *e->whole);
	e->orders = calloc(shards, sizeof *e->orders);
	e->dockets = calloc(shards, sizeof *e->dockets);
	if (!e->whole || !e->orders || !e->dockets)
		return false;
	for (unsigned i = 0; i < shards; i++)
		if (!orders_init(&e->orders[i], EPOCH_FRAMES))
			return false;
	return true;
}

static void epoch_clear(struct epoch *e, unsigned shards)
{
	for (size_t i = 0; i < e->whole_n; i++)
		free(e->whole[i]);
	for (unsigned i = 0; i < shards; i++)
		e->orders[i].n = 0;
	e->whole_n = e->bytes = 0;
	e->frame_n = e->packet_n = 0;
	e->last = e->finish_before = 0;
}

static void epoch_release(struct epoch *e, unsigned shards)
{
	if (e->orders && e->dockets && e->whole)
		epoch_clear(e, shards);
	for (unsigned i = 0; i < shards && e->orders; i++)
		orders_release(&e->orders[i]);
	for (unsigned i = 0; i < shards && e->dockets; i++)
		docket_release(&e->dockets[i]);
	free(e->orders);
	free(e->dockets);
	free(e->whole);
}

static enum err start(struct relay *r)
{
	struct shard_hooks hooks = {.over = over, .dns = dns, .unreachable = unreachable,
	                            .keep = r->o.ring ? keep : NULL};
	unsigned n = r->o.jobs;

	r->shards = calloc(n, sizeof *r->shards);
	r->workers = calloc(n, sizeof *r->workers);
	r->epochs = calloc(EPOCHS, sizeof *r->epochs);
	r->slots = calloc(n, sizeof *r->slots);
	if (!r->shards || !r->workers || !r->epochs || !r->slots)
		return ERR_MEMORY;
	for (unsigned i = 0; i < EPOCHS; i++)
		if (!epoch_init(&r->epochs[i], n))
			return ERR_MEMORY;
	for (unsigned i = 0; i < n; i++) {
		r->workers[i] = (struct worker){.relay = r, .number = i};
		hooks.context = &r->workers[i];
		r->shards[i] = shard_new(&r->o.shard, &hooks);
		if (!r->shards[i])
			return ERR_MEMORY;
	}
	return ERR_OK;
}

enum err relay_new(const struct relay_options *options, struct relay **ret_relay)
{
	struct relay *r = calloc(1, sizeof *r);

	if (!r)
		return err_fail(ERR_MEMORY, "out of memory");
	r->o = *options;
	r->o.shard.sharers = options->jobs;
	enum err e = start(r);
	if (e != ERR_OK)
		e = err_fail(e, "out of memory for %u jobs: fewer (-j) may do", options->jobs);
	else
		e = crew_new(options->jobs - 1, &r->crew);
	if (e == ERR_OK)
		*ret_relay = r;
	else
		relay_free(r);
	return e;
}

void relay_free(struct relay *r)
{
	if (!r)
		return;
	crew_free(r->crew);
	for (unsigned i = 0; i < EPOCHS && r->epochs; i++)
		epoch_release(&r->epochs[i], r->o.jobs);
	for (unsigned i = 0; i < r->o.jobs && r->shards; i++)
		shard_free(r->shards[i]);
	for (unsigned i = 0; i < r->o.jobs && r->workers; i++)
		slot_pool_release(&r->workers[i].slots);
	for (unsigned i = 0; i < r->o.jobs && r->slots; i++)
		slots_release(&r->slots[i]);
	free(r->slots);
	free(r->epochs);
	free(r->workers);
	free(r->shards);
	free(r);
}

/* ---- reading: frames into an epoch */

static enum err fill(struct relay *r, struct epoch *e)
{
	struct frame_batch batch;

	while (e->frame_n + FRAME_BATCH <= EPOCH_FRAMES && e->bytes < EPOCH_BYTES) {
		enum err error = capture_next(r->capture, &batch);
		if (error != ERR_OK)
			return error;
		if (batch.n == 0)
			break; /* a signal: let the caller look */
		memcpy(&e->frames[e->frame_n], batch.frames, batch.n * sizeof batch.frames[0]);
		e->frame_n += batch.n;
		e->last = batch.frames[batch.n - 1].number;
		for (unsigned i = 0; i < batch.n; i++)
			e->bytes += batch.frames[i].captured;
	}
	return ERR_OK;
}

/* ---- decoding: packets to their shards */

static bool keep_whole(struct epoch *e, struct packet *p)
{
	uint8_t *copy = intake_keep_whole(p);

	if (copy)
		e->whole[e->whole_n++] = copy;
	return copy;
}

/* Another core has read it: what decoding looks at, headers and the end. */
static void prefetch(const struct frame *f)
{
	__builtin_prefetch(f->bytes);
	if (f->captured > 64)
		__builtin_prefetch(f->bytes + 64);
	if (f->captured > 160)
		__builtin_prefetch(f->bytes + f->captured - 32);
}

static void decode(struct relay *r, struct epoch *e)
{
	for (unsigned i = 0; i < AHEAD && i < e->frame_n; i++)
		prefetch(&e->frames[i]);
	for (unsigned i = 0; i < e->frame_n; i++) {
		unsigned k = e->packet_n;
		if (i + AHEAD < e->frame_n)
			prefetch(&e->frames[i + AHEAD]);
		if (!intake_take(r->o.intake, &e->frames[i], &e->seen[i], &e->packets[k]))
			continue;
		if (e->packets[k].reassembled && !keep_whole(e, &e->packets[k])) {
			e->lost = true;
			continue;
		}
		e->packet_n++;
		orders_give(e->orders, r->o.jobs, &e->packets[k], i, intake_ages(r->o.intake, e->seen[i].now_us));
	}
}

/* ---- working */

static struct docket *docket_of(void *context)
{
	return ((const struct worker *)context)->docket;
}

static void work(struct worker *w, struct epoch *e)
{
	struct shard *s = w->relay->shards[w->number];

	w->docket = &e->dockets[w->number];
	orders_follow(&e->orders[w->number], s, docket_of, w, e->seen);
	if (e->finish_before) {
		docket_begin(w->docket, e->frame_n, true);
		shard_finish(s, e->finish_before);
	}
}

/* ---- hearing */

static void hear(struct relay *r, struct epoch *e)
{
	struct hearing_of to = {.judge = r->judge, .watch = r->o.watch, .ring = r->o.ring, .slots = r->slots};

	dockets_hear(e->dockets, r->o.jobs, e->frames, e->seen, e->frame_n, &to);
}

/* ---- phases */

static struct epoch *epoch_of(const struct relay *r, unsigned phases_ago)
{
	return &r->epochs[(r->phase + EPOCHS - phases_ago) % EPOCHS];
}

/* Task 0 reads (the caller's thread: errors tell their detail there), 1 decodes,
 * the last one hears, those between are the shards'. */
static void task(void *context, unsigned number)
{
	struct relay *r = context;

	if (number == 0)
		r->end = r->capture ? fill(r, epoch_of(r, 0)) : ERR_OK;
	else if (number == 1)
		decode(r, epoch_of(r, 1));
	else if (number < 2 + r->o.jobs)
		work(&r->workers[number - 2], epoch_of(r, 2));
	else
		hear(r, epoch_of(r, 3));
}

static bool epoch_lost(const struct epoch *e, unsigned shards)
{
	bool lost = e->lost;

	for (unsigned i = 0; i < shards; i++)
		lost |= e->dockets[i].lost != 0;
	return lost;
}

/* The epoch of this phase is filled already, or is filled from the capture. */
static enum err phase(struct relay *r, struct capture *c, struct judge *j)
{
	r->capture = c;
	r->judge = j;
	crew_run(r->crew, task, r, 3 + r->o.jobs);
	r->phase++;
	if (epoch_of(r, 0)->last)
		r->heard = epoch_of(r, 0)->last;
	epoch_clear(epoch_of(r, 0), r->o.jobs); /* heard: the next to be filled */
	for (unsigned k = 0; k < EPOCHS; k++)
		if (epoch_lost(&r->epochs[k], r->o.jobs))
			return err_fail(ERR_MEMORY, "out of memory for what is to be judged");
	return r->end;
}

/* Work on and hear what was read. */
static enum err drain(struct relay *r, struct judge *j)
{
	enum err e = ERR_OK;

	for (unsigned i = 0; i + 1 < EPOCHS && e == ERR_OK; i++)
		e = phase(r, NULL, j);
	return e;
}

enum err relay_read(struct relay *r, struct capture *c, struct judge *j)
{
	if (r->phase == 0)
		capture_hold(c);
	capture_let(c, r->heard);
	enum err end = phase(r, c, j);
	if (end == ERR_OK)
		return ERR_OK;
	enum err e = end == ERR_END ? drain(r, j) : ERR_OK;
	return e != ERR_OK ? e : end;
}

enum err relay_finish(struct relay *r, struct judge *j)
{
	uint64_t all = r->o.intake->frames + 1, step = all / FINISH_STEPS + 1;
	enum err e = ERR_OK;

	for (uint64_t before = step; e == ERR_OK; before += step) {
		epoch_of(r, 0)->finish_before = before < all ? before : UINT64_MAX;
		e = phase(r, NULL, j);
		if (before >= all)
			break;
	}
	return e == ERR_OK ? drain(r, j) : e;
}

void relay_count(const struct relay *r, struct dissect_counters *dissect, struct flow_counters *flow)
{
	for (unsigned i = 0; i < r->o.jobs; i++)
		shard_count(r->shards[i], dissect, flow);
}
