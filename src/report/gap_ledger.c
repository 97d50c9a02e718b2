/* Attempts and incidents of a run that was just recorded, from memory: what
 * gap_attempts.c reads from a database. */
#include <stdlib.h>
#include <string.h>

#include "record/incident.h"
#include "record/ledger.h"
#include "report/reading.h"

/* Names of the ledger in the reading's own numbers, learnt when they are first
 * met: a million attempts repeat few names, and the order of their numbers
 * is that of a report from a database. */
struct known {
	name_id *names;
	uint32_t *rules; /* 1 + index of the rule, or RULE_NONE; 0: not learnt */
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
	};

	if (t.outcome != OUTCOME_OK) {
		t.signature = a->signature;
		t.confidence = a->confidence;
		t.hint = a->hint;
		t.blocker = name_of(k, r, a->blocker);
	}
	enum err e = tried_add(r, &t);
	return e || !t.incident ? e : community_add(r, t.incident, names_text(r->ledger->names, a->community));
}

enum err ledger_attempts(struct reading *r)
{
	size_t n = names_count(r->ledger->names) + 1;
	struct known k = {.names = calloc(n, sizeof *k.names), .rules = calloc(n, sizeof *k.rules)};
	enum err e = k.names && k.rules ? ERR_OK : err_fail(ERR_MEMORY, "out of memory");

	for (size_t i = 0; e == ERR_OK && i < r->ledger->attempt_n; i++)
		e = attempt_take(r, &k, &r->ledger->attempts[i]);
	free(k.names);
	free(k.rules);
	return e;
}

/* The ledger's own texts: it lives as long as the report. */
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

void ledger_incident_fill(struct reading *r, struct gap_incident *n)
{
	const struct ledger_incident *i = &r->ledger->incidents[n->id - 1];
	const char *by = attributed_by_text((enum attributed_by)i->attributed_by);

	n->rule = text_or_null(r, i->rule);
	n->client = text_of(r, i->client);
	n->host = text_of(r, i->host);
	n->attributed_by = *by ? by : NULL;
	n->address = text_or_null(r, i->address);
	n->port = i->port;
	n->transport = transport_text(i->proto);
	n->signature = (enum signature)i->signature;
	n->outcome = i->blocked ? OUTCOME_BLOCKED : OUTCOME_RESET;
	n->detail = text_or_null(r, i->detail);
	n->blocker = text_or_null(r, i->blocker);
	n->hint = (enum hint)i->hint;
	n->packets = i->packets;
	proofs_take(r, n, i);
}
