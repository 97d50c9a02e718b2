/* Private to flow/: what the flow table is made of. table.c finds, makes and
 * ends flows; table_room.c allocates their places and finds them by hash;
 * table_age.c turns the wheel that ends the idle ones; table_tell.c reports them. */
#ifndef FLOW_TABLE_INSIDE_H
#define FLOW_TABLE_INSIDE_H

#include <stddef.h>

#include "base/blocks.h"
#include "base/cache.h"
#include "base/limits.h"
#include "flow/table.h"

#define CHUNK_FLOWS 128u  /* flows are allocated this many at a time and never move */
#define WHEEL_SLOTS 4096u /* of one second each: longer waits take another turn */
#define CROWDS 4096u      /* counts of flows by server's port, hashed: some ports share one */
#define SHIFTS 255u       /* those known by a number; 0: no shift, SHIFTS: it is in struct rare */
#define NIL FLOW_UNKNOWN

/* Values of a place's `prev` that are no flow's number. */
#define WHEEL_HEAD 0x80000000u /* first of its slot, whose index is added */
#define NO_WHEEL (WHEEL_HEAD + WHEEL_SLOTS) /* about to end */
#define UNUSED UINT32_MAX

/* What the wheel knows of a flow, in an array of its own: turning the wheel goes from place to
 * place and does not touch the flows. */
struct place {
	uint32_t next, prev; /* in its wheel slot; unused: next free */
};

/* What an IPv6 flow's addresses begin with. */
struct wide {
	uint8_t high[2][12];
};

struct chunk {
	_Alignas(CACHE_LINE) struct story stories[CHUNK_FLOWS];
	struct beside besides[CHUNK_FLOWS];
	struct place places[CHUNK_FLOWS];
};

/* What a common flow takes, in addition to 12 to 15 bytes of buckets. */
#define RECORD_BYTES (sizeof(struct story) + sizeof(struct beside) + sizeof(struct place))
#define RECORD_WIDE_BYTES (RECORD_BYTES + sizeof(struct wide))
_Static_assert(RECORD_BYTES <= 160 && RECORD_WIDE_BYTES <= 184, "docs/performance.md promises 200 in all");

struct chunk_at {
	struct chunk *chunk;
	struct wide *wides; /* NULL: for IPv4 only, so far */
};

struct bucket {
	uint32_t hash;
	uint32_t flow; /* its number + 1; 0 empty */
};

/* A flow that ends now. */
struct due {
	uint64_t id;
	uint32_t number;
};

struct shift {
	int64_t us;
	uint32_t flows; /* that have it; 0: the number is free */
};

struct flow_table {
	struct flow_hooks hooks;
	struct bucket *buckets;
	size_t bucket_n;
	struct blocks store; /* of chunks */
	struct chunk_at *chunks;
	size_t chunk_n, chunk_room, chunks_most;
	uint32_t free[2]; /* free places: in chunks for IPv4 only, and in those for both */
	struct blocks rares;
	size_t n, most;
	uint32_t hand; /* of the clock that evicts */
	size_t broom;  /* of flow_table_sweep */
	uint32_t wheel[WHEEL_SLOTS];
	uint32_t crowds[CROWDS]; /* flows tracked to a server's port */
	struct shift shifts[SHIFTS];
	unsigned shift; /* number of the latest */
	int64_t wheel_s; /* the second up to which the wheel has turned */
	struct due *due; /* flows that end now, in order; those before due_at have ended */
	size_t due_at, due_n, due_room;
	struct flow_counters counters;
};

static inline struct tracked tracked_at(const struct flow_table *t, uint32_t i)
{
	struct chunk *c = t->chunks[i / CHUNK_FLOWS].chunk;

	return (struct tracked){&c->stories[i % CHUNK_FLOWS], &c->besides[i % CHUNK_FLOWS], i};
}

