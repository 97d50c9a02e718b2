/* Reads attempts, incidents, calls and names without a rule. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "report/reading.h"
#include "report/rows.h"

static bool wants_client(const struct reading *r, const char *client)
{
	struct addr a;

	if (r->filter->client_n == 0)
		return true;
	if (!addr_parse(client, &a))
		return false;
	for (size_t i = 0; i < r->filter->client_n; i++)
		if (prefix_contains(&r->clients[i], &a))
			return true;
	return false;
}

/* A cache from row to row of what texts mean: a million rows repeat few texts. */
struct meanings {
	struct map rules;   /* name → index of rule */
	struct map clients; /* name → whether the filter wants it (bool) */
	char signature_text[32];
	enum signature signature;
};

static enum err meanings_learn(struct meanings *m, struct reading *r)
{
	map_init(&m->rules, sizeof(name_id), sizeof(uint32_t), SIZE_MAX);
	map_init(&m->clients, sizeof(name_id), sizeof(bool), SIZE_MAX);
	for (uint32_t i = 0; i < r->rule_n; i++) {
		const char *id = r->rules[i].shape.id;
		name_id name = names_intern(r->names, id, strlen(id));
		uint32_t *place = map_put(&m->rules, &name, NULL);
		if (!place)
			return memory_failed();
		*place = i;
	}
	return ERR_OK;
}

static name_id intern(struct reading *r, const char *text)
{
	return names_intern(r->names, text, strlen(text));
}

static uint32_t rule_meant(const struct meanings *m, struct reading *r, const char *text)
{
	name_id name = names_find(r->names, text, strlen(text));
	const uint32_t *place = name ? map_find(&m->rules, &name) : NULL;

	return place ? *place : RULE_NONE;
}

static bool client_meant(struct meanings *m, const struct reading *r, name_id client)
{
	bool fresh, *wanted = map_put(&m->clients, &client, &fresh);

	if (!wanted)
		return true;
	if (fresh)
		*wanted = wants_client(r, names_text(r->names, client));
	return *wanted;
}

static enum signature signature_meant(struct meanings *m, const char *text)
{
	if (!*text)
		return SIG_NONE;
	if (strcmp(text, m->signature_text) != 0) {
		snprintf(m->signature_text, sizeof m->signature_text, "%s", text);
		m->signature = signature_find(text);
	}
	return m->signature;
}

static enum outcome outcome_meant(const char *text)
{
	for (int i = 0; i < OUTCOME_COUNT; i++)
		if (strcmp(text, outcome_text((enum outcome)i)) == 0)
			return (enum outcome)i;
	return OUTCOME_INCONCLUSIVE;
}

static enum confidence confidence_meant(const char *text)
{
	for (int i = CONFIDENCE_HIGH; i > CONFIDENCE_LOW; i--)
		if (strcmp(text, confidence_text((enum confidence)i)) == 0)
			return (enum confidence)i;
	return CONFIDENCE_LOW;
}

static enum hint hint_meant(const char *text)
{
	for (int i = HINT_PATH_MTU; i > HINT_NONE; i--)
		if (strcmp(text, hint_text((enum hint)i)) == 0)
			return (enum hint)i;
	return HINT_NONE;
}

static struct gap_incident *incident_put(struct reading *r, int64_t id)
{
	struct gap *g = r->gap;
	bool fresh;
	size_t *place = map_put(&r->incident_places, &id, &fresh);

	if (!place)
		return NULL;
	if (!fresh)
		return &g->incidents[*place];
	*place = g->incident_n;
	if (incidents_reserve(g, g->incident_n + 1) != ERR_OK)
		return NULL;
	g->incidents[g->incident_n] = (struct gap_incident){.id = id};
	return &g->incidents[g->incident_n++];
}

static enum err attempt_add(struct reading *r, struct meanings *m, struct rows *rows)
{
	struct tried t = {
		.client = intern(r, rows_text(rows, 1)),
		.address = intern(r, rows_text(rows, 2)),
		.host = intern(r, rows_text(rows, 3)),
		.started_us = rows_number(rows, 4),
		.ended_us = rows_number(rows, 5),
		.outcome = (uint8_t)outcome_meant(rows_text(rows, 6)),
		.answered = rows_number(rows, 7) != 0,
		.by_lookup = rows_number(rows, 8) != 0,
		.incident = rows_number(rows, 9),
		.rule = rule_meant(m, r, rows_text(rows, 0)),
		.port = (uint16_t)rows_number(rows, 15),
		.turn = turn_of(r, rows_number(rows, 16), rows_number(rows, 17)),
	};

