/* Pieces of those firewall languages that are JSON. */
#ifndef REPORT_FIREWALLS_JSON_WRITE_H
#define REPORT_FIREWALLS_JSON_WRITE_H

#include <jansson.h>

#include "report/firewalls/openings.h"

/* Networks as an array of texts. */
json_t *json_of_networks(const struct networks *n);
/* Lines as an array. */
json_t *json_of_lines(const char *const *lines, size_t n);
/* Ports as one text: "443", "50000-50999". */
json_t *json_of_ports(const struct service *v);
/* Writes the document into t and frees it. */
void json_finish(struct text *t, json_t *document);

#endif
