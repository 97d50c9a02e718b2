/* A document that can be pasted into a change request. */
#include <string.h>

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

static void add_names(struct text *t, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		text_add(t, i ? ", " : "");
		add(t, names[i]);
	}
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
	text_add(t, "## Changes asked for\n\n"
	            "| # | Severity | Where | From | To | Addresses seen | Port | Confidence |\n"
	            "|---|---|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < g->missing_n; i++) {
		const struct gap_missing *m = &g->missing[i];
		text_addf(t, "| %zu | %s | ", i + 1, m->critical ? "critical" : "degraded");
		add_cell(t, sentence_place(m->kind));
		add_names(t, m->from, m->from_n);
		text_add(t, " | ");
		add_cell(t, m->host);
		add_names(t, m->addresses, m->address_n);
		text_add(t, " | ");
		if (m->port)
			text_addf(t, "%s/%s", m->port, m->transport);
		text_addf(t, " | %s |\n", confidence_text(m->confidence));
	}
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
		add_names(t, m->names, m->name_n);
		text_add(t, "\n");
	}
	text_add(t, "- Rules of the list: ");
	add_names(t, m->rules, m->rule_n);
	text_addf(t, "\n- Signature: %s", signature_name(m->signature));
	for (size_t i = 0; i < m->incident_n && i < 8; i++)
		text_addf(t, "%s%lld", i ? ", " : "; incidents ", (long long)m->incidents[i]);
	text_add(t, "\n\n");
}

static void add_rules(struct text *t, const struct gap *g)
{
	text_add(t, "## All rules\n\n"
	            "| Rule | Verdict | Ok | Failed | Undecided | Clients |\n"
	            "|---|---|---:|---:|---:|---:|\n");
	for (size_t i = 0; i < g->rule_n; i++) {
		const struct gap_rule *r = &g->rules[i];
		const uint64_t *n = r->attempts.by_outcome;
		text_add(t, "| ");
		add_cell(t, r->id);
		add(t, verdict_text(r->verdict));
		text_addf(t, " | %llu | %llu | %llu | %zu |\n", (unsigned long long)n[OUTCOME_OK],
		          (unsigned long long)(n[OUTCOME_BLOCKED] + n[OUTCOME_RESET]),
		          (unsigned long long)n[OUTCOME_INCONCLUSIVE], r->client_n);
	}
	if (g->by_verdict[VERDICT_UNSEEN])
		text_add(t, "\nAn unseen rule was not tried in this period: that is no evidence that it works.\n");
}

enum err report_markdown(const struct gap *g, const struct style *style, FILE *out)
{
	struct text t = {0};

	(void)style;
	add_title(&t, g);
	if (g->missing_n) {
		add_table(&t, g);
		text_add(&t, "## Reasons\n\n");
	}
	for (size_t i = 0; i < g->missing_n; i++)
		add_reason(&t, g, &g->missing[i], i + 1);
	add_rules(&t, g);
	if (g->notice_n)
		text_add(&t, "\n## Notices\n\n");
	for (size_t i = 0; i < g->notice_n; i++) {
		text_add(&t, "- ");
		add(&t, g->notices[i].code);
		text_add(&t, ": ");
		add(&t, g->notices[i].text);
		text_add(&t, "\n");
	}
	bool failed = t.failed;
	if (!failed)
		fwrite(t.at, 1, t.n, out);
	text_release(&t);
	return failed ? err_fail(ERR_MEMORY, "out of memory") : ERR_OK;
}
