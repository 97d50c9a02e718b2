#include "record/incident.h"

#include <string.h>

#include "base/pages.h"

#define INCIDENTS_MOST 200000u         /* held in memory; above that all are dropped and read again when needed */
#define INCIDENT_NAMES_BYTES (16u << 20)

struct incident_key {
	struct addr client;
	name_id host, rule;
	uint16_t port;
	uint8_t proto, signature;
};

#define BEST_FIRST "CASE confidence WHEN 'high' THEN 2 WHEN 'medium' THEN 1 ELSE 0 END DESC, started, id"

static const char *const incident_sql[INCIDENT_QUERIES] = {
	[INCIDENT_FIND] =
	    "SELECT id, attempts, first, last, confidence, outcome FROM incident"
	    " WHERE client = ?1 AND host = ?2 AND port = ?3 AND transport = ?4 AND signature = ?5 AND ifnull(rule,"
	    " '') = ?6",
	/* only the oldest and newest attempts are considered: an incident may have millions */
	[INCIDENT_KEPT] =
	    "SELECT a.id FROM (SELECT id FROM (SELECT id FROM attempt WHERE incident = ?1 ORDER BY started LIMIT 50)"
	    " UNION SELECT id FROM (SELECT id FROM attempt WHERE incident = ?1 ORDER BY started DESC LIMIT 50)) AS a"
	    " WHERE EXISTS (SELECT 1 FROM packet AS p WHERE p.attempt = a.id) ORDER BY a.id",
	[INCIDENT_INSERT] =
	    "INSERT INTO incident (rule, client, host, attributed_by, address, port, transport, signature, outcome,"
	    " detail,"
	    " confidence, blocker, proofs, hint, attempts, first, last)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, 1, ?15, ?16)",
	[INCIDENT_BEST] =
	    "UPDATE incident SET attributed_by = ?4, outcome = ?9, detail = ?10, confidence = ?11, blocker = ?12,"
	    " proofs = ?13, hint = ?14 WHERE id = ?17",
	[INCIDENT_COUNT] =
	    "UPDATE incident SET attempts = ?2, first = ?3, last = ?4, address = ifnull(?5, address),"
	    " outcome = CASE WHEN ?6 THEN 'blocked' ELSE outcome END WHERE id = ?1",
	[INCIDENT_RECOUNT] =
	    "UPDATE incident SET attempts = attempts - ?2,"
	    " first = ifnull((SELECT started FROM attempt WHERE incident = ?1 ORDER BY started LIMIT 1), first)"
	    " WHERE id = ?1",
	[INCIDENT_REJUDGE] =
	    "UPDATE incident SET (address, last) ="
	    " (SELECT address, max(started, ended) FROM attempt WHERE incident = ?1 ORDER BY started DESC LIMIT 1),"
	    " (attributed_by, outcome, detail, confidence, blocker, proofs, hint) ="
	    " (SELECT attributed_by, outcome, detail, confidence, blocker, proofs, hint FROM attempt"
	    "  WHERE incident = ?1 ORDER BY " BEST_FIRST " LIMIT 1) WHERE id = ?1",
	[INCIDENT_DELETE] = "DELETE FROM incident WHERE id = ?1 AND attempts <= 0",
};

const char *transport_text(uint8_t proto)
{
	return proto == 6 ? "tcp" : proto == 17 ? "udp" : "";
}

enum err incidents_init(struct incidents *x, struct db *db)
{
	int64_t rows = 0;
	enum err e = ERR_OK;

	*x = (struct incidents){.db = db};
	map_init(&x->index, sizeof(struct incident_key), sizeof(uint32_t), INCIDENTS_MOST);
	x->names = names_new(INCIDENT_NAMES_BYTES);
	if (!x->names)
		return err_fail(ERR_MEMORY, "out of memory");
	for (int i = 0; !e && i < INCIDENT_QUERIES; i++)
		e = db_prepare(db, incident_sql[i], &x->queries[i]);
	if (!e)
		e = db_number(db, "SELECT count(*) FROM (SELECT 1 FROM incident LIMIT 1)", &rows);
	x->all_known = rows == 0;
	return e;
}

void incidents_release(struct incidents *x)
{
	for (int i = 0; i < INCIDENT_QUERIES; i++)
		query_free(x->queries[i]);
	map_release(&x->index);
	names_free(x->names);
	pages_free(x->at, x->room * sizeof *x->at);
	pages_free(x->dirty, x->dirty_room * sizeof *x->dirty);
}

