/* The flow table: finds, makes, ages and ends flows. Bounded. */
#ifndef FLOW_TABLE_H
#define FLOW_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/names.h"
#include "decode/packet.h"
#include "flow/evidence.h"
#include "flow/flow.h"
#include "flow/story.h"

struct flow_table; /* opaque; one a worker */

#define FLOW_ID_BITS 48       /* a frame a nanosecond for three days */

/* What is kept of a flow beside its story, and what an open connection's packets need not touch. */
struct beside {
	struct said *said;          /* dissect/'s; NULL before the first payload byte */
	uint64_t id : FLOW_ID_BITS; /* number of its first frame */
	uint64_t source : 16;       /* index of the capture's source */
	uint64_t evidence : 56;     /* what shard_hooks.keep gave for its packets; 0: none are kept */
	uint64_t evidence_n : 8;    /* how many are kept */
};

/* Where a tracked flow lies; it stays there until it is over. */
struct tracked {
	struct story *story;
	struct beside *beside;
	uint32_t number; /* its place in the table */
};

struct flow_hooks {
	void *context;
	/* A flow is over (or the input is): judge it. The record dies after the call.
	 * evicted: it goes on, but the table was full. */
	void (*over)(void *context, const struct tracked *t, bool evicted);
	/* Whether an active rule asks for this port (what matters goes last when full). */
	bool (*wanted)(void *context, uint16_t port, uint8_t proto);
	/* A flow is over soon, in 2 steps, later in 1: time to ask the cache for what over() will touch.
	 * Not of every flow. NULL: nobody asks. */
	void (*soon)(void *context, const struct tracked *t, unsigned steps);
};

struct flow_counters {
	uint64_t flows;   /* begun */
	uint64_t evicted; /* given up because the table was full */
	uint64_t peak;
};

/* most: flows tracked at once. NULL: out of memory. */
struct flow_table *flow_table_new(size_t most, const struct flow_hooks *hooks);
void flow_table_free(struct flow_table *t);

/* Ask the cache for what flow_table_track() of this hash will touch: first where the flow
 * is looked up, then, some time later, the flow. Returns where it is likely to be found. */
#define FLOW_UNKNOWN UINT32_MAX
void flow_table_prefetch(const struct flow_table *t, uint64_t hash);
uint32_t flow_table_prefetch_record(const struct flow_table *t, uint64_t hash);

/* The flow of a TCP or UDP packet, made when new (or when the packet begins
 * another conversation between the same ports). now_us: sane time. guess: what
 * flow_table_prefetch_record() gave, FLOW_UNKNOWN.
 * False: out of memory. */
bool flow_table_track(struct flow_table *t, const struct packet *p, uint32_t guess, int64_t now_us, int64_t shift_us,
                      struct tracked *ret_tracked, enum side *ret_side);

/* The flow that an ICMP error quotes a client's packet of; false: not tracked. */
bool flow_table_quoted(struct flow_table *t, const struct packet *p, struct tracked *ret_tracked, enum side *ret_side);

/* Of this table's flows, what few of them need (story_rare()). */
struct blocks *flow_table_rares(struct flow_table *t);

/* The flow's state changed so that another idle time holds. */
void flow_table_restate(struct flow_table *t, const struct tracked *flow);

/* Who began it. */
struct addr flow_table_client(const struct flow_table *t, const struct tracked *flow);
/* What a flow told, whole. */
void flow_table_tell(const struct flow_table *t, const struct tracked *flow, struct flow *ret_flow);

/* End the flows that were idle too long at now_us. */
void flow_table_advance(struct flow_table *t, int64_t now_us);
/* The input is over: end the flows whose first frame has a number below `before`,
 * in the order of their first packets. Call it again with a higher one, with
 * nothing else between. */
void flow_table_finish(struct flow_table *t, uint64_t before);
/* Call f for every tracked flow. */
void flow_table_each(struct flow_table *t, void (*f)(void *context, const struct tracked *flow), void *context);
/* Call f for the flows among the next `records` of the table, round and round:
 * live, what is decided is told before it is over, a little at a time. */
void flow_table_sweep(struct flow_table *t, size_t records, void (*f)(void *context, const struct tracked *flow),
                      void *context);

struct flow_counters flow_table_counters(const struct flow_table *t);
/* Memory held, for flows that are over, too; not what dissect/ holds. */
size_t flow_table_bytes(const struct flow_table *t);

#endif
