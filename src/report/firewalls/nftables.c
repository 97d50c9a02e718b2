/* nftables. An accept ends only its own base chain, and any other chain of the hook may still drop (nft(8), "verdict
 * statements"): a table of our own could not open anything. So the rules go into the table that drops, in a separate
 * chain. */
#include <stdio.h>
#include <string.h>

#include "report/firewalls/wording.h"

/* The user's table, "inet filter", and chain, "forward". */
struct target {
	char table[64];
	const char *chain;
	bool v4, v6;
};

static struct target target_of(const struct ruleset *s)
{
	struct target g = {.chain = strrchr(s->into, ' ') + 1};

	snprintf(g.table, sizeof g.table, "%.*s", (int)(g.chain - 1 - s->into), s->into);
	g.v4 = strncmp(g.table, "ip6 ", 4) != 0;
	g.v6 = strncmp(g.table, "ip ", 3) != 0;
	return g;
}

static bool fits(const struct target *g, const struct place *p)
{
	return p->v6 ? g->v6 : g->v4;
}

/* Identifiers contain no dots or hyphens. */
static void set_name(struct text *t, const struct place *p, size_t index)
{
	size_t from;

	text_add(t, "rulegap_");
	from = t->n;
	text_add(t, strchr(p->label, '-') + 1);
	for (size_t i = from; !t->failed && i < t->n; i++)
		if (t->at[i] == '.' || t->at[i] == '-')
			t->at[i] = '_';
	text_addf(t, "_%zu_v%c", index + 1, p->v6 ? '6' : '4');
}

static void add_sets(struct text *t, const struct ruleset *s, const struct target *g)
{
	for (size_t i = 0; i < s->place_n; i++) {
		const struct place *p = &s->places[i];
		if (!fits(g, p))
			continue;
		text_add(t, "\tset ");
		set_name(t, p, i);
		text_addf(t, " {\n\t\ttype %s\n\t\tflags interval\n", p->v6 ? "ipv6_addr" : "ipv4_addr");
		if (p->host)
			text_addf(t, "\t\tcomment \"%.100s\"\n", p->host);
		text_add(t, "\t}\n");
	}
}

static void add_elements(struct text *t, const struct ruleset *s, const struct target *g)
{
	for (size_t i = 0; i < s->place_n; i++) {
		const struct place *p = &s->places[i];
		if (!fits(g, p))
			continue;
		text_addf(t, "flush set %s ", g->table);
		set_name(t, p, i);
		text_addf(t, "\nadd element %s ", g->table);
		set_name(t, p, i);
		text_add(t, " { ");
		networks_add(t, &p->networks, ", ");
		text_add(t, " }\n");
	}
}

static void add_rule(struct text *t, const struct ruleset *s, const struct target *g, const struct opening *o)
{
	const struct place *p = &s->places[o->place];
	const struct service *v = &s->services[o->service];
	const char *ip = p->v6 ? "ip6" : "ip";
	bool many = o->from.n > 1;

	if (!fits(g, p)) {
		text_addf(t, "# NOT SAID: the table %s has no IPv%c: ", g->table, p->v6 ? '6' : '4');
		networks_add(t, &o->from, ", ");
		text_add(t, "\n");
		return;
	}
	text_addf(t, "add rule %s rulegap %s saddr %s", g->table, ip, many ? "{ " : "");
	networks_add(t, &o->from, ", ");
	text_addf(t, "%s %s daddr @", many ? " }" : "", ip);
	set_name(t, p, o->place);
	text_addf(t, " %s dport ", v->udp ? "udp" : "tcp");
	service_ports_add(t, v, "-");
	text_addf(t, " counter accept comment \"%s\"\n", o->comment);
}

static void add_head(struct text *t, const struct target *g)
{
	text_addf(t,
	          "#\n"
	          "# Try:   nft -c -f FILE      (nothing is changed)\n"
	          "# Load:  nft -f FILE         (all or nothing; needs the chain %s %s, else: --into)\n"
	          "# Close: nft flush chain %s rulegap\n"
	          "# Answers need what a stateful ruleset has: ct state established,related accept\n",
	          g->table, g->chain, g->table);
}

static void add_dnsmasq(struct text *t, const struct ruleset *s, const struct target *g)
{
	bool any = false;

	for (size_t i = 0; i < s->place_n; i++) {
		const struct place *p = &s->places[i];
		const char *name = p->host && strncmp(p->host, "*.", 2) == 0 ? p->host + 2 : p->host;
		if (!fits(g, p) || !p->host)
			continue;
		if (!any)
			text_add(t,
			         "# Where dnsmasq answers the clients, these lines of its own keep the sets fresh:\n");
		any = true;
		text_addf(t, "#   nftset=/%s/%c#", name, p->v6 ? '6' : '4');
		for (const char *c = g->table; *c; c++)
			text_add_n(t, *c == ' ' ? "#" : c, 1);
		text_add(t, "#");
		set_name(t, p, i);
		text_add(t, "\n");
	}
}

void firewall_nftables(const struct ruleset *s, struct text *t)
{
	struct target g = target_of(s);

	text_add(t, "#!/usr/sbin/nft -f\n");
	notes_add(t, "# ", s);
	if (s->opening_n) {
		add_head(t, &g);
		add_dnsmasq(t, s, &g);
		text_addf(t, "\ntable %s {\n", g.table);
		add_sets(t, s, &g);
		text_add(t, "\tchain rulegap {\n\t}\n}\n");
		add_elements(t, s, &g);
		text_addf(t, "flush chain %s rulegap\n", g.table);
	}
	for (size_t i = 0; i < s->item_n; i++) {
		text_add(t, "\n");
		remarks_add(t, "# ", &s->items[i]);
		for (size_t k = s->items[i].first; k < s->items[i].first + s->items[i].n; k++)
			add_rule(t, s, &g, &s->openings[k]);
	}
	if (s->opening_n)
		text_addf(t,
		          "\n# Leave this out when the file is loaded again: the jump is there already.\n"
		          "insert rule %s %s jump rulegap comment \"rulegap\"\n",
		          g.table, g.chain);
}
