#include <stdlib.h>

#include "base/limits.h"
#include "flow/table_inside.h"

/* ---- the wheel */

void wheel_leave(struct flow_table *t, uint32_t number)
{
	const struct place *p = place_at(t, number);

	if (p->wheel == NO_WHEEL)
		return;
	if (p->prev != NIL)
		place_at(t, p->prev)->next = p->next;
	else
		t->wheel[p->wheel] = p->next;
	if (p->next != NIL)
		place_at(t, p->next)->prev = p->prev;
}

void wheel_enter(struct flow_table *t, const struct tracked *r)
{
	struct place *p = place_at(t, r->number);
	int64_t s = flow_due_us(&r->flow) / SECOND_US + 1;

	if (s <= t->wheel_s)
		s = t->wheel_s + 1;
	if (s - t->wheel_s >= (int64_t)WHEEL_SLOTS)
		s = t->wheel_s + WHEEL_SLOTS - 1;
	p->wheel = (uint16_t)((uint64_t)s % WHEEL_SLOTS);
	p->prev = NIL;
	p->next = t->wheel[p->wheel];
	if (p->next != NIL)
		place_at(t, p->next)->prev = r->number;
	t->wheel[p->wheel] = r->number;
}

void flow_table_restate(struct flow_table *t, struct tracked *flow)
{
	wheel_leave(t, flow->number);
	wheel_enter(t, flow);
}

/* ---- ageing */

/* Flows whose time is over, to be ended in the order of their first packets: the
 * order must not depend on what else is in the table. */
static bool due_add(struct flow_table *t, struct tracked *r)
{
	if (t->due_n == t->due_room) {
		size_t room = t->due_room ? t->due_room * 2 : 256;
		struct tracked **at = realloc(t->due, room * sizeof *at);
		if (!at)
			return false;
		t->due = at;
		t->due_room = room;
	}
	t->due[t->due_n++] = r;
	return true;
}

static void wheel_turn(struct flow_table *t, int64_t now_us)
{
	uint32_t *slot = &t->wheel[(uint64_t)t->wheel_s % WHEEL_SLOTS], i = *slot;

	*slot = NIL;
	while (i != NIL) {
		struct tracked *r = tracked_at(t, i);
		struct place *p = place_at(t, i);
		i = p->next;
		p->wheel = NO_WHEEL;
		if (flow_due_us(&r->flow) > now_us)
			wheel_enter(t, r);
		else if (!due_add(t, r))
			tracked_end(t, r);
	}
}

static int by_first(const void *a, const void *b)
{
	const struct tracked *x = *(struct tracked *const *)a, *y = *(struct tracked *const *)b;

	return x->flow.id < y->flow.id ? -1 : x->flow.id > y->flow.id;
}

static void sort_due(struct flow_table *t)
{
	if (t->due_n > 1)
		qsort(t->due, t->due_n, sizeof(struct tracked *), by_first);
	t->due_at = 0;
}

#define AHEAD 4u /* flows */

/* Flows that end have rested, so the cache has lost them: ask it for what is read of the next ones, each step
 * for what the one before told the place of. */
static void due_prefetch(const struct flow_table *t)
{
	const struct tracked *const *next = (const struct tracked *const *)t->due + t->due_at;
	size_t n = t->due_n - t->due_at;

	if (n > 3 * AHEAD)
		record_prefetch(next[3 * AHEAD]);
	if (n > 2 * AHEAD) {
		__builtin_prefetch(place_at(t, next[2 * AHEAD]->number), 1);
		__builtin_prefetch(next[2 * AHEAD]->flow.said);
	}
	if (n > AHEAD)
		__builtin_prefetch(&t->buckets[place_at(t, next[AHEAD]->number)->hash & (t->bucket_n - 1)], 1);
}

static void end_due(struct flow_table *t, uint64_t before)
{
	for (; t->due_at < t->due_n && t->due[t->due_at]->flow.id < before; t->due_at++) {
		due_prefetch(t);
		tracked_end(t, t->due[t->due_at]);
	}
	if (t->due_at == t->due_n)
		t->due_at = t->due_n = 0;
}

void flow_table_advance(struct flow_table *t, int64_t now_us)
{
	int64_t to = now_us / SECOND_US;

	if (t->wheel_s == INT64_MIN || to <= t->wheel_s)
		return;
	/* One whole turn sees every flow: more would see nothing new. */
	if (to - t->wheel_s > (int64_t)WHEEL_SLOTS)
		t->wheel_s = to - WHEEL_SLOTS;
	while (t->wheel_s < to) {
		t->wheel_s++;
		wheel_turn(t, now_us);
	}
	sort_due(t);
	end_due(t, UINT64_MAX);
}

void flow_table_finish(struct flow_table *t, uint64_t before)
{
	bool begun = t->due_n > 0;

	for (size_t i = 0; !begun && i < t->chunk_n * CHUNK_FLOWS; i++) {
		struct tracked *r = tracked_at(t, (uint32_t)i);
		if (place_at(t, (uint32_t)i)->used && !due_add(t, r))
			tracked_end(t, r);
	}
	if (!begun)
		sort_due(t);
	end_due(t, before);
}

void flow_table_each(struct flow_table *t, void (*f)(void *, struct tracked *), void *context)
{
	for (size_t i = 0; i < t->chunk_n * CHUNK_FLOWS; i++) {
		struct tracked *r = tracked_at(t, (uint32_t)i);
		if (place_at(t, (uint32_t)i)->used)
			f(context, r);
	}
}

void flow_table_sweep(struct flow_table *t, size_t records, void (*f)(void *, struct tracked *), void *context)
{
	size_t all = t->chunk_n * CHUNK_FLOWS;

	for (size_t i = 0; i < records && i < all; i++) {
		t->broom = (t->broom + 1) % all;
		struct tracked *r = tracked_at(t, (uint32_t)t->broom);
		if (place_at(t, (uint32_t)t->broom)->used)
			f(context, r);
	}
}
