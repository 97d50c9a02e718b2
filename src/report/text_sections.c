/* What the text report says behind the missing rules: each section shows so much as a person reads, and says how
 * much more there is, and which command has it. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "report/calls.h"
#include "report/sentences.h"
#include "report/text_page.h"

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
	page_add(p, verdict_colour(r->verdict), verdict_text(r->verdict), 13);
	page_add(p, "", r->id, width);
	add_number(p, n[OUTCOME_OK], 8);
	add_number(p, n[OUTCOME_BLOCKED] + n[OUTCOME_RESET], 8);
	add_number(p, n[OUTCOME_INCONCLUSIVE], 14);
	add_number(p, r->client_n, 9);
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
	struct shown_rules shown = shown_rules_begin();
	size_t width = 4;

	page_heading(p, "RULES");
	for (size_t i = 0; i < g->rule_n; i++)
		width = strlen(g->rules[i].id) > width ? strlen(g->rules[i].id) : width;
	width = width > 60 ? 60 : width;
	text_addf(&p->text, "  %-13s%-*s%8s%8s%14s%9s\n", "verdict", (int)width, "rule", "ok", "failed",
	          "inconclusive", "clients");
	for (size_t i = 0; i < g->rule_n; i++)
		if (shown_rule(&shown, &g->rules[i]))
			add_rule(p, &g->rules[i], width);
	page_more(p, shown_left(&shown.wrong), "blocked, partial or inconclusive rules", "csv");
	page_more(p, shown_left(&shown.allowed), "allowed rules", "csv");
	page_more(p, shown_left(&shown.unseen), "unseen rules", "csv");
	if (g->by_verdict[VERDICT_UNSEEN])
		text_add(&p->text,
			 "  An unseen rule was not tried in this period: that is no evidence that it works.\n");
}

static void add_group(struct page *p, const struct gap_group *group)
{
	bool bad = strcmp(group->function, "broken") == 0, half = strcmp(group->function, "degraded") == 0;
	bool working = strcmp(group->function, "working") == 0;
	const char *more = group->why ? group->why : group->description;

	text_add(&p->text, "  ");
	page_add(p, bad ? RED : half ? YELLOW : working ? GREEN : DIM, group->function, 13);
	page_add(p, "", group->id, more ? 22 : 0);
	page_add(p, "", more ? more : "", 0);
	text_add(&p->text, "\n");
	if ((bad || half) && group->symptom)
		page_field(p, "symptom", group->symptom);
}

static void add_groups(struct page *p, const struct gap *g)
{
	struct shown wrong = {.most = SHOWN_GROUPS}, working = {.most = SHOWN_GROUPS / 5}, unknown = working;

	if (g->group_n == 0)
		return;
	page_heading(p, "FUNCTIONS");
	for (size_t i = 0; i < g->group_n; i++) {
		const char *function = g->groups[i].function;
		if (shown_take(strcmp(function, "working") == 0   ? &working
		               : strcmp(function, "unknown") == 0 ? &unknown
		                                                  : &wrong))
			add_group(p, &g->groups[i]);
	}
	page_more(p, shown_left(&wrong), "broken or degraded groups", "json");
	page_more(p, shown_left(&working), "working groups", "json");
	page_more(p, shown_left(&unknown), "unknown groups", "json");
}

static void add_call(struct page *p, const struct calls_alike *a)
{
	const struct gap_call *c = a->first;
	struct text t = {0};

	sentence_time(&t, c->started_us);
	text_addf(&t, "  %s to %s", c->client, *c->host ? c->host : c->server);
	text_addf(&t, " %u/%s: %s", c->port, c->transport, c->result);
	if (c->relayed && *c->relayed)
		text_addf(&t, ", relay %s", c->relayed);
	if (a->media_out || a->media_in)
		text_addf(&t, ", media %llu out, %llu in%s", (unsigned long long)a->media_out,
		          (unsigned long long)a->media_in, a->media_out && a->media_in ? "" : " (one way only)");
	if (c->software && *c->software)
		text_addf(&t, " (%s)", c->software);
	if (a->times > 1)
		text_addf(&t, "; %llu times", (unsigned long long)a->times);
	if (a->last_us - c->started_us >= SECOND_US) {
		text_add(&t, " until ");
		sentence_time(&t, a->last_us);
	}
	text_add(&p->text, "  ");
	page_take(p, "", &t);
	text_add(&p->text, "\n");
}

/* A heading of its own for calls to servers that no rule asks for, e.g. the other party's address. */
static void add_calls_of(struct page *p, const struct calls_alike *alike, size_t n, const char *heading, size_t most)
{
	size_t left = 0;

	if (n)
		page_heading(p, heading);
	for (size_t i = 0; i < n; i++) {
		if (i < most)
			add_call(p, &alike[i]);
		else
			left += alike[i].times;
	}
	page_more(p, left, "calls", "json");
}

