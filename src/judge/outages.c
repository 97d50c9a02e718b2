/* Outages: what a client tried while nothing at all came back says nothing about rules. */
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "judge/candidate.h"
#include "judge/order.h"

#define OUTAGE_US MINUTE_US
#define OUTAGE_HOSTS 3

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static bool is_hopeless(const struct candidate *c)
{
	return c->finding.silent || c->finding.single;
}

void outage_count(struct judge *j, const struct candidate *c)
{
	if (is_hopeless(c))
		j->hopeless |= ++j->audiences[c->client].hopeless >= OUTAGE_HOSTS;
}

/* How many different addresses were tried without an answer, and over what time. */
static size_t count_hosts(struct candidate *const *at, size_t n, struct addr seen[static OUTAGE_HOSTS])
{
	size_t hosts = 0;

	for (size_t i = 0; i < n && hosts < OUTAGE_HOSTS; i++) {
		bool known = !is_hopeless(at[i]);
		for (size_t k = 0; k < hosts; k++)
			known |= addr_equal(&seen[k], &at[i]->called.server);
		if (!known)
			seen[hosts++] = at[i]->called.server;
	}
	return hosts;
}

/* Live: an outage is told once, when it is over and all of its attempts are known; when the client has tried nothing
 * more since last_us, which is not to be forgotten; or at the end. */
static bool is_told_now(struct judge *j, uint32_t client, int64_t last_us, int64_t until_us)
{
	bool over = until_us != INT64_MAX;
	int64_t ago_us = j->now_us - (over ? until_us : last_us);

	if (!j->o.live)
		return true;
	if (j->ticking && over && (ago_us < SETTLE_LIVE_US || ago_us > REOPEN_LIVE_US))
		return false;
	if (j->ticking && !over && ago_us < REOPEN_LIVE_US)
		return false;
	if (j->outages.n >= LONE_TARGETS_MOST)
		map_clear(&j->outages);
	uint32_t second = judge_second(j, over ? until_us : last_us), *told = map_put(&j->outages, &client, NULL);
	if (!told || *told >= second)
		return false;
	*told = second;
	return true;
}

/* One client's attempts, by time, that began between two signs of life, the later one at until_us. What continues
 * after that is outside the gap. */
static void gate_gap(struct judge *j, struct candidate **at, size_t n, int64_t until_us)
{
	struct addr seen[OUTAGE_HOSTS];
	int64_t last = 0;
	char client[ADDR_TEXT], text[160];

	for (size_t i = 0; i < n; i++)
		if (is_hopeless(at[i]) && at[i]->ended_us > last)
			last = at[i]->ended_us;
	if (last > until_us)
		last = until_us;
	if (n < OUTAGE_HOSTS || last - at[0]->started_us < OUTAGE_US || count_hosts(at, n, seen) < OUTAGE_HOSTS)
		return;
	for (size_t i = 0; i < n; i++)
		if (is_hopeless(at[i]))
			finding_doubt(&at[i]->finding, "outage"), at[i]->finding.single = false;
	if (!is_told_now(j, at[0]->client, last, until_us))
		return;
	addr_format(memory_client_address(j->memory, at[0]->client), client);
	snprintf(text, sizeof text,
	         "%s: for %.0f s nothing at all came back, whatever it tried; nothing of that time is judged", client,
	         (double)(last - at[0]->started_us) / 1e6);
	j->hooks.notice(j->hooks.context, "warning", "outage", text);
}

/* The attempts of one client, by time. */
static void gate_client(struct judge *j, struct candidate **at, size_t n)
{
	struct audience *a = &j->audiences[at[0]->client];
	uint32_t *heard = audience_seconds(a);
	size_t gap = 0;

	if (a->heard_n)
		qsort(heard, a->heard_n, sizeof *heard, by_number);
	for (size_t i = 0, end; i < n; i = end) {
		while (gap < a->heard_n && heard[gap] <= judge_second(j, at[i]->started_us))
			gap++;
		uint32_t until = gap < a->heard_n ? heard[gap] : UINT32_MAX;
		for (end = i; end < n && judge_second(j, at[end]->started_us) < until; end++)
			;
		if (end == i)
			end++;
		else
			gate_gap(j, at + i, end - i, until == UINT32_MAX ? INT64_MAX : judge_second_us(j, until));
	}
}

/* The attempts of clients with enough unanswered tries. */
static struct order gather(struct judge *j)
{
	struct order o = {0};

	for (size_t i = 0; j->hopeless && i < j->n; i++) {
		struct candidate *c = &j->candidates[i];
		candidate_prefetch(j, i, 1);
		candidate_audience_prefetch(j, i);
		if (j->audiences[c->client].hopeless >= OUTAGE_HOSTS)
			order_add(&o, c, c->client, c->started_us);
	}
	for (size_t i = 0; j->o.live && i < j->audience_room; i++) /* otherwise it is not read again */
		j->audiences[i].hopeless = 0;
	j->hopeless = false;
	return o;
}

void gate_outages(struct judge *j)
{
	struct order o = gather(j);

	j->counters.full |= !order_sort(&o);
	for (size_t i = 0, end; o.at && i < o.n; i = end) {
		for (end = i + 1; end < o.n && o.at[end]->client == o.at[i]->client; end++)
			;
		gate_client(j, o.at + i, end - i);
	}
	order_release(&o);
}
