/* The report as one JSON document (contract section 5; schema/report.schema.json). */
#include "report/json_parts.h"
#include "report/exporters.h"

static void put_lists(struct json_writer *w, const struct gap *g)
{
	json_open_array(w, "lists");
	for (size_t i = 0; i < g->list_n; i++) {
		json_open(w, NULL);
		json_put_text(w, "name", g->lists[i].name);
		json_put_text(w, "version", g->lists[i].version);
		json_put_text(w, "sha256", g->lists[i].sha256);
		json_close(w);
	}
	json_close_array(w);
}

static void put_period(struct json_writer *w, const struct gap *g)
{
	json_open(w, "period");
	json_put_time(w, "first", g->first_us);
	json_put_time(w, "last", g->last_us);
	json_close(w);
}

static void put_capture(struct json_writer *w, const struct gap *g)
{
	json_open(w, "capture");
	json_put_number(w, "packets", g->packets);
	json_put_number(w, "bytes", g->bytes);
	json_put_number(w, "dropped", g->dropped);
	json_put_number(w, "truncated", g->truncated);
	json_open_array(w, "sources");
	for (size_t i = 0; i < g->source_n; i++) {
		const struct gap_source *s = &g->sources[i];
		json_open(w, NULL);
		json_put_text(w, "name", s->name);
		json_put_text(w, "kind", s->kind);
		json_put_number(w, "packets", s->packets);
		json_put_number(w, "bytes", s->bytes);
		json_put_number(w, "dropped", s->dropped);
		json_put_number(w, "truncated", s->truncated);
		json_put_text(w, "link_type", s->link_type);
		json_close(w);
	}
	json_close_array(w);
	json_close(w);
}

static void put_rules(struct json_writer *w, const struct gap *g)
{
	json_open_array(w, "rules");
	for (size_t i = 0; i < g->rule_n; i++) {
		json_open(w, NULL);
		json_put_rule(w, &g->rules[i]);
		json_close(w);
	}
	json_close_array(w);
}

static void put_groups(struct json_writer *w, const struct gap *g)
{
	json_open_array(w, "groups");
	for (size_t i = 0; i < g->group_n; i++) {
		const struct gap_group *group = &g->groups[i];
		json_open(w, NULL);
		json_put_text(w, "id", group->id);
		json_put_text(w, "role", group->role);
		json_put_text(w, "function", group->function);
		json_put_text(w, "hosts_status", group->hosts_status);
		json_put_text(w, "why", group->why);
		json_put_text(w, "description", group->description);
		json_put_text(w, "symptom", group->symptom);
		json_put_text(w, "notes", group->notes);
		json_put_text(w, "region", group->region);
		json_close(w);
	}
	json_close_array(w);
}

static void put_missing(struct json_writer *w, const struct gap *g)
{
	json_open_array(w, "missing");
	for (size_t i = 0; i < g->missing_n; i++) {
		json_open(w, NULL);
		json_put_missing(w, &g->missing[i]);
		json_close(w);
	}
	json_close_array(w);
}

static void put_incidents(struct json_writer *w, const char *key, const struct gap *g)
{
	json_open_array(w, key);
	for (size_t i = 0; i < g->incident_n; i++) {
		json_open(w, NULL);
		json_put_incident(w, &g->incidents[i]);
		json_close(w);
	}
	json_close_array(w);
}

static void put_unlisted(struct json_writer *w, const struct gap *g)
{
	json_open_array(w, "unlisted");
	for (size_t i = 0; i < g->unlisted_n; i++) {
		const struct gap_unlisted *u = &g->unlisted[i];
		json_open(w, NULL);
		json_put_text(w, "host", u->host);
		json_put_text(w, "seen_as", u->seen_as);
		json_put_texts(w, "ports", u->ports, u->port_n);
		json_put_number(w, "clients", u->clients);
		json_put_text(w, "verdict", verdict_text(u->verdict));
		json_close(w);
	}
	json_close_array(w);
}

static void put_calls(struct json_writer *w, const struct gap *g)
{
	json_open_array(w, "calls");
	for (size_t i = 0; i < g->call_n; i++) {
		const struct gap_call *c = &g->calls[i];
		json_open(w, NULL);
		json_put_text(w, "client", c->client);
		json_put_text(w, "host", c->host);
		json_put_text(w, "server", c->server);
		json_put_number(w, "port", c->port);
		json_put_text(w, "transport", c->transport);
		json_put_text(w, "rule", c->rule);
		json_put_text(w, "result", c->result);
		json_put_text(w, "software", c->software);
		json_put_text(w, "realm", c->realm);
		json_put_text(w, "relayed", c->relayed);
		json_put_number(w, "media_out", c->media_out);
		json_put_number(w, "media_in", c->media_in);
		json_put_time(w, "first", c->started_us);
		json_put_time(w, "last", c->ended_us);
		json_close(w);
	}
	json_close_array(w);
}

static void put_notices(struct json_writer *w, const struct gap *g)
{
	json_open_array(w, "notices");
	for (size_t i = 0; i < g->notice_n; i++) {
		json_open(w, NULL);
		json_put_notice(w, &g->notices[i]);
		json_close(w);
	}
	json_close_array(w);
}

enum err report_json(const struct gap *g, const struct style *style, FILE *out)
{
	struct json_writer w = {.out = out, .pretty = true};

	(void)style;
	json_open(&w, NULL);
	json_put_text(&w, "schema", "rulegap/report/1");
	put_lists(&w, g);
	put_period(&w, g);
	put_capture(&w, g);
	json_open(&w, "summary");
	json_put_summary(&w, g);
	json_close(&w);
	put_rules(&w, g);
	put_groups(&w, g);
	put_missing(&w, g);
	put_incidents(&w, "incidents", g);
	put_calls(&w, g);
	put_unlisted(&w, g);
	put_notices(&w, g);
	json_close(&w);
	return json_end(&w);
}

enum err incidents_json(const struct gap *g, const struct style *style, FILE *out)
{
	struct json_writer w = {.out = out, .pretty = true};

	(void)style;
	put_incidents(&w, NULL, g);
	return json_end(&w);
}
