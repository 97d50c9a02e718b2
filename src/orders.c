#include "orders.h"

#include <stdlib.h>

#define AHEAD 64u /* packets whose flows the cache is asked for at once */

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

static void add(struct orders *o, const struct packet *p, uint32_t frame, bool age)
{
	o->at[o->n++] = (struct order){p, frame, age};
}

void orders_give(struct orders *shards, unsigned n, const struct packet *p, uint32_t frame, bool ages)
{
	for (unsigned i = 0; ages && i < n; i++)
		add(&shards[i], p, frame, true);
	add(&shards[(p->hash >> 32) % n], p, frame, false);
}

static void prefetch(const struct order *at, size_t n, const struct shard *s)
{
	for (size_t i = 0; i < n; i++)
		shard_prefetch(s, at[i].packet->hash);
	for (size_t i = 0; i < n; i++)
		shard_prefetch_record(s, at[i].packet->hash);
}

static void follow(const struct order *o, struct shard *s, const struct sighting *seen)
{
	if (o->age)
		shard_age(s, seen->now_us);
	else
		shard_take(s, o->packet, seen->now_us, seen->shift_us);
}

void orders_follow(struct orders *o, struct shard *s, struct docket *(*docket)(void *context), void *context,
                   const struct sighting *seen)
{
	for (size_t begin = 0, end; begin < o->n; begin = end) {
		end = begin + AHEAD < o->n ? begin + AHEAD : o->n;
		prefetch(o->at + begin, end - begin, s);
		for (size_t i = begin; i < end; i++) {
			struct docket *d = docket(context);
			if (d)
				docket_begin(d, o->at[i].frame, o->at[i].age);
			follow(&o->at[i], s, &seen[o->at[i].frame]);
		}
	}
	o->n = 0;
}
