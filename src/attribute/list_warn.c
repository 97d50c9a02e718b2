/* Warnings about lists that are valid. */
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "attribute/host.h"
#include "attribute/list_print.h"
#include "base/text.h"

#define WIDE_V4_BITS (96 + 8) /* of 128: shorter than /8 */
#define WIDE_V6_BITS 16

struct warnings {
	FILE *f;
	enum list_form form;
	json_t *json;
	size_t n;
};

static void warn(struct warnings *w, const char *code, const struct group *g, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static void warn(struct warnings *w, const char *code, const struct group *g, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	w->n++;
	if (w->form == FORM_JSON) {
		json_array_append_new(w->json,
		                      json_pack("{s:s, s:s, s:s}", "code", code, "group", g->id, "text", text));
		return;
	}
	fprintf(w->f, "%s%s: ", w->form == FORM_MARKDOWN ? "- " : "warning: ", g->id);
	list_text_write(w->f, text, w->form);
	fputc('\n', w->f);
}

static void warn_hosts(struct warnings *w, const struct group *g)
{
	const char *notes = g->notes ? g->notes : "";

	if (g->hosts_status == HOSTS_GIVEN)
		return;
	warn(w, "empty-group", g, "%s; it cannot be audited until a list fills them in%s%s",
	     g->hosts_status == HOSTS_ASK_VENDOR ? "the vendor gives its hosts on request" : "its hosts are missing",
	     *notes ? ": " : "", notes);
}

static bool is_wide(const struct host *h)
{
	if (h->kind == HOST_WILDCARD)
		return !strchr(h->text + 2, '.');
	if (h->kind != HOST_PREFIX)
		return false;
	return h->prefix.bits < (strchr(h->text, ':') ? WIDE_V6_BITS : WIDE_V4_BITS);
}

static void warn_group(struct warnings *w, const struct lists *l, const struct group *g)
{
	warn_hosts(w, g);
	if (!g->active)
		warn(w, "profile", g, "it counts only with --profile %s", g->profile);
	if (!g->port_n)
		warn(w, "no-ports", g, "it asks for no ports");
	for (size_t i = 0; i < g->host_n; i++)
		if (is_wide(&g->hosts[i]))
			warn(w, "wide", g, "%s is very wide: it takes much traffic for its own", g->hosts[i].text);
	for (size_t i = 0; i < g->fallback_n; i++)
		for (size_t k = 0; k < l->group_n; k++)
			if (!l->groups[k].active && g->active && strcmp(l->groups[k].id, g->fallback_for[i]) == 0)
				warn(w, "fallback", g, "it is a fallback for %s, which is not active",
				     g->fallback_for[i]);
}

static void print_summary(FILE *f, const struct lists *l, enum list_form form)
{
	for (size_t i = 0; i < l->source_n; i++) {
		const struct list_source *s = &l->sources[i];
		fputs(form == FORM_MARKDOWN ? "- " : "", f);
		list_text_write(f, s->path, form);
		fputs(": ", f);
		list_text_write(f, s->name ? s->name : "a list without name", form);
		if (s->version) {
			fputc(' ', f);
			list_text_write(f, s->version, form);
		}
		fputc('\n', f);
	}
	fprintf(f, "%s%zu group%s, %zu rule%s\n", form == FORM_MARKDOWN ? "- " : "", l->group_n,
	        l->group_n == 1 ? "" : "s", l->rule_n, l->rule_n == 1 ? "" : "s");
}

enum err lists_check_print(const struct lists *l, enum list_form form, FILE *f)
{
	struct warnings w = {.f = f, .form = form, .json = form == FORM_JSON ? json_array() : NULL};

	if (form != FORM_JSON)
		print_summary(f, l, form);
	for (size_t i = 0; i < l->group_n; i++)
		warn_group(&w, l, &l->groups[i]);
	if (form != FORM_JSON)
		return ERR_OK;
	bool complete = json_array_size(w.json) == w.n;
	json_t *root = json_pack("{s:s, s:o, s:I, s:I, s:o}", "schema", "rulegap/endpoints-check/1", "lists",
	                         lists_sources_json(l), "groups", (json_int_t)l->group_n, "rules",
	                         (json_int_t)l->rule_n, "warnings", w.json);
	if (!complete) {
		json_decref(root);
		root = NULL;
	}
	return list_json_write(root, f);
}
