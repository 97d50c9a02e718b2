#include "drive/parallel.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/milestone.h"
#include "drive/docket.h"
#include "drive/stride.h"

#define EPOCH_FRAMES 512u
#define EPOCHS 16u        /* that wait to be worked on or heard: how far one thread may be behind another */
#define FINISH_STEPS 32u  /* flows left at the end are told in this many parts */
#define HEARING 40        /* hearing costs this many per cent of the work on all flows; more with many look-ups */

_Static_assert(PARALLEL_JOBS_MOST <= DOCKETS_MOST, "each shard has a docket");

/* A number of frames: the caller's thread reads them and says how many there are; the others read
 * as many with their own readers. */
struct epoch {
	struct frame *frames;     /* without their bytes */
	struct sighting *seen;
	unsigned frame_n;
	uint64_t finish_before;   /* 0: the input goes on */
	struct docket *dockets;   /* by mate */
};

/* One thread. The first one is the caller's. */
struct mate {
	struct parallel *all;
	unsigned number;
	pthread_t thread;
	struct milestone done;    /* epochs */
	struct capture *capture;
	struct intake *intake, own_intake;
	struct shard *shard;
	struct slot_pool slots;
	struct stride stride;
	struct docket docket;     /* of the epoch being worked on */
	uint32_t base;            /* frames of the epoch before those in the stride */
	struct frame_batch batch; /* read, of which `at` were worked on */
	unsigned at;
	char why[256];
	_Atomic enum err err;     /* written after why: the hearer of earlier epochs reads it meanwhile */
};

struct parallel {
	struct parallel_options o;
	struct mate *mates;
	unsigned begun;           /* how many of them run: threads, and the caller's */
	struct epoch epochs[EPOCHS];
	struct milestone planned; /* epochs whose frames are known */
	uint64_t heard;           /* epochs */
	atomic_bool over;
	struct slots *slots;      /* by mate; the hearer's */
};

static struct epoch *epoch_of(struct parallel *p, uint64_t number)
{
	return &p->epochs[number % EPOCHS];
}

/* ---- shards write down what they find */

static uint64_t keep(void *context, uint64_t evidence, const struct frame *f)
{
	struct mate *m = context;
	uint32_t slot = evidence ? (uint32_t)evidence : slot_take(&m->slots);

	if (slot)
		docket_keep(&m->docket, slot, m->all->o.counted ? NULL : f);
	return slot;
}

static void over(void *context, const struct flow *f, const struct names *names, uint64_t evidence, bool to_tell)
{
	struct mate *m = context;

	if (to_tell)
		docket_flow(&m->docket, f, names, (uint32_t)evidence, true);
	else if (evidence)
		docket_forget(&m->docket, (uint32_t)evidence);
	if (evidence)
		slot_give(&m->slots, (uint32_t)evidence);
}

static void dns(void *context, const struct dns_message *message)
{
	docket_dns(&((struct mate *)context)->docket, message);
}

static void unreachable(void *context, const struct packet *p)
{
	docket_unreachable(&((struct mate *)context)->docket, p);
}

static void begin_frame(void *context, uint32_t frame, bool ageing)
{
	struct mate *m = context;

	docket_begin(&m->docket, m->base + frame, ageing);
}

/* ---- a thread's work on an epoch */

static void take(struct mate *m, unsigned n, uint32_t base)
{
	m->base = base;
	stride_take(&m->stride, m->batch.frames + m->at, n);
	m->at += n;
}

/* The epoch is worked on: its docket may be heard. */
static void hand_in(struct mate *m, uint64_t number)
{
	struct docket *theirs = &epoch_of(m->all, number)->dockets[m->number], empty = *theirs;

	*theirs = m->docket;
	m->docket = empty;
	milestone_reach(&m->done, number + 1);
}

static void finish(struct mate *m, uint64_t before)
{
	docket_begin(&m->docket, 0, true);
	shard_finish(m->shard, before);
}

static void fail(struct mate *m, enum err e, const char *why)
{
	snprintf(m->why, sizeof m->why, "%s", why);
	atomic_store(&m->err, e);
}

/* Read and work on the same frames as the caller's thread. */
static void repeat(struct mate *m, const struct epoch *e)
{
	for (unsigned done = 0, n; done < e->frame_n && m->err == ERR_OK; done += n) {
		if (m->at == m->batch.n) {
			enum err end = capture_next(m->capture, &m->batch);
			m->at = 0;
			if (end != ERR_OK)
				fail(m, end == ERR_MEMORY ? end : ERR_IO,
				     end == ERR_END ? "a capture file changed while it was read" : err_detail());
		}
		n = m->batch.n - m->at < e->frame_n - done ? m->batch.n - m->at : e->frame_n - done;
		take(m, n, done);
	}
}

static void *run(void *context)
{
	struct mate *m = context;
	struct parallel *p = m->all;

	for (uint64_t number = 0;; number++) {
		(void)milestone_await(&p->planned, number + 1);
		if (atomic_load(&p->over))
			return NULL;
		const struct epoch *e = epoch_of(p, number);
		repeat(m, e);
		if (e->finish_before)
			finish(m, e->finish_before);
		hand_in(m, number);
	}
}

