/* Changes that somebody has to make: one entry per rule and kind, or, for names that do not resolve, one per name
 * (contract sections 1 and 5). */
#include <stdlib.h>
#include <string.h>

#include "report/drafts.h"
#include "report/sightings.h"

/* What worked for a client in a group. */
struct way_key {
	uint32_t group;
	name_id client;
};

struct way {
	uint32_t rules; /* rules with an ok attempt */
	uint32_t works; /* of these, alternatives according to works_if_any */
};

static bool is_alternative(const struct read_group *g, const struct port_span *p)
{
	for (size_t i = 0; i < g->works_n; i++)
		if (p->low >= g->works[i].low && p->high <= g->works[i].high &&
		    strcmp(p->transport, g->works[i].transport) == 0)
			return true;
	return false;
}

static enum err ways_learn(const struct reading *r, struct drafts *d)
{
	for (size_t i = 0; i < r->rule_n; i++) {
		const struct ruling *on = &r->verdicts.rulings[i];
		const struct read_rule *rule = &r->rules[i];
		for (size_t c = on->client_first; c < on->client_first + on->client_n; c++) {
			struct way_key key = {rule->group, r->verdicts.clients[c].client};
			if (!r->verdicts.clients[c].ok)
				continue;
			struct way *way = map_put(&d->group_ok, &key, NULL);
			if (!way)
				return err_fail(ERR_MEMORY, "out of memory");
			way->rules++;
			way->works += is_alternative(&r->groups[rule->group], &rule->port);
		}
	}
	return ERR_OK;
}

static bool is_port_443(const struct read_rule *rule, const char *transport)
{
	return rule->port.low <= 443 && rule->port.high >= 443 && strcmp(rule->port.transport, transport) == 0;
}

/* Which hosts each client reaches on TCP 443, by name and by address: needed only for QUIC that fails. */
static enum err served_learn(const struct reading *r, struct drafts *d)
{
	bool asked = false;

	for (size_t i = 0; i < r->rule_n && !asked; i++) {
		const struct ruling *on = &r->verdicts.rulings[i];
		asked = (on->verdict == VERDICT_BLOCKED || on->verdict == VERDICT_PARTIAL) &&
			is_port_443(&r->rules[i], "udp");
	}
	for (size_t i = 0; asked && i < r->tried_n; i++) {
		const struct tried *t = &r->tried[i];
		if (t->rule == RULE_NONE || t->part != PART_OK || t->by_lookup ||
		    !is_port_443(&r->rules[t->rule], "tcp"))
			continue;
		struct answered_key named = {t->client, t->host}, at = {t->client, t->address};
		if (!map_put(&d->served, &named, NULL) || !map_put(&d->served, &at, NULL))
			return err_fail(ERR_MEMORY, "out of memory");
	}
	return ERR_OK;
}

/* QUIC is tried in parallel with TCP: if TCP 443 of the host works, nothing is lost. */
static bool tcp_serves(const struct reading *r, const struct drafts *d, const struct ruling_client *c)
{
	const struct read_rule *rule = &r->rules[r->tried[c->first].rule];

	if (rule->port.low != 443 || rule->port.high != 443 || strcmp(rule->port.transport, "udp") != 0)
		return false;
	for (size_t i = c->first; i < c->first + c->n; i++) {
		const struct tried *t = &r->tried[i];
		struct answered_key named = {t->client, t->host}, at = {t->client, t->address};
		if (t->part == PART_BAD && !map_find(&d->served, &named) && (!t->address || !map_find(&d->served, &at)))
			return false;
	}
	return true;
}

/* Whether the function that the rule serves works for the client nevertheless. */
static bool has_other_way(const struct reading *r, const struct drafts *d, uint32_t index,
			  const struct ruling_client *c)
{
	const struct read_rule *rule = &r->rules[index];
	const struct read_group *g = &r->groups[rule->group];
	struct way_key key = {rule->group, c->client};
	const struct way *way = map_find(&d->group_ok, &key);

	if (way && is_alternative(g, &rule->port) && way->works > (c->ok ? 1u : 0u))
		return true;
	for (size_t i = 0; i < g->fallback_n; i++) {
		key.group = g->fallbacks[i];
		if (map_find(&d->group_ok, &key))
			return true;
	}
	return tcp_serves(r, d, c);
}

