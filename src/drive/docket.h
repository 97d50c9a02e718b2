/* What a shard has for the judge, written down as data while the judge is busy
 * with earlier things: ended flows, DNS messages, ICMP errors. Nothing in it
 * points to what the shard goes on to change (names stay where they are). */
#ifndef DRIVE_DOCKET_H
#define DRIVE_DOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/frame.h"
#include "flow/evidence.h"
#include "drive/intake.h"
#include "judge/judge.h"
#include "drive/slots.h"

/* One shard's cases of one epoch, in order. Zeroed: empty. */
struct docket {
	uint8_t *bytes;
	size_t n, room;
	uint64_t lost; /* cases for which there was no memory */

	uint32_t at;   /* the frame of the epoch that is being worked on */
	bool ageing;   /* before that frame's own packet: flows that are over, by their numbers */
	uint64_t order;
};

void docket_release(struct docket *d);
/* What follows belongs to this frame of the epoch. */
void docket_begin(struct docket *d, uint32_t frame, bool ageing);

/* slot: of the flow's packets; 0: it has none. over: the slot is free from then on;
 * else the flow goes on. */
void docket_flow(struct docket *d, const struct flow *f, const struct names *names, uint32_t slot, bool over);
/* Keep a frame: the one that is being worked on. frame: NULL, when who hears has
 * it; else its first bytes are written down. */
void docket_keep(struct docket *d, uint32_t slot, const struct frame *frame);
/* A flow is over of which the judge is not to hear. */
void docket_forget(struct docket *d, uint32_t slot);
/* Nothing that follows points to these names: who hears frees them. */
void docket_drop_names(struct docket *d, struct names *names);
void docket_dns(struct docket *d, const struct dns_message *m);
void docket_unreachable(struct docket *d, const struct packet *p);

/* Who hears: the judge, the watch that it believes, and the packets kept. */
struct hearing_of {
	struct judge *judge;
	struct watch *watch;
	struct evidence_ring *ring; /* NULL: no packets are kept */
	struct slots *slots;        /* by docket */
};

/* Tell the cases of n dockets (at most DOCKETS_MOST), one a shard, in the order
 * in which one shard alone would have found them. frames, seen: of the epoch;
 * frames may be NULL when no docket needs them.
 * Empties the dockets. */
#define DOCKETS_MOST 64
void dockets_hear(struct docket *dockets, size_t n, const struct frame *frames, const struct sighting *seen,
                  size_t frame_n, const struct hearing_of *to);

#endif
