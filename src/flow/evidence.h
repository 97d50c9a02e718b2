/* Packets kept of flows that are not decided yet: one ring of bytes, written on
 * and on; the oldest are overwritten. Costs nothing to forget. */
#ifndef FLOW_EVIDENCE_H
#define FLOW_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/frame.h"

struct evidence_ring; /* opaque; one a worker */

/* NULL: out of memory. */
struct evidence_ring *evidence_ring_new(size_t bytes);
/* One that holds as many packets, but only tells how many: what is read of them is
 * `stored` alone. It takes half of the memory at most, and less as long as it holds few. */
struct evidence_ring *evidence_tally_new(size_t bytes);
void evidence_ring_free(struct evidence_ring *r);

/* Keep a frame (its first bytes) behind `previous` of the same chain; returns
 * its place, never 0. time_us: as captured. */
uint64_t evidence_keep(struct evidence_ring *r, uint64_t previous, const struct frame *f);

/* One kept packet; bytes point into the ring. */
struct kept {
	int64_t time_us;
	uint64_t number, previous;
	uint32_t captured, length, stored;
	uint16_t link, source;
	const uint8_t *bytes;
};

/* The packets kept of one flow. */
struct evidence_chain {
	const struct evidence_ring *ring; /* NULL: none are kept */
	uint64_t newest;                  /* its place; 0 none */
};

/* Read a chain, the newest first; bytes point where they lie. Returns how many. */
size_t evidence_read(const struct evidence_chain *c, struct kept *ret_kept, size_t most);

#endif
