/* Packets kept of undecided flows: one ring of bytes in which the oldest are overwritten.
 * Forgetting them costs nothing. */
#ifndef FLOW_EVIDENCE_H
#define FLOW_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/frame.h"

struct evidence_ring; /* opaque; one a worker */

/* NULL: out of memory. */
struct evidence_ring *evidence_ring_new(size_t bytes);
/* One that holds as many packets, but without their bytes: of each only `stored` can be read. It
 * takes half of the memory at most, and less as long as it holds few packets. */
struct evidence_ring *evidence_tally_new(size_t bytes);
void evidence_ring_free(struct evidence_ring *r);

/* Keep a frame (its first bytes) after `previous` of the same chain; returns its place, never 0.
 * time_us: as captured. */
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
