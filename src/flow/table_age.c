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

static void wheel_turn(struct flow_table *t, int64_t now_us)
{
	uint32_t i = t->wheel[(uint64_t)t->wheel_s % WHEEL_SLOTS];

	while (i != NIL) {
		struct record *r = record_at(t, i);
		i = r->next;
		if (flow_due_us(&r->tracked.flow) <= now_us)
			tracked_end(t, r);
		else
			flow_table_restate(t, &r->tracked);
	}
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
}

static int by_first(const void *a, const void *b)
{
	const struct record *x = *(struct record *const *)a, *y = *(struct record *const *)b;

	return x->tracked.flow.id < y->tracked.flow.id ? -1 : x->tracked.flow.id > y->tracked.flow.id;
}

void flow_table_finish(struct flow_table *t)
{
	struct record **all = malloc((t->n + 1) * sizeof *all);
	size_t n = 0;

	for (size_t i = 0; i < t->chunk_n * CHUNK_FLOWS; i++) {
		struct record *r = record_at(t, (uint32_t)i);
		if (!r->used)
			continue;
		if (all)
			all[n++] = r;
		else
			tracked_end(t, r);
	}
	if (n)
		qsort(all, n, sizeof *all, by_first);
	for (size_t i = 0; i < n; i++)
		tracked_end(t, all[i]);
	free(all);
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
