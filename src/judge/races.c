/* Races between the address families of one machine, whose two addresses are two clients. The cancelled try is sent
 * once and says nothing, however often that happens. A family without a route, while the other works, is a matter of
 * the machine's network and not of a rule. source RFC 8305 5 */
#include "base/limits.h"
#include "judge/candidate.h"

#define CALLED_OFF_US (2 * SECOND_US) /* RFC 8305 8: attempts follow each other by at most two seconds */

static bool wins_against(const struct candidate *o, const struct candidate *c)
{
	return o->finding.outcome == OUTCOME_OK && o->host == c->host && o->called.proto == c->called.proto &&
	       addr_is_v4(&o->called.server) != addr_is_v4(&c->called.server);
}

void gate_other_family(struct candidate **at, size_t n)
{
	for (size_t i = 0, from = 0; i < n; i++) {
		struct candidate *c = at[i];
		while (at[from]->rule != c->rule || at[from]->started_us < c->started_us - CALLED_OFF_US)
			from++;
		bool unrouted = c->finding.unrouted && c->finding.outcome == OUTCOME_BLOCKED;
		if (!c->finding.single && !unrouted)
			continue;
		bool lost = false;
		size_t first = i - from > SIBLINGS_MOST ? i - SIBLINGS_MOST : from;
		for (size_t k = first; k < n && at[k]->rule == c->rule && !lost; k++) {
			if (at[k]->started_us > c->started_us + CALLED_OFF_US || k > i + SIBLINGS_MOST)
				break;
			lost = wins_against(at[k], c);
		}
		if (lost && unrouted)
			finding_doubt(&c->finding, "lost-race");
		c->finding.single &= !lost;
	}
}
