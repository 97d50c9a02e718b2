/* Cisco IOS and IOS XE: extended access lists, by address only. */
#include "report/firewalls/wording.h"

static void add_end(struct text *t, const struct prefix *p)
{
	char text[PREFIX_TEXT];

	if (network_is_host(p))
		text_addf(t, " host %s", network_address(p, text));
	else if (network_is_v4(p)) {
		text_add(t, " ");
		network_masked_add(t, p, true);
	} else
		text_addf(t, " %s", prefix_format(p, text));
}

/* The lines of an opening, numbered from *line unless that is 0. */
static void add_lines(struct text *t, const struct ruleset *s, const struct opening *o, unsigned *line)
{
	const struct networks *to = &s->places[o->place].networks;
	const struct service *v = &s->services[o->service];

	for (size_t i = 0; i < o->from.n; i++) {
		for (size_t k = 0; k < to->n; k++) {
			text_add(t, " ");
			if (*line)
				text_addf(t, "%u ", (*line)++);
			text_addf(t, "permit %s", v->udp ? "udp" : "tcp");
			add_end(t, &o->from.at[i]);
			add_end(t, &to->at[k]);
			text_add(t, v->low == v->high ? " eq " : " range ");
			service_ports_add(t, v, " ");
			text_add(t, "\n");
		}
	}
}

static unsigned count_lines(const struct ruleset *s, bool v6)
{
	unsigned n = 0;

	for (size_t i = 0; i < s->opening_n; i++)
		if (s->places[s->openings[i].place].v6 == v6)
			n += (unsigned)(s->openings[i].from.n * s->places[s->openings[i].place].networks.n);
	return n;
}

static void add_family(struct text *t, const struct ruleset *s, bool v6)
{
	unsigned n = count_lines(s, v6), line = v6 ? 0 : 1;

	if (n == 0)
		return;
	if (v6)
		text_addf(t,
		          "! IPv6 lines are added at the end: a deny before them has to be taken out and added again.\n"
		          "ipv6 access-list %s-V6\n",
		          s->into);
	else
		text_addf(t,
		          "! Makes room before the first line that is there.\n"
		          "ip access-list resequence %s %u 10\nip access-list extended %s\n",
		          s->into, n < 10000 ? 10000 : n + 1, s->into);
	for (size_t i = 0; i < s->item_n; i++) {
		const struct item *item = &s->items[i];
		bool said = false;
		for (size_t k = item->first; k < item->first + item->n; k++) {
			if (s->places[s->openings[k].place].v6 != v6)
				continue;
			if (!said)
				remarks_add(t, " ! ", item);
			said = true;
			add_lines(t, s, &s->openings[k], &line);
		}
	}
}

void firewall_cisco_ios(const struct ruleset *s, struct text *t)
{
	notes_add(t, "! ", s);
	if (s->opening_n)
		text_addf(t,
		          "! Enter in configuration mode. %s is the access list on the inside interface, inbound "
		          "(--into\n"
		          "! names another). Where there is none, applying this one alone would close all else.\n",
		          s->into);
	for (size_t i = 0; i < s->item_n; i++)
		if (s->items[i].n == 0)
			remarks_add(t, "! ", &s->items[i]);
	add_family(t, s, false);
	add_family(t, s, true);
}
