/* Missing rules while they are being collected: which clients fail, and where. */
#ifndef REPORT_DRAFTS_H
#define REPORT_DRAFTS_H

#include "report/reading.h"

/* An entry being collected: the clients that fail, by index in the verdicts. */
struct missing_draft {
	name_id name;  /* a name that does not resolve; 0: the entry is for one rule */
	uint32_t rule; /* of the first client */
	enum missing_kind kind;
	struct bag clients;
};

struct drafts {
	struct missing_draft *at;
	size_t n, room;
	bool failed; /* out of memory */
	struct map by_name; /* name → index in at */
	struct map group_ok; /* group and client → struct way */
	struct map served;  /* struct answered_key → nothing: client and host (or address) that work over TCP 443 */
};

/* The most frequent one; SIG_NONE: all counts are 0. */
enum signature most_frequent(const uint64_t counts[SIGNATURE_COUNT]);

/* One draft per name, or per rule and kind, for all clients that fail.
 * errors  ERR_MEMORY */
MUSTCHECK enum err drafts_collect(const struct reading *r, struct drafts *d);

#endif
