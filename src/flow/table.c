#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/map.h"
#include "base/pages.h"
#include "decode/decode.h"
#include "dissectors/quic.h"
#include "flow/story.h"
#include "flow/table_inside.h"

#define EVICT_LOOK 48u   /* flows looked at to find the least telling */
#define PREFETCH_LOOK 4u /* buckets */

struct flow_table *flow_table_new(size_t most, const struct flow_hooks *hooks)
{
	struct flow_table *t = calloc(1, sizeof *t);

	if (!t)
		return NULL;
	hash_init();
	t->hooks = *hooks;
	blocks_init(&t->store, sizeof(struct chunk));
	t->most = most < 64 ? 64 : most;
	t->chunks_most = t->most / CHUNK_FLOWS + 2;
	t->free[0] = t->free[1] = NIL;
	t->wheel_s = INT64_MIN;
	for (size_t i = 0; i < WHEEL_SLOTS; i++)
		t->wheel[i] = NIL;
	blocks_init(&t->rares, sizeof(struct rare));
	if (!buckets_ensure(t)) {
		free(t);
		return NULL;
	}
	return t;
}

void flow_table_free(struct flow_table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->chunk_n; i++)
		free(t->chunks[i].wides);
	blocks_release(&t->store);
	free(t->chunks);
	free(t->due);
	blocks_release(&t->rares);
	pages_free(t->buckets, t->bucket_n * sizeof *t->buckets);
	free(t);
}

/* ---- flows */

/* The number of flows to a server's port. Not keyed: collisions must be the same in every run, and
 * all that they bring an attacker is to be evicted like the neighbour. */
static uint32_t *crowd_of(struct flow_table *t, const struct addr *server, uint16_t port, uint8_t proto)
{
	uint64_t words[2];

	memcpy(words, server->b, sizeof words);
	words[1] ^= words[0] ^ (uint64_t)port << 8 ^ proto;
	return &t->crowds[(words[1] * UINT64_C(0x9e3779b97f4a7c15) >> 52) % CROWDS];
}

static uint32_t *crowd_of_tracked(struct flow_table *t, const struct tracked *r)
{
	struct addr server = flow_address(t, r, SIDE_SERVER);

	return crowd_of(t, &server, story_port(r->story, SIDE_SERVER), r->story->proto);
}

/* No guess (table_find()) may match here any more. */
static void place_leave(struct flow_table *t, const struct tracked *r)
{
	r->story->proto = 0;
	place_give(t, r->number);
}

void tracked_end(struct flow_table *t, const struct tracked *r, bool evicted)
{
	struct addr client = flow_address(t, r, SIDE_CLIENT), server = flow_address(t, r, SIDE_SERVER);
	uint16_t port = story_port(r->story, SIDE_SERVER);
	uint8_t proto = r->story->proto;

	wheel_leave(t, r->number);
	uint64_t hash = flow_hash(&client, story_port(r->story, SIDE_CLIENT), &server, port, proto);
	bucket_drop(t, (uint32_t)hash, r->number);
	--*crowd_of(t, &server, port, proto);
	t->hooks.over(t->hooks.context, r, evicted);
	shift_forget(t, r->story);
	if (r->story->has_rare)
		blocks_give(&t->rares, r->story->rare);
	place_leave(t, r);
	t->n--;
}

/* How much would be lost with a flow: the lowest is evicted first. */
static int story_worth(const struct flow_table *t, const struct story *s)
{
	if (s->proto == PROTO_TCP && s->state == TCP_OVER)
		return 0;
	bool wanted = t->hooks.wanted(t->hooks.context, story_port(s, SIDE_SERVER), s->proto);
	bool single = s->way[0].packets + s->way[1].packets <= 1;
	return 1 + (single ? 0 : 2) + (wanted ? 1 : 0);
}

/* Whether a is evicted before b, which is worth as much. One of many flows to the same server's
 * port tells less (else a flood hides the few that matter); then the oldest goes first. Numbers
 * within a factor of two count as equal. */
static bool goes_before(struct flow_table *t, const struct tracked *a, const struct tracked *b)
{
	uint32_t of_a = *crowd_of_tracked(t, a), of_b = *crowd_of_tracked(t, b);

	if (of_a / 2 > of_b || of_b / 2 > of_a)
		return of_a > of_b;
	return a->story->first_us < b->story->first_us;
}

/* Make room: evict the least telling of the next flows at the clock hand. */
static void evict(struct flow_table *t)
{
	size_t all = t->chunk_n * CHUNK_FLOWS;
	struct tracked least = {0};
	int worth = 0;

	for (size_t seen = 0, step = 0; seen < EVICT_LOOK && step < all; step++) {
		struct tracked r = tracked_at(t, t->hand);
		t->hand = (uint32_t)((t->hand + 1) % all);
		if (!is_used(t, r.number))
			continue;
		seen++;
		int w = story_worth(t, r.story);
		if (!least.story || w < worth || (w == worth && goes_before(t, &r, &least))) {
			least = r;
			worth = w;
		}
	}
	if (!least.story)
		return;
	bool evicted = worth > 0; /* a flow that is over loses nothing */
	t->counters.evicted += evicted;
	tracked_end(t, &least, evicted);
}

