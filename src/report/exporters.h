/* The formats that a report can be written in; exporters.c is the table. */
#ifndef REPORT_EXPORTERS_H
#define REPORT_EXPORTERS_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "report/gap.h"

struct style {
	bool colour; /* text only */
	bool brief;  /* text only: what is missing, and the notices */
	const char *database; /* of which the report is, and which stays; NULL: none does */
};

/* Writes a report. Write errors stay in the FILE and are found when it is flushed; the result is ERR_MEMORY at
 * worst. All names are escaped for the format: no byte of the capture becomes a control character, a formula, or
 * markup in the output. */
typedef enum err exporter_function(const struct gap *g, const struct style *style, FILE *out);

struct exporter {
	const char *name; /* of --format */
	exporter_function *write;
	bool details; /* it shows what gap_filter.details reads */
	bool plain;   /* gap_filter.plain is enough for it */
};

extern const struct exporter exporters[]; /* ends with a NULL name */
#define EXPORTER_CHOICES "text|json|ndjson|csv|html|markdown"

/* NULL: no such format. */
const struct exporter *exporter_find(const char *name);

exporter_function report_text, report_json, report_ndjson, report_csv, report_html, report_markdown;
/* Only the incidents: for the command of that name. */
exporter_function incidents_text, incidents_json, incidents_ndjson, incidents_csv;

#endif
