#include "record/merge.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/map.h"
#include "record/db.h"

#define RUNS_MOST 1000000u
#define INCIDENTS_MOST 50000000u

/* How to copy one table: each column of a `from` row goes to the parameter of `into` with the same number (counted
 * from 1), except the first, which is the run. */
static const struct passage {
	const char *from, *into;
	int columns;
} passages[] = {
	{"SELECT run, name, kind, link_type, packets, bytes, dropped, truncated, damage FROM source ORDER BY id",
	 "INSERT INTO source (run, name, kind, link_type, packets, bytes, dropped, truncated, damage)"
	 " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)", 9},
	{"SELECT run, position, name, vendor, version, published, source, sha256 FROM list ORDER BY id",
	 "INSERT INTO list (run, position, name, vendor, version, published, source, sha256)"
	 " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", 8},
	{"SELECT run, position, name, role, required, active, hosts_status, description, region, notes, symptom,"
	 " profile,"
	 " works_if_any, fallback_for FROM list_group ORDER BY id",
	 "INSERT INTO list_group (run, position, name, role, required, active, hosts_status, description, region,"
	 " notes,"
	 " symptom, profile, works_if_any, fallback_for)"
	 " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)", 14},
	{"SELECT run, position, name, list_group, role, host, port, transport, required FROM rule ORDER BY id",
	 "INSERT INTO rule (run, position, name, list_group, role, host, port, transport, required)"
	 " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)", 9},
	{"SELECT run, client, resolver, name, qtype, asked, answered, rcode, ede, answer, listed FROM dns_lookup"
	 " ORDER BY id",
	 "INSERT INTO dns_lookup (run, client, resolver, name, qtype, asked, answered, rcode, ede, answer, listed)"
	 " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)", 11},
	{"SELECT run, client, server, host, rule, port, transport, started, ended, result, software, realm, relayed,"
	 " media_out, media_in FROM call_step ORDER BY id",
	 "INSERT INTO call_step (run, client, server, host, rule, port, transport, started, ended, result, software,"
	 " realm,"
	 " relayed, media_out, media_in) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
	 15},
	{"SELECT run, host, seen_as, port, transport, clients, verdict FROM unlisted",
	 "INSERT INTO unlisted (run, host, seen_as, port, transport, clients, verdict)"
	 " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", 7},
	{"SELECT run, time, level, code, text FROM notice ORDER BY id",
	 "INSERT INTO notice (run, time, level, code, text) VALUES (?1, ?2, ?3, ?4, ?5)", 5},
};

static const char run_from[] = "SELECT id, command, version, ifnull(origin, ?1), started, ended, complete, packets,"
                               " bytes,"
			       " dropped, truncated, first, last FROM run ORDER BY id";
static const char run_into[] = "INSERT INTO run (id, command, version, origin, started, ended, complete, packets,"
                               " bytes,"
			       " dropped, truncated, first, last)"
			       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
#define RUN_COLUMNS 13

#define INCIDENT_COLUMNS "id, rule, client, host, attributed_by, address, port, transport, signature, outcome," \
                         " detail," \
			 " confidence, blocker, proofs, hint, attempts, first, last"
#define RANK(of) "(CASE " of "confidence WHEN 'high' THEN 2 WHEN 'medium' THEN 1 ELSE 0 END)"
#define BETTER(column) column " = CASE WHEN " RANK("excluded.") " > " RANK("incident.") " THEN excluded." column \
		       " ELSE incident." column " END"
static const char incident_from[] = "SELECT " INCIDENT_COLUMNS " FROM incident ORDER BY id";
static const char incident_into[] =
    "INSERT INTO incident (rule, client, host, attributed_by, address, port, transport, signature, outcome, detail,"
    " confidence, blocker, proofs, hint, attempts, first, last)"
    " VALUES (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)"
    " ON CONFLICT (client, host, port, transport, signature, ifnull(rule, '')) DO UPDATE SET"
    " attempts = incident.attempts + excluded.attempts, first = min(incident.first, excluded.first),"
    " last = max(incident.last, excluded.last),"
    " address = CASE WHEN excluded.last > incident.last THEN excluded.address ELSE incident.address END,"
    " outcome = CASE WHEN excluded.outcome = 'blocked' THEN 'blocked' ELSE incident.outcome END,"
    BETTER("attributed_by") "," BETTER("detail") "," BETTER("blocker") "," BETTER("proofs") "," BETTER("hint") ","
    BETTER("confidence") " RETURNING id";
#define INCIDENT_LAST 18

#define ATTEMPT_COLUMNS "number, rule, client, host, attributed_by, address, port, transport, started, ended," \
                        " outcome," \
			" answered, by_lookup, signature, detail, confidence, blocker, hint, why_not, proofs," \
			" community_id," \
			" conn_state, bytes_out, bytes_in"
