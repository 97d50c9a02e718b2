/* Pieces of the JSON report, shared by the formats that are made of JSON. */
#ifndef REPORT_JSON_PARTS_H
#define REPORT_JSON_PARTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/gap.h"

/* Each puts one member. A failed allocation leaves it out: the program is about
 * to end then anyway. */
void json_put_text(json_t *object, const char *key, const char *text); /* NULL: null */
void json_put_number(json_t *object, const char *key, uint64_t n);
void json_put_time(json_t *object, const char *key, int64_t us); /* 0: null */
void json_put_texts(json_t *object, const char *key, const char *const *texts, size_t n);
void json_put_counts(json_t *object, const char *key, const struct gap_counts *counts);
json_t *json_of_incident(const struct gap_incident *i);
json_t *json_of_missing(const struct gap_missing *m);
json_t *json_of_rule(const struct gap_rule *r);
json_t *json_of_notice(const struct gap_notice *n);
json_t *json_of_summary(const struct gap *g);

#endif
