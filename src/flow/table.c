#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/map.h"
#include "base/pages.h"
#include "dissectors/quic.h"
#include "flow/story.h"
#include "flow/table_inside.h"

#define EVICT_LOOK 48u /* flows looked at to find the least telling */

struct flow_table *flow_table_new(size_t most, const struct flow_hooks *hooks)
{
	struct flow_table *t = calloc(1, sizeof *t);

	if (!t)
		return NULL;
	hash_init();
	t->hooks = *hooks;
	blocks_init(&t->store, sizeof(struct chunk));
	t->most = most < 64 ? 64 : most;
	t->bucket_n = 4096;
	t->buckets = pages_new(t->bucket_n * sizeof *t->buckets);
	t->free = NIL;
	t->wheel_s = INT64_MIN;
	for (size_t i = 0; i < WHEEL_SLOTS; i++)
		t->wheel[i] = NIL;
	if (!t->buckets) {
		free(t);
		return NULL;
	}
	return t;
}

void flow_table_free(struct flow_table *t)
{
	if (!t)
		return;
	blocks_release(&t->store);
	free(t->chunks);
	free(t->due);
	pages_free(t->buckets, t->bucket_n * sizeof *t->buckets);
	free(t);
}

/* ---- buckets */

static size_t bucket_of(const struct flow_table *t, uint32_t hash, uint32_t number)
{
	size_t i = hash & (t->bucket_n - 1);

	while (t->buckets[i].flow != number + 1)
		i = (i + 1) & (t->bucket_n - 1);
	return i;
}

static void bucket_put(struct flow_table *t, uint32_t hash, uint32_t number)
{
	size_t i = hash & (t->bucket_n - 1);

	while (t->buckets[i].flow)
		i = (i + 1) & (t->bucket_n - 1);
	t->buckets[i] = (struct bucket){hash, number + 1};
}

static void bucket_drop(struct flow_table *t, uint32_t hash, uint32_t number)
{
	size_t mask = t->bucket_n - 1, hole = bucket_of(t, hash, number);

	t->buckets[hole].flow = 0;
	for (size_t i = (hole + 1) & mask; t->buckets[i].flow; i = (i + 1) & mask) {
		size_t home = t->buckets[i].hash & mask;
		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		t->buckets[hole] = t->buckets[i];
		t->buckets[i].flow = 0;
		hole = i;
	}
}

static bool buckets_grow(struct flow_table *t)
{
	size_t old_n = t->bucket_n;
	struct bucket *old = t->buckets, *new = pages_new(old_n * 2 * sizeof *new);

	if (!new)
		return false;
	t->buckets = new;
	t->bucket_n = old_n * 2;
	for (size_t i = 0; i < old_n; i++)
		if (old[i].flow)
			bucket_put(t, old[i].hash, old[i].flow - 1);
	pages_free(old, old_n * sizeof *old);
	return true;
}

/* ---- flows */

static bool chunk_add(struct flow_table *t)
{
	if (t->chunk_n == t->chunk_room) {
		size_t room = t->chunk_room ? t->chunk_room * 2 : 16;
		struct chunk **chunks = realloc(t->chunks, room * sizeof *chunks);
		if (!chunks)
			return false;
		t->chunks = chunks;
		t->chunk_room = room;
	}
	struct chunk *chunk = blocks_take(&t->store);
	if (!chunk)
		return false;
	uint32_t base = (uint32_t)(t->chunk_n * CHUNK_FLOWS);
	t->chunks[t->chunk_n++] = chunk;
	for (uint32_t i = CHUNK_FLOWS; i-- > 0;) {
		chunk->flows[i].tracked.number = base + i;
		chunk->places[i].used = false;
		chunk->places[i].next = t->free;
		t->free = base + i;
	}
	return true;
}

void tracked_end(struct flow_table *t, struct tracked *r)
{
	struct place *p = place_at(t, r->number);

	wheel_leave(t, r->number);
	bucket_drop(t, p->hash, r->number);
	t->crowds[p->crowd]--;
	t->hooks.over(t->hooks.context, r);
	p->used = false;
	p->next = t->free;
	t->free = r->number;
	t->n--;
}

/* How much would be lost with a flow: low goes first. */
static int flow_worth(const struct flow_table *t, const struct flow *f)
{
	if (f->proto == PROTO_TCP && f->state == TCP_OVER)
		return 0;
	bool wanted = t->hooks.wanted(t->hooks.context, f->server_port, f->proto);
	bool single = f->half[0].packets + f->half[1].packets <= 1;
	return 1 + (single ? 0 : 2) + (wanted ? 1 : 0);
}