/* ---- finding */

void flow_table_prefetch(const struct flow_table *t, uint64_t hash)
{
	__builtin_prefetch(&t->buckets[bucket_home(t, (uint32_t)hash)]);
}

uint32_t flow_table_prefetch_record(const struct flow_table *t, uint64_t hash)
{
	uint32_t h = (uint32_t)hash;
	size_t i = bucket_home(t, h);

	/* DNS look-ups have no flow: their search would be long. */
	for (unsigned seen = 0; seen < PREFETCH_LOOK && t->buckets[i].flow; seen++, i = bucket_next(t, i)) {
		if (t->buckets[i].hash != h)
			continue;
		cache_prefetch(story_at(t, t->buckets[i].flow - 1), sizeof(struct story));
		return t->buckets[i].flow - 1;
	}
	return FLOW_UNKNOWN;
}

/* Whether a packet or flow is IPv6: an address is not IPv4, whose first bytes are known. */
static inline bool is_wide(const struct addr *a, const struct addr *b)
{
	static const struct addr v4 = {{[10] = 0xff, 0xff}};
	uint64_t a_head, b_head;
	uint32_t a_mark, b_mark, mark;

	memcpy(&a_head, a->b, sizeof a_head);
	memcpy(&b_head, b->b, sizeof b_head);
	memcpy(&a_mark, a->b + sizeof a_head, sizeof a_mark);
	memcpy(&b_mark, b->b + sizeof b_head, sizeof b_mark);
	memcpy(&mark, v4.b + sizeof a_head, sizeof mark);
	return (a_head | b_head | (a_mark ^ mark) | (b_mark ^ mark)) != 0;
}

/* Whether an IPv6 flow's addresses begin with these bytes. */
static inline bool heads_are(const struct flow_table *t, uint32_t number, const struct addr *client,
                             const struct addr *server)
{
	const struct wide *at = wide_at(t, number);

	return memcmp(at->high[SIDE_CLIENT], client, sizeof at->high[0]) == 0 &&
	       memcmp(at->high[SIDE_SERVER], server, sizeof at->high[0]) == 0;
}

/* A packet's ends, its sender first. */
struct sought {
	struct ends there;
	uint8_t proto;
	const struct addr *src, *dst;
};

/* 0: these are a flow's ends. */
static inline uint64_t ends_apart(const struct story *s, struct ends e)
{
	return (s->addresses ^ e.addresses) | (s->ports ^ e.ports);
}

/* Whether the packet is of this flow, and from which side: unpredictable, so it is computed without a branch. */
static inline __attribute__((always_inline)) bool flow_is(const struct flow_table *t, uint32_t number,
                                                          const struct sought *p, enum side *ret_side)
{
	const struct story *s = story_at(t, number);
	uint64_t apart = ends_apart(s, p->there), apart_turned = ends_apart(s, ends_turned(p->there));
	uint64_t server = apart != 0;

	if ((apart_turned & (0 - server)) | (s->proto ^ p->proto))
		return false;
	*ret_side = server ? SIDE_SERVER : SIDE_CLIENT;
	if (!s->wide)
		return !is_wide(p->src, p->dst);
	if (!server && heads_are(t, number, p->src, p->dst))
		return true;
	*ret_side = SIDE_SERVER;
	return !apart_turned && heads_are(t, number, p->dst, p->src);
}

/* NIL: not tracked. guess: NIL, or a place where it may be. */
static inline __attribute__((always_inline)) uint32_t table_find(const struct flow_table *t, uint32_t hash,
                                                                  uint32_t guess, const struct sought *p,
                                                                  enum side *ret_side)
{
	if (guess != NIL && flow_is(t, guess, p, ret_side))
		return guess;
	for (size_t i = bucket_home(t, hash); t->buckets[i].flow; i = bucket_next(t, i))
		if (t->buckets[i].hash == hash && flow_is(t, t->buckets[i].flow - 1, p, ret_side))
			return t->buckets[i].flow - 1;
	return NIL;
}

/* For a conversation whose beginning was not seen: a port that a rule asks for is the server's,
 * else a privileged port if the other is not. */
static bool sender_is_server(const struct flow_table *t, const struct packet *p)
{
	bool from = t->hooks.wanted(t->hooks.context, p->sport, p->proto);
	bool to = t->hooks.wanted(t->hooks.context, p->dport, p->proto);

	if (from != to)
		return from;
	if ((p->sport < 1024) != (p->dport < 1024))
		return p->sport < 1024;
	return false;
}

static enum side first_side(const struct flow_table *t, const struct packet *p, struct story *s)
{
	if (p->proto == PROTO_TCP && (p->tcp_flags & TCP_SYN)) {
		s->midstream = p->tcp_flags & TCP_ACK;
		return p->tcp_flags & TCP_ACK ? SIDE_SERVER : SIDE_CLIENT;
	}
	s->midstream = p->proto == PROTO_TCP;
	return sender_is_server(t, p) ? SIDE_SERVER : SIDE_CLIENT;
}