static const char attempt_from[] = "SELECT run, incident, id, " ATTEMPT_COLUMNS " FROM attempt ORDER BY id";
static const char attempt_into[] = "INSERT INTO attempt (run, incident, " ATTEMPT_COLUMNS ")"
				   " VALUES (?1, ?2, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,"
				   " ?18,"
				   " ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27)";
#define ATTEMPT_LAST 27

static const char packet_from[] = "SELECT NULL, time, link, captured, length, source, bytes FROM packet"
				  " WHERE attempt = ?1 ORDER BY id";
static const char packet_into[] = "INSERT INTO packet (attempt, time, link, captured, length, source, bytes)"
				  " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
#define PACKET_COLUMNS 7

struct merge {
	struct db *from, *into;
	int64_t run;                /* the last number in `into` */
	struct map runs, incidents; /* old number -> new one, for the database being read */
	struct merged *merged;
};

/* Runs already in `into` that began at the same microsecond with the same command. */
static const char run_again[] = "SELECT count(*) FROM run WHERE started = ?1 AND command = ?2 AND id <= ?3";

/* One copy in progress. */
struct pair {
	struct query *from, *into;
};

static enum err pair_open(struct merge *m, const char *from, const char *into, struct pair *ret_pair)
{
	struct pair p = {0};
	enum err e = db_prepare(m->from, from, &p.from);

	if (!e)
		e = db_prepare(m->into, into, &p.into);
	if (e)
		query_free(p.from);
	else
		*ret_pair = p;
	return e;
}

static void pair_close(struct pair *p)
{
	query_free(p->from);
	query_free(p->into);
}

/* Copy columns `first` to `last` (counted from 1) unchanged. */
static void pair_copy(struct pair *p, int first, int last)
{
	for (int i = first; i <= last; i++)
		query_copy(p->into, i, p->from, i - 1);
}

static enum err number_learn(struct map *map, int64_t old, int64_t fresh)
{
	int64_t *to = map_put(map, &old, NULL);

	if (!to)
		return err_fail(ERR_MEMORY, "out of memory");
	*to = fresh;
	return ERR_OK;
}

/* 0: unknown. */
static int64_t number_find(const struct map *map, int64_t old)
{
	int64_t *to = map_find(map, &old);

	return to ? *to : 0;
}

static enum err end_is_ok(enum err e)
{
	return e == ERR_END ? ERR_OK : e;
}

/* What was merged before would be counted twice. */
static enum err runs_new_check(struct merge *m, const char *path)
{
	struct pair p;
	enum err e = pair_open(m, "SELECT started, command FROM run", run_again, &p);

	if (e)
		return e;
	query_int(p.into, 3, m->run);
	while (!e && (e = query_next(p.from)) == ERR_OK) {
		pair_copy(&p, 1, 2);
		e = query_next(p.into);
		if (!e && query_get_int(p.into, 0))
			e = err_fail(ERR_USAGE, "%s: %s holds runs of it already; merge all of them into a new file",
			             path, db_path(m->into));
		query_reset(p.into);
	}
	pair_close(&p);
	return end_is_ok(e);
}

static enum err runs_copy(struct merge *m, const char *path)
{
	struct pair p;
	enum err e = pair_open(m, run_from, run_into, &p);

	if (e)
		return e;
	query_text(p.from, 1, path);
	while (!e && (e = query_next(p.from)) == ERR_OK) {
		pair_copy(&p, 2, RUN_COLUMNS);
		query_int(p.into, 1, ++m->run);
		m->merged->runs++;
		e = query_run(p.into);
		if (!e)
			e = number_learn(&m->runs, query_get_int(p.from, 0), m->run);
	}
	pair_close(&p);
	return end_is_ok(e);
}

static enum err passage_copy(struct merge *m, const struct passage *passage)
{
	struct pair p;
	enum err e = pair_open(m, passage->from, passage->into, &p);

	if (e)
		return e;
	while (!e && (e = query_next(p.from)) == ERR_OK) {
		pair_copy(&p, 2, passage->columns);
		query_int(p.into, 1, number_find(&m->runs, query_get_int(p.from, 0)));
		e = query_run(p.into);
	}
	pair_close(&p);
	return end_is_ok(e);
}

static enum err incidents_copy(struct merge *m)
{
	struct pair p;
	enum err e = pair_open(m, incident_from, incident_into, &p);

	if (e)
		return e;
	while (!e && (e = query_next(p.from)) == ERR_OK) {
		pair_copy(&p, 2, INCIDENT_LAST);
		e = query_next(p.into);
		if (!e)
			e = number_learn(&m->incidents, query_get_int(p.from, 0), query_get_int(p.into, 0));
		query_reset(p.into);
	}
	pair_close(&p);
	return end_is_ok(e);
}

