/* Palo Alto PAN-OS: set commands of configuration mode. Addresses may be used in rules directly, names and services
 * are objects. */
#include "report/firewalls/wording.h"

static void add_list(struct text *t, const struct networks *n)
{
	text_add(t, n->n == 1 ? "" : "[ ");
	networks_add(t, n, " ");
	text_add(t, n->n == 1 ? "" : " ]");
}

static void add_objects(struct text *t, const struct ruleset *s)
{
	for (size_t i = 0; i < s->place_n; i++)
		if (s->places[i].name)
			text_addf(t, "set address %s fqdn %s\n", s->places[i].label, s->places[i].name);
	for (size_t i = 0; i < s->service_n; i++) {
		const struct service *v = &s->services[i];
		text_addf(t, "set service rg-%s protocol %s port ", v->label, v->udp ? "udp" : "tcp");
		service_ports_add(t, v, "-");
		text_add(t, "\n");
	}
}

static void add_rule(struct text *t, const struct ruleset *s, const struct opening *o)
{
	const struct place *p = &s->places[o->place];

	text_addf(t, "set rulebase security rules %s from %s to %s source ", o->label, s->inside, s->outside);
	add_list(t, &o->from);
	text_add(t, " destination ");
	if (p->name)
		text_add(t, p->label);
	else
		add_list(t, &p->networks);
	text_addf(t, " application any service rg-%s action allow description \"%s\"\n", s->services[o->service].label,
	          o->comment);
	text_addf(t, "move rulebase security rules %s top\n", o->label);
}

void firewall_panos(const struct ruleset *s, struct text *t)
{
	notes_add(t, "# ", s);
	if (s->opening_n) {
		text_addf(t,
		          "# Enter in configuration mode, then commit. Zones: from %s to %s (--inside, --outside).\n",
		          s->inside, s->outside);
		add_objects(t, s);
	}
	for (size_t i = 0; i < s->item_n; i++) {
		remarks_add(t, "# ", &s->items[i]);
		for (size_t k = s->items[i].first; k < s->items[i].first + s->items[i].n; k++)
			add_rule(t, s, &s->openings[k]);
	}
}