/* ---- hearing */

static uint64_t slowest(struct parallel *p)
{
	uint64_t least = UINT64_MAX;

	for (unsigned i = 0; i < p->o.jobs; i++) {
		uint64_t at = milestone_at(&p->mates[i].done);
		least = at < least ? at : least;
	}
	return least;
}

static enum err hear(struct parallel *p, struct epoch *e)
{
	struct hearing_of to = {.judge = p->o.judge, .watch = p->o.watch, .ring = p->o.ring, .slots = p->slots};
	uint64_t lost = 0;

	for (unsigned i = 0; i < p->o.jobs; i++) {
		enum err failed = atomic_load(&p->mates[i].err);
		if (failed != ERR_OK)
			return err_fail(failed, "%s", p->mates[i].why);
	}
	dockets_hear(e->dockets, p->o.jobs, e->frames, e->seen, e->frame_n, &to);
	for (unsigned i = 0; i < p->o.jobs; i++)
		lost += e->dockets[i].lost;
	return lost ? err_fail(ERR_MEMORY, "out of memory for what is to be judged") : ERR_OK;
}

/* Hear the epochs that all have done; up to `until`, wait for them. */
static enum err hear_all(struct parallel *p, uint64_t until)
{
	enum err e = ERR_OK;

	for (unsigned i = 0; i < p->o.jobs; i++)
		(void)milestone_await(&p->mates[i].done, until);
	for (uint64_t ready = slowest(p); p->heard < ready && e == ERR_OK; p->heard++)
		e = hear(p, epoch_of(p, p->heard));
	return e;
}

/* The caller's thread has done its part of an epoch: the others may follow. */
static enum err plan(struct parallel *p)
{
	uint64_t number = milestone_at(&p->planned);

	hand_in(&p->mates[0], number);
	milestone_reach(&p->planned, number + 1);
	return hear_all(p, number + 2 > EPOCHS ? number + 2 - EPOCHS : 0);
}

/* ---- the caller's side */

/* The hearer needs frames only to count kept packets; their bytes are gone by then. */
static void note(struct epoch *e, const struct frame *frames, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		e->frames[e->frame_n + i] = frames[i];
		e->frames[e->frame_n + i].bytes = NULL;
	}
}

static void see(void *context, const struct sighting *seen, unsigned n)
{
	const struct mate *m = context;
	struct epoch *e = epoch_of(m->all, milestone_at(&m->all->planned));

	memcpy(e->seen + e->frame_n, seen, n * sizeof *seen);
	e->frame_n += n;
}

static enum err fill(struct mate *m, struct epoch *e)
{
	e->frame_n = 0;
	e->finish_before = 0;
	while (e->frame_n + FRAME_BATCH <= EPOCH_FRAMES) {
		enum err end = capture_next(m->capture, &m->batch);
		if (end != ERR_OK)
			return end;
		if (m->batch.n == 0)
			break; /* a signal: let the caller look */
		note(e, m->batch.frames, m->batch.n);
		m->at = 0;
		take(m, m->batch.n, e->frame_n);
	}
	return ERR_OK;
}

enum err parallel_read(struct parallel *p)
{
	enum err end = fill(&p->mates[0], epoch_of(p, milestone_at(&p->planned)));
	enum err e = plan(p);

	if (e == ERR_OK && end == ERR_END)
		e = hear_all(p, milestone_at(&p->planned));
	return e != ERR_OK ? e : end;
}

enum err parallel_finish(struct parallel *p)
{
	uint64_t all = p->o.intake->frames + 1, step = all / FINISH_STEPS + 1;
	enum err e = ERR_OK;

	for (uint64_t before = step; e == ERR_OK; before += step) {
		struct epoch *epoch = epoch_of(p, milestone_at(&p->planned));
		epoch->frame_n = 0;
		epoch->finish_before = before < all ? before : UINT64_MAX;
		finish(&p->mates[0], epoch->finish_before);
		e = plan(p);
		if (before >= all)
			break;
	}
	return e == ERR_OK ? hear_all(p, milestone_at(&p->planned)) : e;
}

void parallel_count(struct parallel *p, struct dissect_counters *dissect, struct flow_counters *flow)
{
	for (unsigned i = 0; i < p->o.jobs; i++) {
		(void)milestone_await(&p->mates[i].done, milestone_at(&p->planned));
		shard_count(p->mates[i].shard, dissect, flow);
	}
}

/* ---- life */

static bool epoch_init(struct epoch *e, unsigned jobs)
{
	e->frames = malloc(EPOCH_FRAMES * sizeof *e->frames);
	e->seen = malloc(EPOCH_FRAMES * sizeof *e->seen);
	e->dockets = calloc(jobs, sizeof *e->dockets);
	return e->frames && e->seen && e->dockets;
}

