/* The report for people: what is missing first, then every rule, then what else was seen. */
#include <string.h>

#include "report/exporters.h"
#include "report/sentences.h"

#define BOLD "\033[1m"
#define RED "\033[31m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define DIM "\033[2m"
#define PLAIN "\033[0m"

struct page {
	struct text text;
	bool colour;
};

/* A text that could not be completed is not shown, and the whole page then counts as failed. */
static const char *made(struct page *p, const struct text *t)
{
	p->text.failed |= t->failed;
	return t->failed || !t->at ? "" : t->at;
}

static void add(struct page *p, const char *colour, const char *text, size_t width)
{
	size_t from = p->text.n, seen = 0;

	if (p->colour && *colour)
		text_add(&p->text, colour);
	size_t start = p->text.n;
	text_add_escaped(&p->text, text);
	for (size_t i = start; i < p->text.n; i++)
		seen += (p->text.at[i] & 0xc0) != 0x80;
	if (p->colour && *colour && p->text.n > from)
		text_add(&p->text, PLAIN);
	for (; seen < width; seen++)
		text_add(&p->text, " ");
}

static void heading(struct page *p, const char *text)
{
	text_add(&p->text, "\n");
	add(p, BOLD, text, 0);
	text_add(&p->text, "\n");
}

/* "    label    value" */
static void field(struct page *p, const char *label, const char *value)
{
	text_add(&p->text, "     ");
	add(p, DIM, label, 11);
	add(p, "", value, 0);
	text_add(&p->text, "\n");
}

static void field_names(struct page *p, const char *label, const char *const *names, size_t n)
{
	struct text t = {0};

	if (n == 0)
		return;
	sentence_names(&t, names, n, 8);
	field(p, label, made(p, &t));
	text_release(&t);
}

/* The confidence, and its grounds. */
static void field_sure(struct page *p, const struct gap *g, const struct gap_missing *m)
{
	const struct gap_incident *incident = sentence_surest(g, m);
	struct text t = {0};

	text_add(&t, confidence_text(m->confidence));
	for (size_t i = 0; incident && i < incident->proof_n; i++)
		text_addf(&t, "%s%s", i ? "; " : ": ", incident->proofs[i].text);
	field(p, "confidence", made(p, &t));
	text_release(&t);
}

static void field_incidents(struct page *p, const struct gap_missing *m)
{
	struct text t = {0};

	for (size_t i = 0; i < m->incident_n && i < 8; i++)
		text_addf(&t, "%s%lld", i ? ", " : "", (long long)m->incidents[i]);
	if (m->incident_n > 8)
		text_addf(&t, " and %zu more", m->incident_n - 8);
	if (m->incident_n)
		field(p, m->incident_n == 1 ? "incident" : "incidents", made(p, &t));
	text_release(&t);
}

static void add_missing(struct page *p, const struct gap *g)
{
	if (g->missing_n == 0)
		return;
	heading(p, "MISSING");
	for (size_t i = 0; i < g->missing_n; i++) {
		const struct gap_missing *m = &g->missing[i];
		struct text action = {0};
		sentence_action(&action, m);
		text_addf(&p->text, "%3zu. ", i + 1);
		add(p, m->critical ? RED : YELLOW, m->critical ? "critical" : "degraded", 0);
		text_addf(&p->text, ": %s: ", sentence_place(m->kind));
		add(p, BOLD, made(p, &action), 0);
		text_add(&p->text, "\n");
		text_release(&action);
		field(p, "why", m->why);
		field_sure(p, g, m);
		if (m->name_n != 1 || strcmp(m->names[0], m->host) != 0)
			field_names(p, "names", m->names, m->name_n);
		field_names(p, "addresses", m->addresses, m->address_n);
		field_names(p, m->rule_n == 1 ? "rule" : "rules", m->rules, m->rule_n);
		field_incidents(p, m);
	}
}

static const char *verdict_colour(enum verdict v)
{
	switch (v) {
	case VERDICT_ALLOWED:
		return GREEN;
	case VERDICT_BLOCKED:
		return RED;
	case VERDICT_PARTIAL:
		return YELLOW;
	case VERDICT_INCONCLUSIVE:
	case VERDICT_UNSEEN:
	case VERDICT_COUNT:
		break;
	}
	return DIM;
}

static void add_number(struct page *p, uint64_t n, int width)
{
	text_addf(&p->text, "%*llu", width, (unsigned long long)n);
}

