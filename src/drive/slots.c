#include "drive/slots.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

#define SLOTS_FIRST 1024u /* of the hearer's side */

uint32_t slot_take(struct slot_pool *p)
{
	if (p->free_n)
		return p->free[--p->free_n];
	/* Room for all slots given out: all of them may become free. */
	uint32_t *at = array_grow(p->free, p->given, &p->room, sizeof *at);
	if (!at)
		return 0;
	p->free = at;
	return (uint32_t)++p->given;
}

void slot_give(struct slot_pool *p, uint32_t slot)
{
	p->free[p->free_n++] = slot;
}

void slot_pool_release(struct slot_pool *p)
{
	free(p->free);
	*p = (struct slot_pool){0};
}

uint64_t *slot_place(struct slots *s, uint32_t slot)
{
	if (slot >= s->room) {
		size_t room = s->room ? s->room * 2 : SLOTS_FIRST;
		while (room <= slot)
			room *= 2;
		uint64_t *newest = realloc(s->newest, room * sizeof *newest);
		if (!newest)
			return NULL;
		memset(newest + s->room, 0, (room - s->room) * sizeof *newest);
		s->newest = newest;
		s->room = room;
	}
	return &s->newest[slot];
}

uint64_t slot_newest(const struct slots *s, uint32_t slot)
{
	return slot && slot < s->room ? s->newest[slot] : 0;
}

uint64_t slot_leave(struct slots *s, uint32_t slot)
{
	uint64_t newest = slot_newest(s, slot);

	if (newest)
		s->newest[slot] = 0;
	return newest;
}

void slots_release(struct slots *s)
{
	free(s->newest);
	*s = (struct slots){0};
}