static enum err packets_copy(struct pair *p, int64_t old, int64_t fresh)
{
	enum err e = ERR_OK;

	query_int(p->from, 1, old);
	while (!e && (e = query_next(p->from)) == ERR_OK) {
		pair_copy(p, 2, PACKET_COLUMNS);
		query_int(p->into, 1, fresh);
		e = query_run(p->into);
	}
	query_reset(p->from);
	return end_is_ok(e);
}

static enum err attempts_walk(struct merge *m, struct pair *p, struct pair *packets)
{
	enum err e = ERR_OK;

	while (!e && (e = query_next(p->from)) == ERR_OK) {
		int64_t incident = number_find(&m->incidents, query_get_int(p->from, 1));
		pair_copy(p, 4, ATTEMPT_LAST);
		query_int(p->into, 1, number_find(&m->runs, query_get_int(p->from, 0)));
		if (incident)
			query_int(p->into, 2, incident);
		else
			query_null(p->into, 2);
		e = query_run(p->into);
		m->merged->attempts++;
		if (!e && incident)
			e = packets_copy(packets, query_get_int(p->from, 2), db_inserted(m->into));
	}
	return end_is_ok(e);
}

static enum err attempts_copy(struct merge *m)
{
	struct pair p, packets;
	enum err e = pair_open(m, attempt_from, attempt_into, &p);

	if (e)
		return e;
	e = pair_open(m, packet_from, packet_into, &packets);
	if (!e) {
		e = attempts_walk(m, &p, &packets);
		pair_close(&packets);
	}
	pair_close(&p);
	return e;
}

static enum err database_copy(struct merge *m, const char *path)
{
	enum err e = db_begin_read(m->from);

	if (!e)
		e = db_begin_write(m->into);
	if (!e)
		e = runs_new_check(m, path);
	if (!e)
		e = runs_copy(m, path);
	for (size_t i = 0; !e && i < sizeof passages / sizeof passages[0]; i++)
		e = passage_copy(m, &passages[i]);
	if (!e)
		e = incidents_copy(m);
	if (!e)
		e = attempts_copy(m);
	if (e)
		db_undo(m->into);
	else
		e = db_end(m->into);
	db_undo(m->from);
	return e;
}

static enum err merge_one(struct merge *m, const char *path)
{
	enum err e = db_open_read(path, &m->from);

	if (e)
		return e;
	map_init(&m->runs, sizeof(int64_t), sizeof(int64_t), RUNS_MOST);
	map_init(&m->incidents, sizeof(int64_t), sizeof(int64_t), INCIDENTS_MOST);
	e = database_copy(m, path);
	if (e == ERR_DATABASE && db_is_refused(m->into))
		e = err_fail(ERR_USAGE, "%s: damaged: its tables contradict each other", path);
	m->merged->databases += !e;
	map_release(&m->runs);
	map_release(&m->incidents);
	db_close(m->from);
	return e;
}

/* Merging a file into itself would never end; merging one twice would count it twice. */
static bool is_same_file(const char *one, const char *other)
{
	struct stat a, b;

	return stat(one, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static enum err different_check(const char *const *paths, size_t n, const char *out)
{
	for (size_t i = 0; i < n; i++) {
		if (is_same_file(paths[i], out))
			return err_fail(ERR_USAGE, "%s: cannot be merged into itself", paths[i]);
		for (size_t j = 0; j < i; j++)
			if (is_same_file(paths[i], paths[j]))
				return err_fail(ERR_USAGE, "%s: given twice", paths[i]);
	}
	return ERR_OK;
}

/* Whether all inputs can be opened: checked before anything is written. */
static enum err inputs_check(const char *const *paths, size_t n)
{
	enum err e = ERR_OK;

	for (size_t i = 0; !e && i < n; i++) {
		struct db *db = NULL;
		e = db_open_read(paths[i], &db);
		db_close(db);
	}
	return e;
}

enum err merge_databases(const char *const *paths, size_t n, const char *out, struct merged *ret_merged)
{
	struct merge m = {.merged = ret_merged};
	int64_t incidents = 0;
	enum err e = different_check(paths, n, out);

	*ret_merged = (struct merged){0};
	if (!e)
		e = inputs_check(paths, n);
	if (!e)
		e = db_open_write(out, &m.into);
	if (e)
		return e;
	e = db_number(m.into, "SELECT max(id) FROM run", &m.run);
	for (size_t i = 0; !e && i < n; i++)
		e = merge_one(&m, paths[i]);
	if (!e)
		e = db_number(m.into, "SELECT count(*) FROM incident", &incidents);
	ret_merged->incidents = (uint64_t)incidents;
	db_close(m.into);
	return e;
}