/* One look-up is an attempt on each rule of its name; the entry of the name counts it once. */
struct look_up {
	int64_t started_us;
	name_id client;
	uint32_t signature;
};

/* The sums over the attempts of a draft. */
struct tally {
	uint64_t signatures[SIGNATURE_COUNT], hints[HINT_COUNT], attempts;
	struct sightings from, addresses, incidents, names;
	struct bag rules;
	uint8_t sure[SIGNATURE_COUNT]; /* the highest confidence of each */
	struct map looked_up; /* struct look_up → nothing: those that were counted */
	enum signature signature;
	enum confidence confidence;
	name_id blocker;
	bool disagree; /* there are several blockers */
	bool critical, shown;
	int64_t first_us, last_us;
};

static bool belongs(const struct missing_draft *draft, const struct tried *t)
{
	if (t->part != PART_BAD)
		return false;
	return draft->name ? t->by_lookup && t->host == draft->name : t->drafted && t->kind == draft->kind;
}

static bool is_counted(struct tally *y, const struct missing_draft *draft, const struct tried *t)
{
	struct look_up key = {t->started_us, t->client, t->signature};
	bool fresh = true;

	return draft->name && map_put(&y->looked_up, &key, &fresh) && !fresh;
}

static void tally_attempt(struct tally *y, const struct missing_draft *draft, const struct tried *t)
{
	bool again = is_counted(y, draft, t);

	y->attempts += !again;
	y->signatures[t->signature] += !again;
	if (t->confidence > y->sure[t->signature])
		y->sure[t->signature] = t->confidence;
	if (t->address && !t->by_lookup)
		sightings_add(&y->addresses, t->address, t->started_us);
	if (t->host)
		sightings_add(&y->names, t->host, t->started_us);
	if (t->incident)
		sightings_add(&y->incidents, t->incident, t->started_us);
	sightings_add(&y->from, t->client, t->started_us);
	if (t->confidence > y->confidence)
		y->confidence = (enum confidence)t->confidence;
	y->first_us = !y->first_us || t->started_us < y->first_us ? t->started_us : y->first_us;
	y->last_us = t->ended_us > y->last_us ? t->ended_us : y->last_us;
}

/* Only the attempts with the entry's own signature tell the blocker and the hint. */
static void tally_cause(struct tally *y, const struct tried *t)
{
	if (t->signature != y->signature)
		return;
	y->hints[t->hint < HINT_COUNT ? t->hint : HINT_NONE]++; /* a database may contain anything */
	if (!t->blocker)
		return;
	y->disagree |= y->blocker && y->blocker != t->blocker;
	y->blocker = t->blocker;
}

static void tally_client(struct reading *r, const struct drafts *d, struct tally *y, const struct ruling_client *c)
{
	uint32_t rule = r->tried[c->first].rule;
	struct read_group *g = &r->groups[r->rules[rule].group];

	bag_add(&y->rules, rule);
	y->shown |= r->rules[rule].shown;
	bool other_way = has_other_way(r, d, rule, c);
	y->critical |= !other_way && r->rules[rule].shape.required;
	if (other_way || c->ok) {
		if (!g->degraded)
			g->degraded_rule = rule;
		g->degraded = true;
		g->partly |= !other_way && g->degraded_rule == rule;
		return;
	}
	if (!g->broken)
		g->broken_rule = rule;
	g->broken = true;
}

/* The most frequent one that needs this kind of change; of several, the surest, which tells more of the cause. */
static enum signature signature_told(const struct tally *y, enum missing_kind kind)
{
	enum signature best = SIG_NONE;
	uint64_t most = 0;