static inline struct story *story_at(const struct flow_table *t, uint32_t i)
{
	return &t->chunks[i / CHUNK_FLOWS].chunk->stories[i % CHUNK_FLOWS];
}

static inline struct place *place_at(const struct flow_table *t, uint32_t i)
{
	return &t->chunks[i / CHUNK_FLOWS].chunk->places[i % CHUNK_FLOWS];
}

/* For a flow that has one. */
static inline struct wide *wide_at(const struct flow_table *t, uint32_t i)
{
	return &t->chunks[i / CHUNK_FLOWS].wides[i % CHUNK_FLOWS];
}

/* Prefetch all of a flow. */
static inline void record_prefetch(const struct flow_table *t, uint32_t i)
{
	cache_prefetch(story_at(t, i), sizeof(struct story));
	__builtin_prefetch(tracked_at(t, i).beside, 1);
	__builtin_prefetch(place_at(t, i), 1);
	if (t->chunks[i / CHUNK_FLOWS].wides)
		__builtin_prefetch(wide_at(t, i), 1);
}

static inline bool is_used(const struct flow_table *t, uint32_t i)
{
	return place_at(t, i)->prev != UNUSED;
}

static inline int64_t idle_limit(const struct story *s)
{
	if (s->proto != PROTO_TCP)
		return IDLE_UDP_US;
	switch ((enum tcp_state)s->state) {
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

static inline int64_t story_last_us(const struct story *s)
{
	moment last = story_last(s);

	return s->first_us + (int64_t)(last ? last - 1 : 0) * 1000;
}

#define IDLE_LEAST_US IDLE_TCP_CLOSED_US
/* The shortest idle time of all. */
_Static_assert(IDLE_LEAST_US <= IDLE_TCP_NEW_US && IDLE_LEAST_US <= IDLE_TCP_OPEN_US && IDLE_LEAST_US <= IDLE_UDP_US,
               "the least of the idle times");

/* When a flow is over if nothing more comes. */
static inline int64_t story_due_us(const struct story *s)
{
	return story_last_us(s) + idle_limit(s);
}

/* Whether it was over before now. Rarely true, so the test that needs no state comes first. */
static inline bool story_is_over(const struct story *s, int64_t now_us)
{
	int64_t idle_us = now_us - story_last_us(s);

	return idle_us > IDLE_LEAST_US && idle_us > idle_limit(s);
}

/* The bucket where the search for a hash begins. Buckets are in the order of
 * hashes, so a larger table is filled from one end to the other. */
static inline size_t bucket_home(const struct flow_table *t, uint32_t hash)
{
	return (size_t)((uint64_t)hash * t->bucket_n >> 32);
}

static inline size_t bucket_next(const struct flow_table *t, size_t i)
{
	return i + 1 == t->bucket_n ? 0 : i + 1;
}

/* Room for one flow more in the buckets; false: out of memory. */
bool buckets_ensure(struct flow_table *t);
void bucket_put(struct flow_table *t, uint32_t hash, uint32_t number);
void bucket_drop(struct flow_table *t, uint32_t hash, uint32_t number);

/* A place, with room for the addresses of IPv6 if they are wide; NIL: out of memory. */
uint32_t place_take(struct flow_table *t, bool wide);
void place_give(struct flow_table *t, uint32_t number);

/* Note and forget how captured time differs from sane time. False: out of memory. */
bool shift_note(struct flow_table *t, struct story *s, int64_t shift_us);
void shift_forget(struct flow_table *t, const struct story *s);

/* The address of one end. */
struct addr flow_address(const struct flow_table *t, const struct tracked *r, enum side side);

/* Put a flow where its idle time ends; take it out. */
void wheel_enter(struct flow_table *t, const struct tracked *r);
void wheel_leave(struct flow_table *t, uint32_t number);
/* A flow is over: hand it on and free its place. */
void tracked_end(struct flow_table *t, const struct tracked *r, bool evicted);

#endif
