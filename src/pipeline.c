#include "pipeline.h"

#include <stdlib.h>

#include "base/limits.h"
#include "flow/story.h"

#define FRAGMENT_BYTES (16u << 20)
#define EVIDENCE_FIRST 16u /* packets of a flow kept whatever they are */

struct pipeline {
	const struct lists *lists;
	struct watch *watch;
	struct decoder *decoder;
	struct flow_table *table;
	struct dissect *dissect;
	struct evidence_ring *ring; /* NULL: no evidence is kept */
	struct judge *judge;
	struct clock clock;
	int64_t aged_s;
	uint64_t frames, bytes, truncated;
	uint32_t forward_jumps;
	uint16_t last_source;
	int64_t first_us, last_us;
	struct packet packets[FRAME_BATCH];
	int64_t times[FRAME_BATCH], shifts[FRAME_BATCH];
};

static void flow_over(void *context, struct tracked *t)
{
	struct pipeline *p = context;

	dissect_over(p->dissect, t);
	if (!t->told_before)
		judge_over(p->judge, t, dissect_names(p->dissect), p->ring);
}

static bool port_wanted(void *context, uint16_t port, uint8_t proto)
{
	return lists_wants_port(((struct pipeline *)context)->lists, port, proto);
}

static void dns_said(void *context, const struct dns_message *m)
{
	judge_dns(((struct pipeline *)context)->judge, m);
}

struct pipeline *pipeline_new(const struct pipeline_options *options, struct watch *watch)
{
	struct pipeline *p = calloc(1, sizeof *p);

	if (!p)
		return NULL;
	struct flow_hooks flow_hooks = {.context = p, .over = flow_over, .wanted = port_wanted};
	struct dissect_hooks dissect_hooks = {.context = p, .dns = dns_said, .wanted = port_wanted};
	p->lists = options->lists;
	p->watch = watch;
	p->decoder = decoder_new(FRAGMENT_BYTES);
	p->table = flow_table_new(options->flows_most, &flow_hooks);
	p->dissect = dissect_new(&dissect_hooks);
	p->ring = options->evidence ? evidence_ring_new(EVIDENCE_RING_BYTES) : NULL;
	if (!p->decoder || !p->table || !p->dissect) {
		pipeline_free(p);
		return NULL;
	}
	return p;
}

void pipeline_free(struct pipeline *p)
{
	if (!p)
		return;
	flow_table_free(p->table);
	dissect_free(p->dissect);
	decoder_free(p->decoder);
	evidence_ring_free(p->ring);
	free(p);
}

void pipeline_judge(struct pipeline *p, struct judge *j)
{
	p->judge = j;
}

static void told_before(void *context, struct tracked *t)
{
	(void)context;
	t->told_before = t->told;
}

void pipeline_renew(struct pipeline *p, struct judge *j, const struct lists *lists)
{
	p->judge = j;
	p->lists = lists;
	flow_table_each(p->table, told_before, NULL);
}

/* ---- one packet */

/* Keep what may become evidence: the beginning of every flow, and of later
 * packets those that end or interrupt it. */
static void keep(struct pipeline *p, struct tracked *t, const struct packet *k, uint16_t repeats_before)
{
	bool telling = k->proto != PROTO_TCP && k->proto != PROTO_UDP;

	if (!p->ring || t->evidence_n >= EVIDENCE_FLOW_PACKETS * 2)
		return;
	if (k->proto == PROTO_TCP)
		telling = (k->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST)) ||
		          t->flow.half[0].repeats + t->flow.half[1].repeats != repeats_before;
	if (!telling && (t->flow.understood || t->evidence_n >= EVIDENCE_FIRST))
		return;
	t->evidence = evidence_keep(p->ring, t->evidence, k->frame);
	t->evidence_n++;
}

static void take_icmp(struct pipeline *p, const struct packet *k, int64_t now)
{
	enum side side;
	const struct quoted *q = &k->quoted;

	if (!q->present)
		return;
	struct tracked *t = flow_table_quoted(p->table, k, &side);
	if (t) {
		icmp_story(&t->flow, k, side, now);
		keep(p, t, k, 0);
	} else if (q->proto == PROTO_UDP && q->dport == 53 && !addr_equal(&k->src, &q->src)) {
		judge_lookup_unreachable(p->judge, &q->src, q->sport, &q->dst, &k->src);
	}
}

