/* What works on ports that no rule asks for is of no interest itself, but tells that an address is
 * alive. Such flows are most of all: of each address a place in a table of fixed size remembers one in
 * ten minutes, and where two meet the newer one stays. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "judge/candidate.h"

#define PLACES 8192u /* 256 KiB: fits a cache */

struct passing {
	struct addr server;
	int64_t at_us;
	uint16_t port;
	uint8_t proto; /* 0: nobody */
};

/* Not keyed: what is found must not hang on chance. Who picks addresses that meet only hides a control. */
static struct passing *place_of(const struct judge *j, const struct addr *server, int64_t period)
{
	uint64_t halves[2];

	memcpy(halves, server->b, sizeof halves);
	uint64_t h = (halves[0] ^ halves[1] ^ (uint64_t)period) * UINT64_C(0x9e3779b97f4a7c15);
	return &j->passing[h >> 32 & (PLACES - 1)];
}

void passing_note(struct judge *j, const struct flow *f)
{
	if (!j->passing)
		j->passing = calloc(PLACES, sizeof *j->passing);
	if (!j->passing)
		return;
	int64_t period = f->first_us / CONTROL_US;
	*place_of(j, &f->server, period) = (struct passing){f->server, f->first_us, f->server_port, f->proto};
}

bool passing_find(const struct judge *j, const struct candidate *c, uint16_t *ret_port, uint8_t *ret_proto)
{
	int64_t period = c->started_us / CONTROL_US;

	for (int64_t p = period - 1; j->passing && p <= period + 1; p++) {
		const struct passing *at = place_of(j, &c->called.server, p);
		int64_t off_us = at->at_us - c->started_us;
		if (at->proto == 0 || off_us > CONTROL_US || off_us < -CONTROL_US ||
		    !addr_equal(&at->server, &c->called.server))
			continue;
		*ret_port = at->port;
		*ret_proto = at->proto;
		return true;
	}
	return false;
}
