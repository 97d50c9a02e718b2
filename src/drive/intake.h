/* Frames → packets with sane time: decoding, the clock that ignores jumps, and what was counted on
 * the way. For one thread. */
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
	uint32_t forward_jumps; /* within one source: between two sources it is only a pause */
	uint16_t last_source;
	int64_t last_now_us;
	int64_t first_us, last_us; /* as captured */
	int64_t aged_us;           /* when the second began in which flows were aged last */
};

/* When and where a frame was seen. */
struct sighting {
	int64_t now_us;   /* sane */
	int64_t shift_us; /* captured time = sane + shift */
	uint16_t source;
	bool anew;        /* after a pause that the clock believed */
	bool goes_on;     /* directly follows the frame before it, so the watch need not be shown that one */
};

MUSTCHECK enum err intake_init(struct intake *in);
void intake_release(struct intake *in);

/* Take in a frame. True: ret_packet holds its packet (see decode_frame()). */
bool intake_take(struct intake *in, const struct frame *f, struct sighting *ret_seen, struct packet *ret_packet);

/* The same for a frame from decode_apart(). */
bool intake_join(struct intake *in, const struct decode_mark *m, struct sighting *ret_seen, struct packet *packet);

/* A reassembled payload lives until the next decode: point the packet to a copy, which the caller
 * must free(). NULL: out of memory. */
MUSTCHECK uint8_t *intake_keep_whole(struct packet *p);

/* Whether a new second has begun since the last call: time to age flows. */
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
