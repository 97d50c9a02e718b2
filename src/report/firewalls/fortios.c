/* Fortinet FortiOS 6.4 and later: one policy for both address families, objects for everything. */
#include "report/firewalls/wording.h"

static void add_network(struct text *t, const struct prefix *p)
{
	char name[NETWORK_LABEL], text[PREFIX_TEXT];

	text_addf(t, "    edit \"%s\"\n        set %s ", network_label(p, name), network_is_v4(p) ? "subnet" : "ip6");
	if (network_is_v4(p))
		network_masked_add(t, p, false);
	else
		text_add(t, network_with_length(p, text));
	text_add(t, "\n    next\n");
}

static void add_addresses(struct text *t, const struct ruleset *s, bool v6)
{
	size_t from = t->n, head;

	text_addf(t, "config firewall address%s\n", v6 ? "6" : "");
	head = t->n;
	for (size_t i = 0; i < s->networks.n; i++)
		if (network_is_v4(&s->networks.at[i]) == !v6)
			add_network(t, &s->networks.at[i]);
	for (size_t i = 0; i < s->place_n; i++)
		if (s->places[i].name && s->places[i].v6 == v6)
			text_addf(t, "    edit \"%s-v%c\"\n        set type fqdn\n        set fqdn \"%s\"\n    next\n",
			          s->places[i].label, v6 ? '6' : '4', s->places[i].name);
	if (t->n == head && !t->failed) {
		t->n = from;
		t->at[from] = '\0';
		return;
	}
	text_add(t, "end\n");
}

static void add_services(struct text *t, const struct ruleset *s)
{
	text_add(t, "config firewall service custom\n");
	for (size_t i = 0; i < s->service_n; i++) {
		const struct service *v = &s->services[i];
		text_addf(t, "    edit \"rg-%s\"\n        set %s-portrange ", v->label, v->udp ? "udp" : "tcp");
		service_ports_add(t, v, "-");
		text_add(t, "\n    next\n");
	}
	text_add(t, "end\n");
}

static void add_labels(struct text *t, const struct networks *n)
{
	char name[NETWORK_LABEL];

	for (size_t i = 0; i < n->n; i++)
		text_addf(t, " \"%s\"", network_label(&n->at[i], name));
	text_add(t, "\n");
}

static void add_policy(struct text *t, const struct ruleset *s, const struct opening *o)
{
	const struct place *p = &s->places[o->place];
	const char *six = p->v6 ? "6" : "";

	text_addf(t, "    edit 0\n        set name \"%s\"\n        set srcintf \"%s\"\n        set dstintf \"%s\"\n",
	          o->label, s->inside, s->outside);
	text_addf(t, "        set srcaddr%s", six);
	add_labels(t, &o->from);
	text_addf(t, "        set dstaddr%s", six);
	if (p->name)
		text_addf(t, " \"%s-v%c\"\n", p->label, p->v6 ? '6' : '4');
	else
		add_labels(t, &p->networks);
	text_addf(t,
	          "        set action accept\n        set schedule \"always\"\n        set service \"rg-%s\"\n"
	          "        set comments \"%s\"\n    next\n",
	          s->services[o->service].label, o->comment);
}

void firewall_fortios(const struct ruleset *s, struct text *t)
{
	notes_add(t, "# ", s);
	if (s->opening_n) {
		text_addf(t,
		          "# Interfaces: %s to %s (--inside, --outside). New policies are the last: where one before\n"
		          "# them denies, move them (config firewall policy, move ID before ID). A wildcard needs that "
		          "the\n"
		          "# answers of DNS pass this FortiGate.\n",
		          s->inside, s->outside);
		add_addresses(t, s, false);
		add_addresses(t, s, true);
		add_services(t, s);
	}
	for (size_t i = 0; i < s->item_n; i++) {
		remarks_add(t, "# ", &s->items[i]);
		if (s->items[i].n == 0)
			continue;
		text_add(t, "config firewall policy\n");
		for (size_t k = s->items[i].first; k < s->items[i].first + s->items[i].n; k++)
			add_policy(t, s, &s->openings[k]);
		text_add(t, "end\n");
	}
}