static bool tracked_new(struct flow_table *t, const struct packet *p, bool wide, struct tracked *ret_tracked)
{
	if (t->n >= t->most)
		evict(t);
	uint32_t number = buckets_ensure(t) ? place_take(t, wide) : NIL;
	if (number == NIL)
		return false;
	*ret_tracked = tracked_at(t, number);
	*ret_tracked->story = (struct story){.proto = p->proto, .wide = wide};
	*ret_tracked->beside = (struct beside){.id = p->frame->number, .source = p->frame->source};
	return true;
}

static void note_ends(struct flow_table *t, const struct tracked *r, const struct packet *p, enum side from)
{
	struct ends ends = ends_of(&p->src, p->sport, &p->dst, p->dport);

	if (from == SIDE_SERVER)
		ends = ends_turned(ends);
	r->story->addresses = ends.addresses;
	r->story->ports = ends.ports;
	if (!r->story->wide)
		return;
	struct wide *at = wide_at(t, r->number);
	memcpy(at->high[from], &p->src, sizeof at->high[0]);
	memcpy(at->high[!from], &p->dst, sizeof at->high[0]);
}

static bool table_begin(struct flow_table *t, const struct packet *p, int64_t now_us, int64_t shift_us,
                        struct tracked *ret_tracked, enum side *ret_side)
{
	const struct tracked *r = ret_tracked;

	if (!tracked_new(t, p, is_wide(&p->src, &p->dst), ret_tracked))
		return false;
	if (!shift_note(t, r->story, shift_us)) {
		place_leave(t, r);
		return false;
	}
	r->story->first_us = now_us;
	*ret_side = first_side(t, p, r->story);
	note_ends(t, r, p, *ret_side);
	bucket_put(t, (uint32_t)p->hash, r->number);
	++*crowd_of_tracked(t, r);
	if (++t->n > t->counters.peak)
		t->counters.peak = t->n;
	t->counters.flows++;
	if (t->wheel_s == INT64_MIN)
		t->wheel_s = now_us / SECOND_US - 1;
	wheel_enter(t, r);
	return true;
}

/* A client uses the connection id that it chose first until the server gives it another: an Initial
 * to an id that nobody gave it begins another connection. source RFC 9000 7.2, 17.2.5.2; a new
 * choice after Version Negotiation: 6.2 */
static bool quic_begins_anew(const struct tracked *r, const struct packet *p)
{
	uint64_t id = quic_initial_id(p->payload);
	const struct said *said = id ? r->beside->said : NULL; /* few packets are Initials: spare the rest the access */
	const struct said_quic *q = said ? &said->quic : NULL;

	if (!q || !q->dcid || q->negotiated)
		return false;
	return id != q->dcid && id != q->told[0] && id != q->told[1];
}

/* Whether a packet on known ports begins another conversation. */
static bool begins_anew(const struct tracked *r, const struct packet *p, enum side side, int64_t now_us)
{
	const struct story *s = r->story;

	if (story_is_over(s, now_us))
		return true;
	if (s->proto != PROTO_TCP)
		return s->protocol == TALK_QUIC && side == SIDE_CLIENT && quic_begins_anew(r, p);
	if ((p->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)) != TCP_SYN)
		return false;
	if (side == SIDE_CLIENT && story_was_overtaken(s, p, now_us))
		return false;
	if (s->state == TCP_OVER || s->state == TCP_CLOSING)
		return true;
	/* Another ISN from the client's ports is another connection; from the
	 * server's side it is a simultaneous open or noise. */
	return side == SIDE_CLIENT && s->syn_n > 0 && p->seq + 1 != s->way[SIDE_CLIENT].begin;
}

bool flow_table_track(struct flow_table *t, const struct packet *p, uint32_t guess, int64_t now_us, int64_t shift_us,
                      struct tracked *ret_tracked, enum side *ret_side)
{
	const struct sought sought = {ends_of(&p->src, p->sport, &p->dst, p->dport), p->proto, &p->src, &p->dst};
	uint32_t number = table_find(t, (uint32_t)p->hash, guess, &sought, ret_side);

	if (number != NIL) {
		*ret_tracked = tracked_at(t, number);
		if (!begins_anew(ret_tracked, p, *ret_side, now_us))
			return true;
		tracked_end(t, ret_tracked, false);
	}
	return table_begin(t, p, now_us, shift_us, ret_tracked, ret_side);
}

bool flow_table_quoted(struct flow_table *t, const struct packet *p, struct tracked *ret_tracked, enum side *ret_side)
{
	const struct quoted *q = &p->quoted;
	const struct sought sought = {ends_of(&q->src, q->sport, &q->dst, q->dport), q->proto, &q->src, &q->dst};
	uint32_t number = table_find(t, (uint32_t)p->hash, NIL, &sought, ret_side);

	if (number != NIL)
		*ret_tracked = tracked_at(t, number);
	return number != NIL;
}

struct blocks *flow_table_rares(struct flow_table *t)
{
	return &t->rares;
}

struct flow_counters flow_table_counters(const struct flow_table *t)
{
	return t->counters;
}
