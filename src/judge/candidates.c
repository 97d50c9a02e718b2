/* The table of candidates, as kept until they are settled. */
#include "judge/candidate.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/pages.h"

struct candidate *candidate_add(struct judge *j)
{
	if (j->n >= (j->o.live ? CANDIDATES_LIVE_MOST : CANDIDATES_MOST)) {
		j->counters.full = true;
		return NULL;
	}
	struct candidate *at = pages_room(j->candidates, j->n, &j->room, sizeof *at);
	if (!at) {
		j->counters.full = true;
		return NULL;
	}
	j->candidates = at;
	struct candidate *c = &j->candidates[j->n++];
	if (j->n < j->room)
		cache_prefetch(c + 1, sizeof *c); /* the next one */
	if (j->o.live) /* else no slot was used before, and fresh memory is zero */
		memset(c, 0, sizeof *c);
	c->rule = -1;
	return c;
}

struct candidate_rest *candidate_ensure_rest(struct judge *j, struct candidate *c)
{
	if (!c->rest)
		c->rest = blocks_take(&j->rests);
	j->counters.full |= !c->rest;
	return c->rest;
}

void candidate_release(struct judge *j, struct candidate *c)
{
	argument_free(c->finding.argument);
	if (c->rest && !c->copy) {
		free(c->rest->packets);
		blocks_give(&j->steps, c->rest->step);
		blocks_give(&j->rests, c->rest);
	}
	*c = (struct candidate){.rule = -1};
}

void candidate_call(struct judge *j, struct candidate *c, const struct evidence_of_name *e)
{
	struct candidate_rest *rest = e->connect ? candidate_ensure_rest(j, c) : NULL;

	c->started_us = e->time_us;
	c->client = e->client_number;
	c->called = (struct called){.server = e->server, .sni = e->sni, .http_host = e->http_host, .port = e->port,
	                            .proto = e->proto, .connect = e->connect, .ech = e->ech,
	                            .ech_unseen = e->ech_unseen, .proxied = e->proxied,
	                            .unread = e->unread};
	c->connect_host = e->connect_host;
	if (rest)
		rest->connect_address = e->connect_address;
}

struct evidence_of_name candidate_called(const struct candidate *c)
{
	const struct called *k = &c->called;
	struct evidence_of_name e = {.server = k->server, .client_number = c->client, .port = k->port,
	                             .proto = k->proto,
	                             .time_us = c->started_us - k->begun_ms * INT64_C(1000), .sni = k->sni,
	                             .http_host = k->http_host, .connect_host = c->connect_host,
	                             .connect = k->connect, .ech = k->ech, .ech_unseen = k->ech_unseen,
	                             .proxied = k->proxied, .unread = k->unread};

	if (k->connect && c->rest)
		e.connect_address = c->rest->connect_address;
	return e;
}

void candidate_find(struct judge *j, struct candidate *c, const struct finding *f)
{
	bool bad = finding_is_bad(f);

	c->finding = *f;
	c->finding.argument = NULL;
	if (!f->argument || (!bad && !f->single))
		return;
	c->finding.argument = argument_pack(&j->arguments, f->argument);
}

struct candidate *candidate_of(struct judge *j, uint64_t id)
{
	bool new = true;
	uint32_t *index = j->o.live ? map_put(&j->by_id, &id, &new) : NULL;

	if (index && !new && *index) {
		struct candidate *c = &j->candidates[*index - 1];
		if (candidate_packets(c))
			j->evidence_bytes -= exhibit_bytes(candidate_packets(c));
		candidate_release(j, c);
		return c;
	}
	struct candidate *c = candidate_add(j);
	if (index && c)
		*index = (uint32_t)(c - j->candidates) + 1;
	return c;
}

size_t exhibit_bytes(const struct exhibit_packets *p)
{
	size_t bytes = sizeof *p + p->n * sizeof *p->at;

	for (size_t i = 0; i < p->n; i++)
		bytes += p->at[i].stored;
	return bytes;
}
