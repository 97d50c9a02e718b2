/* A table for users of other firewalls, or with a form to fill in. Cells are plain text (wording.h); none begins
 * like a formula. */
#include <string.h>

#include "report/firewalls/wording.h"

static void cell(struct text *t, const char *plain)
{
	const char *guard = *plain && strchr(" =+-@*", *plain) ? "'" : "";

	text_addf(t, "%s\"%s%s\"", t->n && t->at[t->n - 1] != '\n' ? "," : "", guard, plain);
}

static void cell_take(struct text *t, struct text *value)
{
	cell(t, value->at ? value->at : "");
	t->failed |= value->failed;
	text_clear(value);
}

static void cell_remarks(struct text *t, const struct item *item)
{
	struct text all = {0};

	for (size_t i = 0; i < item->remark_n; i++)
		text_addf(&all, "%s%s", i ? " " : "", item->remarks[i]);
	cell_take(t, &all);
	text_release(&all);
}

static void row(struct text *t, const struct ruleset *s, const struct item *item, const struct opening *o)
{
	const struct place *p = &s->places[o->place];
	struct text value = {0};

	cell(t, "open");
	cell(t, o->rule);
	cell(t, o->critical ? "critical" : "degraded");
	networks_add(&value, &o->from, " ");
	cell_take(t, &value);
	cell(t, p->host ? p->host : "");
	networks_add(&value, p->networks.n ? &p->networks : &o->seen, " ");
	cell_take(t, &value);
	service_ports_add(&value, &s->services[o->service], "-");
	cell_take(t, &value);
	cell(t, s->services[o->service].udp ? "udp" : "tcp");
	text_release(&value);
	cell_remarks(t, item);
	text_add(t, "\r\n");
}

static void row_of_text(struct text *t, const char *what)
{
	text_addf(t, "\"%s\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",", what);
}

void firewall_csv(const struct ruleset *s, struct text *t)
{
	text_add(t, "what,rule,severity,sources,host,addresses,ports,transport,remarks\r\n");
	for (size_t i = 0; i < s->note_n; i++) {
		row_of_text(t, "note");
		text_addf(t, "\"%s\"\r\n", s->notes[i]);
	}
	for (size_t i = 0; i < s->item_n; i++) {
		const struct item *item = &s->items[i];
		for (size_t k = item->first; k < item->first + item->n; k++)
			row(t, s, item, &s->openings[k]);
		if (item->n == 0) {
			row_of_text(t, "not said");
			struct text none = {0};
			cell_remarks(&none, item);
			text_addf(t, "%s\r\n", none.at ? none.at : "\"\"");
			text_release(&none);
		}
	}
}
