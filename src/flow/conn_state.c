/* Zeek's conn_state of a flow. */
#include "flow/flow.h"

#include "decode/packet.h"

static const char *udp_state(const struct flow *f)
{
	if (f->half[SIDE_CLIENT].packets && f->half[SIDE_SERVER].packets)
		return "SF";
	return f->half[SIDE_CLIENT].packets ? "S0" : "SHR";
}

static const char *unopened_state(const struct flow *f)
{
	const struct half *c = &f->half[SIDE_CLIENT], *s = &f->half[SIDE_SERVER];

	if (s->rst)
		return "REJ";
	if (c->rst)
		return "RSTOS0";
	return c->fin ? "SH" : "S0";
}

const char *flow_conn_state(const struct flow *f)
{
	const struct half *c = &f->half[SIDE_CLIENT], *s = &f->half[SIDE_SERVER];

	if (f->proto != PROTO_TCP)
		return udp_state(f);
	if (f->midstream && !f->synack)
		return "OTH";
	if (f->midstream)
		return s->rst ? "RSTRH" : s->fin ? "SHR" : "OTH";
	if (!f->synack)
		return unopened_state(f);
	if (c->rst && (!s->rst || c->rst <= s->rst) && !(c->fin && s->fin))
		return "RSTO";
	if (s->rst && !(c->fin && s->fin))
		return "RSTR";
	if (c->fin && s->fin)
		return "SF";
	return c->fin ? "S2" : s->fin ? "S3" : "S1";
}
