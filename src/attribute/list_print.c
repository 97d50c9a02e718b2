#include "attribute/list_print.h"

#include <jansson.h>
#include <string.h>

#include "attribute/host.h"
#include "base/text.h"

void list_text_write(FILE *f, const char *text, enum list_form form)
{
	struct text safe = {0};

	text_add_escaped(&safe, text);
	for (size_t i = 0; i < safe.n; i++) {
		if (form == FORM_MARKDOWN && strchr("\\`*_|<>[]&", safe.at[i]))
			fputc('\\', f);
		fputc(safe.at[i], f);
	}
	text_release(&safe);
}

static json_t *json_text(const char *text)
{
	return text ? json_string(text) : json_null();
}

json_t *lists_sources_json(const struct lists *l)
{
	json_t *all = json_array();

	for (size_t i = 0; i < l->source_n; i++) {
		const struct list_source *s = &l->sources[i];
		json_array_append_new(all,
		                      json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:s}", "name", json_text(s->name),
		                                "vendor", json_text(s->vendor), "version", json_text(s->version),
		                                "published", json_text(s->published), "source", json_text(s->source),
		                                "notes", json_text(s->notes), "path", s->path, "sha256", s->sha256));
	}
	return all;
}

static json_t *json_ports(const struct port_range *ports, size_t n)
{
	json_t *all = json_array();
	char text[PORT_TEXT];

	for (size_t i = 0; i < n; i++)
		json_array_append_new(all, json_string(port_show(&ports[i], text)));
	return all;
}

static json_t *json_texts(const char *const *texts, size_t n)
{
	json_t *all = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(all, json_string(texts[i]));
	return all;
}

static json_t *json_group(const struct lists *l, size_t index)
{
	const struct group *g = &l->groups[index];
	json_t *hosts = json_array(), *rules = json_array();

	for (size_t i = 0; i < g->host_n; i++)
		json_array_append_new(hosts, json_string(g->hosts[i].text));
	for (uint32_t h = 0; g->active && h < g->host_n; h++) {
		size_t n;
		const struct rule *r = lists_rules_of(l, (struct host_hit){(uint32_t)index, h}, &n);
		for (size_t i = 0; i < n; i++)
			json_array_append_new(rules, json_string(r[i].id));
	}
	json_t *o = json_pack(
	    "{s:s, s:s, s:b, s:b, s:s, s:s, s:o, s:o, s:o, s:o}", "id", g->id, "role", role_text(g->role), "required",
	    g->required, "active", g->active, "hosts_status", hosts_status_text(g->hosts_status), "ports_basis",
	    g->ports_inferred ? "inferred" : "stated", "hosts", hosts, "ports", json_ports(g->ports, g->port_n),
	    "works_if_any", json_ports(g->works_if_any, g->works_n), "rules", rules);
	json_object_set_new(o, "fallback_for", json_texts(g->fallback_for, g->fallback_n));
	json_object_set_new(o, "learn_suffixes", json_texts(g->learn_suffixes, g->learn_n));
	json_object_set_new(o, "description", json_text(g->description));
	json_object_set_new(o, "region", json_text(g->region));
	json_object_set_new(o, "profile", json_text(g->profile));
	json_object_set_new(o, "symptom", json_text(g->symptom));
	json_object_set_new(o, "notes", json_text(g->notes));
	return o;
}

enum err list_json_write(json_t *document, FILE *f)
{
	bool failed = !document || (json_dumpf(document, f, JSON_INDENT(2) | JSON_ENSURE_ASCII) != 0 && !ferror(f));

	json_decref(document);
	if (failed)
		return err_fail(ERR_MEMORY, "out of memory");
	fputc('\n', f);
	return ERR_OK;
}

static enum err print_json(const struct lists *l, FILE *f)
{
	json_t *groups = json_array();

	for (size_t i = 0; i < l->group_n; i++)
		json_array_append_new(groups, json_group(l, i));
	json_t *root = json_pack("{s:s, s:o, s:o, s:I}", "schema", "rulegap/endpoints/1", "lists",
	                         lists_sources_json(l), "groups", groups, "rules", (json_int_t)l->rule_n);
	return list_json_write(root, f);
}

