/* The report for people: what is missing first, then every rule, then what else was seen. */
#include <string.h>

#include "base/limits.h"
#include "report/exporters.h"
#include "report/sentences.h"
#include "report/text_page.h"

/* The confidence, and its grounds. */
static void field_sure(struct page *p, const struct gap *g, const struct gap_missing *m)
{
	const struct gap_incident *incident = sentence_surest(g, m);
	struct text t = {0};

	text_add(&t, confidence_text(m->confidence));
	for (size_t i = 0; incident && i < incident->proof_n; i++)
		text_addf(&t, "%s%s", i ? "; " : ": ", incident->proofs[i].text);
	page_field_taken(p, "confidence", &t);
}

static void field_incidents(struct page *p, const struct gap_missing *m)
{
	struct text t = {0};

	for (size_t i = 0; i < m->incident_n && i < SHOWN_NAMES; i++)
		text_addf(&t, "%s%lld", i ? ", " : "", (long long)m->incidents[i]);
	if (m->incident_n > SHOWN_NAMES)
		text_addf(&t, " and %zu more", m->incident_n - SHOWN_NAMES);
	if (m->incident_n)
		page_field_taken(p, m->incident_n == 1 ? "incident" : "incidents", &t);
	else
		text_release(&t);
}

static void add_missing(struct page *p, const struct gap *g, const struct gap_missing *m, size_t number)
{
	struct text action = {0};

	sentence_action(&action, m);
	text_addf(&p->text, "%3zu. ", number);
	page_add(p, m->critical ? RED : YELLOW, m->critical ? "critical" : "degraded", 0);
	text_addf(&p->text, ": %s: ", sentence_place(m->kind));
	page_take(p, BOLD, &action);
	text_add(&p->text, "\n");
	if (number > SHOWN_REASONS)
		return;
	page_field(p, "why", m->why);
	field_sure(p, g, m);
	if (m->from_n > ACTION_CLIENTS)
		page_field_names(p, "clients", m->from, m->from_n, SHOWN_FROM);
	if (m->name_n != 1 || strcmp(m->names[0], m->host) != 0)
		page_field_names(p, "names", m->names, m->name_n, SHOWN_NAMES);
	page_field_names(p, "addresses", m->addresses, m->address_n, SHOWN_NAMES);
	page_field_names(p, m->rule_n == 1 ? "rule" : "rules", m->rules, m->rule_n, SHOWN_NAMES);
	field_incidents(p, m);
}

static void add_changes(struct page *p, const struct gap *g)
{
	struct urgency u = {0};
	const struct gap_missing *m;

	if (g->missing_n == 0)
		return;
	page_heading(p, "MISSING");
	while (u.n < SHOWN_MISSING && (m = urgency_next(&u, g)))
		add_missing(p, g, m, u.n);
	page_more(p, u.n > SHOWN_REASONS ? u.n - SHOWN_REASONS : 0, "reasons", "json");
	page_more(p, g->missing_n - u.n, "changes", "json");
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
	page_take(p, "", &t);
	text_add(&p->text, "\n");
	sentence_headline(&t, g);
	page_take(p, BOLD, &t);
	text_add(&p->text, "\n");
	if (g->incomplete) {
		page_add(p, YELLOW, "The answer is incomplete: see the notices.", 0);
		text_add(&p->text, "\n");
	}
}

enum err report_text(const struct gap *g, const struct style *style, FILE *out)
{
	struct page p = {.colour = style->colour, .database = style->database};
	enum err e = ERR_OK;

	add_top(&p, g);
	add_changes(&p, g);
	if (!style->brief)
		e = page_add_sections(&p, g);
	page_add_notices(&p, g);
	p.text.failed |= e != ERR_OK;
	return page_close(&p, out);
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
		page_take(&p, "", &t);
		text_add(&p.text, "\n");
	}
	return page_close(&p, out);
}
