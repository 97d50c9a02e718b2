/* Suricata, and AWS Network Firewall, which accepts its rules: names where TLS or HTTP shows them, otherwise
 * addresses. */
#include "report/firewalls/wording.h"

#define FIRST_SID 7467001u /* within the range for local rules; any number is fine */

static void add_list(struct text *t, const struct networks *n)
{
	text_add(t, n->n == 1 ? "" : "[");
	networks_add(t, n, ",");
	text_add(t, n->n == 1 ? "" : "]");
}

static void add_name(struct text *t, const struct place *p, bool tls)
{
	text_addf(t, " flow:to_server; %s; content:\"%s\";%s endswith;%s", tls ? "tls.sni" : "http.host",
	          p->is_wildcard ? p->name + 1 : p->name, p->is_wildcard ? "" : " startswith;", tls ? " nocase;" : "");
}

static void add_rule(struct text *t, const struct ruleset *s, const struct opening *o, unsigned sid)
{
	const struct place *p = &s->places[o->place];
	const struct service *v = &s->services[o->service];
	bool tls = v->low == 443;

	text_addf(t, "pass %s ", p->name ? tls ? "tls" : "http" : v->udp ? "udp" : "tcp");
	add_list(t, &o->from);
	text_add(t, " any -> ");
	if (p->name)
		text_add(t, "any");
	else
		add_list(t, &p->networks);
	text_add(t, " ");
	service_ports_add(t, v, ":");
	text_addf(t, " (msg:\"%s\";", o->comment);
	if (p->name)
		add_name(t, p, tls);
	text_addf(t, " sid:%u; rev:1;)\n", sid);
}

void firewall_suricata(const struct ruleset *s, struct text *t)
{
	notes_add(t, "# ", s);
	if (s->opening_n)
		text_add(t, "# For AWS Network Firewall: a stateful rule group; with strict order, before the rules "
		            "that drop.\n"
		            "# Rules by name need that TCP itself may open (drop established only).\n");
	for (size_t i = 0; i < s->item_n; i++) {
		remarks_add(t, "# ", &s->items[i]);
		for (size_t k = s->items[i].first; k < s->items[i].first + s->items[i].n; k++)
			add_rule(t, s, &s->openings[k], FIRST_SID + (unsigned)k);
	}
}
