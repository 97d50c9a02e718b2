#include "record/store.h"

#include <stdlib.h>

#include "base/limits.h"

static const char *const row_sql[TABLE_COUNT] = {
	[TABLE_RUN] = "INSERT INTO run (id, command, version, started) VALUES (?1, ?2, ?3, ?4)",
	[TABLE_LIST] = "INSERT INTO list (run, position, name, vendor, version, published, source, sha256)"
		       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[TABLE_GROUP] = "INSERT OR IGNORE INTO list_group (run, position, name, role, required, active, hosts_status,"
			" description, region, notes, symptom, profile, works_if_any, fallback_for)"
			" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
	[TABLE_RULE] = "INSERT OR IGNORE INTO rule (run, position, name, list_group, role, host, port, transport,"
	               " required)"
		       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	[TABLE_LOOKUP] = "INSERT INTO dns_lookup (run, client, resolver, name, qtype, asked, answered, rcode, ede,"
	                 " answer,"
			 " listed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
	[TABLE_UNLISTED] = "INSERT INTO unlisted (run, host, seen_as, port, transport, clients, verdict)"
			   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (run, host, port, transport)"
			   " DO UPDATE SET seen_as = ?3, clients = ?6, verdict = ?7",
	[TABLE_CALL] = "INSERT INTO call_step (run, client, server, host, rule, port, transport, started, ended,"
	               " result,"
		       " software, realm, relayed, media_out, media_in)"
		       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
	[TABLE_NOTICE] = "INSERT OR IGNORE INTO notice (run, level, code, text, time) VALUES (?1, ?2, ?3, ?4, ?5)",
	[TABLE_PROGRESS] = "UPDATE run SET packets = ?2, bytes = ?3, dropped = ?4, truncated = ?5, first = ?6,"
	                   " last = ?7"
			   " WHERE id = ?1",
	[TABLE_SOURCE] = "INSERT INTO source (run, name, kind, link_type, packets, bytes, dropped, truncated, damage)"
			 " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (run, name)"
			 " DO UPDATE SET kind = ?3, link_type = ?4, packets = ?5, bytes = ?6, dropped = ?7,"
			 " truncated = ?8,"
			 " damage = ?9",
	[TABLE_STATE] = "INSERT OR REPLACE INTO state (name, bytes, time) VALUES (?2, ?3, ?4)",
	[TABLE_END] = "UPDATE run SET ended = ?2, complete = ?3 WHERE id = ?1",
};

enum err store_open(const char *path, bool evidence, struct store *ret_store)
{
	struct store s = {.evidence = evidence};
	enum err e = db_open_write(path, &s.db);

	/* we wrote the run and incident of every attempt just before; only retention deletes */
	if (!e)
		e = db_cascade(s.db, false);
	if (!e)
		e = incidents_init(&s.incidents, s.db);
	if (e)
		store_close(&s);
	else
		*ret_store = s;
	return e;
}

void store_close(struct store *s)
{
	if (!s->db)
		return;
	db_undo(s->db);
	for (int i = 0; i < TABLE_COUNT; i++)
		query_free(s->rows[i]);
	for (int i = 0; i < ATTEMPT_QUERIES; i++)
		query_free(s->attempts[i]);
	incidents_release(&s->incidents);
	store_forget(s);
	text_release(&s->json);
	for (size_t i = 0; s->pending && i < PENDING_MOST; i++)
		text_release(&s->pending[i].json);
	free(s->pending);
	db_close(s->db);
	s->db = NULL;
}

static enum err attempt_unpack(struct store *s, const struct row *row)
{
	struct evidence packets[EVIDENCE_FLOW_PACKETS];
	size_t n = 0, at = 0;

	while (n < sizeof packets / sizeof packets[0] && row_next_packet(row, &at, &packets[n]))
		n++;
	return store_attempt(s, row->run, row_get_attempt(row), packets, n);
}

enum err store_row(struct store *s, const struct row *row)
{
	enum err e = store_begin(s);

	if (e)
		return e;
	if (row->table == TABLE_ATTEMPT)
		return attempt_unpack(s, row);
	e = store_pending(s);
	if (!e)
		e = store_learn(s, row);
	if (!e && !s->rows[row->table])
		e = db_prepare(s->db, row_sql[row->table], &s->rows[row->table]);
	if (e)
		return e;
	row_bind(row, s->rows[row->table]);
	if (row->table == TABLE_CALL)
		query_text(s->rows[TABLE_CALL], 5, store_rule(s, (int32_t)row_get_int(row, 3)));
	return query_run(s->rows[row->table]);
}

enum err store_commit(struct store *s)
{
	if (!s->open)
		return ERR_OK;
	enum err e = store_pending(s);
	if (!e)
		e = incidents_flush(&s->incidents);
	if (!e)
		e = db_end(s->db);
	if (e) {
		store_undo(s);
		return e;
	}
	s->open = false;
	s->done.incidents = s->incidents.added;
	s->kept = s->done;
	return ERR_OK;
}

void store_undo(struct store *s)
{
	db_undo(s->db);
	s->open = false;
	s->pending_n = 0;
	incidents_clear(&s->incidents);
	store_forget_sources(s); /* packets may again wait for their source's name */
	s->incidents.added = s->kept.incidents;
	s->done = s->kept;
}
