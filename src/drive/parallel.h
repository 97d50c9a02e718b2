/* The packet side on several threads (audit -j). Each reads and decodes all files itself and works
 * on its own share of the flows, so that hardly any data passes between threads; the judge gets
 * what they find in the order in which one thread would have found it. */
#ifndef DRIVE_PARALLEL_H
#define DRIVE_PARALLEL_H

#include "capture/capture.h"
#include "drive/intake.h"
#include "judge/judge.h"
#include "drive/shard.h"

#define PARALLEL_JOBS_MOST 64 /* threads, and shards */

struct parallel; /* opaque */

struct parallel_options {
	struct shard_options shard; /* part: set here */
	unsigned jobs;              /* 2 to PARALLEL_JOBS_MOST */
	struct capture *capture;    /* files; nothing was read of them yet */
	struct intake *intake;      /* of the caller's thread: it does the counting */
	struct evidence_ring *ring; /* NULL: no packets are kept */
	bool counted;               /* of kept packets, only the number is wanted */
	struct judge *judge;        /* called on the caller's thread only */
	struct watch *watch;        /* filled as the judge hears */
};

/* Pointers in options must live on. ERR_MEMORY, ERR_IO (no threads to be had);
 * ERR_UNSUPPORTED: a file can be read only once. */
MUSTCHECK enum err parallel_new(const struct parallel_options *options, struct parallel **ret_parallel);
void parallel_free(struct parallel *p);

/* Read some hundred frames more, and hear what all threads have found up to there.
 * ERR_OK also when a signal ended it early; ERR_END: all that was read has been heard.
 * errors  as capture_next(); ERR_MEMORY; ERR_IO: a file changed meanwhile */
MUSTCHECK enum err parallel_read(struct parallel *p);
/* The input is over: end all flows and hear of them. errors  as parallel_read() */
MUSTCHECK enum err parallel_finish(struct parallel *p);

/* After parallel_finish(), or when nothing will be read any more. */
void parallel_count(struct parallel *p, struct dissect_counters *dissect, struct flow_counters *flow);

#endif
