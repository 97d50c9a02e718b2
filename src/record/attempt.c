/* One attempt into the database: its row, its incident, its packets. */
#include "record/store.h"

#include <string.h>

#define COLUMNS "number, rule, client, host, attributed_by, address, port, transport, started, ended, outcome," \
		" answered, by_lookup, signature, detail, confidence, blocker, hint, why_not, proofs, community_id," \
		" conn_state, bytes_out, bytes_in, incident"
#define VALUES "?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23," \
	       " ?24, ?25, ?26"

static const char *const attempt_sql[ATTEMPT_QUERIES] = {
	[ATTEMPT_INSERT] = "INSERT INTO attempt (run, " COLUMNS ") VALUES (?1, " VALUES ")",
	[ATTEMPT_FIND] = "SELECT id, incident FROM attempt WHERE run = ?1 AND number = ?2",
	[ATTEMPT_UPDATE] = "UPDATE attempt SET (" COLUMNS ") = (" VALUES ") WHERE run = ?1 AND number = ?2",
	[PACKET_INSERT] = ("INSERT INTO packet (attempt, time, link, captured, length, source, bytes)"
			   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"),
	[PACKET_DELETE] = "DELETE FROM packet WHERE attempt = ?1",
};

static enum err queries_prepare(struct store *s)
{
	enum err e = ERR_OK;

	for (int i = 0; !e && i < ATTEMPT_QUERIES && !s->attempts[i]; i++)
		e = db_prepare(s->db, attempt_sql[i], &s->attempts[i]);
	return e;
}

static void json_string(struct text *t, const char *s)
{
	struct text safe = {0};
	const char *from = s;

	for (const char *p = s; *p && from; p++)
		if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f)
			from = NULL;
	if (!from) {
		text_add_escaped(&safe, s);
		t->failed |= safe.failed;
		from = safe.at ? safe.at : "";
	}
	text_add_n(t, "\"", 1);
	for (size_t n; *from; from += n) {
		n = strcspn(from, "\"\\");
		text_add_n(t, from, n);
		if (from[n]) {
			text_add_n(t, "\\", 1);
			text_add_n(t, from + n++, 1);
		}
	}
	text_add_n(t, "\"", 1);
	text_release(&safe);
}

static const char *proofs_json(struct text *t, const struct attempt *a)
{
	if (a->proof_n == 0)
		return "[]";
	text_clear(t);
	for (size_t i = 0; i < a->proof_n && i < PROOFS_MOST; i++) {
		text_add(t, i ? ",{\"name\":" : "[{\"name\":");
		json_string(t, a->proofs[i].name);
		text_add(t, ",\"text\":");
		json_string(t, a->proofs[i].text);
		text_add(t, "}");
	}
	text_add(t, "]");
	return t->failed ? "[]" : t->at;
}

static const char *text_or_null(const char *text)
{
	return *text ? text : NULL;
}

static void attempt_bind(struct query *q, int64_t run, const struct attempt *a, const struct telling *t,
			 const struct incident *i)
{
	bool decided = a->outcome != OUTCOME_OK;

	query_int(q, 1, run);
	query_int(q, 2, (int64_t)a->id);
	query_text(q, 3, t->rule);
	query_text(q, 4, t->client);
	query_text(q, 5, a->host);
	query_text(q, 6, text_or_null(attributed_by_text(a->attributed_by)));
	query_text(q, 7, text_or_null(t->address));
	query_int(q, 8, a->port);
	query_text(q, 9, transport_text(a->proto));
	query_int(q, 10, a->started_us);
	query_int(q, 11, a->ended_us);
	query_text(q, 12, outcome_text(a->outcome));
	query_int(q, 13, a->answered);
	query_int(q, 14, a->by_lookup);
	query_text(q, 15, text_or_null(signature_name(a->signature)));
	query_text(q, 16, text_or_null(a->detail));
	query_text(q, 17, decided ? confidence_text(a->confidence) : NULL);
	query_text(q, 18, text_or_null(a->blocker));
	query_text(q, 19, text_or_null(hint_text(a->hint)));
	query_text(q, 20, text_or_null(a->why_not));
	query_text(q, 21, t->proofs);
	query_text(q, 22, text_or_null(a->community_id));
	query_text(q, 23, text_or_null(a->conn_state));
	query_int(q, 24, (int64_t)a->bytes_out);
	query_int(q, 25, (int64_t)a->bytes_in);
	if (i)
		query_int(q, 26, i->id);
	else
		query_null(q, 26);
}

