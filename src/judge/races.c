/* Races between the address families of one machine, whose two addresses are
 * two clients: the try that is called off is sent once and says nothing, however
 * often it happens. source RFC 8305 5 */
#include <stdlib.h>

#include "base/limits.h"
#include "judge/candidate.h"

#define CALLED_OFF_US (2 * SECOND_US) /* RFC 8305 8: attempts follow each other by at most two seconds */

static int by_rule_time(const void *a, const void *b)
{
	const struct candidate *x = *(struct candidate *const *)a, *y = *(struct candidate *const *)b;

	if (x->rule != y->rule)
		return x->rule < y->rule ? -1 : 1;
	if (x->started_us != y->started_us)
		return x->started_us < y->started_us ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static bool wins_against(const struct candidate *o, const struct candidate *c)
{
	return o->finding.outcome == OUTCOME_OK && o->host == c->host && o->called.proto == c->called.proto &&
	       addr_is_v4(&o->called.server) != addr_is_v4(&c->called.server);
}

void gate_other_family(struct candidate **at, size_t n)
{
	if (n)
		qsort(at, n, sizeof *at, by_rule_time);
	for (size_t i = 0, from = 0; i < n; i++) {
		struct candidate *c = at[i];
		while (at[from]->rule != c->rule || at[from]->started_us < c->started_us - CALLED_OFF_US)
			from++;
		if (!c->finding.single || c->rule < 0)
			continue;
		for (size_t k = from; k < n && at[k]->rule == c->rule && c->finding.single; k++) {
			if (at[k]->started_us > c->started_us + CALLED_OFF_US)
				break;
			c->finding.single = !wins_against(at[k], c);
		}
	}
}
