/* One JSON object per line, in the shape of Suricata's EVE, which log pipelines accept unchanged: event_type
 * "rulegap", the details in an object of that name. */
#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "report/exporters.h"
#include "report/json_parts.h"

/* Close the open details object and the line. */
static enum err end(struct json_writer *w, const char *record)
{
	json_put_text(w, "record", record);
	json_close(w);
	json_close(w);
	return json_end(w);
}

static enum err incident_line(const struct gap_incident *i, FILE *out)
{
	struct json_writer w = {.out = out};
	char proto[8] = "";

	json_open_event(&w, i->last_us);
	json_put_text(&w, "src_ip", i->client);
	if (i->address)
		json_put_text(&w, "dest_ip", i->address);
	json_put_number(&w, "dest_port", i->port);
	for (size_t k = 0; k + 1 < sizeof proto && i->transport[k]; k++)
		proto[k] = (char)toupper((unsigned char)i->transport[k]);
	json_put_text(&w, "proto", proto);
	if (i->community_n)
		json_put_text(&w, "community_id", i->community_ids[0]);
	json_open(&w, "rulegap");
	json_put_incident(&w, i);
	return end(&w, "incident");
}

enum err incidents_ndjson(const struct gap *g, const struct style *style, FILE *out)
{
	enum err e = ERR_OK;

	(void)style;
	for (size_t i = 0; e == ERR_OK && i < g->incident_n; i++)
		e = incident_line(&g->incidents[i], out);
	return e;
}

static enum err summary_line(const struct gap *g, FILE *out)
{
	struct json_writer w = {.out = out};

	json_open_event(&w, g->last_us);
	json_open(&w, "rulegap");
	json_put_summary(&w, g);
	return end(&w, "summary");
}

static enum err missing_line(const struct gap_missing *m, FILE *out)
{
	struct json_writer w = {.out = out};

	json_open_event(&w, m->last_us);
	json_open(&w, "rulegap");
	json_put_missing(&w, m);
	return end(&w, "missing");
}

static enum err rule_line(const struct gap_rule *r, int64_t last_us, FILE *out)
{
	struct json_writer w = {.out = out};

	json_open_event(&w, r->last_us ? r->last_us : last_us);
	json_open(&w, "rulegap");
	json_put_rule(&w, r);
	return end(&w, "rule");
}

static enum err notice_line(const struct gap_notice *n, int64_t last_us, FILE *out)
{
	struct json_writer w = {.out = out};

	json_open_event(&w, last_us);
	json_open(&w, "rulegap");
	json_put_notice(&w, n);
	return end(&w, "notice");
}

enum err report_ndjson(const struct gap *g, const struct style *style, FILE *out)
{
	enum err e = summary_line(g, out);

	for (size_t i = 0; e == ERR_OK && i < g->missing_n; i++)
		e = missing_line(&g->missing[i], out);
	for (size_t i = 0; e == ERR_OK && i < g->rule_n; i++)
		e = rule_line(&g->rules[i], g->last_us, out);
	if (e == ERR_OK)
		e = incidents_ndjson(g, style, out);
	for (size_t i = 0; e == ERR_OK && i < g->notice_n; i++)
		e = notice_line(&g->notices[i], g->last_us, out);
	return e;
}