static void add_rule(struct page *p, const struct gap_rule *r, size_t width)
{
	const uint64_t *n = r->attempts.by_outcome;

	text_add(&p->text, "  ");
	add(p, verdict_colour(r->verdict), verdict_text(r->verdict), 13);
	add(p, "", r->id, width);
	add_number(p, n[OUTCOME_OK], 8);
	add_number(p, n[OUTCOME_BLOCKED] + n[OUTCOME_RESET], 8);
	add_number(p, n[OUTCOME_INCONCLUSIVE], 10);
	add_number(p, r->client_n, 8);
	if (r->partial_by)
		text_addf(&p->text, "  %s%s", strcmp(r->partial_by, "mended") == 0 ? "" : "by ", r->partial_by);
	for (size_t i = 0; i < r->signature_n; i++)
		text_addf(&p->text, "%s%s", i || r->partial_by ? ", " : "  ",
			  signature_name(r->signatures[i].signature));
	if (!r->required && r->verdict != VERDICT_UNSEEN)
		text_add(&p->text, "  (optional)");
	text_add(&p->text, "\n");
}

static void add_rules(struct page *p, const struct gap *g)
{
	size_t width = 4;

	heading(p, "RULES");
	for (size_t i = 0; i < g->rule_n; i++)
		width = strlen(g->rules[i].id) > width ? strlen(g->rules[i].id) : width;
	width = width > 60 ? 60 : width;
	text_addf(&p->text, "  %-13s%-*s%8s%8s%10s%8s\n", "verdict", (int)width, "rule", "ok", "failed", "undecided",
	          "clients");
	for (size_t i = 0; i < g->rule_n; i++)
		add_rule(p, &g->rules[i], width);
	if (g->by_verdict[VERDICT_UNSEEN])
		text_add(&p->text,
			 "  An unseen rule was not tried in this period: that is no evidence that it works.\n");
}

static void add_groups(struct page *p, const struct gap *g)
{
	if (g->group_n == 0)
		return;
	heading(p, "FUNCTIONS");
	for (size_t i = 0; i < g->group_n; i++) {
		const struct gap_group *group = &g->groups[i];
		bool bad = strcmp(group->function, "broken") == 0, half = strcmp(group->function, "degraded") == 0;
		bool working = strcmp(group->function, "working") == 0;
		text_add(&p->text, "  ");
		add(p, bad ? RED : half ? YELLOW : working ? GREEN : DIM, group->function, 13);
		const char *more = group->why ? group->why : group->description;
		add(p, "", group->id, more ? 22 : 0);
		add(p, "", more ? more : "", 0);
		text_add(&p->text, "\n");
		if ((bad || half) && group->symptom)
			field(p, "symptom", group->symptom);
	}
}

static void add_call(struct page *p, const struct gap_call *c)
{
	struct text t = {0};

	sentence_time(&t, c->started_us);
	text_addf(&t, "  %s to %s", c->client, *c->host ? c->host : c->server);
	text_addf(&t, " %u/%s: %s", c->port, c->transport, c->result);
	if (c->relayed && *c->relayed)
		text_addf(&t, ", relay %s", c->relayed);
	if (c->media_out || c->media_in)
		text_addf(&t, ", media %llu out, %llu in%s", (unsigned long long)c->media_out,
		          (unsigned long long)c->media_in, c->media_out && c->media_in ? "" : " (one way only)");
	if (c->software && *c->software)
		text_addf(&t, " (%s)", c->software);
	text_add(&p->text, "  ");
	add(p, "", made(p, &t), 0);
	text_add(&p->text, "\n");
	text_release(&t);
}

static void add_unlisted(struct page *p, const struct gap *g)
{
	for (size_t i = 0; i < g->unlisted_n; i++) {
		const struct gap_unlisted *u = &g->unlisted[i];
		struct text t = {0};
		text_addf(&t, "%s (%s) ", u->host, u->seen_as);
		sentence_names(&t, u->ports, u->port_n, 8);
		text_addf(&t, ", %llu client%s", (unsigned long long)u->clients, u->clients == 1 ? "" : "s");
		text_add(&p->text, "  ");
		add(p, verdict_colour(u->verdict), verdict_text(u->verdict), 13);
		add(p, "", made(p, &t), 0);
		text_add(&p->text, "\n");
		text_release(&t);
	}
}

