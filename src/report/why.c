/* Sentences for people: why a rule is missing, how a group is doing. */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "report/reading.h"

static void add_span(struct text *t, int64_t us)
{
	long long s = (long long)(us / SECOND_US);

	if (s >= 2 * 86400)
		text_addf(t, " over %lld days", s / 86400);
	else if (s >= 2 * 3600)
		text_addf(t, " over %lld hours", s / 3600);
	else if (s >= 120)
		text_addf(t, " over %lld minutes", s / 60);
	else if (s >= 2)
		text_addf(t, " over %lld s", s);
}

static void add_names(struct text *t, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n && i < 3; i++) {
		text_add(t, i == 0 ? "" : i + 1 == n ? " and " : ", ");
		text_add(t, names[i]);
	}
	if (n > 3)
		text_addf(t, " and %zu more", n - 3);
}

static void add_hint(struct text *t, enum hint hint)
{
	switch (hint) {
	case HINT_NONE:
		return;
	case HINT_ADDRESS_DRIFT:
		text_add(t, "; other addresses of the name pass: refresh the firewall's name object");
		return;
	case HINT_STATE_TIMEOUT:
		text_add(t, "; it happens to idle connections: raise the firewall's session time-out");
		return;
	case HINT_PATH_MTU:
		text_add(t, "; only full-size packets are lost: look at the path MTU");
		return;
	}
}

/* The sentence tells what most attempts met; some may have met something else. */
static void add_others(struct text *t, enum signature told, const uint64_t counts[SIGNATURE_COUNT])
{
	uint64_t n = 0;
	bool first = true;

	for (int s = SIG_NONE + 1; s < SIGNATURE_COUNT; s++)
		n += s != (int)told ? counts[s] : 0;
	if (n == 0)
		return;
	text_addf(t, ", %llu of them otherwise (", (unsigned long long)n);
	for (int s = SIG_NONE + 1; s < SIGNATURE_COUNT; s++) {
		if (s == (int)told || !counts[s])
			continue;
		text_addf(t, "%s%s", first ? "" : ", ", signature_name((enum signature)s));
		first = false;
	}
	text_add(t, ")");
}

/* A rule of a resolver is about the resolver, whatever it is asked for. */
static const char *story_of(const struct gap_missing *m)
{
	if (m->rule && m->signature == SIG_DNS_TIMEOUT)
		return "queries are not answered";
	if (m->rule && m->signature == SIG_DNS_REFUSED)
		return "the resolver refuses every query";
	return signature_story(m->signature);
}

const char *missing_why(struct reading *r, const struct gap_missing *m, const uint64_t counts[SIGNATURE_COUNT])
{
	struct text t = {0};

	text_add(&t, "From ");
	add_names(&t, m->from, m->from_n);
	text_addf(&t, " to %s", strcmp(m->host, "*") == 0 ? "resolvers" : m->host);
	if (m->address_n && strcmp(m->addresses[0], m->host) != 0) {
		text_add(&t, " (");
		add_names(&t, m->addresses, m->address_n);
		text_add(&t, ")");
	}
	if (m->port)
		text_addf(&t, " port %s/%s", m->port, m->transport);
	text_addf(&t, ": %s; %llu attempt%s failed", story_of(m), (unsigned long long)m->attempts,
	          m->attempts == 1 ? "" : "s");
	if (m->attempts > 1)
		add_span(&t, (int64_t)((uint64_t)m->last_us - (uint64_t)m->first_us)); /* forged: any number of times */
	add_others(&t, m->signature, counts);
	if (m->blocker)
		text_addf(&t, "; %s says so itself", m->blocker);
	add_hint(&t, m->hint);
	text_add(&t, ".");
	const char *why = t.failed ? NULL : pool_text(r->pool, t.at);
	text_release(&t);
	return why;
}

static const char *group_why(struct reading *r, const struct read_group *g, bool seen)
{
	const char *rule = NULL, *rest = NULL;
	struct text t = {0};

	if (g->broken) {
		rule = r->rules[g->broken_rule].shape.id;
		rest = "is blocked and nothing stands in for it";
	} else if (g->degraded) {
		rule = r->rules[g->degraded_rule].shape.id;
		rest = g->partly ? "is blocked, but only for a part of the attempts"
		                 : "is blocked, but the clients had another way";
	} else if (strcmp(g->shape.hosts_status, "given") != 0) {
		rest = "the list names no hosts for it, so it cannot be audited";
	} else {
		rest = seen ? "no attempt to use it was decided" : "no attempt to use it was seen";
	}
	text_addf(&t, "%s%s%s", rule ? rule : "", rule ? " " : "", rest);
	const char *why = t.failed ? NULL : pool_text(r->pool, t.at);
	text_release(&t);
	return why;
}

enum err groups_build(struct reading *r)
{
	struct gap *gap = r->gap;

	gap->groups = pool_take(r->pool, r->group_n, sizeof *gap->groups);
	for (size_t k = 0; k < r->rule_n; k++) {
		struct read_group *g = &r->groups[r->rules[k].group];
		g->asked_for |= r->rules[k].shown;
		g->seen |= r->verdicts.rulings[k].n > 0;
		g->ok |= r->verdicts.rulings[k].counts.by_outcome[OUTCOME_OK] > 0;
	}
	for (size_t i = 0; gap->groups && i < r->group_n; i++) {
		struct read_group *g = &r->groups[i];
		if (g->broken)
			g->shape.function = "broken";
		else if (g->degraded)
			g->shape.function = "degraded";
		else
			g->shape.function = g->ok ? "working" : "unknown";
		if (g->broken || g->degraded || !g->ok)
			g->shape.why = group_why(r, g, g->seen);
		if (g->shown && (g->asked_for || !r->filter->host_glob))
			gap->groups[gap->group_n++] = g->shape;
	}
	return r->pool->failed ? err_fail(ERR_MEMORY, "out of memory") : ERR_OK;
}
