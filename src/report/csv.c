/* Tables for spreadsheets (RFC 4180). No cell begins with what a spreadsheet takes for a formula. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "report/exporters.h"
#include "report/sentences.h"

/* Source: CWE-1236; some programs first strip leading blanks. */
static bool is_formula(const char *s)
{
	s += strspn(s, " ");
	return *s && strchr("=+-@\t\r\n|%", *s) != NULL;
}

static void cell(struct text *t, const char *value)
{
	struct text plain = {0};

	if (t->n && t->at[t->n - 1] != '\n')
		text_add(t, ",");
	text_add_escaped(&plain, value ? value : "");
	const char *s = plain.at ? plain.at : "";
	text_add(t, "\"");
	if (is_formula(s))
		text_add(t, "'");
	for (; *s; s++)
		text_add_n(t, *s == '"' ? "\"\"" : s, *s == '"' ? 2 : 1);
	text_add(t, "\"");
	t->failed |= plain.failed;
	text_release(&plain);
}

static void cell_number(struct text *t, uint64_t n)
{
	if (t->n && t->at[t->n - 1] != '\n')
		text_add(t, ",");
	text_addf(t, "%llu", (unsigned long long)n);
}

static void cell_names(struct text *t, const char *const *names, size_t n)
{
	struct text joined = {0};

	for (size_t i = 0; i < n; i++) {
		text_add(&joined, i ? " " : "");
		text_add(&joined, names[i]);
	}
	cell(t, joined.at);
	t->failed |= joined.failed;
	text_release(&joined);
}

static void cell_time(struct text *t, int64_t us)
{
	char text[TIME_TEXT];

	cell(t, us ? time_format(us, text) : "");
}

static void row_end(struct text *t)
{
	text_add(t, "\r\n");
}

static void header(struct text *t, const char *const *names)
{
	for (; *names; names++)
		cell(t, *names);
	row_end(t);
}

static enum err finish(struct text *t, FILE *out)
{
	bool failed = t->failed;

	if (!failed && t->n)
		fwrite(t->at, 1, t->n, out);
	text_release(t);
	return failed ? err_fail(ERR_MEMORY, "out of memory") : ERR_OK;
}

static void join(struct text *t, const char *separator, const char *s)
{
	if (s && *s)
		text_addf(t, "%s%s", t->n ? separator : "", s);
}

