#include "pipeline.h"

#include <stdlib.h>

#include "base/limits.h"
#include "relay.h"
#include "shard.h"
#include "stride.h"

struct pipeline {
	struct watch *watch;
	struct intake intake;
	struct judge *judge;
	struct evidence_ring *ring; /* NULL: no packets are kept */
	struct shard *shard; /* one thread does all; or */
	struct relay *relay; /* several share the work */
	struct stride stride;
};

/* ---- what one shard finds is judged at once */

static void see(void *context, const struct sighting *seen)
{
	sighting_show(seen, ((struct pipeline *)context)->watch);
}

static uint64_t keep(void *context, uint64_t evidence, const struct frame *f)
{
	return evidence_keep(((struct pipeline *)context)->ring, evidence, f);
}

static void over(void *context, const struct flow *f, const struct names *names, uint64_t evidence, bool to_tell)
{
	const struct pipeline *p = context;
	struct evidence_chain packets = {p->ring, evidence};

	if (to_tell)
		judge_over(p->judge, f, names, &packets);
}

static void dns(void *context, const struct dns_message *m)
{
	judge_dns(((struct pipeline *)context)->judge, m);
}

static void unreachable(void *context, const struct packet *k)
{
	const struct quoted *q = &k->quoted;

	judge_lookup_unreachable(((struct pipeline *)context)->judge, &q->src, q->sport, &q->dst, &k->src);
}

/* ---- life */

static enum err start(struct pipeline *p, const struct pipeline_options *options)
{
	struct shard_hooks hooks = {.context = p, .over = over, .dns = dns, .unreachable = unreachable,
	                            .keep = options->evidence ? keep : NULL};
	struct shard_options shard = {.lists = options->lists, .flows_most = options->flows_most,
	                              .memory_bytes = options->memory_bytes, .sharers = 1};
	size_t ring = limit_share(EVIDENCE_RING_BYTES, options->memory_bytes, SHARE_EVIDENCE);
	enum err e = intake_init(&p->intake);

	if (e != ERR_OK)
		return e;
	if (options->evidence)
		p->ring = options->counted ? evidence_tally_new(ring) : evidence_ring_new(ring);
	if (options->evidence && !p->ring)
		return err_fail(ERR_MEMORY, "out of memory");
	struct relay_options relay = {.shard = shard, .jobs = options->jobs, .intake = &p->intake, .ring = p->ring,
	                              .watch = p->watch};
	if (options->jobs > 1)
		return relay_new(&relay, &p->relay);
	p->shard = shard_new(&shard, &hooks);
	p->stride.intake = &p->intake;
	p->stride.shard = p->shard;
	p->stride.context = p;
	p->stride.see = see;
	return p->shard ? ERR_OK : err_fail(ERR_MEMORY, "out of memory");
}

enum err pipeline_new(const struct pipeline_options *options, struct watch *watch, struct judge *judge,
                      struct pipeline **ret_pipeline)
{
	struct pipeline *p = calloc(1, sizeof *p);

	if (!p)
		return err_fail(ERR_MEMORY, "out of memory");
	p->watch = watch;
	p->judge = judge;
	enum err e = start(p, options);
	if (e == ERR_OK)
		*ret_pipeline = p;
	else
		pipeline_free(p);
	return e;
}

void pipeline_free(struct pipeline *p)
{
	if (!p)
		return;
	relay_free(p->relay);
	shard_free(p->shard);
	intake_release(&p->intake);
	evidence_ring_free(p->ring);
	free(p);
}

/* ---- the path */

enum err pipeline_read(struct pipeline *p, struct capture *c)
{
	struct frame_batch batch;

	if (p->relay)
		return relay_read(p->relay, c, p->judge);
	enum err e = capture_next(c, &batch);
	if (e == ERR_OK)
		stride_take(&p->stride, &batch);
	return e;
}

enum err pipeline_finish(struct pipeline *p)
{
	if (p->relay)
		return relay_finish(p->relay, p->judge);
	shard_finish(p->shard, UINT64_MAX);
	return ERR_OK;
}

uint64_t pipeline_frames(const struct pipeline *p)
{
	return p->intake.frames;
}

struct pipeline_counters pipeline_counters(const struct pipeline *p)
{
	struct pipeline_counters k = intake_counters(&p->intake);

	if (p->relay)
		relay_count(p->relay, &k.dissect, &k.flow);
	else
		shard_count(p->shard, &k.dissect, &k.flow);
	return k;
}
