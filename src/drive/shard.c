#include "drive/shard.h"

#include <stdlib.h>

#include "base/limits.h"
#include "flow/story.h"
#include "flow/stray.h"

struct shard {
	struct shard_options o;
	struct shard_hooks hooks;
	struct flow_table *table;
	struct blocks *rares; /* the table's */
	struct dissect *dissect;
	int64_t now_us; /* of the sweep */
	struct strays strays;
};

static void flow_over(void *context, const struct tracked *t, bool evicted)
{
	struct shard *s = context;
	struct flow f;

	dissect_over(s->dissect, t);
	flow_table_tell(s->table, t, &f);
	f.evicted = evicted;
	f.again = t->story->told;
	s->hooks.over(s->hooks.context, &f, dissect_names(s->dissect), t->beside->evidence, !t->story->told_before);
	dissect_forget(s->dissect, t);
}

static void flow_soon(void *context, const struct tracked *t, unsigned steps)
{
	const struct shard *s = context;

	dissect_expect(t, steps);
	if (s->hooks.soon)
		s->hooks.soon(s->hooks.context, flow_table_client(s->table, t), steps);
}

static bool port_wanted(void *context, uint16_t port, uint8_t proto)
{
	return lists_wants_port(((struct shard *)context)->o.lists, port, proto);
}

struct shard *shard_new(const struct shard_options *options, const struct shard_hooks *hooks)
{
	struct shard *s = calloc(1, sizeof *s);

	if (!s)
		return NULL;
	s->o = *options;
	s->hooks = *hooks;
	struct flow_hooks flow_hooks = {.context = s, .over = flow_over, .wanted = port_wanted,
	                                .soon = flow_soon};
	struct dissect_hooks dissect_hooks = {.context = hooks->context, .dns = hooks->dns, .wanted_context = s,
	                                      .wanted = port_wanted};
	s->table = flow_table_new((size_t)((double)options->flows_most * options->part), &flow_hooks);
	s->dissect = dissect_new(&dissect_hooks, options->memory_bytes, options->part);
	if (!s->table || !s->dissect) {
		shard_free(s);
		return NULL;
	}
	s->rares = flow_table_rares(s->table);
	return s;
}

void shard_free(struct shard *s)
{
	if (!s)
		return;
	flow_table_free(s->table);
	dissect_free(s->dissect);
	free(s);
}

/* ---- one packet */

/* Keep what may become evidence: the beginning of every flow, and of later
 * packets those that end or interrupt it. */
static void keep(struct shard *s, const struct tracked *t, const struct packet *k, bool telling)
{
	struct beside *b = t->beside;

	if (!s->hooks.keep)
		return;
	if (b->evidence_n >= (telling ? EVIDENCE_FLOW_PACKETS : EVIDENCE_FLOW_FIRST))
		return;
	b->evidence = s->hooks.keep(s->hooks.context, b->evidence, k->frame);
	b->evidence_n++;
}

static void take_icmp(struct shard *s, const struct packet *k, int64_t now)
{
	enum side side;
	const struct quoted *q = &k->quoted;

	if (!q->present)
		return;
	struct tracked t;
	if (flow_table_quoted(s->table, k, &t, &side)) {
		icmp_story(t.story, s->rares, k, side, now);
		keep(s, &t, k, true);
	} else if (q->proto == PROTO_UDP && q->dport == 53 && !addr_equal(&k->src, &q->src)) {
		s->hooks.unreachable(s->hooks.context, k);
	} else {
		strays_keep(&s->strays, k, now);
	}
}

static void take_flow(struct shard *s, const struct packet *k, uint32_t guess, int64_t now, int64_t shift)
{
	enum side side;
	struct tracked t;

	if (!flow_table_track(s->table, k, guess, now, shift, &t, &side))
		return;
	struct story *story = t.story;
	bool telling = false;
	if (k->proto == PROTO_UDP) {
		udp_story(story, k, side, now);
	} else {
		unsigned changed = tcp_story(story, s->rares, k, side, now);
		if (changed & STORY_STATE)
			flow_table_restate(s->table, &t);
		telling = (k->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST)) || (changed & STORY_REPEATS);
	}
	bool new = story->way[0].packets + story->way[1].packets == 1;
	const struct packet *error = new && s->strays.n ? strays_take(&s->strays, k, now) : NULL;
	if (error)
		icmp_story(story, s->rares, error, side, now);
	if (k->payload_length && !story->understood && !(k->tcp_flags & TCP_RST))
		dissect_packet(s->dissect, &t, k, side, now, shift);
	/* An understood flow's packet need not touch what is kept beside its story. */
	if (telling || !story->understood)
		keep(s, &t, k, telling);
}

