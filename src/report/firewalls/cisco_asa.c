/* Cisco ASA: names in network objects; each object has one address family. */
#include "report/firewalls/wording.h"

static void add_network(struct text *t, const struct prefix *p)
{
	char text[PREFIX_TEXT];

	if (network_is_host(p))
		text_addf(t, "host %s", network_address(p, text));
	else if (network_is_v4(p))
		network_masked_add(t, p, false);
	else
		text_add(t, prefix_format(p, text));
}

static void add_group(struct text *t, const char *lead, const struct networks *n)
{
	if (n->n < 2)
		return;
	text_add(t, "object-group network ");
	networks_name_add(t, lead, n);
	for (size_t i = 0; i < n->n; i++) {
		text_add(t, "\n network-object ");
		add_network(t, &n->at[i]);
	}
	text_add(t, "\n");
}

static void add_end(struct text *t, const char *lead, const struct networks *n)
{
	if (n->n == 1) {
		add_network(t, &n->at[0]);
		return;
	}
	text_add(t, "object-group ");
	networks_name_add(t, lead, n);
}

static void add_objects(struct text *t, const struct ruleset *s)
{
	for (size_t i = 0; i < s->place_n; i++) {
		const struct place *p = &s->places[i];
		if (p->name)
			text_addf(t, "object network %s-v%c\n fqdn v%c %s\n", p->label, p->v6 ? '6' : '4',
			          p->v6 ? '6' : '4', p->name);
		else
			add_group(t, "RG-TO-", &p->networks);
	}
	for (size_t i = 0; i < s->opening_n; i++)
		add_group(t, "RG-FROM-", &s->openings[i].from);
}

static void add_rule(struct text *t, const struct ruleset *s, const struct opening *o, unsigned *line)
{
	const struct place *p = &s->places[o->place];
	const struct service *v = &s->services[o->service];

	text_addf(t, "access-list %s line %u remark %s\n", s->into, (*line)++, o->comment);
	text_addf(t, "access-list %s line %u extended permit %s ", s->into, (*line)++, v->udp ? "udp" : "tcp");
	add_end(t, "RG-FROM-", &o->from);
	text_add(t, " ");
	if (p->name)
		text_addf(t, "object %s-v%c", p->label, p->v6 ? '6' : '4');
	else
		add_end(t, "RG-TO-", &p->networks);
	text_add(t, v->low == v->high ? " eq " : " range ");
	service_ports_add(t, v, " ");
	text_add(t, "\n");
}

void firewall_cisco_asa(const struct ruleset *s, struct text *t)
{
	unsigned line = 1;

	notes_add(t, "! ", s);
	if (s->opening_n)
		text_addf(t,
		          "! Enter in configuration mode. %s is the access list on the inside interface (--into names\n"
		          "! another), the lines go to its top. Where there is none, adding one closes all else.\n"
		          "! Names need: dns domain-lookup INTERFACE, dns server-group DefaultDNS with name-server.\n",
		          s->into);
	add_objects(t, s);
	for (size_t i = 0; i < s->item_n; i++) {
		remarks_add(t, "! ", &s->items[i]);
		for (size_t k = s->items[i].first; k < s->items[i].first + s->items[i].n; k++)
			add_rule(t, s, &s->openings[k], &line);
	}
}
