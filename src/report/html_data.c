/* The tables of the page's data. */
#include "report/html_data.h"

#include <stdlib.h>
#include <string.h>

#include "report/exporters.h"
#include "report/pool.h"
#include "report/sentences.h"

/* How many items of a list one row shows; the total stands beside them. */
#define NAMES_ROW 40u
#define CLIENTS_RULE 400u

/* A report and the order in which some of it is written: what is critical, incidents of missing rules and calls of
 * rules must not be what is left out. */
struct source {
	const struct gap *gap;
	const struct gap_missing **missing;
	const struct gap_incident **incidents;
	const struct gap_call **calls;
};

/* One table. Column names are for the page; "$" a text, "$$" several, "*" rows. */
struct table {
	const char *name;
	const char *columns;
	size_t budget_bytes; /* after that only the number of remaining rows */
	size_t (*count)(const struct gap *g);
	void (*row)(struct html_writer *w, const struct source *s, size_t i);
};

#define KIB 1024u

static size_t list_count(const struct gap *g)
{
	return g->list_n;
}

static void list_row(struct html_writer *w, const struct source *s, size_t i)
{
	html_text(w, s->gap->lists[i].name);
	html_text(w, s->gap->lists[i].version);
	html_text(w, s->gap->lists[i].sha256);
}

static size_t source_count(const struct gap *g)
{
	return g->source_n;
}

static void source_row(struct html_writer *w, const struct source *s, size_t i)
{
	const struct gap_source *c = &s->gap->sources[i];

	html_text(w, c->name);
	html_text(w, c->kind);
	html_text(w, c->link_type);
	html_number(w, c->packets);
	html_number(w, c->bytes);
	html_number(w, c->dropped);
	html_number(w, c->truncated);
}

static size_t group_count(const struct gap *g)
{
	return g->group_n;
}

static void group_row(struct html_writer *w, const struct source *s, size_t i)
{
	const struct gap_group *g = &s->gap->groups[i];

	html_text(w, g->id);
	html_text(w, g->role);
	html_text(w, g->function);
	html_text(w, g->hosts_status);
	html_text(w, g->why);
	html_text(w, g->description);
	html_text(w, g->symptom);
	html_text(w, g->notes);
	html_text(w, g->region);
}

static void counts_cells(struct html_writer *w, const struct gap_counts *n)
{
	html_number(w, n->by_outcome[OUTCOME_OK]);
	html_number(w, n->by_outcome[OUTCOME_BLOCKED] + n->by_outcome[OUTCOME_RESET]);
	html_number(w, n->by_outcome[OUTCOME_INCONCLUSIVE]);
}

static size_t rule_count(const struct gap *g)
{
	return g->rule_n;
}

static void rule_row(struct html_writer *w, const struct source *s, size_t i)
{
	const struct gap_rule *r = &s->gap->rules[i];

	html_text(w, r->id);
	html_text(w, r->group);
	html_text(w, r->host);
	html_text(w, r->port);
	html_text(w, r->transport);
	html_number(w, r->required);
	html_text(w, verdict_text(r->verdict));
	html_text(w, confidence_text(r->confidence));
	html_text(w, r->partial_by);
	counts_cells(w, &r->attempts);
	html_texts(w, r->addresses, r->address_n, NAMES_ROW);
	html_open(w);
	for (size_t k = 0; k < r->client_n && k < CLIENTS_RULE; k++) {
		html_open(w);
		html_text(w, r->clients[k].address);
		html_text(w, verdict_text(r->clients[k].verdict));
		counts_cells(w, &r->clients[k].attempts);
		html_close(w);
	}
	html_close(w);
	html_number(w, r->client_n);
	html_time(w, r->first_us);
	html_time(w, r->last_us);
}

static size_t missing_count(const struct gap *g)
{
	return g->missing_n;
}

static void missing_incidents(struct html_writer *w, const struct gap_missing *m)
{
	html_open(w);
	for (size_t k = 0; k < m->incident_n && k < NAMES_ROW; k++)
		html_number(w, (uint64_t)m->incidents[k]);
	html_close(w);
	html_number(w, m->incident_n);
}

