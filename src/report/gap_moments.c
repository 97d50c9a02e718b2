/* The attempts of a period, counted by interval, for a timeline. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "report/reading.h"

#define MOMENTS_SPAN 180u  /* intervals that a period is divided into, roughly */
#define MOMENTS_MOST 15000u /* rows; above that, clients are merged, then rules */

/* One row while counting. Compared bytewise. */
struct moment_key {
	int64_t start_us;
	uint32_t rule;
	name_id client;
};

struct moments {
	struct reading *reading;
	struct map counts; /* moment_key → gap_counts */
	uint32_t *shown;   /* rule of the reading → rule of the report */
	bool clients, rules;
};

/* An interval familiar to people, so that the period has at most MOMENTS_SPAN of them. */
static int64_t moment_length(int64_t period_us)
{
	static const int64_t seconds[] = {1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600,
	                                  43200, 86400, 172800, 604800, 2592000, 31536000};
	size_t n = sizeof seconds / sizeof seconds[0];

	for (size_t i = 0; i < n; i++)
		if (period_us / (seconds[i] * SECOND_US) < (int64_t)MOMENTS_SPAN)
			return seconds[i] * SECOND_US;
	return period_us / (int64_t)MOMENTS_SPAN + 1;
}

static uint32_t *shown_rules(struct reading *r)
{
	uint32_t *shown = pool_take(r->pool, r->rule_n + 1, sizeof *shown), n = 0;

	for (size_t i = 0; shown && i < r->rule_n; i++)
		shown[i] = r->rules[i].shown ? n++ : RULE_NONE;
	return shown;
}

static bool wants(const struct moments *m, const struct tried *t)
{
	const struct reading *r = m->reading;

	if (t->part == PART_OVERRULED)
		return false;
	if (t->rule != RULE_NONE)
		return r->rules[t->rule].shown;
	return !r->filter->group && filter_wants_host(r->filter, names_text(r->names, t->host));
}

/* False: too many rows. */
static bool count_all(struct moments *m)
{
	const struct reading *r = m->reading;

	map_init(&m->counts, sizeof(struct moment_key), sizeof(struct gap_counts), MOMENTS_MOST);
	for (size_t i = 0; i < r->tried_n; i++) {
		const struct tried *t = &r->tried[i];
		if (!wants(m, t))
			continue;
		struct moment_key key = {
			.start_us = t->started_us - t->started_us % r->gap->moment_us,
			.rule = t->rule != RULE_NONE && m->rules ? m->shown[t->rule] : RULE_NONE,
			.client = m->clients ? t->client : 0,
		};
		struct gap_counts *n = map_put(&m->counts, &key, NULL);
		if (!n)
			return false;
		n->by_outcome[t->outcome]++;
	}
	return true;
}

static bool moment_add(void *context, const void *key, void *value)
{
	struct moments *m = context;
	struct gap *g = m->reading->gap;
	struct moment_key k;

	memcpy(&k, key, sizeof k); /* keys in a map are unaligned */
	g->moments[g->moment_n++] = (struct gap_moment){
		.start_us = k.start_us, .rule = k.rule, .attempts = *(const struct gap_counts *)value,
		.client = k.client ? names_text(m->reading->names, k.client) : NULL,
	};
	return true;
}

static int by_time(const void *left, const void *right)
{
	const struct gap_moment *a = left, *b = right;

	if (a->start_us != b->start_us)
		return a->start_us < b->start_us ? -1 : 1;
	if (a->rule != b->rule)
		return a->rule < b->rule ? -1 : 1;
	return a->client && b->client ? strcmp(a->client, b->client) : 0;
}

static void find_period(struct reading *r)
{
	int64_t first = INT64_MAX, last = INT64_MIN;

	for (size_t i = 0; i < r->tried_n; i++) {
		first = r->tried[i].started_us < first ? r->tried[i].started_us : first;
		last = r->tried[i].started_us > last ? r->tried[i].started_us : last;
	}
	int64_t period = (int64_t)((uint64_t)last - (uint64_t)first);
	r->gap->moment_us = moment_length(period >= 0 ? period : INT64_MAX);
}

enum err read_moments(struct reading *r, struct db *db)
{
	struct moments m = {.reading = r, .clients = true, .rules = true, .shown = shown_rules(r)};

	(void)db;
	if (!r->filter->details || r->tried_n == 0 || !m.shown)
		return ERR_OK;
	find_period(r);
	bool fits = count_all(&m);
	while (!fits && m.rules) {
		m.rules = m.clients; /* first clients are merged, then rules: intervals alone always fit */
		m.clients = false;
		map_release(&m.counts);
		fits = count_all(&m);
	}
	r->gap->moments = pool_take(r->pool, m.counts.n, sizeof *r->gap->moments);
	if (fits && r->gap->moments)
		map_each(&m.counts, moment_add, &m);
	map_release(&m.counts);
	if (r->gap->moment_n > 1)
		qsort(r->gap->moments, r->gap->moment_n, sizeof *r->gap->moments, by_time);
	return fits && !r->pool->failed ? ERR_OK : err_fail(ERR_MEMORY, "out of memory");
}