	for (int s = SIG_NONE + 1; s < SIGNATURE_COUNT; s++) {
		uint64_t n = signature_kind((enum signature)s) == kind ? y->signatures[s] : 0;
		if (n == 0 || n < most || (n == most && y->sure[s] <= y->sure[best]))
			continue;
		best = (enum signature)s;
		most = n;
	}
	return best;
}

static void tally_draft(struct reading *r, const struct drafts *d, struct missing_draft *draft, struct tally *y)
{
	bag_sort(&draft->clients);
	for (size_t i = 0; i < draft->clients.n; i++) {
		const struct ruling_client *c = &r->verdicts.clients[draft->clients.at[i]];
		tally_client(r, d, y, c);
		for (size_t k = c->first; k < c->first + c->n; k++)
			if (belongs(draft, &r->tried[k]))
				tally_attempt(y, draft, &r->tried[k]);
	}
	y->signature = signature_told(y, draft->kind);
	for (size_t i = 0; i < draft->clients.n; i++) {
		const struct ruling_client *c = &r->verdicts.clients[draft->clients.at[i]];
		for (size_t k = c->first; k < c->first + c->n; k++)
			if (belongs(draft, &r->tried[k]))
				tally_cause(y, &r->tried[k]);
	}
	sightings_sort(&y->from);
	sightings_sort(&y->addresses);
	sightings_sort(&y->incidents);
	sightings_sort(&y->names);
	bag_sort(&y->rules);
}

static bool is_v6(const struct reading *r, int64_t address)
{
	return strchr(names_text(r->names, (name_id)address), ':') != NULL;
}

/* Some addresses of a name work and others of the same family fail for every client. Attempts without a name, or
 * with another name under the wildcard, do not count. */
static bool has_drift(const struct reading *r, const struct missing_draft *draft, const struct tally *y)
{
	const struct ruling *on = &r->verdicts.rulings[draft->rule];
	bool other = false;

	if (draft->kind != KIND_FIREWALL || y->addresses.n == 0 || y->addresses.n > 64)
		return false;
	for (size_t i = on->first; i < on->first + on->n; i++) {
		const struct tried *t = &r->tried[i];
		if (t->part != PART_OK || !t->address)
			continue;
		if (sightings_have(&y->addresses, t->address))
			return false;
		other |= t->host != t->address && sightings_have(&y->names, t->host) &&
			 is_v6(r, t->address) == is_v6(r, y->addresses.at[0].what);
	}
	return other;
}

static enum hint hint_of(const struct reading *r, const struct missing_draft *draft, const struct tally *y)
{
	if (y->hints[HINT_PATH_MTU] || y->hints[HINT_STATE_TIMEOUT])
		return y->hints[HINT_PATH_MTU] >= y->hints[HINT_STATE_TIMEOUT] ? HINT_PATH_MTU : HINT_STATE_TIMEOUT;
	return y->hints[HINT_ADDRESS_DRIFT] || has_drift(r, draft, y) ? HINT_ADDRESS_DRIFT : HINT_NONE;
}

static const char **texts_of(struct reading *r, const struct sightings *s)
{
	const char **texts = pool_take(r->pool, s->n, sizeof *texts);

	for (size_t i = 0; texts && i < s->n; i++)
		texts[i] = names_text(r->names, (name_id)s->at[i].what);
	return texts;
}

static bool dies_at_name(const uint64_t counts[SIGNATURE_COUNT])
{
	return counts[SIG_TLS_HELLO_RESET] || counts[SIG_TLS_HELLO_CLOSE] || counts[SIG_TLS_HELLO_TIMEOUT] ||
	       counts[SIG_TLS_ALERT];
}

