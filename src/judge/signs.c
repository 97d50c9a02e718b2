/* Signs that several signatures look for. */
#include "flow/story.h"
#include "judge/signature.h"

uint32_t ms_between(moment from, moment to)
{
	return to > from ? to - from : 0;
}

double seconds_between(moment from, moment to)
{
	return ms_between(from, to) / 1000.0;
}

bool waited(const struct exhibit *e, moment from, moment to, int64_t wait_us)
{
	if (to > from && (int64_t)(to - from) * 1000 >= wait_us)
		return true;
	return e->end_us - flow_time(e->flow, to) >= wait_us;
}

bool reset_came_first(const struct flow *f)
{
	const struct half *c = &f->half[SIDE_CLIENT], *s = &f->half[SIDE_SERVER];
	bool took = c->acks && (s->first_data ? seq_before(s->begin, c->acked) : f->synack > s->rst);

	if (!s->rst || !f->reset.data_after || !f->synack || (s->first_data && s->first_data <= s->rst))
		return false;
	return !took && c->last_data <= s->rst && c->fin <= s->rst;
}

bool reset_was_ignored(const struct flow *f)
{
	const struct half *c = &f->half[SIDE_CLIENT], *s = &f->half[SIDE_SERVER];

	return f->reset.data_after && !c->rst && c->progress > s->rst && s->progress > s->rst;
}

bool server_spoke(const struct flow *f)
{
	const struct half *c = &f->half[SIDE_CLIENT], *s = &f->half[SIDE_SERVER];

	if (reset_came_first(f))
		return false;
	return s->first_data || (f->synack && c->acks && seq_before(s->next, c->acked));
}
