/* The report as one JSON document (contract section 5; schema/report.schema.json). */
#include "report/json_parts.h"
#include "report/exporters.h"

static json_t *lists_of(const struct gap *g)
{
	json_t *array = json_array();

	for (size_t i = 0; i < g->list_n; i++) {
		json_t *o = json_object();
		json_put_text(o, "name", g->lists[i].name);
		json_put_text(o, "version", g->lists[i].version);
		json_put_text(o, "sha256", g->lists[i].sha256);
		json_array_append_new(array, o);
	}
	return array;
}

static json_t *period_of(const struct gap *g)
{
	json_t *o = json_object();

	json_put_time(o, "first", g->first_us);
	json_put_time(o, "last", g->last_us);
	return o;
}

static json_t *capture_of(const struct gap *g)
{
	json_t *o = json_object(), *sources = json_array();

	json_put_number(o, "packets", g->packets);
	json_put_number(o, "bytes", g->bytes);
	json_put_number(o, "dropped", g->dropped);
	json_put_number(o, "truncated", g->truncated);
	for (size_t i = 0; i < g->source_n; i++) {
		const struct gap_source *s = &g->sources[i];
		json_t *source = json_object();
		json_put_text(source, "name", s->name);
		json_put_text(source, "kind", s->kind);
		json_put_number(source, "packets", s->packets);
		json_put_number(source, "bytes", s->bytes);
		json_put_number(source, "dropped", s->dropped);
		json_put_number(source, "truncated", s->truncated);
		json_put_text(source, "link_type", s->link_type);
		json_array_append_new(sources, source);
	}
	json_object_set_new(o, "sources", sources);
	return o;
}

static json_t *rules_of(const struct gap *g)
{
	json_t *array = json_array();

	for (size_t i = 0; i < g->rule_n; i++)
		json_array_append_new(array, json_of_rule(&g->rules[i]));
	return array;
}

static json_t *groups_of(const struct gap *g)
{
	json_t *array = json_array();

	for (size_t i = 0; i < g->group_n; i++) {
		const struct gap_group *group = &g->groups[i];
		json_t *o = json_object();
		json_put_text(o, "id", group->id);
		json_put_text(o, "role", group->role);
		json_put_text(o, "function", group->function);
		json_put_text(o, "hosts_status", group->hosts_status);
		json_put_text(o, "why", group->why);
		json_put_text(o, "description", group->description);
		json_put_text(o, "symptom", group->symptom);
		json_put_text(o, "notes", group->notes);
		json_put_text(o, "region", group->region);
		json_array_append_new(array, o);
	}
	return array;
}

static json_t *missing_of(const struct gap *g)
{
	json_t *array = json_array();

	for (size_t i = 0; i < g->missing_n; i++)
		json_array_append_new(array, json_of_missing(&g->missing[i]));
	return array;
}

static json_t *incidents_of(const struct gap *g)
{
	json_t *array = json_array();

	for (size_t i = 0; i < g->incident_n; i++)
		json_array_append_new(array, json_of_incident(&g->incidents[i]));
	return array;
}

static json_t *unlisted_of(const struct gap *g)
{
	json_t *array = json_array();

	for (size_t i = 0; i < g->unlisted_n; i++) {
		const struct gap_unlisted *u = &g->unlisted[i];
		json_t *o = json_object();
		json_put_text(o, "host", u->host);
		json_put_text(o, "seen_as", u->seen_as);
		json_put_texts(o, "ports", u->ports, u->port_n);
		json_put_number(o, "clients", u->clients);
		json_put_text(o, "verdict", verdict_text(u->verdict));
		json_array_append_new(array, o);
	}
	return array;
}

static json_t *calls_of(const struct gap *g)
{
	json_t *array = json_array();

	for (size_t i = 0; i < g->call_n; i++) {
		const struct gap_call *c = &g->calls[i];
		json_t *o = json_object();
		json_put_text(o, "client", c->client);
		json_put_text(o, "host", c->host);
		json_put_text(o, "server", c->server);
		json_put_number(o, "port", c->port);
		json_put_text(o, "transport", c->transport);
		json_put_text(o, "rule", c->rule);
		json_put_text(o, "result", c->result);
		json_put_text(o, "software", c->software);
		json_put_text(o, "realm", c->realm);
		json_put_text(o, "relayed", c->relayed);
		json_put_number(o, "media_out", c->media_out);
		json_put_number(o, "media_in", c->media_in);
		json_put_time(o, "first", c->started_us);
		json_put_time(o, "last", c->ended_us);
		json_array_append_new(array, o);
	}
	return array;
}

static json_t *notices_of(const struct gap *g)
{
	json_t *array = json_array();

	for (size_t i = 0; i < g->notice_n; i++)
		json_array_append_new(array, json_of_notice(&g->notices[i]));
	return array;
}

static enum err dump(json_t *j, FILE *out)
{
	int failed = j ? json_dumpf(j, out, JSON_INDENT(2)) : -1;

	json_decref(j);
	fputc('\n', out);
	return failed && !ferror(out) ? err_fail(ERR_MEMORY, "out of memory") : ERR_OK;
}

enum err report_json(const struct gap *g, const struct style *style, FILE *out)
{
	json_t *o = json_object();

	(void)style;
	json_put_text(o, "schema", "rulegap/report/1");
	json_object_set_new(o, "lists", lists_of(g));
	json_object_set_new(o, "period", period_of(g));
	json_object_set_new(o, "capture", capture_of(g));
	json_object_set_new(o, "summary", json_of_summary(g));
	json_object_set_new(o, "rules", rules_of(g));
	json_object_set_new(o, "groups", groups_of(g));
	json_object_set_new(o, "missing", missing_of(g));
	json_object_set_new(o, "incidents", incidents_of(g));
	json_object_set_new(o, "calls", calls_of(g));
	json_object_set_new(o, "unlisted", unlisted_of(g));
	json_object_set_new(o, "notices", notices_of(g));
	return dump(o, out);
}

enum err incidents_json(const struct gap *g, const struct style *style, FILE *out)
{
	(void)style;
	return dump(incidents_of(g), out);
}
