/* Frames through intake and one shard, a batch at a time: all are decoded and their flows
 * prefetched before the first one is worked on. */
#ifndef DRIVE_STRIDE_H
#define DRIVE_STRIDE_H

#include <stdbool.h>

#include "capture/frame.h"
#include "drive/intake.h"
#include "drive/orders.h"
#include "drive/shard.h"

struct stride {
	struct intake *intake;
	struct shard *shard;
	struct share share;     /* of the flows, for this shard */
	void *context;
	/* Frames are reached: silence counts up to the last of them, not beyond. May be NULL. */
	void (*see)(void *context, const struct sighting *seen, unsigned n);
	/* What the shard tells from now on belongs to this frame of the batch; ageing: flows that
	 * timed out by then, else its own packet. All frames up to it have been seen. NULL: the
	 * code that is told calls stride_show() first. */
	void (*begin)(void *context, uint32_t frame, bool ageing);

	/* private */
	struct orders orders;
	struct sighting seen[FRAME_BATCH];
	struct packet packets[FRAME_BATCH];
	unsigned shown;         /* frames that were seen, of those reached */
};

/* The caller must set the members above first. False: out of memory. */
bool stride_init(struct stride *s);
void stride_release(struct stride *s);

/* Report the frames reached so far as seen. */
void stride_show(struct stride *s);

/* Take in at most FRAME_BATCH frames, which must stay valid during the call. */
void stride_take(struct stride *s, const struct frame *frames, unsigned n);

#endif
