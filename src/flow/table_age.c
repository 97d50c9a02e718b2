#include <stdlib.h>

#include "base/limits.h"
#include "flow/table_inside.h"

/* ---- the wheel */

void wheel_leave(struct flow_table *t, struct record *r)
{
	if (r->prev != NIL)
		record_at(t, r->prev)->next = r->next;
	else
		t->wheel[r->wheel] = r->next;
	if (r->next != NIL)
		record_at(t, r->next)->prev = r->prev;
}

void wheel_enter(struct flow_table *t, struct record *r)
{
	int64_t s = flow_due_us(&r->tracked.flow) / SECOND_US + 1;

	if (s <= t->wheel_s)
		s = t->wheel_s + 1;
	if (s - t->wheel_s >= (int64_t)WHEEL_SLOTS)
		s = t->wheel_s + WHEEL_SLOTS - 1;
	r->wheel = (uint16_t)((uint64_t)s % WHEEL_SLOTS);
	r->prev = NIL;
	r->next = t->wheel[r->wheel];
	if (r->next != NIL)
		record_at(t, r->next)->prev = r->self;
	t->wheel[r->wheel] = r->self;
}

void flow_table_restate(struct flow_table *t, struct tracked *flow)
{
	wheel_leave(t, record_of(flow));
	wheel_enter(t, record_of(flow));
}

/* ---- ageing */

/* Flows whose time is over, to be ended in the order of their first packets: the
 * order must not depend on what else is in the table. */
static bool due_add(struct flow_table *t, struct record *r)
{
	if (t->due_n == t->due_room) {
		size_t room = t->due_room ? t->due_room * 2 : 256;
		struct record **at = realloc(t->due, room * sizeof *at);
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
	uint32_t i = t->wheel[(uint64_t)t->wheel_s % WHEEL_SLOTS];

	while (i != NIL) {
		struct record *r = record_at(t, i);
		i = r->next;
		if (flow_due_us(&r->tracked.flow) > now_us)
			flow_table_restate(t, &r->tracked);
		else if (!due_add(t, r))
			tracked_end(t, r);
	}
}

static int by_first(const void *a, const void *b)
{
	const struct record *x = *(struct record *const *)a, *y = *(struct record *const *)b;

	return x->tracked.flow.id < y->tracked.flow.id ? -1 : x->tracked.flow.id > y->tracked.flow.id;
}

static void sort_due(struct flow_table *t)
{
	if (t->due_n > 1)
		qsort(t->due, t->due_n, sizeof(struct record *), by_first);
	t->due_at = 0;
}

static void end_due(struct flow_table *t, uint64_t before)
{
	for (; t->due_at < t->due_n && t->due[t->due_at]->tracked.flow.id < before; t->due_at++)
		tracked_end(t, t->due[t->due_at]);
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
		struct record *r = record_at(t, (uint32_t)i);
		if (r->used && !due_add(t, r))
			tracked_end(t, r);
	}
	if (!begun)
		sort_due(t);
	end_due(t, before);
}

void flow_table_each(struct flow_table *t, void (*f)(void *, struct tracked *), void *context)
{
	for (size_t i = 0; i < t->chunk_n * CHUNK_FLOWS; i++) {
		struct record *r = record_at(t, (uint32_t)i);
		if (r->used)
			f(context, &r->tracked);
	}
}

void flow_table_sweep(struct flow_table *t, size_t records, void (*f)(void *, struct tracked *), void *context)
{
	size_t all = t->chunk_n * CHUNK_FLOWS;

	for (size_t i = 0; i < records && i < all; i++) {
		t->broom = (t->broom + 1) % all;
		struct record *r = record_at(t, (uint32_t)t->broom);
		if (r->used)
			f(context, &r->tracked);
	}
}
