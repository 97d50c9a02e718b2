/* Pieces of the JSON report, shared by the JSON-based formats. */
#ifndef REPORT_JSON_PARTS_H
#define REPORT_JSON_PARTS_H

#include "report/gap.h"
#include "report/json_writer.h"

/* Begin a line in the shape of Suricata's EVE: an object that stays open, with its time,
 * "2026-11-24T01:02:03.000004+0000" as EVE writes it, and type. */
void json_open_event(struct json_writer *w, int64_t us);

/* Each adds the members of one item to the open object. */
void json_put_incident(struct json_writer *w, const struct gap_incident *i); /* id 0: no number, nor its packets */
void json_put_missing(struct json_writer *w, const struct gap_missing *m);
void json_put_rule(struct json_writer *w, const struct gap_rule *r);
void json_put_notice(struct json_writer *w, const struct gap_notice *n);
void json_put_summary(struct json_writer *w, const struct gap *g);
/* A member that is an object of numbers by outcome. */
void json_put_counts(struct json_writer *w, const char *key, const struct gap_counts *counts);

#endif
