#include "flow/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/pages.h"

struct evidence_ring {
	uint8_t *bytes;
	size_t size;
	uint64_t end; /* place behind the newest packet; places only grow */
};

#define FIRST_PLACE 8u /* so that no place is 0 */

struct evidence_ring *evidence_ring_new(size_t bytes)
{
	struct evidence_ring *r = malloc(sizeof *r);

	if (!r)
		return NULL;
	*r = (struct evidence_ring){.bytes = pages_new(bytes), .size = bytes, .end = FIRST_PLACE};
	if (!r->bytes) {
		free(r);
		return NULL;
	}
	return r;
}

void evidence_ring_free(struct evidence_ring *r)
{
	if (!r)
		return;
	pages_free(r->bytes, r->size);
	free(r);
}

uint64_t evidence_keep(struct evidence_ring *r, uint64_t previous, const struct frame *f)
{
	uint32_t stored = f->captured < EVIDENCE_PACKET_BYTES ? f->captured : EVIDENCE_PACKET_BYTES;
	struct kept head = {.time_us = f->time_us, .number = f->number, .previous = previous, .captured = f->captured,
	                    .length = f->length, .stored = stored, .link = f->link, .source = f->source};
	size_t n = (sizeof head + stored + 7) & ~(size_t)7;
	size_t offset = r->end % r->size;

	if (offset + n > r->size) {
		r->end += r->size - offset;
		offset = 0;
	}
	memcpy(r->bytes + offset, &head, sizeof head);
	memcpy(r->bytes + offset + sizeof head, f->bytes, stored);
	uint64_t place = r->end;
	r->end += n;
	return place;
}

bool evidence_get(const struct evidence_ring *r, uint64_t place, struct kept *ret_kept)
{
	if (place == 0 || place >= r->end || r->end - place > r->size)
		return false;
	const uint8_t *at = r->bytes + place % r->size;
	memcpy(ret_kept, at, sizeof *ret_kept);
	ret_kept->bytes = at + sizeof *ret_kept;
	return true;
}

size_t evidence_read(const struct evidence_chain *c, struct kept *ret_kept, size_t most)
{
	size_t n = 0;

	for (uint64_t at = c->newest; c->ring && n < most && evidence_get(c->ring, at, &ret_kept[n]); n++)
		at = ret_kept[n].previous;
	return n;
}
