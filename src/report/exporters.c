#include "report/exporters.h"

#include <string.h>

const struct exporter exporters[] = {
	{"text", report_text, .plain = true},
	{"json", report_json},
	{"ndjson", report_ndjson},
	{"csv", report_csv, .plain = true},
	{"html", report_html, .details = true},
	{"markdown", report_markdown, .plain = true},
	{NULL, NULL},
};

const struct exporter *exporter_find(const char *name)
{
	for (const struct exporter *e = exporters; e->name; e++)
		if (strcmp(e->name, name) == 0)
			return e;
	return NULL;
}
