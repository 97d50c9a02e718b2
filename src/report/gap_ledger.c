/* Attempts and incidents of a run that was just recorded, from memory: the counterpart of gap_attempts.c, which
 * reads a database. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "record/incident.h"
#include "record/ledger.h"
#include "report/reading.h"

/* Maps the ledger's names to the reading's numbers, assigned when first met: a million attempts repeat few names,
 * and this keeps the order of a report from a database. */
struct known {
	name_id *names;
	uint32_t *rules; /* 1 + index of the rule, or RULE_NONE; 0: not mapped yet */
};

static name_id name_of(struct known *k, struct reading *r, name_id id)
{
	if (id && !k->names[id]) {
		const char *text = names_text(r->ledger->names, id);
		k->names[id] = names_intern(r->names, text, strlen(text));
	}
	return k->names[id];
}

static uint32_t rule_of(struct known *k, struct reading *r, name_id id)
{
	const char *name = names_text(r->ledger->names, id);

	if (!id)
		return RULE_NONE;
	for (uint32_t i = 0; !k->rules[id] && i < r->rule_n; i++)
		if (strcmp(r->rules[i].shape.id, name) == 0)
			k->rules[id] = 1 + i;
	if (!k->rules[id]) /* of a group that is not active */
		k->rules[id] = RULE_NONE;
	return k->rules[id] == RULE_NONE ? RULE_NONE : k->rules[id] - 1;
}

static void sum_add(struct reading *r, int64_t incident, int64_t started_us, int64_t ended_us, uint8_t confidence)
{
	struct sum *s = &r->sums[incident - 1];

	s->attempts++;
	s->first_us = !s->first_us || started_us < s->first_us ? started_us : s->first_us;
	s->last_us = ended_us > s->last_us ? ended_us : s->last_us;
	s->confidence = confidence > s->confidence ? confidence : s->confidence;
}

static enum err attempt_take(struct reading *r, struct known *k, const struct ledger_attempt *a)
{
	struct tried t = {
		.client = name_of(k, r, a->client),
		.address = name_of(k, r, a->address),
		.host = name_of(k, r, a->host),
		.port = a->port,
		.started_us = a->started_us,
		.ended_us = a->ended_us,
		.outcome = a->outcome,
		.answered = a->answered,
		.by_lookup = a->by_lookup,
		.incident = a->incident,
		.rule = rule_of(k, r, a->rule),
		.turn = a->turn,
	};

	if (t.outcome != OUTCOME_OK) {
		t.signature = a->signature;
		t.confidence = a->confidence;
		t.hint = a->hint;
		t.blocker = name_of(k, r, a->blocker);
	}
	if (t.rule != RULE_NONE)
		return tried_add(r, &t);
	/* It has no rule and so no verdict: it only counts in its incident. */
	r->looked_up |= t.by_lookup;
	if (t.incident)
		sum_add(r, t.incident, t.started_us, t.ended_us, t.confidence);
	return ERR_OK;
}

enum err ledger_attempts(struct reading *r)
{
	size_t n = names_count(r->ledger->names) + 1;
	struct known k = {.names = calloc(n, sizeof *k.names), .rules = calloc(n, sizeof *k.rules)};

	r->sums = calloc(r->ledger->incident_n + 1, sizeof *r->sums);
	enum err e = k.names && k.rules && r->sums ? ERR_OK : err_fail(ERR_MEMORY, "out of memory");
	for (size_t i = 0; e == ERR_OK && i < r->ledger->attempt_n; i++)
		e = attempt_take(r, &k, &r->ledger->attempts[i]);
	free(k.names);
	free(k.rules);
	return e;
}

/* Texts of the ledger itself, which outlives the report. */
static const char *text_of(const struct reading *r, name_id id)
{
	return names_text(r->ledger->names, id);
}

static const char *text_or_null(const struct reading *r, name_id id)
{
	return id ? text_of(r, id) : NULL;
}

static void proofs_take(struct reading *r, struct gap_incident *n, const struct ledger_incident *i)
{
	n->proofs = pool_take(r->pool, i->proof_n, sizeof *n->proofs);
	for (size_t k = 0; n->proofs && k < i->proof_n; k++) {
		const struct ledger_proof *said = &r->ledger->proofs[i->proof_first + k];
		n->proofs[n->proof_n++] = (struct gap_proof){text_of(r, said->name), text_of(r, said->text)};
	}
}

static const char *detail_of(struct reading *r, const struct ledger_incident *i)
{
	char detail[DETAIL_TEXT];

	if (i->detail || i->remark.kind == REMARK_NONE)
		return text_or_null(r, i->detail);
	remark_say(&i->remark, detail);
	return pool_text(r->pool, detail);
}

