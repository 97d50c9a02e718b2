/* The monitor's packet side, on one or more threads of its own: it captures, works on what comes,
 * and hands over bulletins: what is to be judged, and what was counted. Packets are read however
 * long the judge takes; only when unheard bulletins exceed their bound does the scout wait, and the
 * kernel's buffer fills. */
#ifndef LIVE_SCOUT_H
#define LIVE_SCOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/capture.h"
#include "live/bulletin.h"
#include "judge/judge.h"

struct scout; /* opaque */

struct scout_options {
	struct capture *const *captures; /* the scout's until scout_free(); several: sharers of the same interfaces */
	unsigned jobs;           /* threads, and captures */
	const struct lists *lists;
	const struct judge_options *judge; /* must live on; changed only while it is parked */
	size_t flows_most;
	size_t memory_bytes; /* --memory; 0: not given */
	bool evidence;
};

/* ERR_MEMORY, ERR_IO (no thread to be had). */
MUSTCHECK enum err scout_start(const struct scout_options *options, struct scout **ret_scout);
/* Ends the thread, whatever it is doing. */
void scout_free(struct scout *s);

/* Where its bulletins arrive; return them there after scout_hear(). */
struct postbox *scout_postbox(struct scout *s);
/* Tell the judge what a bulletin has, and bring its watch up to date. */
void scout_hear(struct scout *s, struct bulletin *b, struct watch *watch, struct judge *judge);
/* While it is parked (postbox_is_parked()): these lists apply from now on, and flows told before
 * belong to the previous run. */
void scout_renew(struct scout *s, const struct lists *lists);

#endif
