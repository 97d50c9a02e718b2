#include "dissect/dissect.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "dissect/inside.h"
#include "dissect/said.h"

struct dissect *dissect_new(const struct dissect_hooks *hooks, size_t memory_bytes, double part)
{
	struct dissect *d = calloc(1, sizeof *d);

	if (!d)
		return NULL;
	d->hooks = *hooks;
	d->names_most = (size_t)((double)limit_share(NAMES_FLOW_BYTES, memory_bytes, SHARE_FLOW_NAMES) * part);
	d->names = names_new(d->names_most);
	d->pool.most = (size_t)((double)limit_share(STREAMS_MOST_BYTES, memory_bytes, SHARE_STREAMS) * part);
	blocks_init(&d->talks, sizeof(struct talk));
	blocks_init(&d->heards, sizeof(struct heard));
	d->dns_udp = dissector_find("dns", OVER_UDP);
	d->ndpi = ndpi_door_new();
	if (!d->names || !d->ndpi || !d->dns_udp) {
		dissect_free(d);
		return NULL;
	}
	return d;
}

void dissect_free(struct dissect *d)
{
	if (!d)
		return;
	names_free(d->names);
	ndpi_door_free(d->ndpi);
	blocks_release(&d->talks);
	blocks_release(&d->heards);
	free(d);
}

const struct names *dissect_names(const struct dissect *d)
{
	return d->names;
}

struct renewal {
	struct names *from, *to;
};

static void renew_names(void *context, const struct tracked *t)
{
	const struct renewal *r = context;

	if (t->beside->said)
		said_rename(t->beside->said, t->story->protocol, r->from, r->to);
}

struct names *dissect_renew_names(struct dissect *d, struct flow_table *table)
{
	struct renewal r = {d->names, names_new(d->names_most)};

	if (!r.to)
		return NULL;
	flow_table_each(table, renew_names, &r);
	d->names = r.to;
	return r.from;
}

struct dissect_counters dissect_counters(const struct dissect *d)
{
	struct dissect_counters c = d->counters;

	c.refused = d->pool.refused;
	c.given_up = d->pool.given_up;
	c.ndpi_flows = ndpi_door_counters(d->ndpi).flows;
	return c;
}

void dissect_count(struct dissect *d, enum err e)
{
	if (e == ERR_TRUNCATED)
		d->counters.truncated++;
	else if (e == ERR_MALFORMED)
		d->counters.malformed++;
	else if (e == ERR_LIMIT)
		d->counters.limit++;
	else if (e == ERR_UNSUPPORTED)
		d->counters.unsupported++;
}

/* ---- DNS: messages are handed on whole */

void dissect_hand_on(struct dissect *d, const struct packet *p, int64_t now_us, int64_t shift_us, bool cut)
{
	const struct fact *header = facts_find(&d->facts, FACT_DNS_HEADER);

	if (!header || (p->sport != 53 && p->dport != 53))
		return; /* multicast DNS and similar have no resolver */
	bool response = header->flag;
	struct dns_message m = {
	    .time_us = now_us,
	    .shift_us = shift_us,
	    .client = response ? p->dst : p->src,
	    .resolver = response ? p->src : p->dst,
	    .client_port = response ? p->dport : p->sport,
	    .resolver_port = response ? p->sport : p->dport,
	    .proto = p->proto,
	    .response = response,
	    .cut = cut,
	    .ttl = p->ttl,
	    .frame = p->frame,
	    .facts = &d->facts,
	};
	d->hooks.dns(d->hooks.context, &m);
}

bool dissect_lookup(struct dissect *d, const struct packet *p, int64_t now_us, int64_t shift_us)
{
	struct cursor c = p->payload;
	enum side side = p->dport == 53 ? SIDE_CLIENT : SIDE_SERVER;
	uint64_t state[DISSECTOR_STATE / 8] = {0};

	facts_clear(&d->facts);
	enum err e = d->dns_udp->parse(state, &c, side, &d->facts);
	/* A message that was parsed completely and asks in class IN is not probed. */
	const struct fact *question = e == ERR_OK ? facts_find(&d->facts, FACT_DNS_QUESTION) : NULL;
	if ((!question || question->n != 1) && d->dns_udp->probe(p->payload, side) == PROBE_NO)
		return false;
	dissect_count(d, e);
	d->counters.messages[0]++;
	if (!facts_have(&d->facts, FACT_DNS_HEADER))
		return false;
	dissect_hand_on(d, p, now_us, shift_us, e == ERR_TRUNCATED);
	return true;
}
