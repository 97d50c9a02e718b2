/* A share of the packet side: packet → flow → facts. Every flow belongs to one shard, by its hash; shards
 * share nothing and may run on threads of their own. What they find out they tell through hooks. */
#ifndef DRIVE_SHARD_H
#define DRIVE_SHARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attribute/list.h"
#include "decode/packet.h"
#include "dissect/dissect.h"
#include "flow/table.h"

struct shard; /* opaque */

struct shard_options {
	const struct lists *lists;
	size_t flows_most;
	size_t memory_bytes; /* --memory; 0: not given */
	double part; /* this shard's part of all flows and of the memory bounds; 1 when it is the only one */
};

struct shard_hooks {
	void *context;
	/* Keep a frame of a flow. evidence: the return value for its previous frame, 0 at first;
	 * the new one stands for all of them, never 0. NULL: none are kept. */
	uint64_t (*keep)(void *context, uint64_t evidence, const struct frame *f);
	/* A flow is over. names: those of its said; everything is gone after the call. to_tell: the
	 * judge has not heard of it in an earlier run. */
	void (*over)(void *context, const struct flow *f, const struct names *names, uint64_t evidence, bool to_tell);
	/* A client's flow will be over in 2 steps, later in 1: time to prefetch what over() will touch. May be NULL. */
	void (*soon)(void *context, struct addr client, unsigned steps);
	void (*dns)(void *context, const struct dns_message *m);
	/* An ICMP error quotes a DNS query that has no flow. */
	void (*unreachable)(void *context, const struct packet *p);
	/* Live: a flow that goes on; again: one that was told, and whose client got stuck since, or is no longer.
	 * Returns whether it is decided (that it is stuck, too), and was told to the judge. */
	bool (*early)(void *context, const struct flow *f, const struct names *names, uint64_t evidence);
	/* Live: flows told from now on use other names; the hook must free these. */
	void (*retire)(void *context, struct names *names);
};

/* Which of n shards has the flow of a packet with this hash. */
static inline unsigned shard_of(uint64_t hash, unsigned n)
{
	return (unsigned)((hash >> 32) % n);
}

/* The same for shards of different sizes: a part of all flows, by their hashes. */
#define SHARE_WHOLE (UINT64_C(1) << 32)
struct share {
	uint64_t begin, end; /* 0 to SHARE_WHOLE: of the hash's upper half; end is exclusive */
};

static inline bool share_has(const struct share *s, uint64_t hash)
{
	return hash >> 32 >= s->begin && hash >> 32 < s->end;
}

/* NULL: out of memory. */
struct shard *shard_new(const struct shard_options *options, const struct shard_hooks *hooks);
void shard_free(struct shard *s);

/* Prefetch what a packet's flow will touch: its bucket, later its record. Returns a guess where
 * that is (flow/table.h). */
void shard_prefetch(const struct shard *s, uint64_t hash);
uint32_t shard_prefetch_record(const struct shard *s, uint64_t hash);

/* Take in a packet of this shard's; packets come in the order of their frames. */
void shard_take(struct shard *s, const struct packet *p, uint32_t guess, int64_t now_us, int64_t shift_us);
/* End the flows that were idle too long, in the order of their first packets. */
void shard_age(struct shard *s, int64_t now_us);
/* The input is over: end the flows that began with a frame before this number. */
void shard_finish(struct shard *s, uint64_t before);

/* Live: check some of the flows for being decided already. */
void shard_sweep(struct shard *s, int64_t now_us);
/* Live: a new run begins, with these lists: flows told before are not told to it. */
void shard_renew(struct shard *s, const struct lists *lists);

void shard_count(const struct shard *s, struct dissect_counters *dissect, struct flow_counters *flow);

#endif
