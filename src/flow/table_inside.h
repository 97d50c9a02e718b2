/* Private to flow/: what the flow table is made of. table.c finds, makes and
 * ends flows; table_age.c turns the wheel that ends the idle ones. */
#ifndef FLOW_TABLE_INSIDE_H
#define FLOW_TABLE_INSIDE_H

#include <stddef.h>

#include "base/blocks.h"
#include "base/limits.h"
#include "flow/table.h"

#define CHUNK_FLOWS 128u  /* flows are allocated so many at a time and never move */
#define WHEEL_SLOTS 4096u /* of one second each: longer waits go round again */
#define CROWDS 4096u      /* servers' ports are told apart by so many counts, roughly */
#define NIL UINT32_MAX
#define NO_WHEEL UINT16_MAX

#define LINE_BYTES 64u    /* of the cache */
#define HOT_LINES 3u      /* of a tracked flow: see struct flow */

/* What the table knows of a flow, apart from it: who turns the wheel goes from
 * place to place and leaves the flows alone. */
struct place {
	uint32_t hash;
	uint32_t next, prev; /* in its wheel slot; free places: next free */
	uint16_t wheel; /* NO_WHEEL: it is in none, about to end */
	uint16_t crowd; /* which of the table's crowds it is one of */
	bool used;
};

struct chunk {
	struct {
		_Alignas(LINE_BYTES) struct tracked tracked;
	} flows[CHUNK_FLOWS];
	struct place places[CHUNK_FLOWS];
};

/* See struct flow: what tells of ends may lie behind them. */
_Static_assert(offsetof(struct flow, half[1].rst) <= HOT_LINES * LINE_BYTES, "hot members come first");

struct bucket {
	uint32_t hash;
	uint32_t flow; /* its number + 1; 0 empty */
};

struct flow_table {
	struct flow_hooks hooks;
	struct bucket *buckets;
	size_t bucket_n; /* power of two */
	struct blocks store; /* of chunks */
	struct chunk **chunks;
	size_t chunk_n, chunk_room;
	uint32_t free;
	size_t n, most;
	uint32_t hand; /* of the clock that evicts */
	size_t broom;  /* of flow_table_sweep */
	uint32_t wheel[WHEEL_SLOTS];
	uint32_t crowds[CROWDS]; /* flows tracked to a server's port */
	int64_t wheel_s; /* the second up to which the wheel has turned */
	struct tracked **due; /* flows that end now, in order; up to due_at they have */
	size_t due_at, due_n, due_room;
	struct flow_counters counters;
};

static inline struct tracked *tracked_at(const struct flow_table *t, uint32_t i)
{
	return &t->chunks[i / CHUNK_FLOWS]->flows[i % CHUNK_FLOWS].tracked;
}

static inline struct place *place_at(const struct flow_table *t, uint32_t i)
{
	return &t->chunks[i / CHUNK_FLOWS]->places[i % CHUNK_FLOWS];
}

/* Ask the cache for all of a flow. */
static inline void record_prefetch(const struct tracked *r)
{
	for (size_t line = 0; line < sizeof *r; line += LINE_BYTES)
		__builtin_prefetch((const char *)r + line, 1);
}

static inline int64_t idle_limit(const struct flow *f)
{
	if (f->proto != PROTO_TCP)
		return IDLE_UDP_US;
	switch ((enum tcp_state)f->state) {
	case TCP_SYN_SENT:
	case TCP_SYN_ANSWERED:
		return IDLE_TCP_NEW_US;
	case TCP_OVER:
		return IDLE_TCP_CLOSED_US;
	case TCP_CLOSING:
		return IDLE_TCP_NEW_US;
	case TCP_NONE:
	case TCP_OPEN:
		break;
	}
	return IDLE_TCP_OPEN_US;
}

/* When a flow is over if nothing more comes. */
static inline int64_t flow_due_us(const struct flow *f)
{
	return flow_time(f, flow_last(f)) + idle_limit(f);
}

/* Put a flow where its idle time ends; take it out. */
void wheel_enter(struct flow_table *t, const struct tracked *r);
void wheel_leave(struct flow_table *t, uint32_t number);
/* A flow is over: hand it on and free its place. */
void tracked_end(struct flow_table *t, struct tracked *r);

#endif
