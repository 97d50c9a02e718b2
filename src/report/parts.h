/* What each attempt counts as in the verdict of its rule, before retries and mending are considered. */
#ifndef REPORT_PARTS_H
#define REPORT_PARTS_H

#include "report/verdicts.h"

/* Assign the parts of one client's attempts on one host; true: some are ok. A working connection overrules a look-up
 * that fails during it, before it, or shortly after it; not one that fails long after the last use of the host,
 * since a filter may have been installed in between. */
bool parts_of_host(struct tried *t, size_t n, const struct map *answered);

#endif
