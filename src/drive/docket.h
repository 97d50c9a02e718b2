/* What a shard has for the judge, written down as data while the judge is busy with earlier cases:
 * ended flows, DNS messages, ICMP errors. Nothing in it points to what the shard will change (names
 * stay where they are). */
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

	uint32_t at;   /* the frame of the epoch being worked on */
	bool ageing;   /* before that frame's own packet: flows that timed out, in the order of their numbers */
	uint64_t order;
};

void docket_release(struct docket *d);
/* What follows belongs to this frame of the epoch. */
void docket_begin(struct docket *d, uint32_t frame, bool ageing);

/* slot: of the flow's kept packets; 0: it has none. over: the slot is free afterwards; else the
 * flow goes on. */
void docket_flow(struct docket *d, const struct flow *f, const struct names *names, uint32_t slot, bool over);
/* Keep a frame: the one being worked on. frame: its first bytes are written down; NULL if the
 * hearer has it. */
void docket_keep(struct docket *d, uint32_t slot, const struct frame *frame);
/* A flow is over that the judge must not hear of. */
void docket_forget(struct docket *d, uint32_t slot);
/* Nothing written later points to these names: the hearer frees them. */
void docket_drop_names(struct docket *d, struct names *names);
void docket_dns(struct docket *d, const struct dns_message *m);
void docket_unreachable(struct docket *d, const struct packet *p);

/* What hears: the judge, the watch that it believes, and the packets kept. */
struct hearing_of {
	struct judge *judge;
	struct watch *watch;
	struct evidence_ring *ring; /* NULL: no packets are kept */
	struct slots *slots;        /* by docket */
};

/* Tell the judge the cases of n dockets (at most DOCKETS_MOST), one per shard, in the order in
 * which a single shard would have found them. frames, seen: of the epoch; frames may be NULL when
 * no docket needs them. Empties the dockets. */
#define DOCKETS_MOST 64
void dockets_hear(struct docket *dockets, size_t n, const struct frame *frames, const struct sighting *seen,
                  size_t frame_n, const struct hearing_of *to);

#endif
