/* Remembers what was reported, so that nothing is reported twice. */
#include "base/limits.h"
#include "judge/candidate.h"

/* Whether it says no more than what was reported. What raised the confidence leaves the window long before the attempt
 * is forgotten: it proved it all the same. */
static bool adds_nothing(const struct given *now, const struct given *before)
{
	return now->outcome == before->outcome && now->signature == before->signature && now->rule == before->rule &&
	       now->ended_us == before->ended_us && now->confidence <= before->confidence;
}

/* Whether it ended so long ago that what explained it may have left the window: as it was reported it stays, unless the
 * connection went on. A look-up that was not reported was explained. */
static bool is_closed(const struct judge *j, const struct candidate *c, const struct given *before)
{
	return j->now_us - c->ended_us > REOPEN_LIVE_US && (before ? before->ended_us == c->ended_us : c->by_lookup);
}

struct given *judge_gives(struct judge *j, const struct candidate *c, bool *ret_first)
{
	bool settled = c->finding.outcome == OUTCOME_OK || j->now_us - c->ended_us >= SETTLE_LIVE_US;
	struct given now = {.started_us = c->started_us,
	                    .outcome = (uint8_t)c->finding.outcome, .signature = (uint8_t)c->finding.signature,
	                    .confidence = (uint8_t)c->finding.confidence, .rule = c->rule, .ended_us = c->ended_us};
	struct given *before = map_find(&j->given, &c->id);

	*ret_first = !before;
	if (before && adds_nothing(&now, before))
		return NULL;
	if (is_closed(j, c, before) || (!before && j->ticking && !settled))
		return NULL;
	if (!before)
		before = map_put(&j->given, &c->id, NULL);
	if (!before) { /* reported, it would be so each tick */
		j->counters.full = true;
		return NULL;
	}
	now.told = before->told;
	*before = now;
	return before;
}

struct keeping {
	struct map kept;
	int64_t since_us;
	bool whole; /* there was memory for all of them */
};

static bool keep(void *context, const void *key, void *value)
{
	struct keeping *k = context;
	const struct given *g = value;

	if (g->ended_us < k->since_us)
		return true;
	struct given *at = map_put(&k->kept, key, NULL);
	if (at)
		*at = *g;
	k->whole = at;
	return at;
}

void given_forget(struct judge *j, int64_t before_us)
{
	struct keeping k = {.since_us = before_us, .whole = true};

	map_init(&k.kept, sizeof(uint64_t), sizeof(struct given), j->given.most);
	map_each(&j->given, keep, &k);
	if (!k.whole) {
		map_release(&k.kept);
		return;
	}
	map_release(&j->given);
	j->given = k.kept;
}
