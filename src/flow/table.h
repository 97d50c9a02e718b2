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

/* What is kept of a flow in addition to its story, where the packets of an open connection need not touch it. */
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
	/* A flow will be over in 2 steps, later in 1: time to prefetch what over() will touch. Not
	 * called for every flow. May be NULL. */
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

/* Prefetch what flow_table_track() of this hash will touch: first the buckets, then, some time
 * later, the flow, returning where that probably is. */
#define FLOW_UNKNOWN UINT32_MAX
void flow_table_prefetch(const struct flow_table *t, uint64_t hash);
uint32_t flow_table_prefetch_record(const struct flow_table *t, uint64_t hash);

/* The flow of a TCP or UDP packet, made when new (or when the packet begins
 * another conversation between the same ports). now_us: sane time. guess: what
 * flow_table_prefetch_record() gave, FLOW_UNKNOWN.
 * False: out of memory. */
bool flow_table_track(struct flow_table *t, const struct packet *p, uint32_t guess, int64_t now_us, int64_t shift_us,
                      struct tracked *ret_tracked, enum side *ret_side);

/* The flow of the packet that an ICMP error quotes, and the side that sent that; false: not tracked. */
bool flow_table_quoted(struct flow_table *t, const struct packet *p, struct tracked *ret_tracked, enum side *ret_side);

/* The pool for the rare state of this table's flows (story_rare()). */
struct blocks *flow_table_rares(struct flow_table *t);

/* The flow's state changed so that another idle time applies. */
void flow_table_restate(struct flow_table *t, const struct tracked *flow);

/* The address of its client. */
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
/* Call f for the flows among the next `records` places of the table, wrapping around. Live: decided
 * flows are reported before they are over, a little at a time. */
void flow_table_sweep(struct flow_table *t, size_t records, void (*f)(void *context, const struct tracked *flow),
                      void *context);

struct flow_counters flow_table_counters(const struct flow_table *t);
/* Memory held, also what flows that are over left free; without what dissect/ holds. */
size_t flow_table_bytes(const struct flow_table *t);

#endif
