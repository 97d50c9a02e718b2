/* Servers whose answers reach the client but not the capture: routes are often asymmetric, and a mirror port may
 * show only one direction of some of them. */
#include <string.h>

#include "decode/packet.h"
#include "judge/candidate.h"

static struct listener listener_of(uint32_t client, const struct addr *server)
{
	struct listener l;

	memset(&l, 0, sizeof l);
	l.client = client;
	l.server = *server;
	return l;
}

/* An acknowledgment proves that something was received. source RFC 9293 3.10.7.3 */
static bool is_unseen(const struct flow *f)
{
	return f->proto == PROTO_TCP && f->syn_n && !f->half[SIDE_SERVER].packets && f->half[SIDE_CLIENT].acks;
}

bool judge_is_unheard(const struct judge_options *o, const struct flow *f)
{
	return !o->two_way && is_unseen(f);
}

void hearing_note(struct judge *j, struct audience *a, uint32_t client, const struct flow *f)
{
	if (!f->again && f->proto == PROTO_TCP && f->syn_n)
		a->heard_tcp += f->half[SIDE_SERVER].packets > 0;
	if (!is_unseen(f))
		return;
	a->unheard_tcp += !f->again;
	struct listener l = listener_of(client, &f->server);
	map_put(&j->unheard, &l, NULL);
}

static bool is_silent(const struct candidate *c)
{
	return (c->finding.silent || c->finding.single) && !c->by_lookup;
}

void unheard_turn(struct judge *j)
{
	struct map oldest = j->unheard_before;

	j->unheard_before = j->unheard;
	j->unheard = oldest;
	map_clear(&j->unheard);
}

void unheard_prefetch(const struct judge *j, const struct candidate *c)
{
	struct listener l = listener_of(c->client, &c->called.server);

	if (j->unheard.n && is_silent(c))
		map_prefetch(&j->unheard, &l);
}

/* Of most connections the capture lacks what the client received. */
static bool is_half_seen(const struct audience *a)
{
	return a->unheard_tcp + a->unheard_tcp_before > a->heard_tcp + a->heard_tcp_before;
}

static bool is_unheard(const struct judge *j, const struct candidate *c)
{
	struct listener l = listener_of(c->client, &c->called.server);

	return is_half_seen(&j->audiences[c->client]) || map_find(&j->unheard, &l) ||
	       map_find(&j->unheard_before, &l);
}

/* Resolvers are often reached another way than servers: one answer shows that this way is seen. */
static bool may_be_told(const struct judge *j, const struct candidate *c)
{
	const struct audience *a = &j->audiences[c->client];

	return c->by_lookup && c->finding.silent && !a->told && is_half_seen(a);
}

void gate_unheard(const struct judge *j, struct candidate *c)
{
	if (j->o.two_way || !(is_silent(c) ? is_unheard(j, c) : may_be_told(j, c)))
		return;
	c->finding.single = false;
	if (c->finding.outcome != OUTCOME_INCONCLUSIVE)
		finding_doubt(&c->finding, "one-sided");
}

bool client_is_one_sided(const struct judge *j, uint32_t client)
{
	const struct audience *a = client < j->audience_room ? &j->audiences[client] : NULL;

	return a && !j->o.two_way && (a->received + a->received_before == 0 || a->sent + a->sent_before == 0);
}
