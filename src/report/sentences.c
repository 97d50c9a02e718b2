#include "report/sentences.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"

void sentence_names(struct text *t, const char *const *names, size_t n, size_t most)
{
	for (size_t i = 0; i < n && i < most; i++) {
		text_add(t, i ? ", " : "");
		text_add(t, names[i]);
	}
	if (n > most)
		text_addf(t, " and %zu more", n - most);
}

const char *sentence_place(enum missing_kind kind)
{
	switch (kind) {
	case KIND_FIREWALL:
		return "firewall";
	case KIND_DNS:
		return "resolver";
	case KIND_PROXY:
		return "proxy";
	case KIND_TLS_INSPECTION:
		return "TLS inspection";
	}
	return "firewall";
}

void sentence_action(struct text *t, const struct gap_missing *m)
{
	switch (m->kind) {
	case KIND_FIREWALL:
		text_addf(t, "open %s/%s to ", m->port, m->transport);
		/* A group of role dns without hosts means whatever resolver was asked. */
		if (strcmp(m->host, "*") == 0 && m->address_n)
			sentence_names(t, m->addresses, m->address_n, ACTION_CLIENTS);
		else
			text_add(t, m->host);
		break;
	case KIND_DNS:
		if (m->rule)
			text_addf(t, "let %s answer on %s/%s", strcmp(m->host, "*") == 0 ? "a resolver" : m->host,
			          m->port, m->transport);
		else
			text_addf(t, "let %s resolve", m->host);
		break;
	case KIND_PROXY:
		text_addf(t, "allow %s:%s at the proxy", m->host, m->port);
		break;
	case KIND_TLS_INSPECTION:
		text_addf(t, "exempt %s from TLS inspection", m->host);
		break;
	}
	text_add(t, " for ");
	sentence_names(t, m->from, m->from_n, ACTION_CLIENTS);
}

void sentence_headline(struct text *t, const struct gap *g)
{
	size_t critical = 0;

	for (size_t i = 0; i < g->missing_n; i++)
		critical += g->missing[i].critical;
	if (g->missing_n == 0 && g->by_verdict[VERDICT_UNSEEN] == g->rule_n)
		text_addf(t, "No rule was tried, so nothing can be said");
	else if (g->missing_n == 0)
		text_addf(t, "Nothing is missing in what was seen");
	else
		text_addf(t, "%zu change%s needed (%zu critical)", g->missing_n, g->missing_n == 1 ? " is" : "s are",
		          critical);
	text_addf(t, ": of %zu rule%s %llu allowed, %llu blocked, %llu partial, %llu inconclusive, %llu unseen",
		  g->rule_n, g->rule_n == 1 ? "" : "s", (unsigned long long)g->by_verdict[VERDICT_ALLOWED],
		  (unsigned long long)g->by_verdict[VERDICT_BLOCKED],
		  (unsigned long long)g->by_verdict[VERDICT_PARTIAL],
		  (unsigned long long)g->by_verdict[VERDICT_INCONCLUSIVE],
		  (unsigned long long)g->by_verdict[VERDICT_UNSEEN]);
}

/* The entry is as sure as its surest incident, whatever its signature: others do not show why. */
static bool is_surer(const struct gap_incident *a, const struct gap_incident *b, enum signature told)
{
	return a->confidence != b->confidence ? a->confidence > b->confidence
	                                      : a->signature == told && b->signature != told;
}

/* NULL: a stranger's. */
static bool has_rule(const struct gap_missing *m, const char *rule)
{
	for (size_t i = 0; rule && i < m->rule_n; i++)
		if (strcmp(m->rules[i], rule) == 0)
			return true;
	return false;
}

const struct gap_incident *sentence_surest(const struct gap *g, const struct gap_missing *m)
{
	const struct gap_incident *best = NULL;

	for (size_t i = 0; i < g->incident_n && m->incident_n; i++) {
		const struct gap_incident *incident = &g->incidents[i];
		if ((best && !is_surer(incident, best, m->signature)) || !has_rule(m, incident->rule))
			continue;
		for (size_t k = 0; k < m->incident_n; k++)
			if (m->incidents[k] == incident->id)
				best = incident;
	}
	return best;
}

void sentence_lists(struct text *t, const struct gap *g)
{
	for (size_t i = 0; i < g->list_n; i++) {
		const struct gap_list *l = &g->lists[i];
		text_addf(t, "%s%s%s%s", i ? ", " : "", l->name ? l->name : "unnamed list", l->version ? " " : "",
		          l->version ? l->version : "");
	}
}

void sentence_time(struct text *t, int64_t us)
{
	char text[TIME_TEXT];

	if (!us)
		return;
	time_format(us, text);
	text_addf(t, "%.10s %.8s", text, text + 11);
}

void sentence_more(struct text *t, size_t left, const char *what, const char *format)
{
	text_addf(t, "and %zu more %s: this command with -f %s has all", left, what, format);
}

const struct gap_missing *urgency_next(struct urgency *u, const struct gap *g)
{
	for (;; u->at = 0, u->lesser = true) {
		while (u->at < g->missing_n) {
			const struct gap_missing *m = &g->missing[u->at++];
			if (m->critical == u->lesser)
				continue;
			u->n++;
			return m;
		}
		if (u->lesser)
			return NULL;
	}
}

struct shown_rules shown_rules_begin(void)
{
	return (struct shown_rules){.wrong.most = SHOWN_RULES, .allowed.most = SHOWN_RULES / 2,
	                            .unseen.most = SHOWN_RULES / 10};
}

bool shown_rule(struct shown_rules *s, const struct gap_rule *r)
{
	return shown_take(r->verdict == VERDICT_UNSEEN ? &s->unseen : r->verdict == VERDICT_ALLOWED ? &s->allowed
	                                                                                             : &s->wrong);
}

size_t codes_count(struct codes *c, const char *code)
{
	size_t i = 0;

	while (i < c->n && strcmp(c->of[i].code, code) != 0)
		i++;
	if (i == CODES_MOST)
		return 1;
	if (i == c->n)
		c->of[c->n++].code = code;
	return ++c->of[i].count;
}

size_t codes_next_left(const struct codes *c, size_t *i, char ret_what[static CODES_WHAT])
{
	while (*i < c->n) {
		size_t k = (*i)++;
		if (c->of[k].count <= SHOWN_NOTICES)
			continue;
		snprintf(ret_what, CODES_WHAT, "%s notices", c->of[k].code);
		return c->of[k].count - SHOWN_NOTICES;
	}
	return 0;
}