void incidents_clear(struct incidents *x)
{
	map_release(&x->index);
	names_free(x->names);
	x->names = names_new(INCIDENT_NAMES_BYTES);
	x->n = x->dirty_n = 0;
	x->all_known = false;
}

bool incident_is(const struct attempt *a)
{
	return a->signature != SIG_NONE && (a->outcome == OUTCOME_BLOCKED || a->outcome == OUTCOME_RESET);
}

/* False: no room for its names. */
static bool key_of(struct incidents *x, const struct attempt *a, const char *rule, struct incident_key *ret_key)
{
	struct incident_key key;

	memset(&key, 0, sizeof key);
	key.client = a->client;
	key.host = names_intern(x->names, a->host, strlen(a->host));
	key.rule = rule ? names_intern(x->names, rule, strlen(rule)) : 0;
	key.port = a->port;
	key.proto = a->proto;
	key.signature = (uint8_t)a->signature;
	*ret_key = key;
	return (key.host || !a->host[0]) && (key.rule || !rule);
}

static struct incident *incident_new(struct incidents *x)
{
	struct incident *at = pages_room(x->at, x->n, &x->room, sizeof *at);

	if (!at)
		return NULL;
	x->at = at;
	uint32_t *dirty = pages_room(x->dirty, x->n, &x->dirty_room, sizeof *dirty);
	if (!dirty)
		return NULL;
	x->dirty = dirty;
	x->at[x->n] = (struct incident){0};
	return &x->at[x->n];
}

static enum err kept_find(struct incidents *x, struct incident *i)
{
	struct query *q = x->queries[INCIDENT_KEPT];
	enum err e;

	query_int(q, 1, i->id);
	while ((e = query_next(q)) == ERR_OK) {
		i->last_kept = query_get_int(q, 0);
		if (i->kept < UINT8_MAX)
			i->kept++;
	}
	return e == ERR_END ? ERR_OK : e;
}

/* ERR_END: not in the database. */
static enum err incident_find(struct incidents *x, const struct attempt *a, const struct telling *t, struct incident *i)
{
	struct query *q = x->queries[INCIDENT_FIND];

	if (x->all_known)
		return ERR_END;
	query_text(q, 1, t->client);
	query_text(q, 2, a->host);
	query_int(q, 3, a->port);
	query_text(q, 4, transport_text(a->proto));
	query_text(q, 5, signature_name(a->signature));
	query_text(q, 6, t->rule ? t->rule : "");
	enum err e = query_next(q);
	if (e)
		return e;
	i->id = query_get_int(q, 0);
	i->attempts = query_get_int(q, 1);
	i->first_us = query_get_int(q, 2);
	i->last_us = i->newest_us = query_get_int(q, 3);
	const char *confidence = query_get_text(q, 4);
	i->confidence = strcmp(confidence, "high") == 0     ? CONFIDENCE_HIGH
			: strcmp(confidence, "medium") == 0 ? CONFIDENCE_MEDIUM
							    : CONFIDENCE_LOW;
	i->blocked = strcmp(query_get_text(q, 5), "blocked") == 0;
	query_reset(q);
	return kept_find(x, i);
}

static void bind_words(struct query *q, const struct attempt *a, const struct telling *t)
{
	const char *hint = hint_text(a->hint), *by = attributed_by_text(a->attributed_by);

	query_text(q, 4, *by ? by : NULL);
	query_text(q, 9, outcome_text(a->outcome));
	query_text(q, 10, a->detail);
	query_text(q, 11, confidence_text(a->confidence));
	query_text(q, 12, a->blocker[0] ? a->blocker : NULL);
	query_text(q, 13, t->proofs);
	query_text(q, 14, *hint ? hint : NULL);
}

static enum err incident_insert(struct incidents *x, const struct attempt *a, const struct telling *t,
                                struct incident *i)
{
	struct query *q = x->queries[INCIDENT_INSERT];

