/* Compare two lists as a firewall would: by host, port and transport. A rule that only moved to another group is the
 * same rule. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "attribute/host.h"
#include "attribute/list_print.h"
#include "base/text.h"

#define NO_HOST "(hosts missing)"

/* One host, port and transport that a list asks for. */
struct wish {
	const struct group *group;
	const char *host; /* with the group's hosts; NULL: the group has none */
	bool bracket;
	struct port_range port;
	bool required;
};

enum change { CHANGE_NEW, CHANGE_GONE, CHANGE_OTHER };

struct difference {
	enum change change;
	const struct wish *before, *after; /* NULL on the side that does not have it */
};

struct side {
	struct wish *wishes;
	size_t n;
};

/* Order by what a firewall sees; a group without hosts is compared by its id. */
static int compare(const struct wish *x, const struct wish *y)
{
	if (!x->host != !y->host)
		return x->host ? -1 : 1;
	int d = strcmp(x->host ? x->host : x->group->id, y->host ? y->host : y->group->id);
	if (d == 0)
		d = (int)x->port.proto - (int)y->port.proto;
	if (d == 0)
		d = (int)x->port.low - (int)y->port.low;
	return d ? d : (int)x->port.high - (int)y->port.high;
}

static int compare_wishes(const void *a, const void *b)
{
	const struct wish *x = a, *y = b;
	int d = compare(x, y);

	return d ? d : x->group < y->group ? -1 : x->group > y->group;
}

static enum err side_make(const struct lists *l, struct side *s)
{
	size_t all = 0, n = 0;

	for (size_t i = 0; i < l->group_n; i++)
		all += (l->groups[i].host_n + (l->groups[i].host_n == 0)) * l->groups[i].port_n;
	s->wishes = calloc(all + 1, sizeof *s->wishes);
	if (!s->wishes)
		return err_fail(ERR_MEMORY, "out of memory");
	for (size_t i = 0; i < l->group_n; i++) {
		const struct group *g = &l->groups[i];
		for (size_t k = 0; k < (g->host_n + (g->host_n == 0)) * g->port_n; k++) {
			const struct host *h = g->host_n ? &g->hosts[k / g->port_n] : NULL;
			s->wishes[n++] = (struct wish){.group = g,
			                               .host = h ? h->text : NULL,
			                               .bracket = h && h->kind == HOST_PREFIX && strchr(h->text, ':'),
			                               .port = g->ports[k % g->port_n],
			                               .required = g->required};
		}
	}
	qsort(s->wishes, n, sizeof *s->wishes, compare_wishes);
	for (size_t i = 0; i < n; i++) {
		if (s->n && compare(&s->wishes[s->n - 1], &s->wishes[i]) == 0)
			s->wishes[s->n - 1].required |= s->wishes[i].required;
		else
			s->wishes[s->n++] = s->wishes[i];
	}
	return ERR_OK;
}

static bool is_other(const struct wish *a, const struct wish *b)
{
	return a->required != b->required || strcmp(a->group->id, b->group->id) != 0;
}

/* ret has room for the wishes of both sides; returns how many differ. */
static size_t differences_find(const struct side *before, const struct side *after, struct difference *ret)
{
	size_t i = 0, k = 0, n = 0;

	while (i < before->n || k < after->n) {
		const struct wish *b = i < before->n ? &before->wishes[i] : NULL,
				  *a = k < after->n ? &after->wishes[k] : NULL;
		int d = !b ? 1 : !a ? -1 : compare(b, a);
		if (d < 0)
			ret[n++] = (struct difference){CHANGE_GONE, b, NULL};
		else if (d > 0)
			ret[n++] = (struct difference){CHANGE_NEW, NULL, a};
		else if (is_other(b, a))
			ret[n++] = (struct difference){CHANGE_OTHER, b, a};
		i += d <= 0;
		k += d >= 0;
	}
	return n;
}

static int compare_differences(const void *a, const void *b)
{
	const struct difference *x = a, *y = b;
	const struct wish *v = x->after ? x->after : x->before, *w = y->after ? y->after : y->before;

	if (x->change != y->change)
		return (int)x->change - (int)y->change;
	int d = strcmp(v->group->id, w->group->id);
	return d ? d : compare(v, w);
}

static void id_of(const struct wish *w, struct text *id)
{
	char port[PORT_TEXT];

	text_addf(id, w->bracket ? "%s/[%s]:%s" : "%s/%s:%s", w->group->id, w->host ? w->host : NO_HOST,
	          port_show(&w->port, port));
}

static const char *need(const struct wish *w)
{
	return w->required ? "required" : "optional";
}