static enum err add_calls(struct page *p, const struct gap *g)
{
	struct calls_alike *alike;
	size_t n, of_rules = 0;
	enum err e = calls_fold(g, &alike, &n);

	if (e != ERR_OK)
		return e;
	while (of_rules < n && alike[of_rules].first->rule)
		of_rules++;
	add_calls_of(p, alike, of_rules, "CALLS", SHOWN_CALLS);
	add_calls_of(p, alike + of_rules, n - of_rules, "CALLS TO SERVERS ON NO LIST", SHOWN_CALLS / 2);
	free(alike);
	return ERR_OK;
}

static void add_unlisted(struct page *p, const struct gap *g)
{
	struct shown shown = {.most = SHOWN_UNLISTED};

	if (g->unlisted_n)
		page_heading(p, "SEEN, BUT ON NO LIST");
	for (size_t i = 0; i < g->unlisted_n; i++) {
		const struct gap_unlisted *u = &g->unlisted[i];
		struct text t = {0};
		if (!shown_take(&shown))
			continue;
		text_addf(&t, "%s (%s) ", u->host, u->seen_as);
		sentence_names(&t, u->ports, u->port_n, SHOWN_NAMES);
		text_addf(&t, ", %llu client%s", (unsigned long long)u->clients, u->clients == 1 ? "" : "s");
		text_add(&p->text, "  ");
		page_add(p, verdict_colour(u->verdict), verdict_text(u->verdict), 13);
		page_take(p, "", &t);
		text_add(&p->text, "\n");
	}
	page_more(p, shown_left(&shown), "names", "json");
}

static void add_stranger(struct page *p, const struct gap_incident *n)
{
	struct text t = {0};

	text_addf(&t, "%s to %s %u/%s: %s, %llu attempt%s (incident %lld)", n->client,
	          *n->host || !n->address ? n->host : n->address, n->port, n->transport,
	          signature_name(n->signature), (unsigned long long)n->attempts, n->attempts == 1 ? "" : "s",
	          (long long)n->id);
	text_add(&p->text, "  ");
	page_take(p, "", &t);
	text_add(&p->text, "\n");
}

static void add_strangers(struct page *p, const struct gap *g)
{
	struct text t = {0};
	size_t shown = 0;

	if (g->stranger_n)
		page_heading(p, "BLOCKED, BUT ON NO LIST");
	for (size_t i = 0; i < g->incident_n && shown < SHOWN_STRANGERS; i++) {
		if (g->incidents[i].rule)
			continue;
		add_stranger(p, &g->incidents[i]);
		shown++;
	}
	if (g->stranger_n <= shown)
		return;
	text_addf(&t, "and %zu more: ", g->stranger_n - shown);
	if (p->database)
		text_addf(&t, "rulegap incidents -d %s lists all", p->database);
	else
		text_add(&t, "add -d DB to this command, and rulegap incidents -d DB lists all");
	text_add(&p->text, "  ");
	page_take(p, DIM, &t);
	text_add(&p->text, "\n");
}

void page_add_notices(struct page *p, const struct gap *g)
{
	struct codes codes = {0};
	char what[CODES_WHAT];

	if (g->notice_n == 0)
		return;
	page_heading(p, "NOTICES");
	for (size_t i = 0; i < g->notice_n; i++) {
		const struct gap_notice *n = &g->notices[i];
		if (codes_count(&codes, n->code) > SHOWN_NOTICES)
			continue;
		text_add(&p->text, "  ");
		page_add(p, strcmp(n->level, "warning") == 0 ? YELLOW : "", n->code, 0);
		text_add(&p->text, ": ");
		page_add(p, "", n->text, 0);
		text_add(&p->text, "\n");
	}
	for (size_t i = 0, left; (left = codes_next_left(&codes, &i, what));)
		page_more(p, left, what, "json");
}

enum err page_add_sections(struct page *p, const struct gap *g)
{
	add_rules(p, g);
	add_groups(p, g);
	enum err e = add_calls(p, g);
	add_unlisted(p, g);
	add_strangers(p, g);
	return e;
}
