/* Signatures of STUN and TURN, over UDP and TCP alike. */
#include "decode/packet.h"
#include "judge/signature.h"

/* Nothing came back, or with ICE only the peer's own checks, which are not answers. */
static bool is_unanswered(const struct flow *f)
{
	const struct said_stun *s = &f->said->stun;
	const struct half *server = &f->half[SIDE_SERVER];

	return s->requests && !s->success && !s->errors && (!server->first_data || server->packets == s->checks);
}

/* What tells a check from another Binding request are attributes at its end, which the capture may have cut. */
static bool may_be_ice(const struct flow *f)
{
	const struct said_stun *s = &f->said->stun;

	return s->ice || (f->truncated && !s->allocate && !s->resumed);
}

/* source RFC 8489 6.2.1 (retransmissions), RFC 8656 7, RFC 8445 7 */
static bool stun_timeout(const struct exhibit *e, struct finding *f)
{
	if (e->flow->protocol != TALK_STUN || !e->flow->said || !is_unanswered(e->flow))
		return false;
	const struct said_stun *s = &e->flow->said->stun;
	/* ICE checks fail by design. They do not if the peer sends checks too: then it is there but receives
	 * nothing. */
	if (may_be_ice(e->flow) && (s->checks < e->waits->sends || s->flights < e->waits->sends)) {
		finding_doubt(f, "ice-check");
		return true;
	}
	if (e->flow->proto == PROTO_TCP && s->flights < e->waits->sends)
		return false; /* over TCP: TCP's own signatures judge */
	if (s->resumed) { /* it was answered before */
		finding_doubt(f, "midstream");
		return true;
	}
	f->silent = s->checks == 0;
	if (s->flights < e->waits->sends || e->flow->evicted ||
	    !waited(e, s->first_request, s->last_request, e->waits->stun_us)) {
		finding_doubt(f, s->flights < e->waits->sends ? "not-repeated" : "window");
		f->single = s->checks == 0;
		return true;
	}
	finding_detail(f, "%u requests over %.1f s, no response", s->requests,
	               seconds_between(s->first_request, s->last_request));
	finding_proof(f, "repeated", "%u sends over %.1f s", s->flights,
	              seconds_between(s->first_request, s->last_request));
	if (s->checks)
		finding_proof(f, "peer-asks", "the other side sends %u checks of its own", s->checks);
	return true;
}

/* source RFC 8489 14.8, RFC 8656 19 */
static bool stun_error(const struct exhibit *e, struct finding *f)
{
	if (e->flow->protocol != TALK_STUN || !e->flow->said)
		return false;
	const struct said_stun *s = &e->flow->said->stun;
	if (!s->error || s->requests == 0 || s->ice || s->allocated || (s->bound && !s->error_allocate))
		return false;
	if (s->resumed) { /* who asks for permissions or channels has been given a relay */
		finding_doubt(f, "midstream");
		return true;
	}
	const char *reason = names_text(e->names, s->reason);
	finding_detail(f, "%u%s%.100s", s->error, *reason ? " " : "", reason);
	f->answered = false;
	return true;
}

const struct signature_row signature_rows_stun[] = {
	{SIG_STUN_TIMEOUT, stun_timeout, "RFC 8489 6.2.1; RFC 8656 7; RFC 8445 7"},
	{SIG_STUN_ERROR, stun_error, "RFC 8489 6.3.4, 14.8; RFC 8656 19"},
	{SIG_NONE, NULL, NULL},
};
