/* Runs, lists, sources, groups and rules of a report. */
#include <fnmatch.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/reading.h"
#include "report/rows.h"

static void clamp_period(struct reading *r)
{
	struct gap *g = r->gap;

	if (!g->first_us)
		return;
	if (r->filter->from_us > g->first_us)
		g->first_us = r->filter->from_us;
	if (r->filter->to_us && r->filter->to_us < g->last_us)
		g->last_us = r->filter->to_us;
}

static void notice_add(struct reading *r, const char *level, const char *code, const char *text)
{
	struct gap *g = r->gap;

	g->notices = pool_grow(r->pool, g->notices, g->notice_n, sizeof *g->notices);
	if (g->notices)
		g->notices[g->notice_n++] = (struct gap_notice){pool_text(r->pool, level), pool_text(r->pool, code),
		                                                pool_text(r->pool, text)};
}

static void say_interrupted(struct reading *r, struct rows *rows)
{
	char last[TIME_TEXT], text[TIME_TEXT + 96];

	int64_t last_us = rows_number(rows, 6); /* none: killed before any progress, or before the first packet */

	snprintf(text, sizeof text, "run %lld (%s) was interrupted%s%s", (long long)rows_number(rows, 0),
	         rows_text(rows, 7), last_us ? ": its results end at " : " before it had written down how far it got",
	         last_us ? time_format(last_us, last) : "");
	notice_add(r, "warning", "interrupted", text);
	r->gap->incomplete = true;
}

enum err read_runs(struct reading *r, struct db *db)
{
	struct gap *g = r->gap;
	struct rows rows;
	size_t n = 0;

	/* A monitor that has not ended may still be running: that alone is not a gap. */
	enum err e = rows_open(&rows, db, r->filter,
	                       "SELECT id, packets, bytes, dropped, truncated, first, last, command, "
	                       "complete OR (command = 'monitor' AND ended IS NULL) "
	                       "FROM run WHERE id IN " RUNS " ORDER BY id");
	for (; e == ERR_OK && rows_next(&rows); n++) {
		int64_t first = rows_number(&rows, 5), last = rows_number(&rows, 6);
		g->packets += (uint64_t)rows_number(&rows, 1);
		g->bytes += (uint64_t)rows_number(&rows, 2);
		g->dropped += (uint64_t)rows_number(&rows, 3);
		g->truncated += (uint64_t)rows_number(&rows, 4);
		if (first && (!g->first_us || first < g->first_us))
			g->first_us = first;
		if (last > g->last_us)
			g->last_us = last;
		if (!rows_number(&rows, 8))
			say_interrupted(r, &rows);
	}
	if (e == ERR_OK)
		e = rows_close(&rows);
	clamp_period(r);
	/* A period without any run is still compared with the newest lists. */
	r->list_filter = *r->filter;
	if (e != ERR_OK || n > 0 || r->filter->run)
		return e;
	r->list_filter = (struct gap_filter){0};
	return db_number(db, "SELECT max(id) FROM run", &r->list_filter.run);
}

enum err read_lists(struct reading *r, struct db *db)
{
	struct gap *g = r->gap;
	struct rows rows;

	enum err e = rows_open(&rows, db, &r->list_filter,
	                       "SELECT name, version, sha256, max(run) FROM list WHERE run IN " RUNS
	                       " GROUP BY position, name, version, sha256 ORDER BY max(run) DESC, position");
	while (e == ERR_OK && rows_next(&rows)) {
		g->lists = pool_grow(r->pool, g->lists, g->list_n, sizeof *g->lists);
		if (!g->lists)
			return rows_abandon(&rows, memory_failed());
		g->lists[g->list_n++] =
			(struct gap_list){rows_copy_or_null(&rows, 0, r->pool), rows_copy_or_null(&rows, 1, r->pool),
					  rows_copy(&rows, 2, r->pool)};
	}
	return e == ERR_OK ? rows_close(&rows) : e;
}

