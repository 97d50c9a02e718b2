/* One batch of frames through intake and one shard: all are decoded and the cache
 * is asked for their flows before the first one is worked on. */
#ifndef STRIDE_H
#define STRIDE_H

#include <stdbool.h>

#include "capture/frame.h"
#include "intake.h"
#include "shard.h"

struct stride {
	struct intake *intake;
	struct shard *shard;
	void *context;
	/* A frame is reached: silence counts up to it, not behind it. */
	void (*see)(void *context, const struct sighting *seen);
	/* What the shard tells from now on belongs to the frame seen last; ageing:
	 * flows whose time is over by then, else its own packet. May be NULL. */
	void (*begin)(void *context, bool ageing);

	/* private */
	struct sighting seen[FRAME_BATCH];
	struct packet packets[FRAME_BATCH];
	unsigned frame_of[FRAME_BATCH]; /* of each packet */
	unsigned shown;                 /* frames of the batch that were seen */
};

/* Take in a batch; its frames must stay valid during the call. */
void stride_take(struct stride *s, const struct frame_batch *batch);

#endif
