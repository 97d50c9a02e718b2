/* The path on one page: frame → packet → flow → facts → judge. */
#ifndef PIPELINE_H
#define PIPELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "capture/capture.h"
#include "decode/decode.h"
#include "dissect/dissect.h"
#include "flow/table.h"
#include "judge/judge.h"
#include "judge/watch.h"

struct pipeline_options {
	size_t flows_most;
	bool evidence;
	const struct lists *lists;
	unsigned jobs; /* threads; with several, only pipeline_read() reads */
};

struct pipeline; /* opaque */

/* Pointers in options must live on. watch is filled here and read by the judge.
 * ERR_MEMORY, ERR_IO (no threads to be had). */
MUSTCHECK enum err pipeline_new(const struct pipeline_options *options, struct watch *watch,
                                struct pipeline **ret_pipeline);
void pipeline_free(struct pipeline *p);

/* Who judges; set before the first frame. */
void pipeline_judge(struct pipeline *p, struct judge *j);
/* Live: another judge and other lists from now on. Flows whose outcome was told
 * to the judge before are not told to this one. */
void pipeline_renew(struct pipeline *p, struct judge *j, const struct lists *lists);

/* Read on, some frames or some thousands. ERR_OK also when a signal ended it
 * early; ERR_END: there are no more. errors  as capture_next(); ERR_MEMORY */
MUSTCHECK enum err pipeline_read(struct pipeline *p, struct capture *c);
/* Take in one batch of frames. */
void pipeline_take(struct pipeline *p, const struct frame_batch *batch);
/* The capture is over: end all flows. ERR_MEMORY */
MUSTCHECK enum err pipeline_finish(struct pipeline *p);

/* Live: now_us is the wall clock. Ages flows while nothing comes, and tells the
 * judge what is decided but not over; called every tenth of a second or so. */
void pipeline_tick(struct pipeline *p, int64_t now_us);

/* Frames taken in so far. */
uint64_t pipeline_frames(const struct pipeline *p);

struct pipeline_counters {
	struct decode_counters decode;
	struct dissect_counters dissect;
	struct flow_counters flow;
	struct clock clock;
	uint64_t frames, bytes, truncated;
	uint32_t forward_jumps; /* within one source: between two it is only a pause */
	int64_t first_us, last_us; /* as captured */
};
struct pipeline_counters pipeline_counters(const struct pipeline *p);

#endif