/* An attempt that is told again: what hung on the first telling is taken back,
 * and *i, the incident it belongs to now, is fetched anew. */
static enum err attempt_replace(struct store *s, const struct attempt *a, const struct telling *t, struct query *update,
				struct incident **i, int64_t *ret_id)
{
	struct query *find = s->attempts[ATTEMPT_FIND];
	enum err e = query_next(find);

	if (e)
		return e == ERR_END ? err_fail(ERR_DATABASE, "%s: damaged (attempts)", db_path(s->db)) : e;
	int64_t id = query_get_int(find, 0), incident = query_get_int(find, 1);
	query_reset(find);
	*ret_id = id;
	query_int(s->attempts[PACKET_DELETE], 1, id);
	e = query_run(s->attempts[PACKET_DELETE]);
	if (!e)
		e = query_run(update);
	if (!e)
		e = incidents_flush(&s->incidents);
	if (!e && incident)
		e = incident_recount(&s->incidents, incident, 1, true);
	incidents_clear(&s->incidents);
	if (!e && *i)
		e = incident_get(&s->incidents, a, t, i);
	return e;
}

static enum err packet_insert(struct store *s, int64_t run, int64_t attempt, const struct evidence *p)
{
	struct query *q = s->attempts[PACKET_INSERT];
	char unnamed[SOURCE_UNNAMED];

	query_int(q, 1, attempt);
	query_int(q, 2, p->time_us);
	query_int(q, 3, p->link);
	query_int(q, 4, p->captured);
	query_int(q, 5, p->length);
	query_text(q, 6, store_source(s, run, p->source, unnamed));
	query_blob(q, 7, p->bytes, p->captured);
	s->done.packets++;
	return query_run(q);
}

static enum err packets_keep(struct store *s, int64_t run, int64_t attempt, struct incident *i,
			     const struct evidence *packets, size_t n)
{
	size_t most = evidence_most(i->kept);
	enum err e = ERR_OK;

	if (i->kept > EVIDENCE_ATTEMPTS) {
		query_int(s->attempts[PACKET_DELETE], 1, i->last_kept);
		e = query_run(s->attempts[PACKET_DELETE]);
	} else
		i->kept++;
	i->last_kept = attempt;
	for (size_t k = 0; !e && k < n; k++)
		if (n <= most || k < most / 2 || k >= n - most / 2)
			e = packet_insert(s, run, attempt, &packets[k]);
	return e;
}

/* ret_id: of its row. */
static enum err attempt_put(struct store *s, int64_t run, const struct attempt *a, const struct telling *t,
			    struct incident **i, int64_t *ret_id)
{
	struct query *insert = s->attempts[ATTEMPT_INSERT], *update = s->attempts[ATTEMPT_UPDATE];

	attempt_bind(insert, run, a, t, *i);
	enum err e = query_run(insert);
	if (!e) {
		s->done.attempts++;
		*ret_id = db_inserted(s->db);
		return ERR_OK;
	}
	if (!db_is_taken(s->db))
		return e;
	attempt_bind(update, run, a, t, *i);
	query_int(s->attempts[ATTEMPT_FIND], 1, run);
	query_int(s->attempts[ATTEMPT_FIND], 2, (int64_t)a->id);
	return attempt_replace(s, a, t, update, i, ret_id);
}

enum err store_attempt(struct store *s, int64_t run, const struct attempt *a, const struct evidence *packets, size_t n)
{
	struct telling t = {.rule = store_rule(s, a->rule), .proofs = proofs_json(&s->json, a)};
	struct incident *i = NULL;
	int64_t id = 0;
	enum err e = store_begin(s);

	if (!e)
		e = queries_prepare(s);
	if (e)
		return e;
	store_address(s, &a->client, t.client);
	store_address(s, &a->address, t.address);
	if (incident_is(a))
		e = incident_add(&s->incidents, a, &t, &i);
	if (!e)
		e = attempt_put(s, run, a, &t, &i, &id);
	if (!e && i && n && s->evidence)
		e = packets_keep(s, run, id, i, packets, n);
	return e;
}
