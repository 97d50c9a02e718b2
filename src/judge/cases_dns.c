#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "decode/packet.h"
#include "judge/candidate.h"
#include "judge/cases_dns.h"

/* "In the same minutes": an address that any resolver gave this client this close to a failed look-up overrules the
 * failure. */
#define SAME_MINUTES_US (2 * MINUTE_US)

/* Some stub resolvers receive only the alias and query its target themselves. */
static bool is_followed(const struct judge *j, const struct lookup *l)
{
	return l->alias && memory_knows(j->memory, l->client, l->alias, l->asked_us, l->asked_us + MINUTE_US);
}

/* A server that does not have the address can give a resolver no more than the alias. If the capture has only part
 * of the answer, the address may be in the missing part. */
static bool gave_address(const struct judge *j, const struct lookup *l)
{
	bool unread = l->cut && !l->sinkhole && l->ede < 0;

	return l->answered_us && l->rcode == 0 &&
	       (l->addresses > 0 || (l->step && l->alias) || unread || is_followed(j, l));
}

/* Two answers to one query that contradict each other. source RFC 5452 4 */
static struct finding forged(const struct lookup *l, struct argument *argument)
{
	struct finding f = {.outcome = OUTCOME_BLOCKED, .signature = SIG_DNS_FORGED, .confidence = CONFIDENCE_HIGH,
	                    .argument = argument};
	char resolver[ADDR_TEXT], first[ADDR_TEXT];

	addr_format(&l->resolver, resolver);
	addr_format(&l->answer, first);
	finding_detail(&f, "two answers of %s to one query; the first said %s", resolver,
	               *first ? first : "no address");
	finding_proof(&f, "contradiction", "one query, two answers");
	return f;
}

/* ---- candidates of a case: one for each rule of its name */

static void prove_case(struct judge *j, struct candidate *c, const struct dns_case *k)
{
	struct kept_frame *frames[12];
	size_t n = 0;

	for (size_t i = 0; i < k->n && n + 3 <= sizeof frames / sizeof frames[0]; i++)
		for (size_t f = 0; f < 3; f++)
			if (k->at[i]->frames[f])
				frames[n++] = k->at[i]->frames[f];
	candidate_prove(j, c, frames, n);
}

/* A name that no resolver gave may be in a client's cache: a connection that worked, but whose name the capture does
 * not have, may be to this name. A resolver that forges or filters does so whatever the client has cached. */
static bool may_be_known(const struct judge *j, const struct dns_case *k, const struct finding *f,
                         const struct rule *rule)
{
	if (f->outcome != OUTCOME_BLOCKED || signature_is_lie(f->signature))
		return false;
	return nameless_works(j, k->at[0]->client, &rule->port, k->first_us - SAME_MINUTES_US,
	                      k->last_us + SAME_MINUTES_US);
}

static void add_rule(struct judge *j, const struct dns_case *k, const struct finding *shown, const struct rule *rule,
                     uint64_t id)
{
	const struct lookup *l = k->at[0];
	/* live: its first look-ups may have left the window */
	const struct given *reported = j->o.live ? map_find(&j->given, &id) : NULL;
	struct candidate *c = k->withdrawn && !reported ? NULL : candidate_add(j);
	struct finding doubted = *shown;
	const struct finding *f = shown;

	if (!c)
		return;
	int64_t first_us = reported ? reported->started_us : k->first_us;
	if (may_be_known(j, k, shown, rule)) {
		doubted.argument = NULL; /* for the other rules too */
		finding_doubt(&doubted, "name-unread");
		f = &doubted;
	}
	c->id = id;
	/* The server is the resolver that was queried: it distinguishes hosts in an outage, but it is not the rule's
	 * address. */
	candidate_call(j, c, &(struct evidence_of_name){.client_number = l->client, .server = l->resolver,
	                                             .port = rule->port.low, .proto = rule->port.proto,
	                                             .time_us = first_us});
	c->ended_us = k->last_us;
	c->shift_us = l->shift_us;
	c->client_port = l->client_port;
	candidate_find(j, c, f);
	c->rule = (int32_t)(rule - j->o.lists->rules);
	c->host = l->name;
	c->by = CLAIM_DNS;
	c->by_lookup = true;
	if (f->outcome == OUTCOME_BLOCKED)
		prove_case(j, c, k);
}

static void notice_wildcard(struct judge *j, const struct dns_case *k, const struct host *host)
{
	char text[HOST_TEXT * 2 + 80];

	snprintf(text, sizeof text,
	         "%s does not exist; it falls under %s, which asks for no name in particular: nothing is blocked",
	         names_text(j->names, k->at[0]->name), host->text);
	j->hooks.notice(j->hooks.context, "info", "wildcard-nxdomain", text);
}