/* "RemoteSpark 2.0.33 (Kognitiv Spark, 2024-03-26)" */
static void print_source(FILE *f, const struct list_source *s, enum list_form form)
{
	list_text_write(f, s->name ? s->name : s->path, form);
	if (s->version) {
		fputc(' ', f);
		list_text_write(f, s->version, form);
	}
	if (s->vendor || s->published)
		fputs(" (", f);
	if (s->vendor)
		list_text_write(f, s->vendor, form);
	if (s->vendor && s->published)
		fputs(", ", f);
	if (s->published)
		list_text_write(f, s->published, form);
	if (s->vendor || s->published)
		fputc(')', f);
	fputc('\n', f);
}

static void ports_text(const struct group *g, struct text *t)
{
	char port[PORT_TEXT];

	for (size_t i = 0; i < g->port_n; i++)
		text_addf(t, "%s%s", i ? ", " : "", port_show(&g->ports[i], port));
	if (!g->port_n)
		text_add(t, "-");
}

static const char *need_text(const struct group *g)
{
	return !g->active ? "profile" : g->required ? "required" : "optional";
}

static const char *host_or_status(const struct group *g, size_t i, char shown[static HOST_SHOWN])
{
	if (g->host_n)
		return host_show(&g->hosts[i], shown);
	return g->hosts_status == HOSTS_ASK_VENDOR ? "(ask the vendor)" : "(hosts missing)";
}

struct widths {
	int group, role, host;
};

static int wider(int width, const char *text)
{
	int n = (int)strlen(text);

	return n > width ? n : width;
}

static struct widths widths_of(const struct lists *l)
{
	struct widths w = {5, 4, 4};
	char shown[HOST_SHOWN];

	for (size_t i = 0; i < l->group_n; i++) {
		const struct group *g = &l->groups[i];
		w.group = wider(w.group, g->id);
		w.role = wider(w.role, role_text(g->role));
		for (size_t h = 0; h < g->host_n + (g->host_n == 0); h++)
			w.host = wider(w.host, host_or_status(g, h, shown));
	}
	w.group = w.group < 32 ? w.group : 32;
	w.host = w.host < 48 ? w.host : 48;
	return w;
}

static void print_row(FILE *f, const struct widths *w, const struct group *g, size_t host, enum list_form form)
{
	char shown[HOST_SHOWN];
	struct text ports = {0};
	const char *text = host_or_status(g, host, shown);

	ports_text(g, &ports);
	if (form == FORM_MARKDOWN) {
		fprintf(f, "| %s | %s | %s | ", g->id, role_text(g->role), need_text(g));
		list_text_write(f, text, form);
		fprintf(f, " | %s |\n", ports.failed ? "" : ports.at);
	} else {
		fprintf(f, "%-*s  %-*s  %-8s  %-*s  %s\n", w->group, g->id, w->role, role_text(g->role), need_text(g),
		        w->host, text, ports.failed ? "" : ports.at);
	}
	text_release(&ports);
}

enum err lists_print(const struct lists *l, enum list_form form, FILE *f)
{
	struct widths w = widths_of(l);

	if (form == FORM_JSON)
		return print_json(l, f);
	for (size_t i = 0; i < l->source_n; i++) {
		fputs(form == FORM_MARKDOWN ? "# " : "", f);
		print_source(f, &l->sources[i], form);
	}
	if (form == FORM_MARKDOWN)
		fputs("\n| group | role | need | host | ports |\n| --- | --- | --- | --- | --- |\n", f);
	else
		fprintf(f, "\n%-*s  %-*s  %-8s  %-*s  %s\n", w.group, "GROUP", w.role, "ROLE", "NEED", w.host, "HOST",
		        "PORTS");
	for (size_t i = 0; i < l->group_n; i++)
		for (size_t h = 0; h < l->groups[i].host_n + (l->groups[i].host_n == 0); h++)
			print_row(f, &w, &l->groups[i], h, form);
	return ERR_OK;
}
