/* The path on one page: frame → packet → flow → facts → judge. */
#ifndef PIPELINE_H
#define PIPELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "capture/capture.h"
#include "drive/intake.h"
#include "judge/judge.h"
#include "judge/watch.h"

struct pipeline_options {
	size_t flows_most;
	size_t memory_bytes; /* memory limit; 0: the limits of base/limits.h as they are */
	bool evidence; /* keep packets */
	bool counted;  /* count packets, do not keep them */
	const struct lists *lists;
	unsigned jobs; /* threads; 0 and 1: only the caller's, as with input that can be read only once (a pipe) */
};

struct pipeline; /* opaque */

/* Pointers, also those in options, must outlive it. Nothing of the capture may have been read yet.
 * watch is filled here and read by the judge.
 * ERR_MEMORY, ERR_IO (threads cannot be created). */
MUSTCHECK enum err pipeline_new(const struct pipeline_options *options, struct capture *capture, struct watch *watch,
                                struct judge *judge, struct pipeline **ret_pipeline);
void pipeline_free(struct pipeline *p);

/* Read on, some frames or some thousands. ERR_OK also when a signal ended it early; ERR_END: there are no more.
 * errors  as capture_next(); ERR_MEMORY; ERR_IO: a file changed while several threads read it */
MUSTCHECK enum err pipeline_read(struct pipeline *p);
/* The capture has ended: end all flows. ERR_MEMORY */
MUSTCHECK enum err pipeline_finish(struct pipeline *p);

/* Frames taken in so far. */
uint64_t pipeline_frames(const struct pipeline *p);

/* The counters, summed over all shards. */
struct pipeline_counters pipeline_counters(struct pipeline *p);

#endif
