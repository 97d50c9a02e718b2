#include "capture/keeper.h"

#include <stdlib.h>

#define PAGE 4096u

uint8_t *keeper_take(struct keeper *k, size_t size)
{
	for (size_t i = 0; i < k->n; i++) {
		struct keeper_block b = k->blocks[i];
		if (b.number || b.size != size)
			continue;
		k->blocks[i] = k->blocks[--k->n];
		return b.at;
	}
	return aligned_alloc(PAGE, size);
}

/* Without room to remember it, it cannot be told when it is free: it is lost,
 * and out of memory is close by anyway. */
void keeper_put(struct keeper *k, uint8_t *block, size_t size)
{
	if (!block)
		return;
	if (k->n == k->room) {
		size_t room = k->room ? k->room * 2 : 16;
		struct keeper_block *at = realloc(k->blocks, room * sizeof *at);
		if (!at)
			return;
		k->blocks = at;
		k->room = room;
	}
	k->blocks[k->n++] = (struct keeper_block){block, size, k->number + 1};
}

void keeper_let(struct keeper *k, uint64_t number)
{
	size_t kept = 0, unused = 0;

	for (size_t i = 0; i < k->n; i++) {
		struct keeper_block b = k->blocks[i];
		if (b.number <= number + 1)
			b.number = 0;
		if (b.number == 0 && ++unused > KEEPER_FREE_MOST)
			free(b.at);
		else
			k->blocks[kept++] = b;
	}
	k->n = kept;
}

void keeper_release(struct keeper *k)
{
	for (size_t i = 0; i < k->n; i++)
		free(k->blocks[i].at);
	free(k->blocks);
	*k = (struct keeper){0};
}
