/* The one door to nDPI: names the protocol (and sometimes the host) of flows that no dissector
 * recognised. One per worker. The library is started by the first packet shown, so it costs nothing
 * where it is not needed. */
#ifndef DISSECT_NDPI_H
#define DISSECT_NDPI_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/packet.h"

#define NDPI_PACKETS_MOST 8  /* with payload, of one flow; then it stays unknown */
#define NDPI_FLOWS_MOST 8192 /* being classified at once (0.7 KB and more each); further ones stay unknown */
#define NDPI_NAME 40
#define NDPI_HOST 320        /* 79 bytes, escaped */

struct ndpi_door; /* opaque */
struct ndpi_talk; /* opaque: what nDPI keeps of a flow that it does not know yet */

struct ndpi_found {
	char protocol[NDPI_NAME]; /* nDPI's word, such as "SSH" or "TLS.Zoom" */
	char host[NDPI_HOST];     /* the server's name where the protocol tells it, in presentation form; "" */
};

enum ndpi_answer {
	NDPI_MORE,    /* show the next packet with payload */
	NDPI_FOUND,
	NDPI_UNKNOWN, /* given up: it need not be asked again */
};

struct ndpi_counters {
	uint64_t flows, packets, found, unknown, refused;
	unsigned open; /* flows being classified */
};

/* NULL: out of memory. Starts nothing yet. */
struct ndpi_door *ndpi_door_new(void);
void ndpi_door_free(struct ndpi_door *d);

/* Show a packet of a flow; those without payload are ignored.
 * in      talk: the flow's, NULL at first; now_us: sane time
 * out     talk: NULL again with any answer but NDPI_MORE; ret_found: set with NDPI_FOUND
 * Only what was read in the payload counts: guesses by port or address are no answer. */
enum ndpi_answer ndpi_door_show(struct ndpi_door *d, struct ndpi_talk **talk, const struct packet *p, int64_t now_us,
				struct ndpi_found *ret_found);

/* The flow is over or known otherwise: free what was kept of it (may be NULL). */
void ndpi_door_forget(struct ndpi_door *d, struct ndpi_talk **talk);

struct ndpi_counters ndpi_door_counters(const struct ndpi_door *d);

#endif
