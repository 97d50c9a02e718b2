/* What is said at the top of a firewall's rules. */
#ifndef REPORT_FIREWALLS_NOTES_H
#define REPORT_FIREWALLS_NOTES_H

#include "report/firewalls/openings.h"

/* Of which lists and period, how much; then what somebody else has to change. */
void notes_build(struct ruleset *s, const struct gap *g);

/* A copy as plain text, of any length. */
const char *plain_keep(struct pool *p, const char *text);

#endif
