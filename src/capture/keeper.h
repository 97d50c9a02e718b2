/* Blocks of captured bytes that outlive the next capture_next(): for who works
 * on frames while the next ones are being read (capture_hold). */
#ifndef CAPTURE_KEEPER_H
#define CAPTURE_KEEPER_H

#include <stddef.h>
#include <stdint.h>

#define KEEPER_FREE_MOST 8u /* blocks kept to be used again */

struct keeper_block {
	uint8_t *at;
	size_t size;
	uint64_t number; /* frames up to this one may lie in it; 0: free */
};

/* Zeroed: empty. */
struct keeper {
	uint64_t number; /* of the newest frame delivered; the owner's to set */
	struct keeper_block *blocks;
	size_t n, room;
};

/* A block of exactly that size (a multiple of the page). NULL: out of memory. */
uint8_t *keeper_take(struct keeper *k, size_t size);
/* A block that is not written any more; frames delivered so far may lie in it. */
void keeper_put(struct keeper *k, uint8_t *block, size_t size);
/* Frames up to a number are not needed any more. */
void keeper_let(struct keeper *k, uint64_t number);
void keeper_release(struct keeper *k);

#endif
