/* Reads calls, and names that are on no list. */
#include <stdio.h>
#include <string.h>

#include "report/reading.h"
#include "report/rows.h"

static enum verdict verdict_meant(const char *text)
{
	for (int i = 0; i < VERDICT_COUNT; i++)
		if (strcmp(text, verdict_text((enum verdict)i)) == 0)
			return (enum verdict)i;
	return VERDICT_UNSEEN;
}

/* The verdict of a name over its ports: decided ones take precedence, contradicting ones make it partial. */
static enum verdict combine(enum verdict a, enum verdict b)
{
	if (a == b || b == VERDICT_UNSEEN)
		return a;
	if (a == VERDICT_UNSEEN || a == VERDICT_INCONCLUSIVE)
		return b;
	return b == VERDICT_INCONCLUSIVE ? a : VERDICT_PARTIAL;
}

/* Rows of one port follow each other: runs may disagree about it. */
static void port_add(struct reading *r, struct gap_unlisted *u, const char *port)
{
	if (u->port_n && strcmp(u->ports[u->port_n - 1], port) == 0)
		return;
	u->ports = pool_grow(r->pool, u->ports, u->port_n, sizeof *u->ports);
	const char *kept = pool_text(r->pool, port);
	if (u->ports && kept)
		u->ports[u->port_n++] = kept;
}

static enum err unlisted_add(struct reading *r, struct rows *rows)
{
	struct gap *g = r->gap;
	struct gap_unlisted *u = g->unlisted_n ? &g->unlisted[g->unlisted_n - 1] : NULL;
	const char *host = rows_text(rows, 0), *seen_as = rows_text(rows, 1);
	enum verdict verdict = verdict_meant(rows_text(rows, 5));
	uint64_t clients = (uint64_t)rows_number(rows, 4);
	char port[32];

	if (!u || strcmp(u->host, host) != 0) {
		g->unlisted = pool_grow(r->pool, g->unlisted, g->unlisted_n, sizeof *g->unlisted);
		if (!g->unlisted)
			return err_fail(ERR_MEMORY, "out of memory");
		u = &g->unlisted[g->unlisted_n++];
		*u = (struct gap_unlisted){.host = pool_text(r->pool, host), .seen_as = pool_text(r->pool, seen_as),
		                           .verdict = VERDICT_UNSEEN};
	}
	u->verdict = combine(u->verdict, verdict);
	u->clients = clients > u->clients ? clients : u->clients;
	if (rows_number(rows, 2) > 0) {
		snprintf(port, sizeof port, "%lld/%s", (long long)rows_number(rows, 2), rows_text(rows, 3));
		port_add(r, u, port);
	}
	return r->pool->failed ? err_fail(ERR_MEMORY, "out of memory") : ERR_OK;
}

enum err read_unlisted(struct reading *r, struct db *db)
{
	struct rows rows;

	if (r->filter->group)
		return ERR_OK;
	enum err e = rows_open(&rows, db, r->filter,
			       "SELECT host, max(seen_as), port, transport, max(clients), verdict FROM unlisted "
			       "WHERE run IN " RUNS
			       " GROUP BY host, port, transport, verdict ORDER BY host, port, transport");
	while (e == ERR_OK && rows_next(&rows)) {
		if (!filter_wants_host(r->filter, rows_text(&rows, 0)))
			continue;
		e = unlisted_add(r, &rows);
		if (e != ERR_OK)
			return rows_abandon(&rows, e);
	}
	return e == ERR_OK ? rows_close(&rows) : e;
}

static bool wants_call(const struct reading *r, struct rows *rows)
{
	const char *client = rows_text(rows, 0), *rule = rows_text(rows, 3);
	struct addr a;
	bool wanted = r->filter->client_n == 0;

	for (size_t i = 0; !wanted && addr_parse(client, &a) && i < r->filter->client_n; i++)
		wanted = prefix_contains(&r->clients[i], &a);
	if (!wanted || !filter_wants_host(r->filter, rows_text(rows, 1)))
		return false;
	if (!r->filter->group)
		return true;
	for (size_t i = 0; i < r->rule_n; i++)
		if (strcmp(r->rules[i].shape.id, rule) == 0)
			return r->rules[i].shown;
	return false;
}

/* Calls repeat few texts. */
static const char *call_text(struct reading *r, struct rows *rows, int column)
{
	const char *text = rows_text(rows, column);

	return names_text(r->names, names_intern(r->names, text, strlen(text)));
}

static const char *call_text_or_null(struct reading *r, struct rows *rows, int column)
{
	return *rows_text(rows, column) ? call_text(r, rows, column) : NULL;
}

enum err read_calls(struct reading *r, struct db *db)
{
	struct gap *g = r->gap;
	struct rows rows;

	enum err e = rows_open(&rows, db, r->filter,
	                       "SELECT client, host, server, rule, result, software, realm, relayed, port, transport, "
	                       "started, ended, media_out, media_in FROM call_step WHERE started BETWEEN ?1 AND ?2 "
	                       "AND (?3 = 0 OR run = ?3) ORDER BY started, id");
	while (e == ERR_OK && rows_next(&rows)) {
		if (!wants_call(r, &rows))
			continue;
		g->calls = pool_grow(r->pool, g->calls, g->call_n, sizeof *g->calls);
		if (!g->calls)
			return rows_abandon(&rows, err_fail(ERR_MEMORY, "out of memory"));
		g->calls[g->call_n++] = (struct gap_call){
			.client = call_text(r, &rows, 0), .host = call_text(r, &rows, 1),
			.server = call_text(r, &rows, 2), .rule = call_text_or_null(r, &rows, 3),
			.result = call_text(r, &rows, 4), .software = call_text_or_null(r, &rows, 5),
			.realm = call_text_or_null(r, &rows, 6), .relayed = call_text_or_null(r, &rows, 7),
			.port = (uint16_t)rows_number(&rows, 8), .transport = call_text(r, &rows, 9),
			.started_us = rows_number(&rows, 10), .ended_us = rows_number(&rows, 11),
			.media_out = (uint64_t)rows_number(&rows, 12), .media_in = (uint64_t)rows_number(&rows, 13),
		};
	}
	return e == ERR_OK ? rows_close(&rows) : e;
}
