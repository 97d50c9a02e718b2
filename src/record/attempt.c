/* Writing one attempt to the database: its row, its incident, its packets. */
#include "record/store.h"

#include <stdlib.h>
#include <string.h>

#define COLUMNS "number, rule, client, host, attributed_by, address, port, transport, started, ended, outcome," \
		" answered, by_lookup, signature, detail, confidence, blocker, hint, why_not, proofs, community_id," \
		" conn_state, bytes_out, bytes_in, incident"
#define COLUMN_N 25 /* after the run, which is parameter 1 */

static const char *const attempt_sql[ATTEMPT_QUERIES] = {
	[ATTEMPT_INSERT] = "INSERT INTO attempt (run, " COLUMNS ") VALUES ",
	/* OR FAIL: rows before a duplicate stay inserted, and SQLite need not save pages for a rollback */
	[ATTEMPT_INSERT_MANY] = "INSERT OR FAIL INTO attempt (run, " COLUMNS ") VALUES ",
	[ATTEMPT_FIND] = "SELECT id, incident FROM attempt WHERE run = ?1 AND number = ?2",
	[ATTEMPT_UPDATE] = "UPDATE attempt SET (run, " COLUMNS ") = ",
	[PACKET_INSERT] = ("INSERT INTO packet (attempt, time, link, captured, length, source, bytes)"
			   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"),
	[PACKET_DELETE] = "DELETE FROM packet WHERE attempt = ?1",
};

/* "(?1, ?2, …)" for this many rows. */
static void values_add(struct text *sql, size_t row_n)
{
	for (size_t row = 0; row < row_n; row++) {
		text_add(sql, row ? ", (?1" : "(?1");
		for (size_t i = 0; i < COLUMN_N; i++)
			text_addf(sql, ", ?%zu", 2 + row * COLUMN_N + i);
		text_add(sql, ")");
	}
}

static enum err query_make(struct store *s, enum attempt_query which)
{
	static const size_t rows[ATTEMPT_QUERIES] = {
		[ATTEMPT_INSERT] = 1, [ATTEMPT_INSERT_MANY] = PENDING_MOST, [ATTEMPT_UPDATE] = 1,
	};
	struct text sql = {0};

	text_add(&sql, attempt_sql[which]);
	values_add(&sql, rows[which]);
	if (which == ATTEMPT_UPDATE)
		text_add(&sql, " WHERE run = ?1 AND number = ?2");
	enum err e = sql.failed ? err_fail(ERR_MEMORY, "out of memory")
	                        : db_prepare(s->db, sql.at, &s->attempts[which]);
	text_release(&sql);
	return e;
}

/* Prepares what is still missing: an earlier failure may have stopped it half-way. */
static enum err queries_prepare(struct store *s)
{
	enum err e = ERR_OK;

	if (s->attempts[ATTEMPT_QUERIES - 1])
		return ERR_OK;
	for (int i = 0; !e && i < ATTEMPT_QUERIES; i++)
		if (!s->attempts[i])
			e = query_make(s, (enum attempt_query)i);
	return e;
}

static const char *proofs_json(struct text *t, const struct attempt *a)
{
	if (a->proof_n == 0)
		return "[]";
	text_clear(t);
	for (size_t i = 0; i < a->proof_n && i < PROOFS_MOST; i++) {
		text_add(t, i ? ",{\"name\":" : "[{\"name\":");
		text_add_json(t, a->proofs[i].name);
		text_add(t, ",\"text\":");
		text_add_json(t, a->proofs[i].text);
		text_add(t, "}");
	}
	text_add(t, "]");
	return t->failed ? "[]" : t->at;
}

/* "" becomes NULL. */
static void bind_word(struct query *q, int parameter, const char *word)
{
	query_word(q, parameter, *word ? word : NULL);
}

static void bind_text(struct query *q, int parameter, const char *text)
{
	if (*text)
		query_text(q, parameter, text);
	else
		query_null(q, parameter);
}

/* row: index of the row within the statement, from 0. */
static void attempt_bind(struct query *q, int row, int64_t run, const struct attempt *a, const struct telling *t,
			 const struct incident *i)
{
	bool decided = a->outcome != OUTCOME_OK;
	int at = 2 + row * COLUMN_N;

	query_int(q, 1, run);
	query_int(q, at++, (int64_t)a->id);
	query_text(q, at++, t->rule);
	query_text(q, at++, t->client);
	query_text(q, at++, a->host);
	bind_word(q, at++, attributed_by_text(a->attributed_by));
	bind_text(q, at++, t->address);
	query_int(q, at++, a->port);
	query_word(q, at++, transport_text(a->proto));
	query_int(q, at++, a->started_us);
	query_int(q, at++, a->ended_us);
	query_word(q, at++, outcome_text(a->outcome));
	query_int(q, at++, a->answered);
	query_int(q, at++, a->by_lookup);
	bind_word(q, at++, signature_name(a->signature));
	bind_text(q, at++, a->detail);
	query_word(q, at++, decided ? confidence_text(a->confidence) : NULL);
	bind_text(q, at++, a->blocker);
	bind_word(q, at++, hint_text(a->hint));
	bind_text(q, at++, a->why_not);
	query_text(q, at++, t->proofs);
	bind_text(q, at++, a->community_id);
	bind_text(q, at++, a->conn_state);
	query_int(q, at++, (int64_t)a->bytes_out);
	query_int(q, at++, (int64_t)a->bytes_in);
	if (i)
		query_int(q, at, i->id);
	else
		query_null(q, at);
}

/* An attempt reported again: the effects of the first report are undone, and *i, the incident it belongs to now, is
 * fetched again. */
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

/* ret_id: the id of its row. */
static enum err attempt_put(struct store *s, int64_t run, const struct attempt *a, const struct telling *t,
			    struct incident **i, int64_t *ret_id)
{
	struct query *insert = s->attempts[ATTEMPT_INSERT], *update = s->attempts[ATTEMPT_UPDATE];

	attempt_bind(insert, 0, run, a, t, *i);
	enum err e = query_run(insert);
	if (!e) {
		s->done.attempts++;
		*ret_id = db_inserted(s->db);
		return ERR_OK;
	}
	if (!db_is_taken(s->db))
		return e;
	attempt_bind(update, 0, run, a, t, *i);
	query_int(s->attempts[ATTEMPT_FIND], 1, run);
	query_int(s->attempts[ATTEMPT_FIND], 2, (int64_t)a->id);
	return attempt_replace(s, a, t, update, i, ret_id);
}

static enum err attempt_tell(struct store *s, int64_t run, const struct attempt *a, const struct telling *t,
			     struct incident **i, int64_t *ret_id)
{
	enum err e = incident_is(a) ? incident_add(&s->incidents, a, t, i) : ERR_OK;

	return e ? e : attempt_put(s, run, a, t, i, ret_id);
}

/* All with one statement; those after one that is already there, one by one. */
static enum err pending_insert(struct store *s, size_t *ret_done)
{
	struct query *q = s->attempts[ATTEMPT_INSERT_MANY];

	if (s->pending_n < PENDING_MOST)
		return ERR_OK;
	for (size_t k = 0; k < s->pending_n; k++)
		attempt_bind(q, (int)k, s->pending_run, &s->pending[k].attempt, &s->pending[k].telling, NULL);
	enum err e = query_run(q);
	if (e && !db_is_taken(s->db))
		return e;
	*ret_done = e ? (size_t)db_changed(s->db) : s->pending_n;
	s->done.attempts += *ret_done;
	return ERR_OK;
}

enum err store_pending(struct store *s)
{
	size_t done = 0;

	if (s->pending_n == 0)
		return ERR_OK;
	enum err e = pending_insert(s, &done);
	for (; !e && done < s->pending_n; done++) {
		struct pending *p = &s->pending[done];
		struct incident *i = NULL;
		int64_t id;
		e = attempt_tell(s, s->pending_run, &p->attempt, &p->telling, &i, &id);
	}
	s->pending_n = 0;
	return e;
}

static void telling_make(struct store *s, const struct attempt *a, struct text *json, struct telling *ret_telling)
{
	ret_telling->rule = store_rule(s, a->rule);
	ret_telling->proofs = proofs_json(json, a);
	store_address(s, &a->client, ret_telling->client);
	store_address(s, &a->address, ret_telling->address);
}

static enum err pending_add(struct store *s, int64_t run, const struct attempt *a)
{
	enum err e = s->pending_n == PENDING_MOST || run != s->pending_run ? store_pending(s) : ERR_OK;

	if (!e && !s->pending && !(s->pending = calloc(PENDING_MOST, sizeof *s->pending)))
		e = err_fail(ERR_MEMORY, "out of memory");
	if (e)
		return e;
	struct pending *p = &s->pending[s->pending_n++];
	s->pending_run = run;
	p->attempt = *a;
	telling_make(s, a, &p->json, &p->telling);
	return ERR_OK;
}

enum err store_attempt(struct store *s, int64_t run, const struct attempt *a, const struct evidence *packets, size_t n)
{
	struct telling t;
	struct incident *i = NULL;
	int64_t id = 0;
	enum err e = store_begin(s);

	if (!e)
		e = queries_prepare(s);
	if (e)
		return e;
	if (!incident_is(a))
		return pending_add(s, run, a);
	e = store_pending(s);
	if (e)
		return e;
	telling_make(s, a, &s->json, &t);
	e = attempt_tell(s, run, a, &t, &i, &id);
	if (!e && n && s->evidence)
		e = packets_keep(s, run, id, i, packets, n);
	return e;
}