	if (!client_meant(m, r, t.client))
		return ERR_OK;
	if (t.outcome != OUTCOME_OK) {
		t.signature = (uint8_t)signature_meant(m, rows_text(rows, 10));
		t.confidence = (uint8_t)confidence_meant(rows_text(rows, 11));
		t.hint = (uint8_t)hint_meant(rows_text(rows, 12));
		t.blocker = intern(r, rows_text(rows, 13));
	}
	enum err e = tried_add(r, &t);
	if (e != ERR_OK || !t.incident)
		return e;
	struct gap_incident *n = incident_put(r, t.incident);
	return n ? community_add(r, n, rows_text(rows, 14)) : memory_failed();
}

enum err read_attempts(struct reading *r, struct db *db)
{
	struct meanings m = {0};
	struct rows rows;

	map_init(&r->incident_places, sizeof(int64_t), sizeof(size_t), SIZE_MAX);
	if (r->ledger)
		return ledger_attempts(r);
	enum err e = meanings_learn(&m, r);
	if (e == ERR_OK)
		e = rows_open(
			&rows, db, r->filter,
			"SELECT rule, client, address, host, started, ended, outcome, answered, by_lookup, incident, "
			"signature, confidence, hint, blocker, community_id, port, run, id FROM attempt "
			"WHERE started BETWEEN ?1 AND ?2 AND (?3 = 0 OR run = ?3) ORDER BY started, id");
	while (e == ERR_OK && rows_next(&rows)) {
		enum err failed = attempt_add(r, &m, &rows);
		if (failed != ERR_OK)
			e = rows_abandon(&rows, failed);
	}
	if (e == ERR_OK)
		e = rows_close(&rows);
	map_release(&m.rules);
	map_release(&m.clients);
	return e;
}

/* Which clients were given an address for a name, and when last: needed only to weigh failed look-ups. */
enum err read_answers(struct reading *r, struct db *db)
{
	struct rows rows;

	map_init(&r->answered, sizeof(struct answered_key), sizeof(int64_t), SIZE_MAX);
	if (!r->looked_up)
		return ERR_OK;
	enum err e = rows_open(&rows, db, r->filter,
	                       "SELECT client, name, asked FROM dns_lookup WHERE listed AND rcode = 0 "
	                       "AND answer <> '' AND asked BETWEEN ?1 AND ?2 AND (?3 = 0 OR run = ?3)");
	while (e == ERR_OK && rows_next(&rows)) {
		struct answered_key key = {intern(r, rows_text(&rows, 0)), intern(r, rows_text(&rows, 1))};
		int64_t *last = map_put(&r->answered, &key, NULL);
		if (!last)
			return rows_abandon(&rows, memory_failed());
		int64_t asked = rows_number(&rows, 2);
		*last = asked > *last ? asked : *last;
	}
	return e == ERR_OK ? rows_close(&rows) : e;
}

/* Count each incident's attempts, except overruled look-ups and failures that a retry explains. ret_read: how many
 * were read of each, by place. */
static void incidents_count(struct reading *r, int64_t *ret_read)
{
	for (size_t i = 0; i < r->tried_n; i++) {
		const struct tried *t = &r->tried[i];
		const size_t *place = t->incident ? map_find(&r->incident_places, &t->incident) : NULL;
		if (place)
			ret_read[*place]++;
		if (!place || t->part == PART_OVERRULED || t->part == PART_RETRIED)
			continue;
		struct gap_incident *n = &r->gap->incidents[*place];
		n->attempts++;
		n->first_us = !n->first_us || t->started_us < n->first_us ? t->started_us : n->first_us;
		n->last_us = t->ended_us > n->last_us ? t->ended_us : n->last_us;
		if (t->confidence > n->confidence)
			n->confidence = (enum confidence)t->confidence;
	}
}

