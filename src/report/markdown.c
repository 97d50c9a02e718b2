/* A document that can be pasted into a change request. */
#include <string.h>

#include "base/limits.h"
#include "report/exporters.h"
#include "report/sentences.h"

/* Text shown literally, whatever it contains: no markup, no HTML, no links. */
static void add(struct text *t, const char *s)
{
	struct text safe = {0};

	text_add_escaped(&safe, s ? s : "");
	for (const char *c = safe.at ? safe.at : ""; *c; c++) {
		bool is_link = (*c == ':' && c[1] == '/') ||
			       (*c == '.' && c - safe.at >= 3 && strncasecmp(c - 3, "www", 3) == 0);
		if (*c == '<')
			text_add(t, "&lt;");
		else if (*c == '>')
			text_add(t, "&gt;");
		else if (*c == '&')
			text_add(t, "&amp;");
		else if (strchr("\\`*_{}[]#!|~@$^", *c) || is_link)
			text_addf(t, "\\%c", *c);
		else
			text_add_n(t, c, 1);
	}
	t->failed |= safe.failed;
	text_release(&safe);
}

static void add_names(struct text *t, const char *const *names, size_t n, size_t most)
{
	struct text line = {0};

	sentence_names(&line, names, n, most);
	add(t, line.at);
	t->failed |= line.failed;
	text_release(&line);
}

static void add_more(struct text *t, size_t left, const char *what, const char *format)
{
	struct text line = {0};

	if (left == 0)
		return;
	sentence_more(&line, left, what, format);
	text_add(t, "\n");
	add(t, line.at);
	text_add(t, ".\n");
	t->failed |= line.failed;
	text_release(&line);
}

static void add_cell(struct text *t, const char *s)
{
	add(t, s);
	text_add(t, " | ");
}

static void add_time(struct text *t, int64_t us)
{
	struct text time = {0};

	sentence_time(&time, us);
	add(t, time.at ? time.at : "");
	text_release(&time);
}

static void add_title(struct text *t, const struct gap *g)
{
	struct text line = {0};

	text_add(t, "# Firewall change request: ");
	sentence_lists(&line, g);
	add(t, line.at);
	text_clear(&line);
	text_add(t, "\n\n");
	sentence_headline(&line, g);
	add(t, line.at);
	text_add(t, ".\n\n");
	text_release(&line);
	if (g->first_us) {
		text_add(t, "Seen from ");
		add_time(t, g->first_us);
		text_add(t, " to ");
		add_time(t, g->last_us);
		text_addf(t, " UTC in %llu packets.\n\n", (unsigned long long)g->packets);
	}
	if (g->incomplete)
		text_add(t, "**The answer is incomplete; see the notices.**\n\n");
}

static void add_table(struct text *t, const struct gap *g)
{
	struct urgency u = {0};
	const struct gap_missing *m;

	text_add(t, "## Changes asked for\n\n"
	            "| # | Severity | Where | From | To | Addresses seen | Port | Confidence |\n"
	            "|---|---|---|---|---|---|---|---|\n");
	while (u.n < SHOWN_MISSING && (m = urgency_next(&u, g))) {
		text_addf(t, "| %zu | %s | ", u.n, m->critical ? "critical" : "degraded");
		add_cell(t, sentence_place(m->kind));
		add_names(t, m->from, m->from_n, SHOWN_FROM);
		text_add(t, " | ");
		add_cell(t, m->host);
		add_names(t, m->addresses, m->address_n, SHOWN_NAMES);
		text_add(t, " | ");
		if (m->port)
			text_addf(t, "%s/%s", m->port, m->transport);
		text_addf(t, " | %s |\n", confidence_text(m->confidence));
	}
	add_more(t, g->missing_n - u.n, "changes", "json");
	text_add(t, "\n");
}

