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
};

struct pipeline; /* opaque */

/* NULL: out of memory. watch is filled here and read by the judge. */
struct pipeline *pipeline_new(const struct pipeline_options *options, struct watch *watch);
void pipeline_free(struct pipeline *p);

/* Who judges; set before the first frame. */
void pipeline_judge(struct pipeline *p, struct judge *j);
/* Live: another judge and other lists from now on. Flows whose outcome was told
 * to the judge before are not told to this one. */
void pipeline_renew(struct pipeline *p, struct judge *j, const struct lists *lists);

/* Take in one batch of frames. */
void pipeline_take(struct pipeline *p, const struct frame_batch *batch);
/* The capture is over: end all flows. */
void pipeline_finish(struct pipeline *p);

/* Live: now_us is the wall clock. Ages flows while nothing comes, and tells the
 * judge what is decided but not over; called every tenth of a second or so. */
void pipeline_tick(struct pipeline *p, int64_t now_us);

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