static void missing_row(struct html_writer *w, const struct source *s, size_t i)
{
	const struct gap_missing *m = s->missing[i];
	struct text action = {0};

	sentence_action(&action, m);
	html_text(w, action.at);
	w->rows.failed |= action.failed;
	text_release(&action);
	html_text(w, m->why);
	html_text(w, sentence_place(m->kind));
	html_text(w, m->critical ? "critical" : "degraded");
	html_text(w, confidence_text(m->confidence));
	html_texts(w, m->from, m->from_n, CLIENTS_RULE);
	html_text(w, m->host);
	html_texts(w, m->names, m->name_n, NAMES_ROW);
	html_texts(w, m->addresses, m->address_n, NAMES_ROW);
	html_text(w, m->port);
	html_text(w, m->transport);
	html_text(w, signature_name(m->signature));
	html_text(w, m->blocker);
	html_text(w, hint_text(m->hint));
	missing_incidents(w, m);
	html_texts(w, m->rules, m->rule_n, NAMES_ROW);
	html_number(w, m->attempts);
	html_time(w, m->first_us);
	html_time(w, m->last_us);
}

static size_t incident_count(const struct gap *g)
{
	return g->incident_n;
}

static void incident_row(struct html_writer *w, const struct source *s, size_t i)
{
	const struct gap_incident *n = s->incidents[i];

	html_number(w, (uint64_t)n->id);
	html_text(w, n->rule);
	html_text(w, n->client);
	html_text(w, n->host);
	html_text(w, n->attributed_by);
	html_text(w, n->address);
	html_number(w, n->port);
	html_text(w, n->transport);
	html_text(w, signature_name(n->signature));
	html_text(w, outcome_text(n->outcome));
	html_text(w, n->detail);
	html_text(w, confidence_text(n->confidence));
	html_text(w, n->blocker);
	html_text(w, hint_text(n->hint));
	html_open(w);
	for (size_t k = 0; k < n->proof_n; k++)
		html_text(w, n->proofs[k].text);
	html_close(w);
	html_number(w, n->attempts);
	html_time(w, n->first_us);
	html_time(w, n->last_us);
	html_texts(w, n->community_ids, n->community_n, 4);
	html_number(w, n->packets);
}

static void ladder_row(struct html_writer *w, const struct source *s, size_t i)
{
	const struct gap_incident *n = s->incidents[i];

	html_number(w, (uint64_t)n->id);
	html_open(w);
	for (size_t k = 0; k < n->kept_n; k++) {
		const struct gap_packet *p = &n->kept[k];
		html_open(w);
		html_number(w, p->attempt);
		html_time(w, p->time_us);
		html_number(w, (uint64_t)p->side);
		html_number(w, p->length);
		html_text(w, p->peer);
		html_text(w, p->text);
		html_close(w);
	}
	html_close(w);
}

static size_t moment_count(const struct gap *g)
{
	return g->moment_n;
}

static void moment_row(struct html_writer *w, const struct source *s, size_t i)
{
	const struct gap_moment *m = &s->gap->moments[i];

	html_time(w, m->start_us / s->gap->moment_us);
	if (m->rule < s->gap->rule_n)
		html_number(w, m->rule);
	else
		html_text(w, NULL);
	html_text(w, m->client);
	counts_cells(w, &m->attempts);
}

static size_t call_count(const struct gap *g)
{
	return g->call_n;
}

static void call_row(struct html_writer *w, const struct source *s, size_t i)
{
	const struct gap_call *c = s->calls[i];

	html_text(w, c->client);
	html_text(w, c->host);
	html_text(w, c->server);
	html_text(w, c->rule);
	html_text(w, c->result);
	html_text(w, c->software);
	html_text(w, c->realm);
	html_text(w, c->relayed);
	html_number(w, c->port);
	html_text(w, c->transport);
	html_time(w, c->started_us);
	html_time(w, c->ended_us);
	html_number(w, c->media_out);
	html_number(w, c->media_in);
}

