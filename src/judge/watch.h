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
};

/* A packet of a source at a sane time; `anew`: behind a pause that the clock believed. */
void watch_see(struct watch *w, uint16_t source, int64_t time_us, bool anew);

/* Live: all that is watched now was still watched at time_us, though nothing came. */
void watch_go_on(struct watch *w, int64_t time_us);

/* Until when what happened at time_us on a source was watched on, over files
 * that follow each other without a pause. */
int64_t watch_end(const struct watch *w, uint16_t source, int64_t time_us);
/* Since when. */
int64_t watch_begin(const struct watch *w, uint16_t source, int64_t time_us);

#endif
