/* The packet side on several threads (-j). An epoch of frames is read and decoded
 * while the shards work on the one before and the judge hears the one before that:
 * three epochs, each with one owner at a time, so that nothing is locked. What
 * comes out is what one thread would have found, in the same order. */
#ifndef RELAY_H
#define RELAY_H

#include "capture/capture.h"
#include "intake.h"
#include "judge/judge.h"
#include "shard.h"

#define RELAY_JOBS_MOST 64 /* threads, and shards */

struct relay; /* opaque */

struct relay_options {
	struct shard_options shard; /* sharers: set here */
	unsigned jobs;              /* 2 to RELAY_JOBS_MOST */
	struct intake *intake;
	struct evidence_ring *ring; /* NULL: no packets are kept */
	struct watch *watch;        /* filled as the judge hears */
};

/* Pointers in options must live on. ERR_MEMORY, ERR_IO. */
MUSTCHECK enum err relay_new(const struct relay_options *options, struct relay **ret_relay);
void relay_free(struct relay *r);

/* Read on by one epoch, work on the one before and hear the one before that.
 * ERR_OK also when a signal ended it early; ERR_END: all that was read is heard.
 * errors  as capture_next(); ERR_MEMORY */
MUSTCHECK enum err relay_read(struct relay *r, struct capture *c, struct judge *j);
/* The input is over: end all flows and hear of them. */
MUSTCHECK enum err relay_finish(struct relay *r, struct judge *j);

void relay_count(const struct relay *r, struct dissect_counters *dissect, struct flow_counters *flow);

#endif