static void add_case(struct judge *j, const struct dns_case *k, const struct finding *f)
{
	const struct lookup *l = k->at[0];
	bool forged = f->signature == SIG_DNS_FORGED;
	struct host_hit hits[HOST_HITS];
	size_t hit_n = lists_match_name(j->o.lists, names_text(j->names, l->name), hits);

	for (size_t h = 0; h < hit_n; h++) {
		const struct group *g = &j->o.lists->groups[hits[h].group];
		const struct host *host = &g->hosts[hits[h].host];
		bool absent = f->signature == SIG_DNS_NXDOMAIN || f->signature == SIG_DNS_NODATA;
		if (!g->active)
			continue;
		if (host->kind == HOST_WILDCARD && absent) {
			notice_wildcard(j, k, host);
			continue;
		}
		size_t n = 0;
		const struct rule *rules = lists_rules_of(j->o.lists, hits[h], &n);
		for (size_t i = 0; i < n && i < ID_HOST_RULES; i++)
			add_rule(j, k, f, &rules[i], id_of_lookup(forged ? l->serial : l->case_serial, forged, h, i));
	}
	audience_of(j, l->client)->listed = true;
}

/* ---- cases of all look-ups */

/* Sort keys kept beside the look-ups, which are many and scattered in memory. */
struct place {
	uint64_t client_name;
	int64_t asked_us;
	struct lookup *lookup;
};

static int by_client_name_time(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->client_name != y->client_name)
		return x->client_name < y->client_name ? -1 : 1;
	if (x->asked_us != y->asked_us)
		return x->asked_us < y->asked_us ? -1 : 1;
	return x->lookup < y->lookup ? -1 : x->lookup > y->lookup;
}

/* All look-ups by client, name and time; NULL: out of memory. */
static struct lookup **sorted_lookups(const struct judge *j, size_t n)
{
	struct place *places = malloc((n + 1) * sizeof *places);
	struct lookup **all = malloc((n + 1) * sizeof *all);

	for (size_t i = 0; places && i < n; i++) {
		struct lookup *l = lookups_at(j->lookups, i);
		places[i] = (struct place){(uint64_t)l->client << 32 | l->name, l->asked_us, l};
	}
	if (places)
		qsort(places, n, sizeof *places, by_client_name_time);
	for (size_t i = 0; places && all && i < n; i++)
		all[i] = places[i].lookup;
	if (!places) {
		free(all);
		all = NULL;
	}
	free(places);
	return all;
}

/* Among one client's look-ups of one name, by time, those that gave an address: the nearest before and after the
 * current one, and the last. */
struct givers {
	const struct lookup *before, *behind, *last;
	size_t at;  /* index of the one behind */
	bool *gave; /* per look-up, whether it gave one: computed once because it can be costly */
};

/* False: out of memory. */
static bool givers_begin(struct givers *g, const struct judge *j, struct lookup *const *all, size_t n)
{
	*g = (struct givers){.gave = malloc(n * sizeof *g->gave)};
	for (size_t i = 0; g->gave && i < n; i++) {
		g->gave[i] = gave_address(j, all[i]);
		if (g->gave[i])
			g->last = all[i];
	}
	return g->gave != NULL;
}

/* Move to look-up i, the successor of the current one. */
static void givers_go_on(struct givers *g, struct lookup *const *all, size_t n, size_t i)
{
	if (i && g->gave[i - 1])
		g->before = all[i - 1];
	while (g->at < n && (g->at < i || !g->gave[g->at]))
		g->at++;
	g->behind = g->at < n ? all[g->at] : NULL;
}

/* Whether an address came in the same minutes. */
static bool is_overruled(const struct givers *g, const struct lookup *l)
{
	return (g->before && l->asked_us - g->before->asked_us <= SAME_MINUTES_US) ||
	       (g->behind && g->behind->asked_us - l->last_asked_us <= SAME_MINUTES_US);
}

/* Whether the name resolved after all, minutes later: then the failure was mended. */
static bool is_mended(const struct givers *g, int64_t after_us)
{
	return g->last && g->last->asked_us > after_us;
}

/* The failures of one name, by time, as cases. A case keeps the id of its first look-up, although that leaves the
 * window one day. */
static void judge_failures(struct judge *j, struct lookup **failed, size_t n, const struct givers *givers)
{
	for (size_t i = 0, end; i < n; i = end) {
		bool torn = i && failed[i]->case_serial == failed[i - 1]->case_serial; /* from the case before it */
		if (torn || failed[i]->case_serial == NO_CASE)
			failed[i]->case_serial = failed[i]->serial;
		for (end = i + 1;
		     end < n && failed[end]->asked_us - failed[end - 1]->last_asked_us <= SAME_MINUTES_US; end++)
			failed[end]->case_serial = failed[i]->case_serial;
		struct dns_case k = {failed + i, end - i, failed[i]->asked_us, failed[end - 1]->last_asked_us, false};
		struct argument argument;
		struct finding f = judge_dns_case(j, &k, &argument);
		if (f.outcome == OUTCOME_BLOCKED && !signature_is_lie(f.signature) && is_mended(givers, k.last_us))
			finding_doubt(&f, "resolved-later");
		add_case(j, &k, &f);
	}
}

