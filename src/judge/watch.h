/* When each source was being watched: silence proves nothing behind its end. */
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

/* A packet of a source at a sane time; `anew`: behind a pause that the clock believed. */
void watch_see(struct watch *w, uint16_t source, int64_t time_us, bool anew);

/* Live: all that is watched now was still watched at time_us, though nothing came. */
void watch_go_on(struct watch *w, int64_t time_us);

/* Live: the source is not watched any more (its interface is gone), until its next packet. */
void watch_stop(struct watch *w, uint16_t source);
/* Live: forget stretches that ended before; a monitor runs for months. */
void watch_forget(struct watch *w, int64_t before_us);

/* Live: packets were lost between two sane times; call it in the order of time. */
void watch_lose(struct watch *w, int64_t from_us, int64_t to_us);
/* Whether silence between two sane times, and grace_us behind, proves nothing
 * because packets were lost then; a clear stretch of CLEAR_US within the two
 * (the client went on trying) is enough of a proof. */
bool watch_is_lossy(const struct watch *w, int64_t from_us, int64_t to_us, int64_t grace_us);

/* Until when what happened at time_us on a source was watched on, over files
 * that follow each other without a pause. */
int64_t watch_end(const struct watch *w, uint16_t source, int64_t time_us);

#endif
