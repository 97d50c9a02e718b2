/* The openings as JSON, for programs that generate rules themselves. */
#include <stdlib.h>

#include "base/heap.h"
#include "report/firewalls/json_write.h"
#include "report/firewalls/wording.h"

static void *allocate(size_t n)
{
	void *at = malloc(n);

	if (!at)
		heap_fail();
	return at;
}

/* Before jansson's first allocation: it reports a failed one only as a missing member. */
__attribute__((constructor)) static void memory_watch(void)
{
	json_set_alloc_funcs(allocate, free);
}

json_t *json_of_networks(const struct networks *n)
{
	json_t *array = json_array();
	char text[PREFIX_TEXT];

	for (size_t i = 0; i < n->n; i++)
		json_array_append_new(array, json_string(prefix_format(&n->at[i], text)));
	return array;
}

json_t *json_of_lines(const char *const *lines, size_t n)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(array, json_string(lines[i]));
	return array;
}

json_t *json_of_ports(const struct service *v)
{
	struct text t = {0};

	service_ports_add(&t, v, "-");
	json_t *ports = json_string(t.at ? t.at : "");
	text_release(&t);
	return ports;
}

static int put(const char *bytes, size_t n, void *context)
{
	text_add_n(context, bytes, n);
	return 0;
}

void json_finish(struct text *t, json_t *document)
{
	/* After a failed allocation members are missing; the next one fails too. */
	if (!document || json_dump_callback(document, put, t, JSON_INDENT(2)) != 0)
		t->failed = true;
	json_decref(document);
	text_add(t, "\n");
}

static json_t *rule(const struct ruleset *s, const struct item *item, const struct opening *o)
{
	const struct place *p = &s->places[o->place];
	json_t *r = json_object();

	json_object_set_new(r, "rule", json_string(o->rule));
	json_object_set_new(r, "severity", json_string(o->critical ? "critical" : "degraded"));
	json_object_set_new(r, "sources", json_of_networks(&o->from));
	json_object_set_new(r, "host", p->host ? json_string(p->host) : json_null());
	json_object_set_new(r, "addresses", json_of_networks(p->networks.n ? &p->networks : &o->seen));
	json_object_set_new(r, "ports", json_of_ports(&s->services[o->service]));
	json_object_set_new(r, "transport", json_string(s->services[o->service].udp ? "udp" : "tcp"));
	json_object_set_new(r, "remarks", json_of_lines(item->remarks, item->remark_n));
	return r;
}

void firewall_json(const struct ruleset *s, struct text *t)
{
	json_t *document = json_object(), *rules = json_array(), *unsaid = json_array();

	for (size_t i = 0; i < s->item_n; i++) {
		const struct item *item = &s->items[i];
		for (size_t k = item->first; k < item->first + item->n; k++)
			json_array_append_new(rules, rule(s, item, &s->openings[k]));
		if (item->n == 0)
			json_array_append_new(unsaid, json_of_lines(item->remarks, item->remark_n));
	}
	json_object_set_new(document, "schema", json_string("rulegap/rules/1"));
	json_object_set_new(document, "notes", json_of_lines(s->notes, s->note_n));
	json_object_set_new(document, "rules", rules);
	json_object_set_new(document, "unsaid", unsaid);
	json_finish(t, document);
}
