/* One JSON object a line, in the shape of Suricata's EVE so that log pipelines
 * take it as it is: event_type "rulegap", the details in an object of that name. */
#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "report/exporters.h"
#include "report/json_parts.h"

/* "2026-11-24T01:02:03.000004+0000", as EVE writes it. */
static void put_timestamp(json_t *o, int64_t us)
{
	char zulu[TIME_TEXT], text[TIME_TEXT + 8];

	time_format(us, zulu);
	snprintf(text, sizeof text, "%.*s+0000", (int)strcspn(zulu, "Z"), zulu);
	json_put_text(o, "timestamp", text);
	json_put_text(o, "event_type", "rulegap");
}

static enum err line(json_t *o, const char *record, json_t *details, FILE *out)
{
	json_object_set_new(details, "record", json_string(record));
	json_object_set_new(o, "rulegap", details);
	int failed = json_dumpf(o, out, JSON_COMPACT);
	json_decref(o);
	fputc('\n', out);
	return failed && !ferror(out) ? err_fail(ERR_MEMORY, "out of memory") : ERR_OK;
}

static enum err incident_line(const struct gap_incident *i, FILE *out)
{
	json_t *o = json_object();
	char proto[8] = "";

	put_timestamp(o, i->last_us);
	json_put_text(o, "src_ip", i->client);
	if (i->address)
		json_put_text(o, "dest_ip", i->address);
	json_put_number(o, "dest_port", i->port);
	for (size_t k = 0; k + 1 < sizeof proto && i->transport[k]; k++)
		proto[k] = (char)toupper((unsigned char)i->transport[k]);
	json_put_text(o, "proto", proto);
	if (i->community_n)
		json_put_text(o, "community_id", i->community_ids[0]);
	return line(o, "incident", json_of_incident(i), out);
}

enum err incidents_ndjson(const struct gap *g, const struct style *style, FILE *out)
{
	enum err e = ERR_OK;

	(void)style;
	for (size_t i = 0; e == ERR_OK && i < g->incident_n; i++)
		e = incident_line(&g->incidents[i], out);
	return e;
}

static enum err plain_line(int64_t us, const char *record, json_t *details, FILE *out)
{
	json_t *o = json_object();

	put_timestamp(o, us);
	return line(o, record, details, out);
}

enum err report_ndjson(const struct gap *g, const struct style *style, FILE *out)
{
	enum err e = plain_line(g->last_us, "summary", json_of_summary(g), out);

	for (size_t i = 0; e == ERR_OK && i < g->missing_n; i++)
		e = plain_line(g->missing[i].last_us, "missing", json_of_missing(&g->missing[i]), out);
	for (size_t i = 0; e == ERR_OK && i < g->rule_n; i++)
		e = plain_line(g->rules[i].last_us ? g->rules[i].last_us : g->last_us, "rule",
			       json_of_rule(&g->rules[i]), out);
	if (e == ERR_OK)
		e = incidents_ndjson(g, style, out);
	for (size_t i = 0; e == ERR_OK && i < g->notice_n; i++)
		e = plain_line(g->last_us, "notice", json_of_notice(&g->notices[i]), out);
	return e;
}