/* Whether a goes before b, which is worth as much: one of a crowd at the same
 * server's port tells less (a flood's many hide the few that matter), then the
 * oldest. Crowds that differ by less than half are alike. */
static bool goes_before(const struct flow_table *t, const struct tracked *a, const struct tracked *b)
{
	uint32_t of_a = t->crowds[place_at(t, a->number)->crowd], of_b = t->crowds[place_at(t, b->number)->crowd];

	if (of_a / 2 > of_b || of_b / 2 > of_a)
		return of_a > of_b;
	return a->flow.first_us < b->flow.first_us;
}

/* Make room: of the next few flows round the clock the least telling. */
static void evict(struct flow_table *t)
{
	size_t all = t->chunk_n * CHUNK_FLOWS;
	struct tracked *least = NULL;
	int worth = 0;

	for (size_t seen = 0, step = 0; seen < EVICT_LOOK && step < all; step++) {
		struct tracked *r = tracked_at(t, t->hand);
		bool used = place_at(t, t->hand)->used;
		t->hand = (uint32_t)((t->hand + 1) % all);
		if (!used)
			continue;
		seen++;
		int w = flow_worth(t, &r->flow);
		if (!least || w < worth || (w == worth && goes_before(t, r, least))) {
			least = r;
			worth = w;
		}
	}
	if (!least)
		return;
	if (worth) { /* what is over has nothing to lose */
		t->counters.evicted++;
		least->flow.evicted = true;
	}
	tracked_end(t, least);
}

static struct tracked *tracked_new(struct flow_table *t, uint32_t hash)
{
	if (t->n >= t->most)
		evict(t);
	if (t->free == NIL && !chunk_add(t))
		return NULL;
	if (t->n + 1 > t->bucket_n / 2 && !buckets_grow(t))
		return NULL;
	uint32_t number = t->free;
	struct tracked *r = tracked_at(t, number);
	struct place *p = place_at(t, number);
	t->free = p->next;
	if (t->free != NIL) { /* the next flow's */
		__builtin_prefetch(place_at(t, t->free), 1);
		record_prefetch(tracked_at(t, t->free));
	}
	memset(r, 0, sizeof *r);
	r->number = number;
	p->hash = hash;
	p->used = true;
	bucket_put(t, hash, number);
	if (++t->n > t->counters.peak)
		t->counters.peak = t->n;
	t->counters.flows++;
	return r;
}

/* ---- finding */

void flow_table_prefetch(const struct flow_table *t, uint64_t hash)
{
	__builtin_prefetch(&t->buckets[(uint32_t)hash & (t->bucket_n - 1)]);
}

void flow_table_prefetch_record(const struct flow_table *t, uint64_t hash)
{
	uint32_t h = (uint32_t)hash;

	for (size_t i = h & (t->bucket_n - 1); t->buckets[i].flow; i = (i + 1) & (t->bucket_n - 1)) {
		if (t->buckets[i].hash != h)
			continue;
		const char *r = (const char *)tracked_at(t, t->buckets[i].flow - 1);
		for (size_t line = 0; line < HOT_LINES; line++)
			__builtin_prefetch(r + line * LINE_BYTES);
		return;
	}
}

struct tuple {
	const struct addr *src, *dst;
	uint16_t sport, dport;
	uint8_t proto;
};

static bool tuple_is(const struct flow *f, const struct tuple *w, enum side *ret_side)
{
	if (f->proto != w->proto)
		return false;
	if (f->client_port == w->sport && f->server_port == w->dport && addr_equal(&f->client, w->src) &&
	    addr_equal(&f->server, w->dst)) {
		*ret_side = SIDE_CLIENT;
		return true;
	}
	if (f->client_port == w->dport && f->server_port == w->sport && addr_equal(&f->client, w->dst) &&
	    addr_equal(&f->server, w->src)) {
		*ret_side = SIDE_SERVER;
		return true;
	}
	return false;
}

static struct tracked *table_find(const struct flow_table *t, uint32_t hash, const struct tuple *w, enum side *ret_side)
{
	for (size_t i = hash & (t->bucket_n - 1); t->buckets[i].flow; i = (i + 1) & (t->bucket_n - 1)) {
		if (t->buckets[i].hash != hash)
			continue;
		struct tracked *r = tracked_at(t, t->buckets[i].flow - 1);
		if (tuple_is(&r->flow, w, ret_side))
			return r;
	}
	return NULL;
}

/* Who is the client of a conversation whose beginning was not seen: a known
 * service port is the server's, else the lower of a privileged and another. */
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