	query_text(q, 1, t->rule);
	query_text(q, 2, t->client);
	query_text(q, 3, a->host);
	query_text(q, 5, t->address[0] ? t->address : NULL);
	query_int(q, 6, a->port);
	query_text(q, 7, transport_text(a->proto));
	query_text(q, 8, signature_name(a->signature));
	bind_words(q, a, t);
	query_int(q, 15, a->started_us);
	query_int(q, 16, a->ended_us);
	enum err e = query_run(q);
	if (e)
		return e;
	*i = (struct incident){
	    .id = db_inserted(x->db),
	    .attempts = 1,
	    .fresh = true,
	    .first_us = a->started_us,
	    .last_us = a->ended_us,
	    .newest_us = a->started_us,
	    .address = a->address,
	    .confidence = a->confidence,
	    .blocked = a->outcome == OUTCOME_BLOCKED,
	};
	x->added++;
	return ERR_OK;
}

enum err incident_get(struct incidents *x, const struct attempt *a, const struct telling *t,
		      struct incident **ret_incident)
{
	struct incident_key key;

	if (x->index.n >= INCIDENTS_MOST || !key_of(x, a, t->rule, &key)) {
		enum err e = incidents_flush(x);
		if (e)
			return e;
		incidents_clear(x);
		if (!x->names || !key_of(x, a, t->rule, &key))
			return err_fail(ERR_MEMORY, "out of memory");
	}
	uint32_t *number = map_find(&x->index, &key);
	if (number) {
		*ret_incident = &x->at[*number];
		return ERR_OK;
	}
	struct incident *i = incident_new(x);
	bool added;
	if (!i)
		return err_fail(ERR_MEMORY, "out of memory");
	enum err e = incident_find(x, a, t, i);
	if (e == ERR_END)
		e = incident_insert(x, a, t, i);
	if (e)
		return e;
	number = map_put(&x->index, &key, &added);
	if (!number)
		return err_fail(ERR_MEMORY, "out of memory");
	*number = (uint32_t)x->n++;
	*ret_incident = i;
	return ERR_OK;
}

enum err incident_add(struct incidents *x, const struct attempt *a, const struct telling *t,
		      struct incident **ret_incident)
{
	struct incident *i;
	enum err e = incident_get(x, a, t, &i);

	if (e)
		return e;
	*ret_incident = i;
	if (i->fresh) { /* most incidents have one attempt and were written together with it */
		i->fresh = false;
		return ERR_OK;
	}
	if (a->confidence > i->confidence) {
		struct query *q = x->queries[INCIDENT_BEST];
		bind_words(q, a, t);
		query_int(q, 17, i->id);
		e = query_run(q);
		i->confidence = a->confidence;
	}
	i->attempts++;
	i->blocked |= a->outcome == OUTCOME_BLOCKED;
	if (a->started_us < i->first_us)
		i->first_us = a->started_us;
	if (a->ended_us > i->last_us)
		i->last_us = a->ended_us;
	if (a->started_us >= i->newest_us) {
		i->newest_us = a->started_us;
		i->address = a->address;
	}
	if (!i->dirty)
		x->dirty[x->dirty_n++] = (uint32_t)(i - x->at);
	i->dirty = true;
	return e;
}

enum err incidents_flush(struct incidents *x)
{
	struct query *q = x->queries[INCIDENT_COUNT];
	char text[ADDR_TEXT];
	enum err e = ERR_OK;

	for (size_t n = 0; !e && n < x->dirty_n; n++) {
		struct incident *i = &x->at[x->dirty[n]];
		query_int(q, 1, i->id);
		query_int(q, 2, i->attempts);
		query_int(q, 3, i->first_us);
		query_int(q, 4, i->last_us);
		query_text(q, 5, addr_is_none(&i->address) ? NULL : addr_format(&i->address, text));
		query_int(q, 6, i->blocked);
		e = query_run(q);
		i->dirty = false;
	}
	x->dirty_n = 0;
	return e;
}

enum err incident_recount(struct incidents *x, int64_t id, int64_t fewer, bool judged)
{
	struct query *q = x->queries[INCIDENT_RECOUNT];

	query_int(q, 1, id);
	query_int(q, 2, fewer);
	enum err e = query_run(q);
	if (!e) {
		query_int(x->queries[INCIDENT_DELETE], 1, id);
		e = query_run(x->queries[INCIDENT_DELETE]);
	}
	if (!e && judged) {
		query_int(x->queries[INCIDENT_REJUDGE], 1, id);
		e = query_run(x->queries[INCIDENT_REJUDGE]);
	}
	return e;
}