static void incident_fill(struct reading *r, uint32_t number, struct gap_incident *n)
{
	const struct ledger_incident *i = &r->ledger->incidents[number - 1];
	const struct sum *sum = &r->sums[number - 1];
	const char *by = attributed_by_text((enum attributed_by)i->attributed_by);

	*n = (struct gap_incident){
		.id = number,
		.rule = text_or_null(r, i->rule),
		.client = text_of(r, i->client),
		.host = text_of(r, i->host),
		.attributed_by = *by ? by : NULL,
		.address = text_or_null(r, i->address),
		.port = i->port,
		.transport = transport_text(i->proto),
		.signature = (enum signature)i->signature,
		.outcome = i->blocked ? OUTCOME_BLOCKED : OUTCOME_RESET,
		.detail = detail_of(r, i),
		.confidence = (enum confidence)sum->confidence,
		.blocker = text_or_null(r, i->blocker),
		.attempts = sum->attempts,
		.first_us = sum->first_us,
		.last_us = sum->last_us,
		.packets = i->packets,
		.hint = (enum hint)i->hint,
	};
	proofs_take(r, n, i);
}

/* A counted incident and its place in the report: the ledger numbers them by their first attempt, so most are
 * already in order. */
struct place {
	int64_t first_us;
	uint32_t number;
};

static int by_first_time(const void *left, const void *right)
{
	const struct place *a = left, *b = right;

	if (a->first_us != b->first_us)
		return a->first_us < b->first_us ? -1 : 1;
	return (a->number > b->number) - (a->number < b->number);
}

static size_t places_find(const struct reading *r, struct place *places)
{
	size_t n = 0;
	bool unsorted = false;

	for (uint32_t i = 0; i < r->ledger->incident_n; i++) {
		if (!r->sums[i].attempts)
			continue;
		unsorted |= n && places[n - 1].first_us > r->sums[i].first_us;
		places[n++] = (struct place){r->sums[i].first_us, i + 1};
	}
	if (unsorted)
		qsort(places, n, sizeof *places, by_first_time);
	return n;
}

static enum err incidents_take(struct reading *r, const struct place *places, size_t n)
{
	struct gap *g = r->gap;
	enum err e = ERR_OK;

	for (size_t i = 0; e == ERR_OK && i < n; i++) {
		bool stranger = !r->ledger->incidents[places[i].number - 1].rule;
		g->stranger_n += stranger;
		if (r->filter->plain && stranger && g->stranger_n > SHOWN_STRANGERS)
			continue;
		e = incidents_reserve(g, g->incident_n + 1);
		if (e == ERR_OK)
			incident_fill(r, places[i].number, &g->incidents[g->incident_n++]);
	}
	return e;
}

/* Only for the first flows of each incident: computing an id costs a digest. */
static enum err communities_take(struct reading *r)
{
	const struct ledger *l = r->ledger;
	struct gap_incident **by_number = calloc(l->incident_n + 1, sizeof(struct gap_incident *));
	enum err e = by_number ? ERR_OK : err_fail(ERR_MEMORY, "out of memory");

	for (size_t i = 0; by_number && i < r->gap->incident_n; i++)
		by_number[r->gap->incidents[i].id] = &r->gap->incidents[i];
	for (size_t i = 0; e == ERR_OK && i < l->attempt_n; i++) {
		const struct ledger_attempt *a = &l->attempts[i];
		struct gap_incident *n = by_number[a->incident];
		struct tuple tuple = {.client_port = a->client_port, .far_port = a->far_port};
		char community[TUPLE_COMMUNITY_TEXT];
		if (!n || n->community_n >= COMMUNITY_IDS_MOST || !addr_parse(n->client, &tuple.client) ||
		    (a->far && !addr_parse(text_of(r, a->far), &tuple.far))) /* none: to the address :: */
			continue;
		tuple.proto = l->incidents[a->incident - 1].proto;
		tuple_community(&tuple, community);
		e = community_add(r, n, community);
	}
	free(by_number);
	return e;
}

enum err ledger_incidents(struct reading *r)
{
	struct place *places = calloc(r->ledger->incident_n + 1, sizeof *places);

	if (!places)
		return err_fail(ERR_MEMORY, "out of memory");
	for (size_t i = 0; i < r->tried_n; i++) {
		const struct tried *t = &r->tried[i];
		if (t->incident && t->part != PART_OVERRULED && t->part != PART_RETRIED)
			sum_add(r, t->incident, t->started_us, t->ended_us, t->confidence);
	}
	enum err e = incidents_take(r, places, places_find(r, places));
	free(places);
	return e == ERR_OK && !r->filter->plain ? communities_take(r) : e;
}
