/* Ending flows: a wheel of seconds finds the idle ones. */
#include <stdlib.h>

#include "base/limits.h"
#include "flow/table_inside.h"

#define LOOK 32u /* flows of the wheel prefetched at once */

/* ---- the wheel */

void wheel_leave(struct flow_table *t, uint32_t number)
{
	const struct place *p = place_at(t, number);

	if (p->prev == NO_WHEEL)
		return;
	if (p->prev & WHEEL_HEAD)
		t->wheel[p->prev - WHEEL_HEAD] = p->next;
	else
		place_at(t, p->prev)->next = p->next;
	if (p->next != NIL)
		place_at(t, p->next)->prev = p->prev;
}

void wheel_enter(struct flow_table *t, const struct tracked *r)
{
	struct place *p = place_at(t, r->number);
	int64_t s = story_due_us(r->story) / SECOND_US + 1;

	if (s <= t->wheel_s)
		s = t->wheel_s + 1;
	if (s - t->wheel_s >= (int64_t)WHEEL_SLOTS)
		s = t->wheel_s + WHEEL_SLOTS - 1;
	uint32_t slot = (uint32_t)((uint64_t)s % WHEEL_SLOTS);
	p->prev = WHEEL_HEAD + slot;
	p->next = t->wheel[slot];
	if (p->next != NIL)
		place_at(t, p->next)->prev = r->number;
	t->wheel[slot] = r->number;
}

void flow_table_restate(struct flow_table *t, const struct tracked *flow)
{
	wheel_leave(t, flow->number);
	wheel_enter(t, flow);
}

/* ---- ageing */

/* Flows that timed out, to be ended in the order of their first packets: the
 * order must not depend on what else is in the table. */
static bool due_ensure(struct flow_table *t, size_t n)
{
	if (n <= t->due_room)
		return true;
	struct due *at = realloc(t->due, n * sizeof *at);
	if (!at)
		return false;
	t->due = at;
	t->due_room = n;
	return true;
}

static bool due_add(struct flow_table *t, const struct tracked *r)
{
	if (t->due_n == t->due_room && !due_ensure(t, t->due_room ? t->due_room * 2 : 256))
		return false;
	t->due[t->due_n++] = (struct due){r->beside->id, r->number};
	return true;
}

/* Take up to LOOK flows off a list and prefetch them; returns their number. */
static size_t list_take(struct flow_table *t, uint32_t *list, uint32_t ret_flows[static LOOK])
{
	size_t n = 0;

	for (; *list != NIL && n < LOOK; *list = place_at(t, *list)->next) {
		ret_flows[n++] = *list;
		record_prefetch(t, *list);
	}
	return n;
}

/* A flow's idle time is over, unless it sent something since it was put there. */
static void look_at(struct flow_table *t, uint32_t number, int64_t now_us)
{
	struct tracked r = tracked_at(t, number);

	place_at(t, number)->prev = NO_WHEEL;
	if (story_due_us(r.story) > now_us)
		wheel_enter(t, &r);
	else if (!due_add(t, &r))
		tracked_end(t, &r, false);
}

static void wheel_turn(struct flow_table *t, int64_t now_us)
{
	uint32_t *slot = &t->wheel[(uint64_t)t->wheel_s % WHEEL_SLOTS], list = *slot, flows[LOOK];

	*slot = NIL;
	for (size_t n; (n = list_take(t, &list, flows)) > 0;)
		for (size_t i = 0; i < n; i++)
			look_at(t, flows[i], now_us);
}

static int by_first(const void *a, const void *b)
{
	const struct due *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static void sort_due(struct flow_table *t)
{
	if (t->due_n > 1)
		qsort(t->due, t->due_n, sizeof *t->due, by_first);
	t->due_at = 0;
}

#define AHEAD 4u /* flows */

/* Flows that end have been idle, so they have left the cache: prefetch the next ones, each step what the one
 * before holds the address of. steps: how many are left until the flow ends. */
static void due_expect(struct flow_table *t, size_t at, unsigned steps)
{
	if (at >= t->due_n)
		return;
	struct tracked r = tracked_at(t, t->due[at].number);
	if (steps == 3)
		record_prefetch(t, r.number);
	else if (t->hooks.soon)
		t->hooks.soon(t->hooks.context, &r, steps);
}

/* The first flows have none before them that would prefetch them. */
static void due_expect_first(struct flow_table *t)
{
	for (unsigned steps = 3; steps > 0; steps--)
		for (size_t i = 0; i < steps * AHEAD; i++)
			due_expect(t, i, steps);
}

static void end_due(struct flow_table *t, uint64_t before)
{
	if (t->due_at == 0)
		due_expect_first(t);
	for (; t->due_at < t->due_n && t->due[t->due_at].id < before; t->due_at++) {
		for (unsigned steps = 3; steps > 0; steps--)
			due_expect(t, t->due_at + steps * AHEAD, steps);
		struct tracked r = tracked_at(t, t->due[t->due_at].number);
		tracked_end(t, &r, false);
	}
	if (t->due_at == t->due_n)
		t->due_at = t->due_n = 0;
}

void flow_table_advance(struct flow_table *t, int64_t now_us)
{
	int64_t to = now_us / SECOND_US;

	if (t->wheel_s == INT64_MIN || to <= t->wheel_s)
		return;
	/* One whole turn visits every flow: more would visit nothing new. */
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

	if (!begun)
		(void)due_ensure(t, t->n); /* at once, rather than by doubling */
	for (size_t i = 0; !begun && i < t->chunk_n * CHUNK_FLOWS; i++) {
		if (!is_used(t, (uint32_t)i))
			continue;
		struct tracked r = tracked_at(t, (uint32_t)i);
		if (!due_add(t, &r))
			tracked_end(t, &r, false);
	}
	if (!begun)
		sort_due(t);
	end_due(t, before);
}

void flow_table_each(struct flow_table *t, void (*f)(void *, const struct tracked *), void *context)
{
	for (size_t i = 0; i < t->chunk_n * CHUNK_FLOWS; i++) {
		struct tracked r = tracked_at(t, (uint32_t)i);
		if (is_used(t, (uint32_t)i))
			f(context, &r);
	}
}

void flow_table_sweep(struct flow_table *t, size_t records, void (*f)(void *, const struct tracked *), void *context)
{
	size_t all = t->chunk_n * CHUNK_FLOWS;

	for (size_t i = 0; i < records && i < all; i++) {
		t->broom = (t->broom + 1) % all;
		struct tracked r = tracked_at(t, (uint32_t)t->broom);
		if (is_used(t, (uint32_t)t->broom))
			f(context, &r);
	}
}
