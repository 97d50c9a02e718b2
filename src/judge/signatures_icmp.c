/* Signatures of ICMP errors. */
#include "decode/packet.h"
#include "judge/signature.h"

#include <stdio.h>

/* The error came before the server said anything useful. What the server says later counts only if the client's data
 * has reached it after all. */
static bool before_answer(const struct flow *f)
{
	const struct half *c = &f->half[SIDE_CLIENT], *s = &f->half[SIDE_SERVER];
	moment at = f->unreachable.at;

	if (f->proto == PROTO_TCP && f->synack && f->synack < at)
		return !s->first_data || (s->first_data > at && c->waiting && c->waiting <= at);
	return !s->first_data;
}

static void say(const struct exhibit *e, struct finding *f)
{
	const struct unreachable *u = &e->flow->unreachable;
	char sender[ADDR_TEXT];

	addr_format(&u->sender, sender);
	finding_detail(f, "%s %u/%u from %s, %u time%s", u->v6 ? "ICMPv6" : "ICMP", u->type, u->code, sender, u->n,
	               u->n == 1 ? "" : "s");
	bool server = addr_equal(&u->sender, &e->flow->server);
	if (!server)
		finding_proof(f, "icmp-sender", "%s answered for the server", sender);
	f->confidence = server || f->signature != SIG_ICMP_PROHIBITED ? CONFIDENCE_MEDIUM : CONFIDENCE_HIGH;
}

static bool prohibited(const struct exhibit *e, struct finding *f)
{
	const struct unreachable *u = &e->flow->unreachable;

	if (!u->at || !unreachable_is_prohibited(u->v6, u->code) || !before_answer(e->flow))
		return false;
	say(e, f);
	addr_format(&u->sender, f->argument->blocker);
	return true;
}

/* No route, or no such host: codes 0 and 1 (RFC 792), ICMPv6 0 and 3. Port unreachable is often how a firewall
 * rejects. */
static bool is_unrouted(const struct unreachable *u)
{
	return u->code == 0 || u->code == (u->v6 ? 3 : 1);
}

/* Any other unreachable, if the client got no further: a retry that the server answers overrules it. */
static bool unreachable(const struct exhibit *e, struct finding *f)
{
	const struct flow *flow = e->flow;
	const struct unreachable *u = &flow->unreachable;

	if (!u->at || unreachable_is_prohibited(u->v6, u->code) || !before_answer(flow))
		return false;
	if (flow->proto == PROTO_TCP && flow->synack)
		return false;
	say(e, f);
	f->unrouted = is_unrouted(&flow->unreachable);
	return true;
}

const struct signature_row signature_rows_icmp[] = {
	{SIG_ICMP_PROHIBITED, prohibited, "RFC 1812 5.2.7.1; RFC 4443 3.1"},
	{SIG_ICMP_UNREACHABLE, unreachable, "RFC 792; RFC 1122 3.2.2.1; RFC 4443 3.1"},
	{SIG_NONE, NULL, NULL},
};
