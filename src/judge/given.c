/* Remembers what was reported, so that nothing is reported twice. */
#include "base/limits.h"
#include "judge/candidate.h"

static bool same(const struct given *a, const struct given *b)
{
	return a->outcome == b->outcome && a->signature == b->signature && a->confidence == b->confidence &&
	       a->rule == b->rule &&
	       a->ended_us == b->ended_us;
}

bool judge_gives(struct judge *j, const struct candidate *c, bool *ret_first)
{
	bool bad = finding_is_bad(&c->finding);
	struct given now = {.outcome = (uint8_t)c->finding.outcome, .signature = (uint8_t)c->finding.signature,
	                    .confidence = (uint8_t)c->finding.confidence, .rule = c->rule, .ended_us = c->ended_us};
	struct given *before = map_find(&j->given, &c->id);

	*ret_first = !before;

	if (before && same(before, &now))
		return false;
	if (!before && bad && j->ticking && j->now_us - c->ended_us < SETTLE_LIVE_US)
		return false;
	if (!before)
		before = map_put(&j->given, &c->id, NULL);
	if (before)
		*before = now;
	return true;
}
