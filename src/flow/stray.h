/* ICMP errors that came before the packets they quote: queues of mirror ports and network cards
 * reorder packets that are close together. */
#ifndef FLOW_STRAY_H
#define FLOW_STRAY_H

#include "decode/packet.h"

#define STRAYS_MOST 32u

/* All zero: none yet. */
struct strays {
	struct packet kept[STRAYS_MOST]; /* their frames and payloads are gone */
	int64_t seen_us[STRAYS_MOST];  /* sane */
	unsigned n, next;
};

/* Keep an error whose quoted packet was not seen, in place of the oldest one. */
void strays_keep(struct strays *s, const struct packet *error, int64_t now_us);

/* The error about this packet that came just before it, which is then forgotten; NULL: none. Valid
 * until the next one is kept. */
const struct packet *strays_take(struct strays *s, const struct packet *p, int64_t now_us);

#endif