static enum side first_side(const struct flow_table *t, const struct packet *p, struct flow *f)
{
	if (p->proto == PROTO_TCP && (p->tcp_flags & TCP_SYN)) {
		f->midstream = p->tcp_flags & TCP_ACK;
		return p->tcp_flags & TCP_ACK ? SIDE_SERVER : SIDE_CLIENT;
	}
	f->roles_guessed = true;
	if (p->proto == PROTO_TCP)
		f->midstream = true;
	return sender_is_server(t, p) ? SIDE_SERVER : SIDE_CLIENT;
}

/* Not keyed: who collides must not differ from run to run, and can gain no more
 * than to be forgotten like its neighbour. */
static uint16_t crowd_of(const struct flow *f)
{
	uint64_t words[2];

	memcpy(words, f->server.b, sizeof words);
	words[1] ^= words[0] ^ (uint64_t)f->server_port << 8 ^ f->proto;
	return (uint16_t)(words[1] * UINT64_C(0x9e3779b97f4a7c15) >> 52) % CROWDS;
}

static struct tracked *table_begin(struct flow_table *t, const struct packet *p, int64_t now_us, int64_t shift_us,
                                  enum side *ret_side)
{
	struct tracked *r = tracked_new(t, (uint32_t)p->hash);

	if (!r)
		return NULL;
	struct flow *f = &r->flow;
	f->proto = p->proto;
	f->first_us = now_us;
	f->shift_us = shift_us;
	f->id = p->frame->number;
	f->source = p->frame->source;
	*ret_side = first_side(t, p, f);
	bool client = *ret_side == SIDE_CLIENT;
	f->client = client ? p->src : p->dst;
	f->server = client ? p->dst : p->src;
	f->client_port = client ? p->sport : p->dport;
	f->server_port = client ? p->dport : p->sport;
	uint16_t crowd = place_at(t, r->number)->crowd = crowd_of(f);
	t->crowds[crowd]++;
	if (t->wheel_s == INT64_MIN)
		t->wheel_s = now_us / SECOND_US - 1;
	wheel_enter(t, r);
	return r;
}

/* A client keeps the connection id that it chose first until the server told it
 * another: an Initial to one that nobody told it begins another connection.
 * source RFC 9000 7.2, 17.2.5.2; a choice anew after Version Negotiation: 6.2 */
static bool quic_begins_anew(const struct flow *f, const struct packet *p)
{
	const struct said_quic *q = f->protocol == TALK_QUIC && f->said ? &f->said->quic : NULL;

	if (!q || !q->dcid || q->negotiated)
		return false;
	uint64_t id = quic_initial_id(p->payload);
	return id && id != q->dcid && id != q->told[0] && id != q->told[1];
}

/* Whether a packet on known ports begins another conversation. */
static bool begins_anew(const struct flow *f, const struct packet *p, enum side side, int64_t now_us)
{
	if (now_us > flow_due_us(f))
		return true;
	if (p->proto == PROTO_UDP)
		return side == SIDE_CLIENT && quic_begins_anew(f, p);
	if (p->proto != PROTO_TCP || (p->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)) != TCP_SYN)
		return false;
	if (side == SIDE_CLIENT && story_was_overtaken(f, p, now_us))
		return false;
	if (f->state == TCP_OVER || f->state == TCP_CLOSING)
		return true;
	/* Another ISN from the client's ports is another connection; from the
	 * server's side it is a simultaneous open or noise. */
	return side == SIDE_CLIENT && f->syn_n > 0 && p->seq != f->half[SIDE_CLIENT].isn;
}

struct tracked *flow_table_track(struct flow_table *t, const struct packet *p, int64_t now_us, int64_t shift_us,
                                 enum side *ret_side, bool *ret_new)
{
	struct tuple w = {&p->src, &p->dst, p->sport, p->dport, p->proto};
	struct tracked *r = table_find(t, (uint32_t)p->hash, &w, ret_side);

	*ret_new = false;
	if (r && begins_anew(&r->flow, p, *ret_side, now_us)) {
		tracked_end(t, r);
		r = NULL;
	}
	if (!r) {
		r = table_begin(t, p, now_us, shift_us, ret_side);
		*ret_new = true;
	}
	return r;
}

struct tracked *flow_table_quoted(struct flow_table *t, const struct packet *p, enum side *ret_side)
{
	const struct quoted *q = &p->quoted;
	struct tuple w = {&q->src, &q->dst, q->sport, q->dport, q->proto};
	struct tracked *r = table_find(t, (uint32_t)p->hash, &w, ret_side);

	return r;
}

struct flow_counters flow_table_counters(const struct flow_table *t)
{
	return t->counters;
}
