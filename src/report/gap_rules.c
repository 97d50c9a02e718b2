/* The rules of a report, from their verdicts. */
#include <stdlib.h>
#include <string.h>

#include "report/reading.h"
#include "report/sightings.h"

/* A sort key: an item's first time. */
struct dated {
	int64_t first_us;
	const char *name;
	size_t place;
};

static int by_first_time(const void *left, const void *right)
{
	const struct dated *a = left, *b = right;

	if (a->first_us != b->first_us)
		return a->first_us < b->first_us ? -1 : 1;
	return strcmp(a->name, b->name);
}

static int64_t first_of(const struct reading *r, const struct ruling_client *c)
{
	int64_t first = INT64_MAX;

	for (size_t i = c->first; i < c->first + c->n; i++)
		if (r->tried[i].part != PART_OVERRULED && r->tried[i].started_us < first)
			first = r->tried[i].started_us;
	return first;
}

static void clients_build(struct reading *r, const struct ruling *on, struct gap_rule *rule)
{
	struct dated *order = calloc(on->client_n + 1, sizeof *order);

	rule->clients = pool_take(r->pool, on->client_n, sizeof *rule->clients);
	if (!order || !rule->clients) {
		r->pool->failed = true;
		free(order);
		return;
	}
	for (size_t i = 0; i < on->client_n; i++) {
		const struct ruling_client *c = &r->verdicts.clients[on->client_first + i];
		order[i] = (struct dated){first_of(r, c), names_text(r->names, c->client), on->client_first + i};
	}
	qsort(order, on->client_n, sizeof *order, by_first_time);
	for (size_t i = 0; i < on->client_n; i++) {
		const struct ruling_client *c = &r->verdicts.clients[order[i].place];
		rule->clients[i] = (struct gap_client){order[i].name, c->verdict, c->counts};
	}
	rule->client_n = on->client_n;
	free(order);
}

static void addresses_build(struct reading *r, const struct ruling *on, struct gap_rule *rule)
{
	struct sightings addresses = {0};

	for (size_t i = on->first; i < on->first + on->n; i++) {
		const struct tried *t = &r->tried[i];
		if (t->address && !t->by_lookup)
			sightings_add(&addresses, t->address, t->started_us);
	}
	sightings_sort(&addresses);
	rule->addresses = pool_take(r->pool, addresses.n, sizeof *rule->addresses);
	for (size_t i = 0; rule->addresses && i < addresses.n; i++)
		rule->addresses[rule->address_n++] = names_text(r->names, (name_id)addresses.at[i].what);
	r->pool->failed |= addresses.failed;
	sightings_release(&addresses);
}

static void signatures_build(struct reading *r, const struct ruling *on, struct gap_rule *rule)
{
	struct dated order[SIGNATURE_COUNT];
	uint64_t counts[SIGNATURE_COUNT] = {0};
	int64_t first[SIGNATURE_COUNT] = {0};
	size_t n = 0;

	for (size_t i = on->first; i < on->first + on->n; i++) {
		const struct tried *t = &r->tried[i];
		bool explained = t->part == PART_OVERRULED || t->part == PART_RETRIED;
		if (t->signature == SIG_NONE || explained || t->outcome == OUTCOME_INCONCLUSIVE)
			continue;
		if (!counts[t->signature]++ || t->started_us < first[t->signature])
			first[t->signature] = t->started_us;
	}
	for (size_t s = SIG_NONE + 1; s < SIGNATURE_COUNT; s++)
		if (counts[s])
			order[n++] = (struct dated){first[s], signature_name((enum signature)s), s};
	qsort(order, n, sizeof *order, by_first_time);
	rule->signatures = pool_take(r->pool, n, sizeof *rule->signatures);
	for (size_t i = 0; rule->signatures && i < n; i++)
		rule->signatures[i] = (struct gap_signature){(enum signature)order[i].place, counts[order[i].place]};
	rule->signature_n = n;
}

enum err rules_build(struct reading *r)
{
	struct gap *g = r->gap;

	g->rules = pool_take(r->pool, r->rule_n, sizeof *g->rules);
	for (size_t i = 0; !r->pool->failed && i < r->rule_n; i++) {
		const struct ruling *on = &r->verdicts.rulings[i];
		struct gap_rule rule = r->rules[i].shape;
		if (!r->rules[i].shown)
			continue;
		rule.verdict = on->verdict;
		rule.confidence = on->confidence;
		rule.partial_by = on->partial_by;
		rule.attempts = on->counts;
		rule.first_us = on->first_us;
		rule.last_us = on->last_us;
		clients_build(r, on, &rule);
		addresses_build(r, on, &rule);
		signatures_build(r, on, &rule);
		g->by_verdict[rule.verdict]++;
		g->rules[g->rule_n++] = rule;
	}
	return r->pool->failed ? err_fail(ERR_MEMORY, "out of memory") : ERR_OK;
}
