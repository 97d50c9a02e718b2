/* Facts → what is remembered of a flow (struct said). One function per protocol. */
#ifndef DISSECT_SAID_H
#define DISSECT_SAID_H

#include "base/names.h"
#include "flow/story.h"

struct hearing {
	struct story *story;
	struct said *said;
	struct names *names;
	enum side side;
	moment now;
	bool inner_opens; /* out: a tunnel was granted, the inner stream begins */
	bool opaque;      /* out: this side says nothing more */
};

/* Take in one fact. */
void said_fact(struct hearing *h, const struct fact *fact);

/* A media datagram: counted in flows that speak STUN or TURN. */
static inline void said_media(const struct story *story, struct said *said, enum side side)
{
	if (story->protocol == TALK_STUN)
		said->stun.media[side]++;
}

/* Move the names that a flow of this protocol (enum protocol) carries to another table. */
void said_rename(struct said *s, uint8_t protocol, const struct names *from, struct names *to);

/* Whether enough is known: no more payload is wanted. */
bool said_enough(const struct story *story, const struct said *s);

#endif