static int by_text(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Which entry is for which rule. A search of all entries for each rule takes minutes where tens of thousands of rules
 * are blocked. */
struct need {
	const char *rule;
	const struct gap_missing *entry;
};

struct needs {
	struct need *at;
	size_t n;
};

static int by_rule(const void *left, const void *right)
{
	const struct need *a = left, *b = right;
	int order = strcmp(a->rule, b->rule);

	return order ? order : (a->entry > b->entry) - (a->entry < b->entry);
}

static enum err needs_init(struct needs *all, const struct gap *g)
{
	size_t n = 0;

	for (size_t i = 0; i < g->missing_n; i++)
		n += g->missing[i].rule_n;
	*all = (struct needs){.at = calloc(n + 1, sizeof *all->at)};
	if (!all->at)
		return err_fail(ERR_MEMORY, "out of memory");
	for (size_t i = 0; i < g->missing_n; i++)
		for (size_t k = 0; k < g->missing[i].rule_n; k++)
			all->at[all->n++] = (struct need){g->missing[i].rules[k], &g->missing[i]};
	qsort(all->at, all->n, sizeof *all->at, by_rule);
	return ERR_OK;
}

/* Those of one rule, in the report's order. */
static struct needs needs_of(const struct needs *all, const char *rule)
{
	size_t first = 0, end = all->n;

	while (first < end) {
		size_t middle = first + (end - first) / 2;
		if (strcmp(all->at[middle].rule, rule) < 0)
			first = middle + 1;
		else
			end = middle;
	}
	while (end < all->n && strcmp(all->at[end].rule, rule) == 0)
		end++;
	return (struct needs){all->at + first, end - first};
}

/* The rule's clients that need one of the changes, each once: an entry of a name is for the clients of several rules,
 * and a client may need several. */
static void join_from(struct text *t, const struct needs *needs, const struct gap_rule *r)
{
	const char **wanted = NULL;
	size_t n = 0, room = 0;

	for (size_t i = 0; i < needs->n; i++) {
		const struct gap_missing *m = needs->at[i].entry;
		for (size_t k = 0; k < m->from_n; k++) {
			const char **grown = array_grow(wanted, n, &room, sizeof *grown);
			t->failed |= !grown;
			wanted = grown ? grown : wanted;
			if (grown)
				wanted[n++] = m->from[k];
		}
	}
	if (n)
		qsort(wanted, n, sizeof *wanted, by_text);
	for (size_t i = 0; n && i < r->client_n; i++) {
		const struct gap_client *c = &r->clients[i];
		bool failed = c->verdict == VERDICT_BLOCKED || c->verdict == VERDICT_PARTIAL;
		if (failed && bsearch(&c->address, wanted, n, sizeof *wanted, by_text))
			join(t, " ", c->address);
	}
	free(wanted);
}

/* What is missing for a rule: several changes may be needed, for several clients. */
static void cells_of_missing(struct text *t, const struct needs *all, const struct gap_rule *r)
{
	const struct needs needs = needs_of(all, r->id);
	struct text parts[4] = {{0}}; /* kind, from, blocker, why */
	const char *severity = "";

	for (size_t i = 0; i < needs.n; i++) {
		const struct gap_missing *m = needs.at[i].entry;
		severity = m->critical ? "critical" : *severity ? severity : "degraded";
		join(&parts[0], " ", kind_text(m->kind));
		join(&parts[2], " ", m->blocker);
		join(&parts[3], " ", m->why);
	}
	join_from(&parts[1], &needs, r);
	cell(t, parts[0].at);
	cell(t, severity);
	for (size_t i = 1; i < 4; i++)
		cell(t, parts[i].at);
	for (size_t i = 0; i < 4; i++) {
		t->failed |= parts[i].failed;
		text_release(&parts[i]);
	}
}

static void row_of_rule(struct text *t, const struct needs *all, const struct gap_rule *r)
{
	struct text signatures = {0};

	cell(t, r->id);
	cell(t, r->group);
	cell(t, r->role);
	cell(t, r->host);
	cell(t, r->port);
	cell(t, r->transport);
	cell(t, r->required ? "yes" : "no");
	cell(t, verdict_text(r->verdict));
	cell(t, confidence_text(r->confidence));
	for (int i = 0; i < OUTCOME_COUNT; i++)
		cell_number(t, r->attempts.by_outcome[i]);
	cell_number(t, r->client_n);
	cell_names(t, r->addresses, r->address_n);
	for (size_t i = 0; i < r->signature_n; i++)
		text_addf(&signatures, "%s%s", i ? " " : "", signature_name(r->signatures[i].signature));
	cell(t, signatures.at);
	t->failed |= signatures.failed;
	text_release(&signatures);
	cell_time(t, r->first_us);
	cell_time(t, r->last_us);
	cells_of_missing(t, all, r);
	row_end(t);
}

enum err report_csv(const struct gap *g, const struct style *style, FILE *out)
{
	static const char *const names[] = {
		"rule", "group", "role", "host", "port", "transport", "required", "verdict", "confidence", "ok",
		"blocked", "reset", "inconclusive", "clients", "addresses", "signatures", "first", "last", "missing",
		"severity", "from", "blocker", "why", NULL,
	};
	struct text t = {0};
	struct needs all;
	enum err e = needs_init(&all, g);

	(void)style;
	if (e != ERR_OK)
		return e;
	header(&t, names);
	for (size_t i = 0; i < g->rule_n; i++)
		row_of_rule(&t, &all, &g->rules[i]);
	free(all.at);
	return finish(&t, out);
}

enum err incidents_csv(const struct gap *g, const struct style *style, FILE *out)
{
	static const char *const names[] = {
		"id", "rule", "client", "host", "attributed_by", "address", "port", "transport", "signature", "outcome",
		"detail", "confidence", "blocker", "attempts", "first", "last", "packets", NULL,
	};
	struct text t = {0};

	(void)style;
	header(&t, names);
	for (size_t i = 0; i < g->incident_n; i++) {
		const struct gap_incident *n = &g->incidents[i];
		cell_number(&t, (uint64_t)n->id);
		cell(&t, n->rule);
		cell(&t, n->client);
		cell(&t, n->host);
		cell(&t, n->attributed_by);
		cell(&t, n->address);
		cell_number(&t, n->port);
		cell(&t, n->transport);
		cell(&t, signature_name(n->signature));
		cell(&t, outcome_text(n->outcome));
		cell(&t, n->detail);
		cell(&t, confidence_text(n->confidence));
		cell(&t, n->blocker);
		cell_number(&t, n->attempts);
		cell_time(&t, n->first_us);
		cell_time(&t, n->last_us);
		cell_number(&t, n->packets);
		row_end(&t);
	}
	return finish(&t, out);
}