static json_t *json_wish(const struct wish *w)
{
	struct text id = {0};
	char port[PORT_TEXT];

	id_of(w, &id);
	json_t *o =
	    json_pack("{s:s, s:s, s:s, s:o, s:s, s:s, s:b}", "id", id.failed ? "" : id.at, "group", w->group->id,
	              "role", role_text(w->group->role), "host", w->host ? json_string(w->host) : json_null(), "port",
	              port_number_show(&w->port, port), "transport", port_transport(&w->port), "required", w->required);
	text_release(&id);
	return o;
}

static enum err print_json(const struct lists *before, const struct lists *after, const struct difference *d, size_t n,
                           FILE *f)
{
	json_t *arrays[3] = {json_array(), json_array(), json_array()};

	for (size_t i = 0; i < n; i++) {
		json_t *o = json_wish(d[i].after ? d[i].after : d[i].before);
		if (d[i].change == CHANGE_OTHER)
			json_object_set_new(o, "was", json_wish(d[i].before));
		json_array_append_new(arrays[d[i].change], o);
	}
	json_t *root = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "schema", "rulegap/endpoints-diff/1", "before",
	                         lists_sources_json(before), "after", lists_sources_json(after), "new",
	                         arrays[CHANGE_NEW], "gone", arrays[CHANGE_GONE], "changed", arrays[CHANGE_OTHER]);
	return list_json_write(root, f);
}

static void print_names(const struct lists *l, enum list_form form, FILE *f)
{
	for (size_t i = 0; i < l->source_n; i++) {
		const struct list_source *s = &l->sources[i];
		fputs(i ? " + " : "", f);
		list_text_write(f, s->name ? s->name : s->path, form);
		fputs(s->version ? " " : "", f);
		list_text_write(f, s->version ? s->version : "", form);
	}
}

static void print_line(const struct difference *d, enum list_form form, FILE *f)
{
	static const char signs[] = {'+', '-', '~'};
	const struct wish *w = d->after ? d->after : d->before;
	struct text id = {0};

	id_of(w, &id);
	fprintf(f, form == FORM_MARKDOWN ? "| %c | " : "  %c ", signs[d->change]);
	list_text_write(f, id.failed ? "" : id.at, form);
	fputs(form == FORM_MARKDOWN ? " | " : "  ", f);
	if (d->change == CHANGE_OTHER && d->before->required != w->required)
		fprintf(f, "%s, was %s", need(w), need(d->before));
	else
		fputs(need(w), f);
	if (d->change == CHANGE_OTHER && strcmp(d->before->group->id, w->group->id) != 0)
		fprintf(f, "; was in group %s", d->before->group->id);
	if (w->group->profile) {
		fputs("; only with profile ", f);
		list_text_write(f, w->group->profile, form);
	}
	fputs(form == FORM_MARKDOWN ? " |\n" : "\n", f);
	text_release(&id);
}

static void print_text(const struct lists *before, const struct lists *after, const struct difference *d, size_t n,
                       enum list_form form, FILE *f)
{
	static const char *const heads[] = {"new: to be allowed before the change", "gone: no longer asked for",
	                                    "changed"};

	fputs(form == FORM_MARKDOWN ? "# From " : "From ", f);
	print_names(before, form, f);
	fputs(" to ", f);
	print_names(after, form, f);
	fputc('\n', f);
	if (n == 0)
		fputs("No rule differs.\n", f);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || d[i].change != d[i - 1].change) {
			fprintf(f,
			        form == FORM_MARKDOWN ? "\n## %s\n\n|  | rule | need |\n| --- | --- | --- |\n"
			                              : "\n%s\n",
			        heads[d[i].change]);
		}
		print_line(&d[i], form, f);
	}
}

static enum err diff(const struct lists *before, const struct lists *after, struct side sides[2], enum list_form form,
                     FILE *f, bool *ret_differ)
{
	enum err e = side_make(before, &sides[0]);

	if (e == ERR_OK)
		e = side_make(after, &sides[1]);
	struct difference *d = e == ERR_OK ? calloc(sides[0].n + sides[1].n + 1, sizeof *d) : NULL;
	if (!d)
		return e != ERR_OK ? e : err_fail(ERR_MEMORY, "out of memory");
	size_t n = differences_find(&sides[0], &sides[1], d);
	qsort(d, n, sizeof *d, compare_differences);
	if (form == FORM_JSON)
		e = print_json(before, after, d, n, f);
	else
		print_text(before, after, d, n, form, f);
	free(d);
	*ret_differ = n > 0;
	return e;
}

enum err lists_diff_print(const struct lists *before, const struct lists *after, enum list_form form, FILE *f,
                          bool *ret_differ)
{
	struct side sides[2] = {{0}};
	enum err e = diff(before, after, sides, form, f, ret_differ);

	free(sides[0].wishes);
	free(sides[1].wishes);
	return e;
}
