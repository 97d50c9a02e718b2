/* What ICMP errors tell of a flow. */
#include "flow/story.h"

static bool is_unreachable(const struct packet *p)
{
	if (p->proto == PROTO_ICMP6)
		return p->icmp_type == 1;
	return p->icmp_type == 3 && p->icmp_code != 4; /* 3/4: fragmentation needed */
}

/* An error that quotes what this connection never sent is forged, or belongs to an earlier
 * connection on the same ports. source RFC 5927 4.1 */
static bool quotes_another(const struct story *s, const struct packet *p)
{
	const struct way *c = &s->way[SIDE_CLIENT];

	if (!p->quoted.has_seq || s->proto != PROTO_TCP || s->syn_n == 0)
		return false;
	return seq_before(p->quoted.seq, c->begin - 1) || seq_before(c->next, p->quoted.seq);
}

void icmp_story(struct story *s, struct blocks *rares, const struct packet *p, enum side side, int64_t now_us)
{
	bool v6 = p->proto == PROTO_ICMP6;

	if (side != SIDE_CLIENT || !is_unreachable(p) || addr_equal(&p->src, &p->quoted.src) || quotes_another(s, p))
		return;
	struct rare *r = story_rare(s, rares);
	if (!r)
		return;
	struct unreachable *u = &r->unreachable;
	if (u->n < UINT16_MAX)
		u->n++;
	/* A prohibition tells more than plain unreachability. */
	if (u->at && (unreachable_is_prohibited(u->v6, u->code) || !unreachable_is_prohibited(v6, p->icmp_code)))
		return;
	u->at = story_moment(s, now_us);
	u->sender = p->src;
	u->type = p->icmp_type;
	u->code = p->icmp_code;
	u->v6 = v6;
}
