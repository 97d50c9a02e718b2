/* Where flows lie in memory, and finding them by their hash. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/pages.h"
#include "flow/table_inside.h"

/* ---- buckets: at most two thirds of them are taken, and after growing by a fourth more than half */

#define BUCKETS_FIRST 4096u

void bucket_put(struct flow_table *t, uint32_t hash, uint32_t number)
{
	size_t i = bucket_home(t, hash);

	while (t->buckets[i].flow)
		i = bucket_next(t, i);
	t->buckets[i] = (struct bucket){hash, number + 1};
}

static size_t distance(const struct flow_table *t, size_t from, size_t to)
{
	return to >= from ? to - from : to + t->bucket_n - from;
}

void bucket_drop(struct flow_table *t, uint32_t hash, uint32_t number)
{
	size_t hole = bucket_home(t, hash);

	while (t->buckets[hole].flow != number + 1)
		hole = bucket_next(t, hole);
	t->buckets[hole].flow = 0;
	for (size_t i = bucket_next(t, hole); t->buckets[i].flow; i = bucket_next(t, i)) {
		size_t home = bucket_home(t, t->buckets[i].hash);
		if (distance(t, home, i) < distance(t, hole, i))
			continue;
		t->buckets[hole] = t->buckets[i];
		t->buckets[i].flow = 0;
		hole = i;
	}
}

bool buckets_ensure(struct flow_table *t)
{
	size_t enough = t->most / 2 * 3 + 3;

	if (t->buckets && t->n + 1 <= t->bucket_n / 3 * 2)
		return true;
	size_t n = t->buckets ? t->bucket_n / 4 * 5 : BUCKETS_FIRST, old_n = t->bucket_n;
	if (t->buckets && n > enough)
		n = enough;
	struct bucket *old = t->buckets, *new = pages_new(n * sizeof *new);
	if (!new)
		return false;
	t->buckets = new;
	t->bucket_n = n;
	for (size_t i = 0; i < old_n; i++)
		if (old[i].flow)
			bucket_put(t, old[i].hash, old[i].flow - 1);
	pages_free(old, old_n * sizeof *old);
	return true;
}

/* ---- places */

static bool chunk_widen(struct chunk_at *at)
{
	if (!at->wides)
		at->wides = malloc(CHUNK_FLOWS * sizeof *at->wides);
	return at->wides;
}

static bool chunk_add(struct flow_table *t, bool wide)
{
	struct chunk_at *chunks = array_grow(t->chunks, t->chunk_n, &t->chunk_room, sizeof *chunks);

	if (!chunks)
		return false;
	t->chunks = chunks;
	struct chunk_at at = {.chunk = blocks_take(&t->store)};
	if (!at.chunk || (wide && !chunk_widen(&at))) {
		blocks_give(&t->store, at.chunk);
		return false;
	}
	uint32_t base = (uint32_t)(t->chunk_n * CHUNK_FLOWS);
	t->chunks[t->chunk_n++] = at;
	for (uint32_t i = CHUNK_FLOWS; i-- > 0;)
		place_give(t, base + i);
	return true;
}

/* Each family takes places from chunks of its own, since room for IPv6 costs more; when there may
 * be no more chunks, from the other's. */
uint32_t place_take(struct flow_table *t, bool wide)
{
	if (t->free[wide] == NIL && t->chunk_n < t->chunks_most && !chunk_add(t, wide))
		return NIL;
	uint32_t *list = &t->free[t->free[wide] == NIL ? !wide : wide];
	uint32_t number = *list;
	if (number == NIL || (wide && !chunk_widen(&t->chunks[number / CHUNK_FLOWS])))
		return NIL;
	*list = place_at(t, number)->next;
	if (*list != NIL)
		record_prefetch(t, *list); /* the next flow's */
	return number;
}

void place_give(struct flow_table *t, uint32_t number)
{
	uint32_t *list = &t->free[t->chunks[number / CHUNK_FLOWS].wides != NULL];

	*place_at(t, number) = (struct place){.next = *list, .prev = UNUSED};
	*list = number;
}

size_t flow_table_bytes(const struct flow_table *t)
{
	size_t bytes = sizeof *t + t->bucket_n * sizeof *t->buckets + t->chunk_room * sizeof *t->chunks +
	               t->due_room * sizeof *t->due + blocks_bytes(&t->rares) + blocks_bytes(&t->store);

	for (size_t i = 0; i < t->chunk_n; i++)
		bytes += t->chunks[i].wides ? CHUNK_FLOWS * sizeof(struct wide) : 0;
	return bytes;
}
