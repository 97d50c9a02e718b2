/* Flows that work on ports of no rule are of no interest themselves, but show that an address is alive. They are the
 * majority: a fixed-size table remembers one per address in ten minutes; on a collision the newer one stays. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "judge/candidate.h"

#define PLACES 8192u /* 256 KiB: fits a cache */

struct passing {
	struct addr server;
	int64_t at_us;
	uint16_t port;
	uint8_t proto; /* 0: empty slot */
};

/* The hash is not keyed: what is found must not depend on chance. Deliberate collisions only hide a control. */
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
