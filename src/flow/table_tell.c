/* What the table alone knows of a flow: the shift of its time, and the ends of an IPv6 flow. */
#include <string.h>

#include "flow/table_inside.h"

/* ---- shifts: of all flows a few, of hostile captures' many */

static unsigned shift_number(struct flow_table *t, int64_t shift_us)
{
	unsigned unused = SHIFTS;

	if (t->shifts[t->shift].flows && t->shifts[t->shift].us == shift_us)
		return t->shift;
	for (unsigned i = 1; i < SHIFTS; i++) {
		if (t->shifts[i].flows && t->shifts[i].us == shift_us)
			return i;
		if (!t->shifts[i].flows && unused == SHIFTS)
			unused = i;
	}
	return unused;
}

bool shift_note(struct flow_table *t, struct story *s, int64_t shift_us)
{
	unsigned number = shift_us ? shift_number(t, shift_us) : 0;
	struct rare *r = number == SHIFTS ? story_rare(s, &t->rares) : NULL;

	s->shift = (uint8_t)number;
	if (r)
		r->shift_us = shift_us;
	if (number == 0 || number == SHIFTS)
		return number == 0 || r;
	t->shift = number;
	t->shifts[number].us = shift_us;
	t->shifts[number].flows++;
	return true;
}

void shift_forget(struct flow_table *t, const struct story *s)
{
	if (s->shift && s->shift < SHIFTS)
		t->shifts[s->shift].flows--;
}

static int64_t shift_of(const struct flow_table *t, const struct story *s)
{
	if (s->shift == SHIFTS)
		return s->rare->shift_us;
	return s->shift ? t->shifts[s->shift].us : 0;
}

/* ---- flows */

struct addr flow_address(const struct flow_table *t, const struct tracked *r, enum side side)
{
	const uint8_t *high = r->story->wide ? wide_at(t, r->number)->high[side] : NULL;
	uint32_t low = (uint32_t)(side == SIDE_CLIENT ? r->story->addresses : r->story->addresses >> 32);
	uint32_t mark = addr_v4_mark();
	uint64_t halves[2] = {0};
	struct addr a;

	if (high) {
		memcpy(&halves[0], high, sizeof halves[0]);
		memcpy(&mark, high + sizeof halves[0], sizeof mark);
	}
	halves[1] = addr_half(mark, low);
	memcpy(a.b, halves, sizeof a.b);
	return a;
}

struct addr flow_table_client(const struct flow_table *t, const struct tracked *r)
{
	return flow_address(t, r, SIDE_CLIENT);
}

void flow_table_tell(const struct flow_table *t, const struct tracked *r, struct flow *ret_flow)
{
	story_tell(r->story, ret_flow);
	ret_flow->client = flow_address(t, r, SIDE_CLIENT);
	ret_flow->server = flow_address(t, r, SIDE_SERVER);
	ret_flow->said = r->beside->said;
	ret_flow->id = r->beside->id;
	ret_flow->source = (uint16_t)r->beside->source;
	ret_flow->shift_us = shift_of(t, r->story);
}