static void add_strangers(struct page *p, const struct gap *g)
{
	for (size_t i = 0, shown = 0; i < g->incident_n && shown < GAP_STRANGERS; i++) {
		const struct gap_incident *n = &g->incidents[i];
		struct text t = {0};
		if (n->rule)
			continue;
		if (shown++ == 0)
			heading(p, "BLOCKED, BUT ON NO LIST");
		text_addf(&t, "%s to %s %u/%s: %s, %llu attempt%s (incident %lld)", n->client,
			  *n->host || !n->address ? n->host : n->address, n->port, n->transport,
			  signature_name(n->signature), (unsigned long long)n->attempts, n->attempts == 1 ? "" : "s",
			  (long long)n->id);
		text_add(&p->text, "  ");
		add(p, "", made(p, &t), 0);
		text_add(&p->text, "\n");
		text_release(&t);
	}
}

static void add_notices(struct page *p, const struct gap *g)
{
	if (g->notice_n == 0)
		return;
	heading(p, "NOTICES");
	for (size_t i = 0; i < g->notice_n; i++) {
		text_add(&p->text, "  ");
		add(p, strcmp(g->notices[i].level, "warning") == 0 ? YELLOW : "", g->notices[i].code, 0);
		text_add(&p->text, ": ");
		add(p, "", g->notices[i].text, 0);
		text_add(&p->text, "\n");
	}
}

static void add_top(struct page *p, const struct gap *g)
{
	struct text t = {0};

	sentence_lists(&t, g);
	if (g->first_us) {
		text_add(&t, "  ");
		sentence_time(&t, g->first_us);
		text_add(&t, " to ");
		sentence_time(&t, g->last_us);
		text_add(&t, " UTC");
	}
	text_addf(&t, "  %llu packets", (unsigned long long)g->packets);
	add(p, "", made(p, &t), 0);
	text_add(&p->text, "\n");
	text_clear(&t);
	sentence_headline(&t, g);
	add(p, BOLD, made(p, &t), 0);
	text_add(&p->text, "\n");
	if (g->incomplete) {
		add(p, YELLOW, "The answer is incomplete: see the notices.", 0);
		text_add(&p->text, "\n");
	}
	text_release(&t);
}

enum err report_text(const struct gap *g, const struct style *style, FILE *out)
{
	struct page p = {.colour = style->colour};

	add_top(&p, g);
	add_missing(&p, g);
	if (!style->brief) {
		add_rules(&p, g);
		add_groups(&p, g);
		if (g->call_n)
			heading(&p, "CALLS");
		for (size_t i = 0; i < g->call_n; i++)
			add_call(&p, &g->calls[i]);
		if (g->unlisted_n)
			heading(&p, "SEEN, BUT ON NO LIST");
		add_unlisted(&p, g);
		add_strangers(&p, g);
	}
	add_notices(&p, g);
	bool failed = p.text.failed;
	if (!failed)
		fwrite(p.text.at, 1, p.text.n, out);
	text_release(&p.text);
	return failed ? err_fail(ERR_MEMORY, "out of memory") : ERR_OK;
}

enum err incidents_text(const struct gap *g, const struct style *style, FILE *out)
{
	struct page p = {.colour = style->colour};

	for (size_t i = 0; i < g->incident_n; i++) {
		const struct gap_incident *n = &g->incidents[i];
		struct text t = {0};
		text_addf(&t, "%5lld  ", (long long)n->id);
		sentence_time(&t, n->first_us);
		text_addf(&t, "  %-17s  %-6s  %s to %s", signature_name(n->signature), confidence_text(n->confidence),
			  n->client, n->host);
		if (n->address && strcmp(n->address, n->host) != 0)
			text_addf(&t, "%s%s%s", *n->host ? " (" : "", n->address, *n->host ? ")" : "");
		text_addf(&t, " %u/%s  %llu attempt%s  %s", n->port, n->transport, (unsigned long long)n->attempts,
		          n->attempts == 1 ? "" : "s", n->detail ? n->detail : "");
		add(&p, "", made(&p, &t), 0);
		text_add(&p.text, "\n");
		text_release(&t);
	}
	bool failed = p.text.failed;
	if (!failed && p.text.n)
		fwrite(p.text.at, 1, p.text.n, out);
	text_release(&p.text);
	return failed ? err_fail(ERR_MEMORY, "out of memory") : ERR_OK;
}