static void epoch_release(struct epoch *e, unsigned jobs)
{
	for (unsigned i = 0; i < jobs && e->dockets; i++)
		docket_release(&e->dockets[i]);
	free(e->dockets);
	free(e->seen);
	free(e->frames);
}

/* The caller's thread also hears, so it gets fewer flows: as many fewer as keep all threads equally
 * busy, down to a tenth. */
static struct share share_of(unsigned number, unsigned jobs)
{
	uint64_t less = (jobs - 1) * HEARING < 90 ? (jobs - 1) * HEARING : 90;
	uint64_t first = SHARE_WHOLE * (100 - less) / 100 / jobs;
	uint64_t left = SHARE_WHOLE - first;

	if (number == 0)
		return (struct share){0, first};
	return (struct share){first + left * (number - 1) / (jobs - 1), first + left * number / (jobs - 1)};
}

/* What a mate reads with: the first one uses the caller's. */
static enum err equip(struct mate *m)
{
	const struct parallel_options *o = &m->all->o;

	m->capture = o->capture;
	m->intake = o->intake;
	if (m->number == 0)
		return ERR_OK;
	m->capture = NULL;
	m->intake = &m->own_intake;
	enum err e = intake_init(m->intake);
	return e == ERR_OK ? capture_open_again(o->capture, &m->capture) : e;
}

static enum err mate_init(struct mate *m)
{
	const struct parallel_options *o = &m->all->o;
	struct shard_hooks hooks = {.context = m, .over = over, .dns = dns, .unreachable = unreachable,
	                            .keep = o->ring ? keep : NULL};
	struct share share = share_of(m->number, o->jobs);
	struct shard_options shard = o->shard;
	enum err e = equip(m);

	if (e != ERR_OK)
		return e;
	shard.part = (double)(share.end - share.begin) / (double)SHARE_WHOLE;
	m->shard = shard_new(&shard, &hooks);
	m->stride = (struct stride){.intake = m->intake, .shard = m->shard, .share = share,
	                            .context = m, .see = m->number ? NULL : see, .begin = begin_frame};
	if (m->shard && stride_init(&m->stride))
		return ERR_OK;
	return err_fail(ERR_MEMORY, "out of memory for %u jobs: fewer (-j) may do", o->jobs);
}

static void mate_release(struct mate *m)
{
	if (m->number && m->capture)
		capture_close(m->capture);
	intake_release(&m->own_intake);
	shard_free(m->shard);
	stride_release(&m->stride);
	slot_pool_release(&m->slots);
	docket_release(&m->docket);
	milestone_release(&m->done);
}

static enum err furnish(struct parallel *p)
{
	unsigned n = p->o.jobs;
	enum err e = ERR_OK;

	p->mates = calloc(n, sizeof *p->mates);
	p->slots = calloc(n, sizeof *p->slots);
	if (!p->mates || !p->slots)
		return err_fail(ERR_MEMORY, "out of memory for %u jobs", n);
	for (unsigned i = 0; i < n; i++) {
		p->mates[i] = (struct mate){.all = p, .number = i};
		milestone_init(&p->mates[i].done);
	}
	for (unsigned i = 0; i < EPOCHS; i++)
		if (!epoch_init(&p->epochs[i], n))
			return err_fail(ERR_MEMORY, "out of memory for %u jobs", n);
	for (unsigned i = 0; i < n && e == ERR_OK; i++)
		e = mate_init(&p->mates[i]);
	return e;
}

/* Signals are handled by the caller's thread. */
static enum err set_out(struct parallel *p)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (p->begun = 1; p->begun < p->o.jobs; p->begun++)
		if (pthread_create(&p->mates[p->begun].thread, NULL, run, &p->mates[p->begun]) != 0)
			break;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (p->begun == p->o.jobs)
		return ERR_OK;
	return err_fail(ERR_IO, "cannot start %u threads: fewer jobs (-j) may do", p->o.jobs - 1);
}

enum err parallel_new(const struct parallel_options *options, struct parallel **ret_parallel)
{
	struct parallel *p = calloc(1, sizeof *p);

	if (!p)
		return err_fail(ERR_MEMORY, "out of memory");
	p->o = *options;
	milestone_init(&p->planned);
	enum err e = furnish(p);
	if (e == ERR_OK)
		e = set_out(p);
	if (e == ERR_OK)
		*ret_parallel = p;
	else
		parallel_free(p);
	return e;
}

void parallel_free(struct parallel *p)
{
	if (!p)
		return;
	atomic_store(&p->over, true);
	milestone_reach(&p->planned, UINT64_MAX);
	for (unsigned i = 1; i < p->begun; i++)
		pthread_join(p->mates[i].thread, NULL);
	for (unsigned i = 0; i < p->o.jobs && p->mates; i++)
		mate_release(&p->mates[i]);
	for (unsigned i = 0; i < p->o.jobs && p->slots; i++)
		slots_release(&p->slots[i]);
	for (unsigned i = 0; i < EPOCHS; i++)
		epoch_release(&p->epochs[i], p->o.jobs);
	milestone_release(&p->planned);
	free(p->slots);
	free(p->mates);
	free(p);
}