enum err read_sources(struct reading *r, struct db *db)
{
	struct gap *g = r->gap;
	struct rows rows;

	enum err e = rows_open(&rows, db, r->filter,
	                       "SELECT name, kind, link_type, sum(packets), sum(bytes), sum(dropped), sum(truncated) "
	                       "FROM source WHERE run IN " RUNS " GROUP BY name, kind ORDER BY min(id)");
	while (e == ERR_OK && rows_next(&rows)) {
		g->sources = pool_grow(r->pool, g->sources, g->source_n, sizeof *g->sources);
		if (!g->sources)
			return rows_abandon(&rows, memory_failed());
		g->sources[g->source_n++] = (struct gap_source){
			.name = rows_copy(&rows, 0, r->pool), .kind = rows_copy(&rows, 1, r->pool),
			.link_type = rows_copy_or_null(&rows, 2, r->pool), .packets = (uint64_t)rows_number(&rows, 3),
			.bytes = (uint64_t)rows_number(&rows, 4), .dropped = (uint64_t)rows_number(&rows, 5),
			.truncated = (uint64_t)rows_number(&rows, 6),
		};
	}
	return e == ERR_OK ? rows_close(&rows) : e;
}

/* "443/tcp", "50000-50999/udp". False: neither. */
static bool port_span_parse(const char *text, struct port_span *ret_span)
{
	struct port_span s = {0};
	char *end;
	unsigned long low = strtoul(text, &end, 10), high = low;

	if (*end == '-')
		high = strtoul(end + 1, &end, 10);
	if (*end != '/' || high > 65535 || low > high || strlen(end + 1) >= sizeof s.transport)
		return false;
	s.low = (uint16_t)low;
	s.high = (uint16_t)high;
	memcpy(s.transport, end + 1, strlen(end + 1));
	*ret_span = s;
	return true;
}

/* A JSON array of texts, as stored in a column; empty if it is not one. */
static json_t *array_of(const char *text)
{
	json_t *array = json_loads(text, 0, NULL);

	if (json_is_array(array))
		return array;
	json_decref(array);
	return json_array();
}

static void works_parse(struct reading *r, struct read_group *g, const char *text)
{
	json_t *array = array_of(text);

	g->works = pool_take(r->pool, json_array_size(array), sizeof *g->works);
	for (size_t i = 0; g->works && i < json_array_size(array); i++) {
		const char *port = json_string_value(json_array_get(array, i));
		if (port && port_span_parse(port, &g->works[g->works_n]))
			g->works_n++;
	}
	json_decref(array);
}

static uint32_t group_find(const struct reading *r, const char *id)
{
	name_id name = names_find(r->names, id, strlen(id));
	const uint32_t *index = map_find(&r->group_places, &name);

	return index ? *index : UINT32_MAX;
}

/* The newest group with this id. */
static bool group_enter(struct reading *r, const char *id)
{
	name_id name = names_intern(r->names, id, strlen(id));
	uint32_t *index = map_put(&r->group_places, &name, NULL);

	if (index)
		*index = (uint32_t)r->group_n - 1;
	return index;
}

/* Group `index` is a fallback for the groups named: add it to each of them. */
static void fallbacks_tell(struct reading *r, uint32_t index, const char *text)
{
	json_t *array = array_of(text);

	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *id = json_string_value(json_array_get(array, i));
		uint32_t other = id ? group_find(r, id) : UINT32_MAX;
		if (other == UINT32_MAX)
			continue;
		struct read_group *g = &r->groups[other];
		g->fallbacks = pool_grow(r->pool, g->fallbacks, g->fallback_n, sizeof *g->fallbacks);
		if (g->fallbacks)
			g->fallbacks[g->fallback_n++] = index;
	}
	json_decref(array);
}

