/* Calls for people: repeated ones as one, those of rules first. */
#ifndef REPORT_CALLS_H
#define REPORT_CALLS_H

#include "report/gap.h"

/* Calls of one client to one server that ended alike. */
struct calls_alike {
	const struct gap_call *first;
	uint64_t times, media_out, media_in; /* packets: of all of them */
	int64_t last_us;                     /* when the last one began */
};

/* Fold a report's calls: those of rules first, each by its first time.
 * life    *ret_alike: the caller's to free(); its texts are the report's
 * errors  ERR_MEMORY */
MUSTCHECK enum err calls_fold(const struct gap *g, struct calls_alike **ret_alike, size_t *ret_n);

#endif
