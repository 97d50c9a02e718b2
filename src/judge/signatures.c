/* Judging one flow: the first matching row of the tables decides. */
#include "decode/packet.h"
#include "flow/story.h"
#include "judge/signature.h"

static bool try_rows(const struct signature_row *rows, const struct exhibit *e, struct finding *f)
{
	for (; rows->signature != SIG_NONE; rows++) {
		struct finding found = {.outcome = signature_outcome(rows->signature), .signature = rows->signature,
		                        .confidence = CONFIDENCE_MEDIUM, .argument = e->scratch};
		/* scratch is large and there are many rows: clear only the fields that are read. */
		e->scratch->detail[0] = e->scratch->blocker[0] = '\0';
		e->scratch->proof_n = 0;
		e->scratch->remark.kind = REMARK_NONE;
		e->scratch->store = NULL;
		if (!rows->shows(e, &found))
			continue;
		*f = found;
		return true;
	}
	return false;
}

/* The capture misses the client's last data, or all of it. */
static bool last_word_unread(const struct flow *flow)
{
	const struct half *c = &flow->half[SIDE_CLIENT], *s = &flow->half[SIDE_SERVER];

	return c->cut_short || (s->acks && seq_before(c->next, s->acked));
}

/* The client may have refused the certificate in bytes that the capture lost: an alert would be its last data. */
static bool refusal_unread(const struct flow *flow, const struct said_tls *tls)
{
	if (!tls->server_hello || tls->finished[SIDE_CLIENT])
		return false;
	if (tls->chosen < 0x0304)
		return !tls->finished[SIDE_SERVER] && (flow->half[SIDE_CLIENT].hole || last_word_unread(flow));
	return last_word_unread(flow);
}

/* The capture misses something the server said that may have been a refusal: an alert or a FIN instead of a
 * ServerHello, or any HTTP status. Or it misses the client's refusal of a certificate. An answer to a request of
 * which the capture has nothing cannot be interpreted. */
static bool answer_unread(const struct flow *flow)
{
	const struct half *c = &flow->half[SIDE_CLIENT], *s = &flow->half[SIDE_SERVER];
	const struct said *said = flow->said;
	uint32_t end = c->acks && seq_before(s->next, c->acked) ? c->acked : s->next;
	bool unseen = s->hole || end != s->next;

	if (!c->first_data && last_word_unread(flow))
		return true;
	if (!said)
		return false;
	if (flow->protocol == TALK_HTTP)
		return unseen && said->http.requests && !said->http.answers;
	if (flow->protocol != TALK_TLS || said->http.connect_kind)
		return false;
	if (said->tls.hello && !s->first_data)
		return unseen && end - s->begin < SERVER_HELLO_LEAST;
	return refusal_unread(flow, &said->tls);
}

/* The user asked for certificate issuers to be checked, and the capture cut or lost this one. TLS 1.3 never shows
 * it. */
static bool issuer_unread(const struct exhibit *e)
{
	const struct flow *flow = e->flow;

	if (!e->interceptor_n || flow->protocol != TALK_TLS || !flow->said || flow->midstream)
		return false;
	return (flow->truncated || flow->half[SIDE_SERVER].hole) && !flow->said->tls.issuer &&
	       flow->said->tls.chosen < 0x0304;
}

/* The client sent a request that must be answered, and heard nothing: any device between may have acknowledged it. */
static bool is_unanswered(const struct flow *flow)
{
	const struct said *said = flow->said;

	if (!said || server_spoke(flow))
		return false;
	return flow->protocol == TALK_STUN ? said->stun.requests > 0
	                                   : flow->protocol == TALK_HTTP && said->http.requests > 0;
}

/* Why an opened connection does not count as working; NULL: nothing speaks against it. */
static const char *tcp_doubt(const struct exhibit *e)
{
	const struct flow *flow = e->flow;
	const struct half *c = &flow->half[SIDE_CLIENT], *s = &flow->half[SIDE_SERVER];
	const struct said *said = flow->said;

	if (flow->midstream)
		return s->first_data && c->packets ? NULL : "midstream";
	if (!flow->synack)
		return "window";
	if (!c->acks && !c->rst && flow->syn_last > flow->synack)
		return "unopened"; /* the server's answers do not reach the client */
	if (!c->first_data && !s->first_data && !c->fin && !s->fin && !c->rst &&
	    !waited(e, flow->synack, flow->synack, e->waits->tcp_us))
		return "window"; /* cut off by the capture's end before anything was said */
	if (s->shut && !s->first_data && !c->first_data)
		return "shut"; /* whoever answered takes no data: a SYN proxy that reaches no server */
	if ((s->hole || c->rst) && s->first_data && c->acks && c->acked == s->begin)
		return "undelivered"; /* lost on the way: path MTU, RFC 2923 2.1; or the client was gone */
	if (said && said->http.connect_kind && !said->http.tunnel && !said->http.connect_status)
		return "proxy-silent";
	if (c->first_data && !s->first_data && c->waiting)
		return c->fin || c->rst ? "client-gave-up" : "window";
	if (answer_unread(flow))
		return "capture-drops";
	return is_unanswered(flow) ? "unanswered" : NULL;
}

/* Nothing wrong found: did the service answer? */
static void plain(const struct exhibit *e, struct finding *f)
{
	const struct flow *flow = e->flow;
	const struct half *c = &flow->half[SIDE_CLIENT], *s = &flow->half[SIDE_SERVER];
	const char *doubt = flow->proto == PROTO_TCP ? tcp_doubt(e) : NULL;

	if (!doubt && issuer_unread(e))
		doubt = "certificate-unread";
	*f = (struct finding){.outcome = OUTCOME_OK, .answered = true};
	if (flow->evicted) {
		finding_doubt(f, "table-full");
	} else if (doubt) {
		finding_doubt(f, doubt);
	} else if (flow->proto == PROTO_UDP && s->packets == 0) {
		finding_doubt(f, "unanswered");
	} else if (flow->proto == PROTO_UDP && c->packets == 0) {
		finding_doubt(f, "midstream");
	}
	if (f->outcome == OUTCOME_INCONCLUSIVE)
		f->answered = false;
}

struct finding judge_flow(const struct exhibit *e)
{
	struct finding f;

	if (try_rows(signature_rows_proxy, e, &f) || try_rows(signature_rows_icmp, e, &f))
		return f;
	if (try_rows(signature_rows_stun, e, &f))
		return f;
	if (e->flow->proto == PROTO_TCP) {
		if (try_rows(signature_rows_tls, e, &f) || try_rows(signature_rows_tcp, e, &f))
			return f;
	} else if (try_rows(signature_rows_udp, e, &f)) {
		return f;
	}
	plain(e, &f);
	return f;
}