static size_t unlisted_count(const struct gap *g)
{
	return g->unlisted_n;
}

static void unlisted_row(struct html_writer *w, const struct source *s, size_t i)
{
	const struct gap_unlisted *u = &s->gap->unlisted[i];

	html_text(w, u->host);
	html_text(w, u->seen_as);
	html_texts(w, u->ports, u->port_n, NAMES_ROW);
	html_number(w, u->clients);
	html_text(w, verdict_text(u->verdict));
}

static size_t notice_count(const struct gap *g)
{
	return g->notice_n;
}

static void notice_row(struct html_writer *w, const struct source *s, size_t i)
{
	html_text(w, s->gap->notices[i].level);
	html_text(w, s->gap->notices[i].code);
	html_text(w, s->gap->notices[i].text);
}

static size_t signature_count(const struct gap *g)
{
	(void)g;
	return SIGNATURE_COUNT;
}

static void signature_row(struct html_writer *w, const struct source *s, size_t i)
{
	(void)s;
	html_text(w, signature_name((enum signature)i));
	html_text(w, signature_story((enum signature)i));
}

/* All budgets and the page itself stay below 5 MB. A table may exceed its budget by one row. The most important
 * tables come first, so that later ones reuse their texts. */
static const struct table tables[] = {
	{"lists", "name$ version$ sha256$", 20 * KIB, list_count, list_row},
	{"notices", "level$ code$ text$", 100 * KIB, notice_count, notice_row},
	{"missing", "action$ why$ place$ severity$ confidence$ from$$ from_n host$ names$$ name_n "
	            "addresses$$ address_n port$ transport$ signature$ blocker$ hint$ incidents incident_n "
	            "rules$$ rule_n attempts first last",
	 500 * KIB, missing_count, missing_row},
	{"groups", "id$ role$ function$ hosts_status$ why$ description$ symptom$ notes$ region$",
	 150 * KIB, group_count, group_row},
	{"rules", "id$ group$ host$ port$ transport$ required verdict$ confidence$ partial_by$ ok failed undecided "
	          "addresses$$ address_n clients* client_n first last",
	 600 * KIB, rule_count, rule_row},
	{"incidents", "id rule$ client$ host$ attributed_by$ address$ port transport$ signature$ outcome$ detail$ "
	              "confidence$ blocker$ hint$ proofs$$ attempts first last community_ids$$ community_n packets",
	 2000 * KIB, incident_count, incident_row},
	{"ladders", "id packets*", 550 * KIB, incident_count, ladder_row},
	{"moments", "start rule client$ ok failed undecided", 350 * KIB, moment_count, moment_row},
	{"calls", "client$ host$ server$ rule$ result$ software$ realm$ relayed$ port transport$ first last media_out "
	          "media_in",
	 100 * KIB, call_count, call_row},
	{"unlisted", "host$ seen_as$ ports$$ port_n clients verdict$", 100 * KIB, unlisted_count, unlisted_row},
	{"sources", "name$ kind$ link_type$ packets bytes dropped truncated", 50 * KIB, source_count, source_row},
	{"signatures", "name$ story$", 20 * KIB, signature_count, signature_row},
	{NULL},
};

static void table_write(struct html_writer *w, const struct table *t, const struct source *s)
{
	size_t before = html_writer_bytes(w), n = t->count(s->gap), i = 0;
	bool is_ladder = t->row == ladder_row;

	text_addf(&w->rows, ",\n\"%s\":{\"columns\":\"%s\",\"rows\":[", t->name, t->columns);
	w->fresh = true;
	for (; i < n && html_writer_bytes(w) - before < t->budget_bytes; i++) {
		if (is_ladder && s->incidents[i]->kept_n == 0)
			continue;
		text_add(&w->rows, w->fresh ? "" : ",\n");
		w->fresh = true;
		html_open(w);
		t->row(w, s, i);
		html_close(w);
	}
	text_addf(&w->rows, "],\"more\":%zu}", n - i);
}