static void add_reason(struct text *t, const struct gap *g, const struct gap_missing *m, size_t number)
{
	const struct gap_incident *incident = sentence_surest(g, m);
	struct text action = {0};

	sentence_action(&action, m);
	text_addf(t, "### %zu. ", number);
	add(t, action.at);
	text_add(t, "\n\n");
	text_release(&action);
	add(t, m->why);
	text_add(t, "\n\n");
	for (size_t i = 0; incident && i < incident->proof_n; i++) {
		text_add(t, "- ");
		add(t, incident->proofs[i].text);
		text_add(t, "\n");
	}
	if (m->name_n > 1 || (m->name_n == 1 && strcmp(m->names[0], m->host) != 0)) {
		text_add(t, "- Names tried: ");
		add_names(t, m->names, m->name_n, SHOWN_NAMES);
		text_add(t, "\n");
	}
	text_add(t, "- Rules of the list: ");
	add_names(t, m->rules, m->rule_n, SHOWN_NAMES);
	text_addf(t, "\n- Signature: %s", signature_name(m->signature));
	for (size_t i = 0; i < m->incident_n && i < SHOWN_NAMES; i++)
		text_addf(t, "%s%lld", i ? ", " : m->incident_n == 1 ? "; incident " : "; incidents ",
		          (long long)m->incidents[i]);
	if (m->incident_n > SHOWN_NAMES)
		text_addf(t, " and %zu more", m->incident_n - SHOWN_NAMES);
	text_add(t, "\n\n");
}

static void add_rules(struct text *t, const struct gap *g)
{
	struct shown_rules shown = shown_rules_begin();

	text_add(t, "## All rules\n\n"
	            "| Rule | Verdict | Ok | Failed | Inconclusive | Clients |\n"
	            "|---|---|---:|---:|---:|---:|\n");
	for (size_t i = 0; i < g->rule_n; i++) {
		const struct gap_rule *r = &g->rules[i];
		const uint64_t *n = r->attempts.by_outcome;
		if (!shown_rule(&shown, r))
			continue;
		text_add(t, "| ");
		add_cell(t, r->id);
		add(t, verdict_text(r->verdict));
		text_addf(t, " | %llu | %llu | %llu | %zu |\n", (unsigned long long)n[OUTCOME_OK],
		          (unsigned long long)(n[OUTCOME_BLOCKED] + n[OUTCOME_RESET]),
		          (unsigned long long)n[OUTCOME_INCONCLUSIVE], r->client_n);
	}
	add_more(t, shown_left(&shown.wrong), "blocked, partial or inconclusive rules", "csv");
	add_more(t, shown_left(&shown.allowed), "allowed rules", "csv");
	add_more(t, shown_left(&shown.unseen), "unseen rules", "csv");
	if (g->by_verdict[VERDICT_UNSEEN])
		text_add(t, "\nAn unseen rule was not tried in this period: that is no evidence that it works.\n");
}

static void add_notices(struct text *t, const struct gap *g)
{
	struct codes codes = {0};
	char what[CODES_WHAT];

	if (g->notice_n)
		text_add(t, "\n## Notices\n\n");
	for (size_t i = 0; i < g->notice_n; i++) {
		const struct gap_notice *n = &g->notices[i];
		if (codes_count(&codes, n->code) > SHOWN_NOTICES)
			continue;
		text_add(t, "- ");
		add(t, n->code);
		text_add(t, ": ");
		add(t, n->text);
		text_add(t, "\n");
	}
	for (size_t i = 0, left; (left = codes_next_left(&codes, &i, what));)
		add_more(t, left, what, "json");
}

enum err report_markdown(const struct gap *g, const struct style *style, FILE *out)
{
	struct urgency u = {0};
	const struct gap_missing *m;
	struct text t = {0};

	(void)style;
	add_title(&t, g);
	if (g->missing_n) {
		add_table(&t, g);
		text_add(&t, "## Reasons\n\n");
	}
	while (u.n < SHOWN_REASONS && (m = urgency_next(&u, g)))
		add_reason(&t, g, m, u.n);
	add_more(&t, g->missing_n - u.n, "reasons", "json");
	if (g->missing_n > u.n)
		text_add(&t, "\n");
	add_rules(&t, g);
	add_notices(&t, g);
	bool failed = t.failed;
	if (!failed)
		fwrite(t.at, 1, t.n, out);
	text_release(&t);
	return failed ? err_fail(ERR_MEMORY, "out of memory") : ERR_OK;
}