static enum err group_add(struct reading *r, struct rows *rows)
{
	r->groups = pool_grow(r->pool, r->groups, r->group_n, sizeof *r->groups);
	if (!r->groups)
		return memory_failed();
	struct read_group *g = &r->groups[r->group_n++];
	*g = (struct read_group){
		.shape = {
			.id = rows_copy(rows, 0, r->pool), .role = rows_copy(rows, 1, r->pool),
			.hosts_status = rows_copy(rows, 2, r->pool), .description = rows_copy_or_null(rows, 3, r->pool),
			.symptom = rows_copy_or_null(rows, 4, r->pool), .notes = rows_copy_or_null(rows, 5, r->pool),
			.region = rows_copy_or_null(rows, 6, r->pool), .function = "unknown",
		},
		.fallback_for = rows_copy(rows, 8, r->pool),
	};
	if (r->pool->failed || !group_enter(r, g->shape.id))
		return memory_failed();
	g->shown = !r->filter->group || strcmp(r->filter->group, g->shape.id) == 0;
	works_parse(r, g, rows_text(rows, 7));
	return r->pool->failed ? memory_failed() : ERR_OK;
}

static enum err group_unknown(const struct reading *r)
{
	struct text known = {0};

	for (uint32_t i = 0; i < r->group_n; i++)
		text_addf(&known, "%s%s", i ? ", " : "", r->groups[i].shape.id);
	enum err e = err_fail(ERR_USAGE, "--group: the lists have no group %s (known: %s)", r->filter->group,
	                      known.n ? known.at : "none");
	text_release(&known);
	return e;
}

enum err read_groups(struct reading *r, struct db *db)
{
	struct rows rows;

	map_init(&r->group_places, sizeof(name_id), sizeof(uint32_t), SIZE_MAX);
	enum err e = rows_open(&rows, db, &r->list_filter,
	                       "SELECT name, role, hosts_status, description, symptom, notes, region, works_if_any, "
	                       "fallback_for, max(run) FROM list_group WHERE active AND run IN " RUNS
	                       " GROUP BY name ORDER BY max(run) DESC, position");
	while (e == ERR_OK && rows_next(&rows)) {
		e = group_add(r, &rows);
		if (e != ERR_OK)
			return rows_abandon(&rows, e);
	}
	if (e == ERR_OK)
		e = rows_close(&rows);
	for (uint32_t i = 0; e == ERR_OK && i < r->group_n; i++)
		fallbacks_tell(r, i, r->groups[i].fallback_for);
	if (e == ERR_OK && r->filter->group && group_find(r, r->filter->group) == UINT32_MAX)
		e = group_unknown(r);
	return e;
}

bool filter_wants_host(const struct gap_filter *filter, const char *host)
{
	return !filter->host_glob || fnmatch(filter->host_glob, host, FNM_CASEFOLD) == 0;
}

/* A wildcard that covers the requested host also matches: failures under it belong to the rule. */
static bool filter_wants_rule(const struct gap_filter *filter, const char *host)
{
	return filter_wants_host(filter, host) ||
	       (strncmp(host, "*.", 2) == 0 && fnmatch(host, filter->host_glob, FNM_CASEFOLD) == 0);
}

static enum err rule_add(struct reading *r, struct rows *rows)
{
	char port[64];
	uint32_t group = group_find(r, rows_text(rows, 1));

	if (group == UINT32_MAX) /* of a group that is no longer active */
		return ERR_OK;
	r->rules = pool_grow(r->pool, r->rules, r->rule_n, sizeof *r->rules);
	if (!r->rules)
		return memory_failed();
	struct read_rule *rule = &r->rules[r->rule_n];
	*rule = (struct read_rule){
		.shape = {
			.id = rows_copy(rows, 0, r->pool), .group = r->groups[group].shape.id,
			.role = rows_copy(rows, 2, r->pool), .host = rows_copy(rows, 3, r->pool),
			.port = rows_copy(rows, 4, r->pool), .transport = rows_copy(rows, 5, r->pool),
			.required = rows_number(rows, 6) != 0, .verdict = VERDICT_UNSEEN,
		},
		.group = group,
	};
	if (r->pool->failed)
		return memory_failed();
	snprintf(port, sizeof port, "%s/%s", rule->shape.port, rule->shape.transport);
	if (!port_span_parse(port, &rule->port))
		return err_fail(ERR_USAGE, "rule %s has a port that is none", rule->shape.id);
	rule->shown = r->groups[group].shown && filter_wants_rule(r->filter, rule->shape.host);
	r->rule_n++;
	return ERR_OK;
}