void shard_take(struct shard *s, const struct packet *k, uint32_t guess, int64_t now, int64_t shift)
{
	if (k->proto == PROTO_ICMP || k->proto == PROTO_ICMP6) {
		take_icmp(s, k, now);
		return;
	}
	bool dns = k->proto == PROTO_UDP && (k->dport == 53 || k->sport == 53) && k->payload_length;
	if (dns && dissect_lookup(s->dissect, k, now, shift))
		return;
	take_flow(s, k, guess, now, shift);
}

void shard_prefetch(const struct shard *s, uint64_t hash)
{
	flow_table_prefetch(s->table, hash);
}

uint32_t shard_prefetch_record(const struct shard *s, uint64_t hash)
{
	return flow_table_prefetch_record(s->table, hash);
}

/* ---- time */

void shard_age(struct shard *s, int64_t now_us)
{
	flow_table_advance(s->table, now_us);
}

void shard_finish(struct shard *s, uint64_t before)
{
	flow_table_finish(s->table, before);
}

/* ---- live */

#define SWEEP_RECORDS 65536u     /* of the flow table a tick: a million flows in under two seconds */
#define EARLY_US (2 * SECOND_US) /* younger flows are likely to say more */

/* Whether a flow that was told goes on otherwise now: its client got stuck, or is no longer. It may be an hour until it
 * is over. */
static bool has_turned(const struct story *s)
{
	return s->has_rare && !s->told_before && story_is_stuck(s) != s->rare->told_stuck;
}

static void tell_early(void *context, const struct tracked *t)
{
	struct shard *s = context;
	struct story *story = t->story;
	struct flow f;

	if (story->told ? !has_turned(story) : s->now_us - story->first_us < EARLY_US)
		return;
	flow_table_tell(s->table, t, &f);
	f.again = story->told;
	if (!s->hooks.early(s->hooks.context, &f, dissect_names(s->dissect), t->beside->evidence))
		return;
	story->told = true;
	/* The first time it may be too early to say that it is stuck. */
	if (story->has_rare)
		story->rare->told_stuck = f.again && story_is_stuck(story);
}

void shard_sweep(struct shard *s, int64_t now_us)
{
	s->now_us = now_us;
	flow_table_sweep(s->table, (size_t)(SWEEP_RECORDS * s->o.part) + 1, tell_early, s);
	size_t most = (size_t)((double)limit_share(NAMES_FLOW_BYTES, s->o.memory_bytes, SHARE_FLOW_NAMES) * s->o.part);
	if (names_bytes(dissect_names(s->dissect)) > most / 4 * 3)
		s->hooks.retire(s->hooks.context, dissect_renew_names(s->dissect, s->table));
}

static void told_before(void *context, const struct tracked *t)
{
	(void)context;
	t->story->told_before = t->story->told;
}

void shard_renew(struct shard *s, const struct lists *lists)
{
	s->o.lists = lists;
	flow_table_each(s->table, told_before, NULL);
}

void shard_count(const struct shard *s, struct dissect_counters *dissect, struct flow_counters *flow)
{
	struct dissect_counters d = dissect_counters(s->dissect);
	struct flow_counters f = flow_table_counters(s->table);

	dissect->messages[0] += d.messages[0];
	dissect->messages[1] += d.messages[1];
	dissect->truncated += d.truncated;
	dissect->malformed += d.malformed;
	dissect->limit += d.limit;
	dissect->unsupported += d.unsupported;
	dissect->refused += d.refused;
	dissect->given_up += d.given_up;
	dissect->ndpi_flows += d.ndpi_flows;
	flow->flows += f.flows;
	flow->evicted += f.evicted;
	flow->peak += f.peak;
}
