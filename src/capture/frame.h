/* Noun: one frame, as a capture delivered it. */
#ifndef CAPTURE_FRAME_H
#define CAPTURE_FRAME_H

#include <stdint.h>

struct frame {
	int64_t time_us;      /* since 1970 UTC, as captured (may jump) */
	uint64_t number;      /* 1, 2, … over all sources of the run */
	const uint8_t *bytes; /* valid until the next capture_next() on the same capture */
	uint32_t captured;    /* bytes at `bytes` */
	uint32_t length;      /* bytes on the wire (≥ captured) */
	uint16_t link;        /* DLT_ value of pcap/dlt.h */
	uint16_t source;      /* index of the source (file or interface) in the run */
};

/* What capture_next() fills. */
#define FRAME_BATCH 64
struct frame_batch {
	struct frame frames[FRAME_BATCH];
	unsigned n;
};

#endif
