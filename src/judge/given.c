/* Remembers what was reported, so that nothing is reported twice. */
#include "base/limits.h"
#include "judge/candidate.h"

static bool same(const struct given *a, const struct given *b)
{
	return a->outcome == b->outcome && a->signature == b->signature && a->confidence == b->confidence &&
	       a->rule == b->rule &&
	       a->ended_us == b->ended_us;
}

/* Whether it ended so long ago that what explained it may have left the window: as it was reported it stays, unless the
 * connection went on. A look-up that was not reported was explained. */
static bool is_closed(const struct judge *j, const struct candidate *c, const struct given *before)
{
	return j->now_us - c->ended_us > REOPEN_LIVE_US && (before ? before->ended_us == c->ended_us : c->by_lookup);
}

bool judge_gives(struct judge *j, const struct candidate *c, bool *ret_first)
{
	bool settled = c->finding.outcome == OUTCOME_OK || j->now_us - c->ended_us >= SETTLE_LIVE_US;
	struct given now = {.started_us = c->started_us,
	                    .outcome = (uint8_t)c->finding.outcome, .signature = (uint8_t)c->finding.signature,
	                    .confidence = (uint8_t)c->finding.confidence, .rule = c->rule, .ended_us = c->ended_us};
	struct given *before = map_find(&j->given, &c->id);

	*ret_first = !before;

	if (before && same(before, &now))
		return false;
	if (is_closed(j, c, before) || (!before && j->ticking && !settled))
		return false;
	if (!before)
		before = map_put(&j->given, &c->id, NULL);
	if (before)
		*before = now;
	return true;
}