static void proofs_parse(struct reading *r, struct gap_incident *n, const char *text)
{
	json_t *array = json_loads(text, 0, NULL);
	size_t count = json_array_size(array);

	n->proof_n = 0;
	n->proofs = pool_take(r->pool, count, sizeof *n->proofs);
	for (size_t i = 0; n->proofs && i < count; i++) {
		const json_t *o = json_array_get(array, i);
		const char *name = json_string_value(json_object_get(o, "name"));
		const char *said = json_string_value(json_object_get(o, "text"));
		if (!name || !said)
			continue;
		n->proofs[n->proof_n++] = (struct gap_proof){pool_text(r->pool, name), pool_text(r->pool, said)};
	}
	json_decref(array);
}

static void incident_fill(struct reading *r, struct gap_incident *n, struct rows *rows)
{
	n->rule = rows_copy_or_null(rows, 1, r->pool);
	n->client = rows_copy(rows, 2, r->pool);
	n->host = rows_copy(rows, 3, r->pool);
	n->attributed_by = rows_copy_or_null(rows, 4, r->pool);
	n->address = rows_copy_or_null(rows, 5, r->pool);
	n->port = (uint16_t)rows_number(rows, 6);
	n->transport = rows_copy(rows, 7, r->pool);
	n->signature = signature_find(rows_text(rows, 8));
	n->outcome = outcome_meant(rows_text(rows, 9));
	n->detail = rows_copy_or_null(rows, 10, r->pool);
	n->blocker = rows_copy_or_null(rows, 11, r->pool);
	n->hint = hint_meant(rows_text(rows, 12));
	proofs_parse(r, n, rows_text(rows, 13));
}

/* read: how many attempts were read, by place. ret_whole: all of them, of every incident that counts. */
static enum err incidents_fill(struct reading *r, struct db *db, const int64_t *read, bool *ret_whole)
{
	struct rows rows;
	enum err e =
		rows_open(&rows, db, NULL,
			  "SELECT id, rule, client, host, attributed_by, address, port, transport, signature, outcome, "
			  "detail, blocker, hint, proofs, attempts FROM incident");

	*ret_whole = true;
	while (e == ERR_OK && rows_next(&rows)) {
		int64_t id = rows_number(&rows, 0);
		const size_t *place = map_find(&r->incident_places, &id);
		if (!place || !r->gap->incidents[*place].attempts)
			continue;
		incident_fill(r, &r->gap->incidents[*place], &rows);
		*ret_whole &= read[*place] >= rows_number(&rows, 14);
	}
	return e == ERR_OK ? rows_close(&rows) : e;
}

/* The words of an attempt, which are the incident's if none that was read before is surer. */
static void incident_reword(struct reading *r, struct gap_incident *n, bool surer, struct rows *rows)
{
	const char *address = rows_text(rows, 1);

	n->address = *address ? names_text(r->names, intern(r, address)) : NULL;
	if (!surer)
		return;
	n->attributed_by = rows_copy_or_null(rows, 3, r->pool);
	n->detail = rows_copy_or_null(rows, 4, r->pool);
	n->blocker = rows_copy_or_null(rows, 5, r->pool);
	n->hint = hint_meant(rows_text(rows, 6));
	proofs_parse(r, n, rows_text(rows, 7));
}

/* An incident's row tells of all its attempts. Where only some are of the period, those tell: the newest of the
 * address, the surest of the rest. */
static enum err incidents_reword(struct reading *r, struct db *db)
{
	uint8_t *told = calloc(r->gap->incident_n + 1, 1); /* 1 + confidence of the attempt told; 0: none yet */
	struct rows rows;

	if (!told)
		return memory_failed();
	enum err e = rows_open(&rows, db, r->filter,
	                       "SELECT incident, address, confidence, attributed_by, detail, blocker, hint, proofs "
	                       "FROM attempt WHERE incident IS NOT NULL AND started BETWEEN ?1 AND ?2 "
	                       "AND (?3 = 0 OR run = ?3) ORDER BY started, id");
	while (e == ERR_OK && rows_next(&rows)) {
		int64_t id = rows_number(&rows, 0);
		const size_t *place = map_find(&r->incident_places, &id);
		if (!place || !r->gap->incidents[*place].client)
			continue;
		uint8_t sure = (uint8_t)(1 + confidence_meant(rows_text(&rows, 2)));
		incident_reword(r, &r->gap->incidents[*place], sure > told[*place], &rows);
		told[*place] = sure > told[*place] ? sure : told[*place];
	}
	if (e == ERR_OK)
		e = rows_close(&rows);
	free(told);
	return e;
}

