/* What a shard has to do for some frames: the packets that belong to it, and where among them it
 * has to age its flows. */
#ifndef DRIVE_ORDERS_H
#define DRIVE_ORDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drive/intake.h"
#include "drive/shard.h"

struct orders {
	struct order {
		const struct packet *packet; /* NULL: age flows, up to that frame */
		uint32_t frame;              /* of those that `seen` has */
		uint32_t guess;              /* where its flow lies (shard.h) */
	} *at;
	size_t n, room;
	uint32_t reached;                    /* frames up to the one being followed, inclusive */
};

/* frames: the most at once. False: out of memory. */
bool orders_init(struct orders *o, size_t frames);
void orders_release(struct orders *o);

/* Age the flows (intake_ages()): comes before the packet of the same frame. */
void orders_age(struct orders *o, uint32_t frame);
/* Take a packet, which is this shard's (shard_of()). */
void orders_take(struct orders *o, const struct packet *p, uint32_t frame);

/* Do all of it; then there are no orders left. begin: called before each of them; what the shard
 * tells until the next call belongs to that frame; may be NULL. seen: by frame. */
void orders_follow(struct orders *o, struct shard *s, const struct sighting *seen,
                   void (*begin)(void *context, uint32_t frame, bool ageing), void *context);

#endif