static enum err entry_add(struct reading *r, const struct missing_draft *draft, const struct tally *y)
{
	const struct gap_rule *rule = &r->rules[draft->rule].shape;
	struct gap_missing m = {
		.rule = draft->name ? NULL : rule->id, .role = draft->name ? NULL : rule->role,
		.kind = draft->kind, .critical = y->critical,
		.confidence = y->confidence, .from_n = y->from.n, .from = texts_of(r, &y->from),
		.host = draft->name ? names_text(r->names, draft->name) : rule->host,
		.address_n = y->addresses.n, .addresses = texts_of(r, &y->addresses),
		.port = draft->name ? NULL : rule->port, .transport = draft->name ? NULL : rule->transport,
		.signature = y->signature, .dies_at_name = dies_at_name(y->signatures), .hint = hint_of(r, draft, y),
		.blocker = y->blocker && !y->disagree ? names_text(r->names, y->blocker) : NULL,
		.incident_n = y->incidents.n, .incidents = pool_take(r->pool, y->incidents.n, sizeof *m.incidents),
		.name_n = y->names.n, .names = texts_of(r, &y->names),
		.rule_n = y->rules.n, .rules = pool_take(r->pool, y->rules.n, sizeof *m.rules),
		.first_us = y->first_us, .last_us = y->last_us, .attempts = y->attempts,
	};

	if (r->pool->failed)
		return err_fail(ERR_MEMORY, "out of memory");
	for (size_t i = 0; i < y->incidents.n; i++)
		m.incidents[i] = y->incidents.at[i].what;
	for (size_t i = 0; i < y->rules.n; i++)
		m.rules[i] = r->rules[y->rules.at[i]].shape.id;
	m.why = missing_why(r, &m, y->signatures);
	struct gap *g = r->gap;
	g->missing = pool_grow(r->pool, g->missing, g->missing_n, sizeof m);
	if (!g->missing || !m.why)
		return err_fail(ERR_MEMORY, "out of memory");
	g->missing[g->missing_n++] = m;
	return ERR_OK;
}

static enum err draft_finish(struct reading *r, const struct drafts *d, struct missing_draft *draft)
{
	struct tally y = {0};
	enum err e = ERR_OK;

	map_init(&y.looked_up, sizeof(struct look_up), 1, SIZE_MAX);
	tally_draft(r, d, draft, &y);
	if (y.from.failed || y.addresses.failed || y.incidents.failed || y.rules.failed || y.names.failed ||
	    draft->clients.failed)
		e = err_fail(ERR_MEMORY, "out of memory");
	else if (y.shown)
		e = entry_add(r, draft, &y);
	sightings_release(&y.from);
	sightings_release(&y.addresses);
	sightings_release(&y.incidents);
	sightings_release(&y.names);
	bag_release(&y.rules);
	map_release(&y.looked_up);
	return e;
}

static int by_first_time(const void *left, const void *right)
{
	const struct gap_missing *a = left, *b = right;

	if (a->first_us != b->first_us)
		return a->first_us < b->first_us ? -1 : 1;
	int order = strcmp(a->host, b->host);
	return order ? order : strcmp(a->rule ? a->rule : "", b->rule ? b->rule : "");
}

enum err missing_build(struct reading *r)
{
	struct drafts d = {0};

	map_init(&d.by_name, sizeof(name_id), sizeof(uint32_t), SIZE_MAX);
	map_init(&d.group_ok, sizeof(struct way_key), sizeof(struct way), SIZE_MAX);
	map_init(&d.served, sizeof(struct answered_key), 1, SIZE_MAX);
	enum err e = ways_learn(r, &d);
	if (e == ERR_OK)
		e = served_learn(r, &d);
	if (e == ERR_OK)
		e = drafts_collect(r, &d);
	for (size_t i = 0; e == ERR_OK && i < d.n; i++)
		e = draft_finish(r, &d, &d.at[i]);
	if (e == ERR_OK && r->gap->missing_n > 1)
		qsort(r->gap->missing, r->gap->missing_n, sizeof *r->gap->missing, by_first_time);
	for (size_t i = 0; i < d.n; i++)
		bag_release(&d.at[i].clients);
	free(d.at);
	map_release(&d.by_name);
	map_release(&d.group_ok);
	map_release(&d.served);
	return e;
}