static enum err packets_count(struct reading *r, struct db *db)
{
	struct rows rows;

	enum err e = rows_open(
		&rows, db, r->filter,
		"SELECT attempt.incident, count(*) FROM packet CROSS JOIN attempt ON attempt.id = packet.attempt "
		"WHERE attempt.incident IS NOT NULL AND started BETWEEN ?1 AND ?2 AND (?3 = 0 OR run = ?3) "
		"GROUP BY attempt.incident");
	while (e == ERR_OK && rows_next(&rows)) {
		int64_t id = rows_number(&rows, 0);
		const size_t *place = map_find(&r->incident_places, &id);
		if (place)
			r->gap->incidents[*place].packets = (uint64_t)rows_number(&rows, 1);
	}
	return e == ERR_OK ? rows_close(&rows) : e;
}

static bool rule_is_shown(const struct reading *r, const char *rule)
{
	for (size_t i = 0; rule && i < r->rule_n; i++)
		if (strcmp(r->rules[i].shape.id, rule) == 0)
			return r->rules[i].shown;
	return false;
}

/* What an entry is made of is shown with it, also where it is of a rule that the filter does not want: the look-ups of
 * one name concern the rules of several groups. ret_made: by place in the gap's incidents. */
static void entries_note(const struct reading *r, bool *ret_made)
{
	const struct gap *g = r->gap;

	for (size_t i = 0; i < g->missing_n; i++)
		for (size_t k = 0; k < g->missing[i].incident_n; k++) {
			const size_t *place = map_find(&r->incident_places, &g->missing[i].incidents[k]);
			if (place)
				ret_made[*place] = true;
		}
}

static bool wants_incident(const struct reading *r, const struct gap_incident *n, bool made)
{
	const struct gap_filter *f = r->filter;

	if (!n->attempts || !n->client) /* none that counts, or no such row */
		return false;
	if (f->signature != SIG_NONE && n->signature != f->signature)
		return false;
	if (made || (!f->group && !f->host_glob))
		return true;
	return rule_is_shown(r, n->rule) || (!f->group && filter_wants_host(f, n->host));
}

static int by_first_time(const void *left, const void *right)
{
	const struct gap_incident *a = left, *b = right;

	if (a->first_us != b->first_us)
		return a->first_us < b->first_us ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

/* All incidents that have attempts of the period. */
static enum err incidents_tell(struct reading *r, struct db *db)
{
	int64_t *read = calloc(r->gap->incident_n + 1, sizeof *read);
	bool whole = true;

	if (!read)
		return memory_failed();
	incidents_count(r, read);
	enum err e = incidents_fill(r, db, read, &whole);
	free(read);
	if (e == ERR_OK && !whole)
		e = incidents_reword(r, db);
	return e == ERR_OK ? packets_count(r, db) : e;
}

/* Keep those that the filter wants. */
static enum err incidents_choose(struct reading *r)
{
	struct gap *g = r->gap;
	bool *made = calloc(g->incident_n + 1, sizeof *made);
	size_t kept = 0;

	if (!made)
		return memory_failed();
	entries_note(r, made);
	for (size_t i = 0; i < g->incident_n; i++) {
		if (!wants_incident(r, &g->incidents[i], made[i]))
			continue;
		g->stranger_n += !g->incidents[i].rule;
		g->incidents[kept++] = g->incidents[i];
	}
	free(made);
	g->incident_n = kept;
	if (kept > 1)
		qsort(g->incidents, kept, sizeof *g->incidents, by_first_time);
	return ERR_OK;
}

enum err read_incidents(struct reading *r, struct db *db)
{
	if (r->ledger)
		return ledger_incidents(r);
	enum err e = incidents_tell(r, db);
	return e == ERR_OK ? incidents_choose(r) : e;
}
