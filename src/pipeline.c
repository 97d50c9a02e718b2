#include "pipeline.h"

#include <stdlib.h>

#include "base/limits.h"
#include "drive/parallel.h"
#include "drive/shard.h"
#include "drive/stride.h"

struct pipeline {
	struct watch *watch;
	struct intake intake;
	struct judge *judge;
	struct evidence_ring *ring; /* NULL: no packets are kept */
	struct shard *shard; /* one thread does everything; or */
	struct parallel *parallel; /* several share the work */
	struct stride stride;
	struct capture *capture;
};

/* ---- with one shard, findings are judged at once, with what was seen so far */

static void see(void *context, const struct sighting *seen, unsigned n)
{
	sightings_show(seen, n, ((struct pipeline *)context)->watch);
}

static uint64_t keep(void *context, uint64_t evidence, const struct frame *f)
{
	return evidence_keep(((struct pipeline *)context)->ring, evidence, f);
}

static void over(void *context, const struct flow *f, const struct names *names, uint64_t evidence, bool to_tell)
{
	struct pipeline *p = context;
	struct evidence_chain packets = {p->ring, evidence};

	stride_show(&p->stride);
	if (to_tell)
		judge_over(p->judge, f, names, &packets);
}

static void soon(void *context, struct addr client, unsigned steps)
{
	judge_expect(((struct pipeline *)context)->judge, &client, steps);
}

static void dns(void *context, const struct dns_message *m)
{
	struct pipeline *p = context;

	stride_show(&p->stride);
	judge_dns(p->judge, m);
}

static void unreachable(void *context, const struct packet *k)
{
	struct pipeline *p = context;
	const struct quoted *q = &k->quoted;

	stride_show(&p->stride);
	judge_lookup_unreachable(p->judge, &q->src, q->sport, &q->dst, &k->src);
}

/* ---- life */

static enum err start(struct pipeline *p, const struct pipeline_options *options)
{
	struct shard_hooks hooks = {.context = p, .over = over, .soon = soon, .dns = dns, .unreachable = unreachable,
	                            .keep = options->evidence ? keep : NULL};
	struct shard_options shard = {.lists = options->lists, .flows_most = options->flows_most,
	                              .memory_bytes = options->memory_bytes, .part = 1};
	size_t ring = limit_share(EVIDENCE_RING_BYTES, options->memory_bytes, SHARE_EVIDENCE);
	enum err e = intake_init(&p->intake);

	if (e != ERR_OK)
		return e;
	if (options->evidence)
		p->ring = options->counted ? evidence_tally_new(ring) : evidence_ring_new(ring);
	if (options->evidence && !p->ring)
		return err_fail(ERR_MEMORY, "out of memory");
	struct parallel_options parallel = {.shard = shard, .jobs = options->jobs, .capture = p->capture,
	                                    .intake = &p->intake, .ring = p->ring, .counted = options->counted,
	                                    .judge = p->judge, .watch = p->watch};
	e = options->jobs > 1 ? parallel_new(&parallel, &p->parallel) : ERR_UNSUPPORTED;
	if (e != ERR_UNSUPPORTED)
		return e;
	p->shard = shard_new(&shard, &hooks);
	p->stride = (struct stride){.intake = &p->intake, .shard = p->shard, .share = {0, SHARE_WHOLE}, .context = p,
	                            .see = see};
	return p->shard && stride_init(&p->stride) ? ERR_OK : err_fail(ERR_MEMORY, "out of memory");
}

enum err pipeline_new(const struct pipeline_options *options, struct capture *capture, struct watch *watch,
                      struct judge *judge, struct pipeline **ret_pipeline)
{
	struct pipeline *p = calloc(1, sizeof *p);

	if (!p)
		return err_fail(ERR_MEMORY, "out of memory");
	p->capture = capture;
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
	parallel_free(p->parallel);
	shard_free(p->shard);
	stride_release(&p->stride);
	intake_release(&p->intake);
	evidence_ring_free(p->ring);
	free(p);
}

/* ---- the path */

enum err pipeline_read(struct pipeline *p)
{
	struct frame_batch batch;

	if (p->parallel)
		return parallel_read(p->parallel);
	enum err e = capture_next(p->capture, &batch);
	if (e == ERR_OK)
		stride_take(&p->stride, batch.frames, batch.n);
	return e;
}

enum err pipeline_finish(struct pipeline *p)
{
	if (p->parallel)
		return parallel_finish(p->parallel);
	shard_finish(p->shard, UINT64_MAX);
	return ERR_OK;
}

uint64_t pipeline_frames(const struct pipeline *p)
{
	return p->intake.frames;
}

struct pipeline_counters pipeline_counters(struct pipeline *p)
{
	struct pipeline_counters k = intake_counters(&p->intake);

	if (p->parallel)
		parallel_count(p->parallel, &k.dissect, &k.flow);
	else
		shard_count(p->shard, &k.dissect, &k.flow);
	return k;
}
