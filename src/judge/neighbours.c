/* Names next to listed ones, and whether connections to them worked: for the report's "unlisted". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge/candidate.h"
#include "judge/order.h"

/* What became of the connections meant for a neighbour: under its own name, or under the listed name that it is an
 * alias of. */
struct use {
	uint16_t port;
	uint8_t proto;
	bool ok, bad;
};

#define USES_MOST 8

static struct use *use_of(struct use *uses, size_t *n, const struct candidate *c)
{
	for (size_t i = 0; i < *n; i++)
		if (uses[i].port == c->called.port && uses[i].proto == c->called.proto)
			return &uses[i];
	if (*n == USES_MOST)
		return NULL;
	uses[*n] = (struct use){.port = c->called.port, .proto = c->called.proto};
	return &uses[(*n)++];
}

/* Counted as for a rule: cut or stalled after the service had answered is ok. */
static void use_note(struct use *u, const struct finding *f)
{
	bool bad = finding_is_bad(f);
	bool midway = bad && f->answered && (f->outcome == OUTCOME_RESET || f->signature == SIG_TCP_STALL);

	u->ok |= f->outcome == OUTCOME_OK || midway;
	u->bad |= bad && !midway;
}

/* clients: of the name, over all its ports */
static void give(struct judge *j, const struct neighbour *b, const struct use *u, size_t clients)
{
	struct judged_neighbour row = {.name = names_text(j->names, b->name), .port = u->port, .proto = u->proto,
	                               .clients = (uint32_t)clients};

	snprintf(row.seen_as, sizeof row.seen_as, "%s %.240s", b->alias ? "cname of" : "under",
	         names_text(j->names, b->listed));
	if (u->ok)
		row.verdict = u->bad ? VERDICT_PARTIAL : VERDICT_ALLOWED;
	else
		row.verdict = u->bad ? VERDICT_BLOCKED : VERDICT_INCONCLUSIVE;
	j->hooks.neighbour(j->hooks.context, &row);
}

/* Which names (by name_id) a neighbour's connection may have been meant for. NULL: out of memory. */
static bool *names_asked(const struct judge *j)
{
	bool *asked = calloc(names_count(j->names) + 1, sizeof *asked);

	for (size_t i = 0; asked && i < lookups_neighbours(j->lookups); i++) {
		const struct neighbour *b = lookups_neighbour(j->lookups, i);
		asked[b->name] = true;
		asked[b->listed] |= b->alias;
	}
	return asked;
}

/* The attempts whose host is among those, sorted: neighbours are many, such attempts few. */
static struct order gather(struct judge *j)
{
	struct order o = {0};
	bool *asked = lookups_neighbours(j->lookups) ? names_asked(j) : NULL;

	for (size_t i = 0; asked && i < j->n; i++) {
		struct candidate *c = &j->candidates[i];
		candidate_prefetch(j, i, 1);
		if (!c->copy && !c->by_lookup && asked[c->host])
			order_add(&o, c, i, 0);
	}
	j->counters.full |= (lookups_neighbours(j->lookups) && !asked) || !order_sort(&o);
	free(asked);
	return o;
}

/* What became of one neighbour's connections. Returns the number of uses; ret_clients: who tried. */
static size_t uses_of(const struct neighbour *b, const struct order *meant, struct use uses[USES_MOST],
                      struct map *ret_clients)
{
	size_t n = 0;

	map_clear(ret_clients);
	for (size_t k = 0; meant->at && k < meant->n; k++) {
		const struct candidate *c = meant->at[k];
		if (c->host != b->name && !(b->alias && c->host == b->listed))
			continue;
		struct use *u = use_of(uses, &n, c);
		if (!u)
			continue;
		map_put(ret_clients, &c->client, NULL);
		use_note(u, &c->finding);
	}
	return n;
}

void judge_neighbours(struct judge *j)
{
	struct order meant = gather(j);
	struct map clients;

	map_init(&clients, sizeof(uint32_t), 1, SIZE_MAX);
	for (size_t i = 0; i < lookups_neighbours(j->lookups); i++) {
		const struct neighbour *b = lookups_neighbour(j->lookups, i);
		struct use uses[USES_MOST];
		size_t n = uses_of(b, &meant, uses, &clients);
		for (size_t k = 0; k < n; k++)
			give(j, b, &uses[k], clients.n);
	}
	map_release(&clients);
	order_release(&meant);
}
