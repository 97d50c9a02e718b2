/* Facts → what is remembered of a flow (struct said). One function a protocol. */
#ifndef DISSECT_SAID_H
#define DISSECT_SAID_H

#include "base/names.h"
#include "flow/flow.h"

struct hearing {
	struct flow *flow;
	struct names *names;
	enum side side;
	moment now;
	bool inner_opens; /* out: a tunnel was granted, the inner stream begins */
	bool opaque;      /* out: this side says nothing more */
};

/* Take in one fact. */
void said_fact(struct hearing *h, const struct fact *fact);

/* Move the names that a flow carries to another table. */
void said_rename(struct flow *f, const struct names *from, struct names *to);

/* Whether enough is known: no more payload is wanted. */
bool said_enough(const struct flow *f);

#endif
