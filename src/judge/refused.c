/* Connections that go on after a RST: some clients send the SYN again from the same port (Windows: twice, half a
 * second apart). It is one try, to the name that was looked up before the first SYN. */
#include "judge/candidate.h"

#include "base/limits.h"
#include "judge/order.h"

#define AGAIN_US (2 * SECOND_US)

static bool is_refused(const struct candidate *c)
{
	return c->finding.signature == SIG_TCP_SYN_RESET && finding_is_bad(&c->finding);
}

/* Whether o is the same connection as c, which was refused before. */
static bool goes_on(const struct candidate *c, const struct candidate *o)
{
	return c->client == o->client && c->client_port == o->client_port && c->port_seen == o->port_seen &&
	       is_refused(o) && addr_equal(&c->called.server, &o->called.server) && o->started_us >= c->ended_us &&
	       o->started_us - c->ended_us <= AGAIN_US;
}

void refused_connect(struct judge *j)
{
	struct order o = {0};

	for (size_t i = 0; i < j->n; i++) {
		struct candidate *c = &j->candidates[i];
		candidate_prefetch(j, i, 1);
		if (is_refused(c))
			order_add(&o, c, (uint64_t)c->client << 32 | (uint64_t)c->client_port << 16 | c->port_seen,
			          c->started_us);
	}
	j->counters.full |= !order_sort(&o);
	for (size_t i = 1; o.at && i < o.n; i++) {
		const struct candidate *before = o.at[i - 1];
		int64_t begun_us = before->started_us - before->called.begun_ms * INT64_C(1000);
		if (goes_on(before, o.at[i]))
			o.at[i]->called.begun_ms = (uint32_t)((o.at[i]->started_us - begun_us) / 1000);
	}
	order_release(&o);
}

/* Only the last refusal counts, however often the SYN was sent. */
void gate_refused_again(struct candidate **at, size_t n)
{
	for (size_t i = 0; i + 1 < n; i++)
		for (size_t k = i + 1; is_refused(at[i]) && k < n && k - i <= SIBLINGS_MOST &&
		                       at[k]->started_us <= at[i]->ended_us + AGAIN_US;
		     k++)
			if (goes_on(at[i], at[k]))
				finding_doubt(&at[i]->finding, "same-connection");
}
