/* What each attempt is for the verdict of its rule, before retries and mending are looked at. */
#ifndef REPORT_PARTS_H
#define REPORT_PARTS_H

#include "report/verdicts.h"

/* Give the attempts of one client on one host their parts; true: some are ok. A connection overrules a look-up that
 * fails meanwhile, before it, or shortly after it: not one that fails when the host was last used long ago, since a
 * filter may have been set up in between. */
bool parts_of_host(struct tried *t, size_t n, const struct map *answered);

#endif