/* A look-up that began a case before, and is none of the failures any more. */
static void withdraw(struct judge *j, struct lookup *l, struct lookup *const *failed, size_t n)
{
	struct dns_case k = {&l, 1, l->asked_us, l->last_asked_us, true};
	struct finding f = {.outcome = OUTCOME_INCONCLUSIVE};

	for (size_t i = 0; i < n; i++)
		if (failed[i]->case_serial == l->serial)
			return; /* the others go on with it */
	finding_doubt(&f, "resolved-later");
	add_case(j, &k, &f);
}

/* The look-ups of one client for one name. */
static void judge_name(struct judge *j, struct lookup **all, size_t n)
{
	struct lookup **failed = malloc(n * sizeof *failed);
	struct givers givers;
	size_t failed_n = 0;
	bool went_wrong = false;

	if (!failed || !givers_begin(&givers, j, all, n)) {
		j->counters.full = true;
		free(failed);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		givers_go_on(&givers, all, n, i);
		if (all[i]->forged) {
			struct dns_case k = {&all[i], 1, all[i]->asked_us, all[i]->answered_us, false};
			struct argument argument = {0};
			struct finding f = forged(all[i], &argument);
			add_case(j, &k, &f);
		} else if (!is_overruled(&givers, all[i])) {
			failed[failed_n++] = all[i];
		}
		went_wrong |= all[i]->forged || !all[i]->answered_us || all[i]->rcode != 0 || all[i]->sinkhole;
	}
	/* The first failure of each type proves what there is to prove; the hundredth adds nothing. Where no
	 * evidence is wanted, not even the first is needed. */
	for (size_t i = j->o.passing ? 0 : 2; i < n && failed_n == 0; i++)
		all[i]->dull = !went_wrong;
	judge_failures(j, failed, failed_n, &givers);
	for (size_t i = 0, k = 0; j->o.live && i < n; i++)
		if (k < failed_n && failed[k] == all[i])
			k++;
		else if (all[i]->case_serial == all[i]->serial)
			withdraw(j, all[i], failed, failed_n);
	free(givers.gave);
	free(failed);
}

#define RESOLVERS_MOST 4u

/* Whether the client asks for AAAA; and, for each resolver that has answered for this name, how many of the client's
 * queries to it were lost. A resolver that never answers is not a bad line. */
static void note_habits(struct judge *j, struct lookup *const *all, size_t n)
{
	struct audience *a = audience_of(j, all[0]->client);
	struct addr resolvers[RESOLVERS_MOST];
	uint32_t sends[RESOLVERS_MOST] = {0}, answers[RESOLVERS_MOST] = {0}, known = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t r = 0;
		while (r < known && !addr_equal(&resolvers[r], &all[i]->resolver))
			r++;
		if (r == RESOLVERS_MOST)
			continue;
		if (r == known)
			resolvers[known++] = all[i]->resolver;
		sends[r] += all[i]->sends;
		answers[r] += all[i]->answered_us > 0;
	}
	for (size_t i = 0; a && i < n; i++)
		a->asks_aaaa |= all[i]->qtype == 28;
	for (uint32_t r = 0; a && r < known; r++)
		line_note_name(j, a, all[0]->name, sends[r], answers[r]);
}

#define LOOKUPS_AHEAD 8u /* prefetched */

static void each_name(struct judge *j, struct lookup **all, size_t n, bool judging)
{
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && all[end]->client == all[i]->client && all[end]->name == all[i]->name;
		     end++)
			;
		for (size_t k = i + LOOKUPS_AHEAD; k < n && k < end + LOOKUPS_AHEAD; k++)
			cache_prefetch(all[k], sizeof *all[k]);
		if (judging)
			judge_name(j, all + i, end - i);
		else
			note_habits(j, all + i, end - i);
	}
}

void judge_lookup_cases(struct judge *j)
{
	size_t n = lookups_count(j->lookups);
	struct lookup **all = sorted_lookups(j, n);

	if (!all) {
		j->counters.full = true;
		return;
	}
	j->dns_line = (struct line){0};
	for (size_t i = 0; j->o.live && i < j->audience_room; i++) { /* left from the previous tick */
		j->audiences[i].dns_line = (struct line){0};
		j->audiences[i].asks_aaaa = false;
	}
	each_name(j, all, n, false);
	each_name(j, all, n, true);
	free(all);
}
