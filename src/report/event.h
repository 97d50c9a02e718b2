/* What a monitor reports as it happens, as JSON: lines in the shape of Suricata's EVE, and the incident that an
 * alert command gets on its standard input. */
#ifndef REPORT_EVENT_H
#define REPORT_EVENT_H

#include <stdint.h>

#include "base/err.h"
#include "base/text.h"
#include "judge/verdict.h"

/* A failed attempt as one line (record "incident"). rule: its id, NULL none.
 * errors  ERR_MEMORY, as for all of these */
MUSTCHECK enum err event_incident(const struct attempt *a, const char *rule, struct text *out);

/* A rule that this attempt made blocked, or allowed again (record "change", with "verdict"). */
MUSTCHECK enum err event_change(const struct attempt *a, const char *rule, enum verdict now, struct text *out);

/* A notice (record "notice"). */
MUSTCHECK enum err event_notice(int64_t time_us, const char *level, const char *code, const char *text,
                                struct text *out);

/* The same change for a command: the incident as in the report, with "verdict" and "left_out", the number of changes
 * that the rate limit suppressed. */
MUSTCHECK enum err event_alert(const struct attempt *a, const char *rule, enum verdict now, uint64_t left_out,
                               struct text *out);

#endif
