#include "drive/orders.h"

#include <stdlib.h>

#define AHEAD 64u /* packets whose flows are prefetched at once */

bool orders_init(struct orders *o, size_t frames)
{
	*o = (struct orders){.at = malloc(2 * frames * sizeof *o->at), .room = 2 * frames};
	return o->at != NULL;
}

void orders_release(struct orders *o)
{
	free(o->at);
	*o = (struct orders){0};
}

void orders_age(struct orders *o, uint32_t frame)
{
	o->at[o->n++] = (struct order){.frame = frame};
}

void orders_take(struct orders *o, const struct packet *p, uint32_t frame)
{
	o->at[o->n++] = (struct order){.packet = p, .frame = frame};
}

static void prefetch(struct order *at, size_t n, const struct shard *s)
{
	for (size_t i = 0; i < n; i++)
		if (at[i].packet)
			shard_prefetch(s, at[i].packet->hash);
	for (size_t i = 0; i < n; i++)
		if (at[i].packet)
			at[i].guess = shard_prefetch_record(s, at[i].packet->hash);
}

void orders_follow(struct orders *o, struct shard *s, const struct sighting *seen,
                   void (*begin)(void *context, uint32_t frame, bool ageing), void *context)
{
	for (size_t i = 0; i < o->n; i++) {
		struct order *at = &o->at[i];
		if (i % AHEAD == 0)
			prefetch(at, o->n - i < AHEAD ? o->n - i : AHEAD, s);
		o->reached = at->frame + 1;
		if (begin)
			begin(context, at->frame, !at->packet);
		if (at->packet)
			shard_take(s, at->packet, at->guess, seen[at->frame].now_us, seen[at->frame].shift_us);
		else
			shard_age(s, seen[at->frame].now_us);
	}
	o->n = 0;
}
