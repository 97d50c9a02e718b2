/* From the compact record of the table to a struct flow, which the judge reads. */
#include "flow/story.h"

static void tell_rare(const struct story *s, struct flow *ret_flow)
{
	const struct rare *r = s->rare;

	for (unsigned side = 0; side < 2; side++) {
		struct half *h = &ret_flow->half[side];
		h->repeats = r->repeats[side];
		h->stuck = r->stuck[side];
		if (s->proto == PROTO_TCP)
			h->repeated = r->repeated[side];
		if (s->way[side].fin && s->way[side].rst)
			h->rst = r->rst[side];
	}
	ret_flow->half[SIDE_CLIENT].progress = r->progress;
	ret_flow->reset = r->reset;
	ret_flow->unreachable = r->unreachable;
}

static void tell_way(const struct way *w, bool tcp, struct half *ret_half)
{
	ret_half->bytes = (uint64_t)w->bytes_high << 32 | w->bytes_low;
	ret_half->packets = w->packets;
	ret_half->last = w->last;
	ret_half->first_data = w->first_data;
	ret_half->last_data = w->last_data;
	ret_half->ttl = w->ttl;
	ret_half->paused = w->paused;
	if (!tcp) {
		ret_half->repeated = w->repeated;
		return;
	}
	ret_half->begin = w->begin;
	ret_half->next = w->next;
	ret_half->acked = w->acked;
	ret_half->waiting = w->waiting;
	*(w->fin ? &ret_half->fin : &ret_half->rst) = w->end; /* 0 where there was neither */
	ret_half->acks = w->acks;
	ret_half->hole = w->hole;
	ret_half->cut_short = w->cut_short;
	ret_half->closing = w->closing;
	ret_half->shut = w->acks && !w->open;
}

void story_tell(const struct story *s, struct flow *ret_flow)
{
	const struct usual *u = s->has_rare ? &s->rare->usual : &s->usual;
	const struct way *c = &s->way[SIDE_CLIENT];
	bool tcp = s->proto == PROTO_TCP;

	*ret_flow = (struct flow){
	    .client_port = story_port(s, SIDE_CLIENT),
	    .server_port = story_port(s, SIDE_SERVER),
	    .proto = s->proto,
	    .state = s->state,
	    .protocol = s->protocol,
	    .midstream = s->midstream,
	    .truncated = s->truncated,
	    .server_ended_first = s->server_ended_first,
	    .syn_n = s->syn_n,
	    .first_us = s->first_us,
	    .syn_last = story_syn_last(s),
	    .synack = u->synack,
	    .idle_ms = u->idle_ms,
	    .request_flights = tcp ? 0 : (uint16_t)c->request_flights,
	    .flights = tcp ? 0 : (uint16_t)c->flights,
	};
	tell_way(c, tcp, &ret_flow->half[SIDE_CLIENT]);
	tell_way(&s->way[SIDE_SERVER], tcp, &ret_flow->half[SIDE_SERVER]);
	ret_flow->half[SIDE_CLIENT].largest = s->largest;
	ret_flow->half[SIDE_SERVER].progress = s->progress;
	if (s->has_rare)
		tell_rare(s, ret_flow);
}

bool story_was_overtaken(const struct story *s, const struct packet *p, int64_t now_us)
{
	const struct way *o = &s->way[SIDE_SERVER];

	if (!s->midstream || s->syn_n > 1 || s->way[SIDE_CLIENT].first_data)
		return false;
	/* mirrors double resets, too, and those without an IP ID all count */
	bool reset = o->rst && s->has_rare && s->rare->reset.with_ack && o->packets == s->rare->reset.n;
	bool synack = (s->has_rare ? s->rare->usual : s->usual).synack && o->packets == 1;
	return (reset || synack) && story_moment(s, now_us) <= OVERTAKE_MS &&
	       o->acked == p->seq + 1 + p->payload_length;
}