static void take_flow(struct pipeline *p, const struct packet *k, int64_t now, int64_t shift)
{
	enum side side;
	bool new;
	struct tracked *t = flow_table_track(p->table, k, now, shift, &side, &new);

	if (!t)
		return;
	struct flow *f = &t->flow;
	uint16_t repeats = (uint16_t)(f->half[0].repeats + f->half[1].repeats);
	if (k->proto == PROTO_UDP)
		udp_story(f, k, side, now);
	else if (tcp_story(f, k, side, now))
		flow_table_restate(p->table, t);
	if (k->payload_length && !f->understood && !(k->tcp_flags & (TCP_SYN | TCP_RST)))
		dissect_packet(p->dissect, t, k, side, now);
	keep(p, t, k, repeats);
}

static void take_packet(struct pipeline *p, const struct packet *k, int64_t now, int64_t shift)
{
	if (now / SECOND_US != p->aged_s) {
		p->aged_s = now / SECOND_US;
		flow_table_advance(p->table, now);
	}
	if (k->proto == PROTO_ICMP || k->proto == PROTO_ICMP6) {
		take_icmp(p, k, now);
		return;
	}
	bool dns = k->proto == PROTO_UDP && (k->dport == 53 || k->sport == 53) && k->payload_length;
	if (dns && dissect_lookup(p->dissect, k, now, shift))
		return;
	take_flow(p, k, now, shift);
}

/* ---- batches: decode all, ask the cache, then work */

static void work(struct pipeline *p, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		flow_table_prefetch_record(p->table, p->packets[i].hash);
	for (unsigned i = 0; i < n; i++)
		take_packet(p, &p->packets[i], p->times[i], p->shifts[i]);
}

static void note_frame(struct pipeline *p, const struct frame *f, int64_t *ret_now)
{
	uint32_t jumps = p->clock.jumps, backward = p->clock.backward;

	*ret_now = clock_sane(&p->clock, f->time_us);
	watch_see(p->watch, f->source, *ret_now, p->clock.jumps != jumps);
	if (p->clock.jumps != jumps && p->clock.backward == backward && f->source == p->last_source)
		p->forward_jumps++;
	p->last_source = f->source;
	if (p->frames++ == 0 || f->time_us < p->first_us)
		p->first_us = f->time_us;
	if (f->time_us > p->last_us)
		p->last_us = f->time_us;
	p->bytes += f->length;
	p->truncated += f->captured < f->length;
}

void pipeline_take(struct pipeline *p, const struct frame_batch *batch)
{
	unsigned n = 0;

	for (unsigned i = 0; i < batch->n; i++) {
		note_frame(p, &batch->frames[i], &p->times[n]);
		p->shifts[n] = p->clock.shift_us;
		if (decode_frame(p->decoder, &batch->frames[i], &p->packets[n]) != ERR_OK)
			continue;
		flow_table_prefetch(p->table, p->packets[n].hash);
		n++;
		/* A reassembled payload lives until the next decode. */
		if (p->packets[n - 1].reassembled) {
			work(p, n);
			n = 0;
		}
	}
	work(p, n);
}

#define SWEEP_RECORDS 65536u        /* of the flow table a tick: a million flows in under two seconds */
#define EARLY_US (2 * SECOND_US)    /* flows younger than this are likely to say more */
#define NAMES_FRESH_BYTES (NAMES_FLOW_BYTES / 4 * 3)

static void tell_early(void *context, struct tracked *t)
{
	struct pipeline *p = context;

	if (!t->told && p->clock.now_us - t->flow.first_us >= EARLY_US)
		t->told = judge_early(p->judge, t, dissect_names(p->dissect), p->ring);
}

void pipeline_tick(struct pipeline *p, int64_t now_us)
{
	int64_t sane = now_us - p->clock.shift_us;

	if (p->clock.started && sane > p->clock.now_us && sane - p->clock.now_us < CLOCK_JUMP_US) {
		p->clock.now_us = sane;
		watch_go_on(p->watch, sane);
		flow_table_advance(p->table, sane);
	}
	flow_table_sweep(p->table, SWEEP_RECORDS, tell_early, p);
	if (names_bytes(dissect_names(p->dissect)) > NAMES_FRESH_BYTES)
		dissect_renew_names(p->dissect, p->table);
}

void pipeline_finish(struct pipeline *p)
{
	flow_table_finish(p->table);
}

struct pipeline_counters pipeline_counters(const struct pipeline *p)
{
	return (struct pipeline_counters){
	    .decode = *decoder_counters(p->decoder),
	    .dissect = dissect_counters(p->dissect),
	    .flow = flow_table_counters(p->table),
	    .clock = p->clock,
	    .frames = p->frames,
	    .bytes = p->bytes,
	    .truncated = p->truncated,
	    .forward_jumps = p->forward_jumps,
	    .first_us = p->first_us,
	    .last_us = p->last_us,
	};
}
