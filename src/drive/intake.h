/* Frames → packets with the time that counts: decoding, the clock that ignores
 * jumps, and what was counted on the way. One thread's. */
#ifndef DRIVE_INTAKE_H
#define DRIVE_INTAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "decode/decode.h"
#include "dissect/dissect.h"
#include "flow/table.h"
#include "judge/watch.h"

struct intake {
	struct decoder *decoder;
	struct clock clock;
	uint64_t frames, bytes, truncated;
	uint32_t forward_jumps; /* within one source: between two it is only a pause */
	uint16_t last_source;
	int64_t last_now_us;
	int64_t first_us, last_us; /* as captured */
	int64_t aged_us;           /* the second in which flows were aged last begins */
};

/* When and where a frame was seen. */
struct sighting {
	int64_t now_us;   /* sane */
	int64_t shift_us; /* captured time = sane + shift */
	uint16_t source;
	bool anew;        /* behind a pause that the clock believed */
	bool goes_on;     /* from the frame before it, so that the watch need not be shown that one */
};

MUSTCHECK enum err intake_init(struct intake *in);
void intake_release(struct intake *in);

/* Take in a frame. True: ret_packet holds its packet (see decode_frame()). */
bool intake_take(struct intake *in, const struct frame *f, struct sighting *ret_seen, struct packet *ret_packet);

/* The same of a frame that was decoded apart (decode_apart()). */
bool intake_join(struct intake *in, const struct decode_mark *m, struct sighting *ret_seen, struct packet *packet);

/* A reassembled payload lives until the next decode: have the packet point to a copy,
 * the caller's to free(). NULL: out of memory. */
MUSTCHECK uint8_t *intake_keep_whole(struct packet *p);

/* Whether a second has begun since this was asked last: time to age flows. */
bool intake_ages(struct intake *in, int64_t now_us);

/* What was counted on the packet side. */
struct pipeline_counters {
	struct decode_counters decode;
	struct dissect_counters dissect;
	struct flow_counters flow;
	struct clock clock;
	uint64_t frames, bytes, truncated;
	uint32_t forward_jumps;
	int64_t first_us, last_us;
};
/* The intake's part of it; the shards' is zero. */
struct pipeline_counters intake_counters(const struct intake *in);

/* Show the watch what was seen, n times. */
void sightings_show(const struct sighting *seen, size_t n, struct watch *w);

#endif