enum err read_rules(struct reading *r, struct db *db)
{
	struct rows rows;

	enum err e = rows_open(&rows, db, &r->list_filter,
	                       "SELECT name, list_group, role, host, port, transport, required, max(run) "
	                       "FROM rule WHERE run IN " RUNS " GROUP BY name ORDER BY max(run) DESC, position");
	while (e == ERR_OK && rows_next(&rows)) {
		e = rule_add(r, &rows);
		if (e != ERR_OK)
			return rows_abandon(&rows, e);
	}
	return e == ERR_OK ? rows_close(&rows) : e;
}

/* A period in which nothing was recorded, usually mistyped, or a distance back from now. */
static enum err say_empty(struct reading *r, struct db *db)
{
	char first[TIME_TEXT], last[TIME_TEXT], text[2 * TIME_TEXT + 96];
	int64_t first_us = 0, last_us = 0;

	enum err e = db_number(db, "SELECT ifnull(min(nullif(first, 0)), 0) FROM run", &first_us);
	if (e == ERR_OK)
		e = db_number(db, "SELECT ifnull(max(last), 0) FROM run", &last_us);
	if (e != ERR_OK || !first_us)
		return e;
	snprintf(text, sizeof text, "nothing was recorded in this period; the database holds %s to %s",
	         time_format(first_us, first), time_format(last_us, last));
	notice_add(r, "warning", "no-clients", text);
	return ERR_OK;
}

/* A monitor's run takes months: of what it could not see at some time, only what may concern this period. An interval
 * is told at its end, which comes at most a day (--interval) after what it had; the disk's failures whenever it works
 * again. What an audit says concerns all of its captures. */
#define CONCERNING                                                                                                    \
	"(code NOT IN ('capture-drops', 'clock-jump', 'disk', 'flood', 'outage', 'table-full')"                       \
	" OR run IN (SELECT id FROM run WHERE command <> 'monitor')"                                                  \
	" OR (time >= ?1 AND (time - 86400000000 <= ?2 OR code IN ('disk', 'table-full'))))"

enum err read_notices(struct reading *r, struct db *db)
{
	static const char *const gaps[] = {"damaged-file", "capture-drops", "truncated-packets", "one-sided",
					   "table-full", "link-type"};
	struct rows rows;

	enum err e = rows_open(&rows, db, r->filter,
	                       "SELECT level, code, text FROM notice WHERE run IN " RUNS " AND " CONCERNING
	                       " GROUP BY level, code, text ORDER BY min(time), min(id)");
	while (e == ERR_OK && rows_next(&rows)) {
		const char *level = rows_text(&rows, 0), *code = rows_text(&rows, 1);
		notice_add(r, level, code, rows_text(&rows, 2));
		for (size_t i = 0; i < sizeof gaps / sizeof gaps[0]; i++)
			r->gap->incomplete |= strcmp(code, gaps[i]) == 0 && strcmp(level, "info") != 0;
	}
	if (e == ERR_OK)
		e = rows_close(&rows);
	if (e == ERR_OK && !r->gap->source_n && (r->filter->from_us || r->filter->to_us))
		return say_empty(r, db);
	if (r->filter->client_n && r->tried_n == 0)
		notice_add(r, "warning", "no-clients",
		           "nothing that these clients tried is recorded for this period; is their address right?");
	return e;
}
