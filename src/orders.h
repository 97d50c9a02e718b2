/* What one shard of several has to do in an epoch: the packets that are its, and
 * where among them it has to age its flows. */
#ifndef ORDERS_H
#define ORDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "docket.h"
#include "intake.h"
#include "shard.h"

struct orders {
	struct order {
		const struct packet *packet;
		uint32_t frame; /* of the epoch */
		bool age;       /* flows, up to that frame; else the packet is taken */
	} *at;
	size_t n, room;
};

/* frames: the most of an epoch. False: out of memory. */
bool orders_init(struct orders *o, size_t frames);
void orders_release(struct orders *o);

/* A packet of a frame of the epoch, for the one of n shards that has its flow. ages:
 * first, all of them have to (intake_ages()). */
void orders_give(struct orders *shards, unsigned n, const struct packet *p, uint32_t frame, bool ages);

/* Do all of it, and write into the docket. seen: by frame of the epoch, which may
 * begin somewhere in it. The orders are none then. */
void orders_follow(struct orders *o, struct shard *s, struct docket *(*docket)(void *context), void *context,
                   const struct sighting *seen);

#endif