static int by_number(const void *left, const void *right)
{
	const int64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

/* Incidents of missing rules first, otherwise in the same order. */
static enum err order_incidents(const struct gap *g, const struct gap_incident **order)
{
	struct bag wanted = {0};
	size_t n = 0;

	for (size_t i = 0; i < g->missing_n; i++)
		for (size_t k = 0; k < g->missing[i].incident_n; k++)
			bag_add(&wanted, g->missing[i].incidents[k]);
	bag_sort(&wanted);
	for (int turn = 0; turn < 2; turn++)
		for (size_t i = 0; i < g->incident_n; i++) {
			const int64_t *id = &g->incidents[i].id;
			bool early = wanted.n && bsearch(id, wanted.at, wanted.n, sizeof *id, by_number);
			if (early == (turn == 0))
				order[n++] = &g->incidents[i];
		}
	bag_release(&wanted);
	return wanted.failed ? err_fail(ERR_MEMORY, "out of memory") : ERR_OK;
}

/* Calls of rules first, otherwise in the same order. */
static void order_calls(const struct gap *g, const struct gap_call **order)
{
	size_t n = 0;

	for (int turn = 0; turn < 2; turn++)
		for (size_t i = 0; i < g->call_n; i++)
			if ((g->calls[i].rule != NULL) == (turn == 0))
				order[n++] = &g->calls[i];
}

static void add_head(struct text *out, const struct gap *g)
{
	struct text line = {0};

	sentence_headline(&line, g);
	text_add(out, "{\"version\":\"" RULEGAP_VERSION "\",\"headline\":");
	html_add_string(out, line.at ? line.at : "");
	text_addf(out, ",\"incomplete\":%s,\"first\":%lld,\"last\":%lld,\"moment_us\":%lld",
	          g->incomplete ? "true" : "false", (long long)g->first_us, (long long)g->last_us,
	          (long long)g->moment_us);
	text_addf(out, ",\"packets\":%llu,\"bytes\":%llu,\"dropped\":%llu,\"truncated\":%llu,\"verdicts\":{",
	          (unsigned long long)g->packets, (unsigned long long)g->bytes, (unsigned long long)g->dropped,
	          (unsigned long long)g->truncated);
	for (int i = 0; i < VERDICT_COUNT; i++)
		text_addf(out, "%s\"%s\":%llu", i ? "," : "", verdict_text((enum verdict)i),
		          (unsigned long long)g->by_verdict[i]);
	text_add(out, "}");
	out->failed |= line.failed;
	text_release(&line);
}

enum err html_data_write(const struct gap *g, struct text *out)
{
	struct source s = {.gap = g, .incidents = calloc(g->incident_n + 1, sizeof *s.incidents),
	                   .calls = calloc(g->call_n + 1, sizeof *s.calls),
	                   .missing = calloc(g->missing_n + 1, sizeof *s.missing)};
	struct urgency u = {0};
	struct html_writer w;
	enum err e = s.incidents && s.calls && s.missing ? html_writer_open(&w) : err_fail(ERR_MEMORY, "out of memory");

	if (e == ERR_OK) {
		e = order_incidents(g, s.incidents);
		order_calls(g, s.calls);
		for (const struct gap_missing *m; (m = urgency_next(&u, g));)
			s.missing[u.n - 1] = m;
		add_head(out, g);
		for (const struct table *t = tables; e == ERR_OK && t->name; t++)
			table_write(&w, t, &s);
		text_add_n(out, w.rows.at ? w.rows.at : "", w.rows.n);
		text_add(out, ",\n\"texts\":[");
		text_add_n(out, w.texts.at ? w.texts.at : "", w.texts.n);
		text_add(out, "]}");
		if (e == ERR_OK && (w.rows.failed || w.texts.failed || out->failed))
			e = err_fail(ERR_MEMORY, "out of memory");
		html_writer_close(&w);
	}
	free(s.incidents);
	free(s.calls);
	free(s.missing);
	return e;
}
