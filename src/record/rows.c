/* Rows in the form their callers know them, packed for the writer. */
#include "base/clock.h"
#include "base/text.h"
#include "record/record_inside.h"

static void row_int_if(struct row **row, bool known, int64_t value)
{
	if (known)
		row_int(row, value);
	else
		row_null(row);
}

enum err record_lookup(struct record *r, const struct lookup_row *l)
{
	struct row **row = record_start(r, TABLE_LOOKUP);

	row_addr(row, &l->client);
	row_addr(row, &l->resolver);
	row_text(row, l->name);
	row_int(row, l->qtype);
	row_int(row, l->asked_us);
	row_int_if(row, l->answered_us != 0, l->answered_us);
	row_int_if(row, l->rcode >= 0, l->rcode);
	row_int_if(row, l->ede >= 0, l->ede);
	row_text(row, l->answer);
	row_int(row, l->listed);
	return record_put(r, WAY_DROPPABLE);
}

enum err record_unlisted(struct record *r, const struct unlisted_row *u)
{
	struct row **row = record_start(r, TABLE_UNLISTED);

	row_text(row, u->host);
	row_text(row, u->seen_as);
	row_int(row, u->port);
	row_text(row, transport_text(u->proto));
	row_int(row, u->clients);
	row_text(row, verdict_text(u->verdict));
	return record_put(r, WAY_DROPPABLE);
}

enum err record_call(struct record *r, const struct call_row *c)
{
	struct row **row = record_start(r, TABLE_CALL);

	row_addr(row, &c->client);
	row_addr(row, &c->server);
	row_text(row, c->host);
	row_int(row, c->rule);
	row_int(row, c->port);
	row_text(row, c->tls ? "tls" : transport_text(c->proto));
	row_int(row, c->started_us);
	row_int(row, c->ended_us);
	row_text(row, c->result);
	row_text(row, c->software && *c->software ? c->software : NULL);
	row_text(row, c->realm && *c->realm ? c->realm : NULL);
	row_addr(row, &c->relayed);
	row_int(row, (int64_t)c->media_out);
	row_int(row, (int64_t)c->media_in);
	return record_put(r, WAY_DROPPABLE);
}

enum err record_notice(struct record *r, const char *level, const char *code, const char *text)
{
	struct row **row = record_start(r, TABLE_NOTICE);

	row_text(row, level);
	row_text(row, code);
	row_text(row, text);
	row_int(row, wall_clock_us());
	return record_put(r, WAY_DROPPABLE);
}

static void port_text(struct text *t, const struct port_range *p)
{
	text_clear(t);
	text_addf(t, "%u", p->low);
	if (p->high != p->low)
		text_addf(t, "-%u", p->high);
}

static void row_words(struct row **row, struct text *json)
{
	text_add(json, "]");
	row_text(row, json->failed ? "[]" : json->at);
}

static enum err group_put(struct record *r, const struct lists *lists, size_t position)
{
	const struct group *g = &lists->groups[position];
	struct row **row = record_start(r, TABLE_GROUP);
	struct text json = {0}, port = {0};

	row_int(row, (int64_t)position);
	row_text(row, g->id);
	row_text(row, role_text(g->role));
	row_int(row, g->required);
	row_int(row, g->active);
	row_text(row, hosts_status_text(g->hosts_status));
	row_text(row, g->description);
	row_text(row, g->region);
	row_text(row, g->notes);
	row_text(row, g->symptom);
	row_text(row, g->profile);
	text_add(&json, "[");
	for (size_t i = 0; i < g->works_n; i++) {
		port_text(&port, &g->works_if_any[i]);
		text_addf(&json, "%s\"%s/%s\"", i ? "," : "", port.at, transport_text(g->works_if_any[i].proto));
	}
	row_words(row, &json);
	text_clear(&json);
	text_add(&json, "[");
	for (size_t i = 0; i < g->fallback_n; i++)
		text_addf(&json, "%s\"%s\"", i ? "," : "", g->fallback_for[i]); /* ids are [a-z0-9-]+ */
	row_words(row, &json);
	text_release(&json);
	text_release(&port);
	return record_put(r, WAY_MUST);
}

static enum err rule_put(struct record *r, const struct lists *lists, size_t position)
{
	const struct rule *rule = &lists->rules[position];
	const struct group *g = &lists->groups[rule->group];
	struct row **row = record_start(r, TABLE_RULE);
	struct text port = {0};

	port_text(&port, &rule->port);
	row_int(row, (int64_t)position);
	row_text(row, rule->id);
	row_text(row, g->id);
	row_text(row, role_text(g->role));
	/* a role dns group without hosts: any resolver */
	row_text(row, rule->host < g->host_n ? g->hosts[rule->host].text : "*");
	row_text(row, port.at);
	row_text(row, transport_text(rule->port.proto));
	row_int(row, g->required);
	text_release(&port);
	return record_put(r, WAY_MUST);
}

enum err record_lists(struct record *r, const struct lists *lists)
{
	enum err e = ERR_OK;

	for (size_t i = 0; !e && i < lists->source_n; i++) {
		const struct list_source *l = &lists->sources[i];
		struct row **row = record_start(r, TABLE_LIST);
		row_int(row, (int64_t)i);
		row_text(row, l->name);
		row_text(row, l->vendor);
		row_text(row, l->version);
		row_text(row, l->published);
		row_text(row, l->source);
		row_text(row, l->sha256);
		e = record_put(r, WAY_MUST);
	}
	for (size_t i = 0; !e && i < lists->group_n; i++)
		e = group_put(r, lists, i);
	for (size_t i = 0; !e && i < lists->rule_n; i++)
		e = rule_put(r, lists, i);
	return e;
}
