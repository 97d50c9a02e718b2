/* The notes at the top of a firewall's rules. */
#ifndef REPORT_FIREWALLS_NOTES_H
#define REPORT_FIREWALLS_NOTES_H

#include "report/firewalls/openings.h"

/* Which lists and period, how many rules; then what other people have to change. */
void notes_build(struct ruleset *s, const struct gap *g);

/* A copy as plain text, of any length. */
const char *plain_keep(struct pool *p, const char *text);

#endif
