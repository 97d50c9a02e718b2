/* When each source was being watched: silence beyond the end of watching proves nothing. */
#ifndef JUDGE_WATCH_H
#define JUDGE_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"

struct stretch {
	int64_t from_us, to_us; /* sane time of the first and last packet */
	uint16_t source;
};

struct watch {
	struct stretch stretches[SEGMENTS_MOST];
	size_t n;
	size_t current[SEGMENTS_MOST]; /* by source (modulo): index + 1 of its open stretch */
	struct loss {
		int64_t from_us, to_us;
	} losses[LOSSES_MOST]; /* live: when the kernel dropped packets; a ring, by time */
	uint64_t loss_n;
};

/* A packet of a source at a sane time; `anew`: after a pause that the clock accepted as real. */
void watch_see(struct watch *w, uint16_t source, int64_t time_us, bool anew);

/* Live: everything watched now was still being watched at time_us, although no packet came. */
void watch_go_on(struct watch *w, int64_t time_us);

/* Live: the source is no longer watched (its interface is gone), until its next packet. */
void watch_stop(struct watch *w, uint16_t source);
/* Live: forget stretches that ended before this time; a monitor runs for months. */
void watch_forget(struct watch *w, int64_t before_us);

/* Live: packets were lost between two sane times; call in time order. */
void watch_lose(struct watch *w, int64_t from_us, int64_t to_us);
/* Whether silence between two sane times, and for grace_us after, proves nothing because packets were lost then. A
 * stretch of CLEAR_US without loss between the two (the client kept trying) is proof enough. */
bool watch_is_lossy(const struct watch *w, int64_t from_us, int64_t to_us, int64_t grace_us);

/* Until when the source was watched after time_us, across files that follow each other without a pause. */
int64_t watch_end(const struct watch *w, uint16_t source, int64_t time_us);

#endif
