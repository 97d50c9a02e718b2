/* Private to dissect/: what is kept of flows that are listened to. dissect.c creates it and handles
 * look-ups, listen.c listens. */
#ifndef DISSECT_INSIDE_H
#define DISSECT_INSIDE_H

#include "base/blocks.h"
#include "dissect/dissect.h"
#include "dissect/ndpi.h"
#include "dissectors/dissector.h"
#include "flow/stream.h"

/* What is kept of a flow while it is listened to. */
struct talk {
	const struct dissector *dissector; /* NULL: not known yet */
	uint64_t state[DISSECTOR_STATE / 8];
	struct stream stream[2];
	bool deaf[2];                      /* this side was given up, or has nothing more to say */
	uint8_t vain;                      /* packets that were not recognised: over UDP, or not shown to nDPI */
	struct ndpi_talk *ndpi;            /* nDPI is looking at it */
};

/* What a flow's `said` points to: what was said, and who listens. */
struct heard {
	struct said said;  /* first member: its address is that of the whole */
	struct talk *talk; /* NULL: no one listens */
};

static inline struct heard *heard_of(const struct tracked *t)
{
	return (struct heard *)(void *)t->beside->said;
}

struct dissect {
	struct dissect_hooks hooks;
	struct names *names;
	size_t names_most;
	struct stream_pool pool;
	struct dissect_counters counters;
	struct facts facts;
	const struct dissector *dns_udp;
	struct ndpi_door *ndpi;
	struct blocks talks, heards; /* of flows */
};

/* Count why a message was not read to its end. */
void dissect_count(struct dissect *d, enum err e);
/* Hand on the DNS message whose facts were just read. */
void dissect_hand_on(struct dissect *d, const struct packet *p, int64_t now_us, int64_t shift_us, bool cut);

#endif
