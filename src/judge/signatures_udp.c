/* Signatures of QUIC and of other datagrams. */
#include "decode/packet.h"
#include "judge/signature.h"

static bool speaks(const struct flow *f, enum protocol p)
{
	return f->proto == PROTO_UDP && f->protocol == p && f->said;
}

/* source RFC 9000 8.1, RFC 9002 6.2 (probe time-out) */
static bool quic_timeout(const struct exhibit *e, struct finding *f)
{
	if (!speaks(e->flow, TALK_QUIC) || e->flow->half[SIDE_SERVER].packets)
		return false;
	const struct said_quic *q = &e->flow->said->quic;
	f->silent = true;
	if (q->flights < e->waits->sends || e->flow->evicted ||
	    !waited(e, q->first_initial, q->last_initial, e->waits->quic_us)) {
		finding_doubt(f, q->flights < e->waits->sends ? "not-repeated" : "window");
		f->single = true;
		return true;
	}
	finding_detail(f, "%u Initials over %.1f s", q->initials, seconds_between(q->first_initial, q->last_initial));
	finding_proof(f, "repeated", "%u flights over %.1f s", q->flights,
	              seconds_between(q->first_initial, q->last_initial));
	return true;
}

/* Whether the server's port answered anyone is known only later (settle.c): here the flow's own repetitions decide.
 * source RFC 8085 3.1.1 */
static bool udp_timeout(const struct exhibit *e, struct finding *f)
{
	const struct flow *flow = e->flow;
	const struct half *c = &flow->half[SIDE_CLIENT];

	if (flow->proto != PROTO_UDP || flow->half[SIDE_SERVER].packets || c->packets == 0 ||
	    flow->protocol == TALK_RTP ||
	    flow->protocol == TALK_QUIC || flow->protocol == TALK_STUN)
		return false;
	f->silent = true;
	if (flow->midstream) { /* it was answered before, and may have been over when the capture began */
		finding_doubt(f, "midstream");
		return true;
	}
	bool answers = protocol_answers(flow->protocol);
	bool repeated = flow->request_flights >= 2 || (answers && flow->flights >= 2);
	moment last = c->last;
	if (!repeated || flow->evicted || !waited(e, 1, last, e->waits->udp_us)) {
		bool one_way = flow->flights >= 2 && !answers;
		finding_doubt(f, repeated ? "window" : one_way ? ONE_WAY : "not-repeated");
		f->single = !repeated && waited(e, 1, last, e->waits->udp_us);
		if (flow->flights >= 2)
			finding_detail(f, "%u datagrams over %.1f s", c->packets, seconds_between(1, last));
		return true;
	}
	finding_detail(f, "%u datagrams over %.1f s", c->packets, seconds_between(1, last));
	finding_proof(f, "repeated", "the same request %u times over %.1f s", flow->request_flights,
	              seconds_between(1, last));
	return true;
}

const struct signature_row signature_rows_udp[] = {
	{SIG_QUIC_TIMEOUT, quic_timeout, "RFC 9000 8.1; RFC 9002 6.2; RFC 9312 4.6"},
	{SIG_UDP_TIMEOUT, udp_timeout, "RFC 8085 3.1"},
	{SIG_NONE, NULL, NULL},
};
