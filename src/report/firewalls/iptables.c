/* iptables and ip6tables: a script, because each address family needs its own program. */
#include "report/firewalls/wording.h"

static void add_rules(struct text *t, const struct ruleset *s, const struct opening *o)
{
	const struct place *p = &s->places[o->place];
	const struct service *v = &s->services[o->service];
	const char *transport = v->udp ? "udp" : "tcp";
	char from[PREFIX_TEXT], to[PREFIX_TEXT];

	for (size_t i = 0; i < o->from.n; i++) {
		for (size_t k = 0; k < p->networks.n; k++) {
			text_addf(t, "-A RULEGAP -s %s -d %s -p %s -m %s --dport ", prefix_format(&o->from.at[i], from),
			          prefix_format(&p->networks.at[k], to), transport, transport);
			service_ports_add(t, v, ":");
			text_addf(t, " -m comment --comment \"%s\" -j ACCEPT\n", o->comment);
		}
	}
}

static bool has_family(const struct ruleset *s, size_t first, size_t n, bool v6)
{
	for (size_t i = first; i < first + n; i++)
		if (s->places[s->openings[i].place].v6 == v6)
			return true;
	return false;
}

static void add_family(struct text *t, const struct ruleset *s, bool v6)
{
	const char *program = v6 ? "ip6tables" : "iptables";

	if (!has_family(s, 0, s->opening_n, v6))
		return;
	text_addf(t, "\n%s-restore --noflush <<'RULEGAP'\n*filter\n:RULEGAP - [0:0]\n", program);
	for (size_t i = 0; i < s->item_n; i++) {
		const struct item *item = &s->items[i];
		if (!has_family(s, item->first, item->n, v6))
			continue;
		remarks_add(t, "# ", item);
		for (size_t k = item->first; k < item->first + item->n; k++)
			if (s->places[s->openings[k].place].v6 == v6)
				add_rules(t, s, &s->openings[k]);
	}
	text_addf(t, "COMMIT\nRULEGAP\n%s -C %s -j RULEGAP 2>/dev/null || %s -I %s -j RULEGAP\n", program, s->into,
	          program, s->into);
}

void firewall_iptables(const struct ruleset *s, struct text *t)
{
	text_add(t, "#!/bin/sh\n");
	notes_add(t, "# ", s);
	if (s->opening_n)
		text_addf(t,
		          "#\n"
		          "# Load:  sh FILE      (again and again, the chain RULEGAP is made anew)\n"
		          "# Close: iptables -D %s -j RULEGAP; iptables -F RULEGAP; iptables -X RULEGAP\n"
		          "#        and the same with ip6tables\n"
		          "# Answers need what a stateful ruleset has: -m conntrack --ctstate ESTABLISHED,RELATED -j "
		          "ACCEPT\n",
		          s->into);
	text_add(t, "set -e\n");
	for (size_t i = 0; i < s->item_n; i++)
		if (s->items[i].n == 0) {
			text_add(t, "\n");
			remarks_add(t, "# ", &s->items[i]);
		}
	add_family(t, s, false);
	add_family(t, s, true);
}
