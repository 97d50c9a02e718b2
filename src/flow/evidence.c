#include "flow/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/pages.h"

/* A packet that is only counted. */
struct tally {
	uint64_t place;  /* the place that it would have */
	uint32_t back;   /* how many packets before it the previous one of the chain is; 0: none */
	uint32_t stored;
};

struct evidence_ring {
	uint8_t *bytes; /* NULL: packets are only counted */
	size_t size;
	uint64_t end; /* place after the newest packet; places only grow */
	struct tally *tallies; /* a ring, by packet number */
	size_t tally_n;        /* power of two; grows to hold all packets that are not overwritten */
	uint64_t counted; /* packets ever; a counted packet is known by its number, from 1 */
};

#define FIRST_PLACE 8u /* so that no place is 0 */
#define TALLIES_FIRST 64u
#define TALLIES_AHEAD 8u /* two cache lines */

static struct evidence_ring *ring_new(struct evidence_ring shape)
{
	struct evidence_ring *r = malloc(sizeof *r);

	if (!r)
		return NULL;
	*r = shape;
	r->end = FIRST_PLACE;
	if (r->tally_n)
		r->tallies = pages_new(r->tally_n * sizeof *r->tallies);
	else
		r->bytes = pages_new(r->size);
	if (r->tallies || r->bytes)
		return r;
	free(r);
	return NULL;
}

struct evidence_ring *evidence_ring_new(size_t bytes)
{
	return ring_new((struct evidence_ring){.size = bytes});
}

struct evidence_ring *evidence_tally_new(size_t bytes)
{
	return ring_new((struct evidence_ring){.size = bytes, .tally_n = TALLIES_FIRST});
}

void evidence_ring_free(struct evidence_ring *r)
{
	if (!r)
		return;
	pages_free(r->bytes, r->size);
	pages_free(r->tallies, r->tally_n * sizeof *r->tallies);
	free(r);
}

static bool is_overwritten(const struct evidence_ring *r, uint64_t place)
{
	return place == 0 || place >= r->end || r->end - place > r->size;
}

/* Double the ring: entries whose number has the new bit move to the upper half. */
static void tallies_grow(struct evidence_ring *r)
{
	size_t n = r->tally_n;
	struct tally *at = pages_grow(r->tallies, n * sizeof *at, 2 * n * sizeof *at);

	if (!at)
		return; /* the oldest is forgotten */
	r->tallies = at;
	r->tally_n = 2 * n;
	for (uint64_t k = 0; k < n && k < r->counted; k++) {
		uint64_t number = r->counted - k;
		if (number & n)
			at[number & (2 * n - 1)] = at[number & (n - 1)];
	}
}

static uint64_t tally(struct evidence_ring *r, uint64_t previous, uint64_t place, uint32_t stored)
{
	uint64_t number = r->counted + 1;

	if (!is_overwritten(r, r->tallies[number & (r->tally_n - 1)].place))
		tallies_grow(r);
	r->counted = number;
	__builtin_prefetch(&r->tallies[(number + TALLIES_AHEAD) & (r->tally_n - 1)], 1);
	uint64_t back = previous ? number - previous : 0;
	r->tallies[number & (r->tally_n - 1)] = (struct tally){.place = place, .stored = stored,
	                                                       .back = back <= r->tally_n ? (uint32_t)back : 0};
	return number;
}

uint64_t evidence_keep(struct evidence_ring *r, uint64_t previous, const struct frame *f)
{
	uint32_t stored = f->captured < EVIDENCE_PACKET_BYTES ? f->captured : EVIDENCE_PACKET_BYTES;
	size_t n = (sizeof(struct kept) + stored + 7) & ~(size_t)7;
	size_t offset = r->end % r->size;

	if (offset + n > r->size) {
		r->end += r->size - offset;
		offset = 0;
	}
	uint64_t place = r->end;
	r->end += n;
	if (!r->bytes)
		return tally(r, previous, place, stored);
	struct kept head = {.time_us = f->time_us, .number = f->number, .previous = previous, .captured = f->captured,
	                    .length = f->length, .stored = stored, .link = f->link, .source = f->source};
	memcpy(r->bytes + offset, &head, sizeof head);
	memcpy(r->bytes + offset + sizeof head, f->bytes, stored);
	return place;
}

static bool tally_get(const struct evidence_ring *r, uint64_t number, struct kept *ret_kept)
{
	if (number == 0 || number > r->counted || r->counted - number >= r->tally_n)
		return false;
	const struct tally *t = &r->tallies[number & (r->tally_n - 1)];
	if (is_overwritten(r, t->place))
		return false;
	*ret_kept = (struct kept){.previous = t->back ? number - t->back : 0, .stored = t->stored};
	return true;
}

/* The packet at a place; false: none, or it was overwritten. */
static bool kept_get(const struct evidence_ring *r, uint64_t place, struct kept *ret_kept)
{
	if (!r->bytes)
		return tally_get(r, place, ret_kept);
	if (is_overwritten(r, place))
		return false;
	const uint8_t *at = r->bytes + place % r->size;
	memcpy(ret_kept, at, sizeof *ret_kept);
	ret_kept->bytes = at + sizeof *ret_kept;
	return true;
}

size_t evidence_read(const struct evidence_chain *c, struct kept *ret_kept, size_t most)
{
	size_t n = 0;

	for (uint64_t at = c->newest; c->ring && n < most && kept_get(c->ring, at, &ret_kept[n]); n++)
		at = ret_kept[n].previous;
	return n;
}
