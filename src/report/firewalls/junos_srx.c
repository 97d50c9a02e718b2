/* Juniper SRX: everything is an object in the global address book. Its names have no dots here; a host's name has no
 * underscores, so no two become equal. */
#include "report/firewalls/wording.h"

static void add_word(struct text *t, const char *label)
{
	for (; *label; label++)
		text_add_n(t, *label == '.' ? "_" : label, 1);
}

/* IPv6 and IPv4 use different separators; they become hyphens and underscores. */
static void add_network_name(struct text *t, const struct prefix *p)
{
	char name[NETWORK_LABEL];

	add_word(t, network_label(p, name));
}

static void add_networks(struct text *t, const struct networks *n)
{
	text_add(t, n->n == 1 ? "" : "[ ");
	for (size_t i = 0; i < n->n; i++) {
		text_add(t, i ? " " : "");
		add_network_name(t, &n->at[i]);
	}
	text_add(t, n->n == 1 ? "" : " ]");
}

static void add_objects(struct text *t, const struct ruleset *s)
{
	char text[PREFIX_TEXT];

	for (size_t i = 0; i < s->networks.n; i++) {
		text_add(t, "set security address-book global address ");
		add_network_name(t, &s->networks.at[i]);
		text_addf(t, " %s\n", network_with_length(&s->networks.at[i], text));
	}
	for (size_t i = 0; i < s->place_n; i++) {
		if (!s->places[i].name)
			continue;
		text_add(t, "set security address-book global address ");
		add_word(t, s->places[i].label);
		text_addf(t, " dns-name %s\n", s->places[i].name);
	}
	for (size_t i = 0; i < s->service_n; i++) {
		const struct service *v = &s->services[i];
		text_addf(t, "set applications application rg-%s protocol %s destination-port ", v->label,
		          v->udp ? "udp" : "tcp");
		service_ports_add(t, v, "-");
		text_add(t, "\n");
	}
}

static void add_policy(struct text *t, const struct ruleset *s, const struct opening *o, const char *what)
{
	text_addf(t, "set security policies from-zone %s to-zone %s policy ", s->inside, s->outside);
	add_word(t, o->label);
	text_addf(t, " %s", what);
}

static void add_rule(struct text *t, const struct ruleset *s, const struct opening *o)
{
	const struct place *p = &s->places[o->place];

	add_policy(t, s, o, "description ");
	text_addf(t, "\"%s\"\n", o->comment);
	add_policy(t, s, o, "match source-address ");
	add_networks(t, &o->from);
	text_add(t, "\n");
	add_policy(t, s, o, "match destination-address ");
	if (p->name)
		add_word(t, p->label);
	else
		add_networks(t, &p->networks);
	text_add(t, "\n");
	add_policy(t, s, o, "match application ");
	text_addf(t, "rg-%s\n", s->services[o->service].label);
	add_policy(t, s, o, "then permit\n");
}

void firewall_junos_srx(const struct ruleset *s, struct text *t)
{
	notes_add(t, "# ", s);
	if (s->opening_n) {
		text_addf(t,
		          "# Enter in configuration mode (load set terminal), then commit check. Zones: %s to %s\n"
		          "# (--inside, --outside). New policies are the last: insert them before one that denies.\n",
		          s->inside, s->outside);
		add_objects(t, s);
	}
	for (size_t i = 0; i < s->item_n; i++) {
		remarks_add(t, "# ", &s->items[i]);
		for (size_t k = s->items[i].first; k < s->items[i].first + s->items[i].n; k++)
			add_rule(t, s, &s->openings[k]);
	}
}
