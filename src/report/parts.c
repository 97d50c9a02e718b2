#include "report/parts.h"

#include "base/limits.h"

/* A client that used a host this shortly before a look-up of its name failed still knows the address. */
#define KNOWN_US (2 * MINUTE_US)

/* Cut or stalled after the service had answered (contract 1). */
static bool ends_midway(const struct tried *t)
{
	return t->answered &&
	       (t->outcome == OUTCOME_RESET || (t->outcome == OUTCOME_BLOCKED && t->signature == SIG_TCP_STALL));
}

static bool went_well(const struct tried *t)
{
	return !t->by_lookup && (t->outcome == OUTCOME_OK || ends_midway(t));
}

/* A resolver gave the client an address for the name later, so what failed works now. For the signatures of false
 * answers an answer proves nothing. */
static bool is_answered_later(const struct map *answered, const struct tried *t)
{
	struct answered_key key = {t->client, t->host};
	const int64_t *last = answered ? map_find(answered, &key) : NULL;

	return last && !signature_is_lie((enum signature)t->signature) && *last > t->ended_us;
}

/* An idle connection whose state was dropped is not cut in the middle of its exchange. */
static bool timed_out(const struct tried *t)
{
	return ends_midway(t) && t->hint == HINT_STATE_TIMEOUT;
}

/* All attempts, two or more, end in the middle of their exchange: then having been answered does not make them ok. */
static bool all_end_midway(const struct tried *t, size_t n)
{
	size_t midway = 0, others = 0;

	for (size_t i = 0; i < n; i++) {
		if (t[i].by_lookup || t[i].outcome == OUTCOME_INCONCLUSIVE)
			continue;
		if (ends_midway(&t[i]) && !timed_out(&t[i]))
			midway++;
		else
			others++;
	}
	return midway >= 2 && others == 0;
}

static enum part flow_part(const struct tried *t, bool midway)
{
	if (t->outcome == OUTCOME_INCONCLUSIVE)
		return PART_UNDECIDED;
	return went_well(t) && !(midway && t->outcome != OUTCOME_OK) ? PART_OK : PART_BAD;
}

static enum part lookup_part(const struct tried *t, bool ok, const struct map *answered)
{
	if (ok || t->outcome == OUTCOME_OK || is_answered_later(answered, t))
		return PART_OVERRULED;
	return t->outcome == OUTCOME_INCONCLUSIVE ? PART_UNDECIDED : PART_BAD;
}

bool parts_of_host(struct tried *t, size_t n, const struct map *answered)
{
	bool midway = all_end_midway(t, n);
	bool ok = false;
	int64_t used_us = 0;

	for (size_t i = 0; i < n; i++) {
		t[i].part = (uint8_t)flow_part(&t[i], midway);
		if (t[i].by_lookup || t[i].part != PART_OK)
			continue;
		ok = true;
		used_us = t[i].ended_us > used_us ? t[i].ended_us : used_us;
	}
	for (size_t i = 0; i < n; i++)
		if (t[i].by_lookup)
			t[i].part = (uint8_t)lookup_part(&t[i], ok && used_us + KNOWN_US >= t[i].started_us, answered);
	return ok;
}
