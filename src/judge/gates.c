/* What explains a failed attempt otherwise than by a block. Each gate may only make an attempt inconclusive,
 * but for one that adds up what single flows could not show: tries repeated over several connections. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "decode/packet.h"
#include "judge/candidate.h"

#define RETRY_US (30 * SECOND_US)     /* "repeated seconds later" */
#define RACE_US (2 * SECOND_US)       /* happy eyeballs and the like: RFC 8305 5 */
#define DANCE_US (60 * SECOND_US)     /* a challenge and the answer to it, the user typing */
#define OUTAGE_US MINUTE_US
#define OUTAGE_HOSTS 3

static bool is_bad(const struct candidate *c)
{
	return c->finding.outcome == OUTCOME_BLOCKED || c->finding.outcome == OUTCOME_RESET;
}

static bool is_ok(const struct candidate *c)
{
	return c->finding.outcome == OUTCOME_OK;
}

static bool same_address(const struct candidate *a, const struct candidate *b)
{
	return a->called.proxied || b->called.proxied || addr_equal(&a->called.server, &b->called.server);
}

/* A wildcard and a network stand for many hosts, which tell nothing of each other. A try that shows no name may
 * be any's. */
static bool same_host(const struct candidate *a, const struct candidate *b)
{
	return a->host == b->host || !a->host || !b->host;
}

bool client_is_one_sided(const struct judge *j, uint32_t client)
{
	const struct audience *a = client < j->audience_room ? &j->audiences[client] : NULL;

	return a && !j->o.two_way && (a->received + a->received_before == 0 || a->sent + a->sent_before == 0);
}

static void gate_one_sided(struct judge *j, struct candidate *c)
{
	if (c->finding.outcome != OUTCOME_INCONCLUSIVE && client_is_one_sided(j, c->client) &&
	    (c->finding.silent || j->audiences[c->client].sent + j->audiences[c->client].sent_before == 0))
		finding_doubt(&c->finding, "one-sided");
	/* A finding in doubt keeps the better reason. */
	else if (c->finding.single && client_is_one_sided(j, c->client))
		c->finding.single = false;
}

static void gate_taint(struct candidate *c)
{
	if (c->taint != TAINT_NONE && !c->by_lookup)
		finding_doubt(&c->finding, c->taint == TAINT_SINKHOLE ? "sinkholed" : "forged-answer");
}

#define LOSS_GRACE_US (5 * SECOND_US) /* an answer may come so late; it may be what was lost */

/* Silence while packets were lost proves nothing. */
static void gate_losses(const struct judge *j, struct candidate *c)
{
	if (!(c->finding.silent || c->finding.single) ||
	    !watch_is_lossy(j->o.watch, c->started_us, c->ended_us, LOSS_GRACE_US))
		return;
	c->finding.single = false;
	if (c->finding.outcome != OUTCOME_INCONCLUSIVE)
		finding_doubt(&c->finding, "capture-drops");
}

/* ---- gates within the attempts of one client on one rule, by time (of one host, those on single sends) */

static enum signature repeated_signature(const struct candidate *c)
{
	if (c->called.proto == PROTO_TCP)
		return SIG_TCP_SYN_TIMEOUT;
	if (c->protocol == TALK_QUIC)
		return SIG_QUIC_TIMEOUT;
	return c->protocol == TALK_STUN ? SIG_STUN_TIMEOUT : SIG_UDP_TIMEOUT;
}

/* Single sends, each given up early, that went unanswered again and again. */
static void gate_repeated_tries(const struct judge *j, struct candidate **at, size_t n)
{
	struct candidate *first = NULL, *last = NULL;
	size_t singles = 0;

	for (size_t i = 0; i < n; i++) {
		if (is_ok(at[i]) || at[i]->answered_us)
			return;
		if (!at[i]->finding.single)
			continue;
		if (!first)
			first = at[i];
		last = at[i];
		singles++;
	}
	if (singles < 3 || last->started_us - first->started_us < j->o.waits.tcp_us)
		return;
	struct finding *f = &last->finding;
	*f = (struct finding){.outcome = OUTCOME_BLOCKED, .signature = repeated_signature(last), .silent = true,
	                      .confidence = CONFIDENCE_LOW, .argument = f->argument};
	finding_detail(f, "%zu tries over %.1f s, each given up early, none answered", singles,
	               (double)(last->started_us - first->started_us) / 1e6);
	finding_proof(f, "repeated", "%zu tries", singles);
}

/* A try that lost a race against a sibling, and was called off. */
static bool lost_race(const struct candidate *c, struct candidate *const *at, size_t n)
{
	bool icmp = c->finding.signature == SIG_ICMP_UNREACHABLE;

	if (c->finding.signature != SIG_TCP_SYN_TIMEOUT && !icmp)
		return false;
	if (!icmp && c->syn_n > 2)
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct candidate *o = at[i];
		if (o == c || !is_ok(o) || same_address(o, c) || !same_host(o, c))
			continue;
		/* An unreachable other family is the client's network, not a rule. */
		bool other_family = addr_is_v4(&o->called.server) != addr_is_v4(&c->called.server);
		if (icmp && !other_family)
			continue;
		int64_t until_us = c->ended_us + (icmp ? RETRY_US : RACE_US);
		if (o->started_us >= c->started_us - RACE_US && o->started_us <= until_us)
			return true;
	}
	return false;
}

/* What failed before c could show a name failed for its address and port, whatever the name. */
static bool same_target(const struct candidate *o, const struct candidate *c)
{
	return same_address(o, c) && o->called.port == c->called.port &&
	       (same_host(o, c) || !signature_sees_names(c->finding.signature));
}

/* One failed try between good ones, mended seconds later at the same address and port. */
static bool was_retried(struct candidate *const *at, size_t n, size_t i)
{
	const struct candidate *c = at[i];

	for (size_t k = i; k-- > 0;) {
		if (!same_target(at[k], c))
			continue;
		if (is_bad(at[k]))
			return false;
		break;
	}
	for (size_t k = i + 1; k < n; k++) {
		if (!same_target(at[k], c) || at[k]->finding.outcome == OUTCOME_INCONCLUSIVE)
			continue;
		return is_ok(at[k]) && at[k]->started_us <= c->ended_us + RETRY_US;
	}
	return false;
}

/* 407 is a challenge when the same host is let through soon after. */
static bool was_challenged(const struct candidate *c, struct candidate *const *at, size_t n)
{
	bool proxy = c->finding.signature == SIG_PROXY_DENIED || c->finding.signature == SIG_HTTP_BLOCKED;

	if (!proxy || c->status != 407)
		return false;
	for (size_t i = 0; i < n; i++)
		if (at[i]->started_us >= c->started_us && at[i]->started_us - c->ended_us <= DANCE_US && at[i] != c &&
		    (is_ok(at[i]) || (is_bad(at[i]) && at[i]->status != 407)))
			return true;
	return false;
}

/* A site that answers 403 to one page and serves another is not blocked. */
static bool also_answers(const struct candidate *c, struct candidate *const *at, size_t n)
{
	if (c->finding.signature != SIG_HTTP_BLOCKED || c->status != 403)
		return false;
	for (size_t i = 0; i < n; i++)
		if (is_ok(at[i]) && at[i]->called.http_host == c->called.http_host)
			return true;
	return false;
}

static void gate_siblings(struct candidate **at, size_t n)
{
	const char **doubts = calloc(n, sizeof *doubts);

	if (!doubts)
		return;
	for (size_t i = 0; i < n; i++) {
		const struct candidate *c = at[i];
		if (!is_bad(c) || c->by_lookup)
			continue;
		if (lost_race(c, at, n))
			doubts[i] = "lost-race";
		else if (was_challenged(c, at, n))
			doubts[i] = "proxy-challenge";
		else if (also_answers(c, at, n))
			doubts[i] = "answers-otherwise";
		else if (!c->finding.answered && was_retried(at, n, i))
			doubts[i] = "retry-succeeded";
	}
	for (size_t i = 0; i < n; i++)
		if (doubts[i])
			finding_doubt(&at[i]->finding, doubts[i]);
	free(doubts);
}

/* Failing the same way again is more than failing once. */
static void raise_repeated(struct candidate **at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n && k < 64; k++)
			if (k != i && is_bad(at[i]) && is_bad(at[k]) &&
			    at[i]->finding.signature == at[k]->finding.signature &&
			    at[i]->finding.confidence == CONFIDENCE_LOW) {
				at[i]->finding.confidence = CONFIDENCE_MEDIUM;
				finding_proof(&at[i]->finding, "again", "the same at other times");
			}
}

/* ---- outages */

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static bool is_hopeless(const struct candidate *c)
{
	return c->finding.silent || c->finding.single;
}

/* How many different addresses were tried in vain, and over what time. */
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

/* The attempts of one client (by time) that began between two signs of life, the later one at until_us.
 * What goes on behind it was not in the gap. */
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
	addr_format(&at[0]->called.client, client);
	snprintf(text, sizeof text,
	         "%s: for %.0f s nothing at all came back, whatever it tried; nothing of that time is judged", client,
	         (double)(last - at[0]->started_us) / 1e6);
	j->hooks.notice(j->hooks.context, "warning", "outage", text);
}

static void gate_outages(struct judge *j, struct candidate **at, size_t n)
{
	struct audience *a = &j->audiences[at[0]->client];
	size_t gap = 0;

	if (a->heard_n)
		qsort(a->heard, a->heard_n, sizeof *a->heard, by_number);
	for (size_t i = 0, end; i < n; i = end) {
		while (gap < a->heard_n && a->heard[gap] <= judge_second(j, at[i]->started_us))
			gap++;
		uint32_t until = gap < a->heard_n ? a->heard[gap] : UINT32_MAX;
		for (end = i; end < n && judge_second(j, at[end]->started_us) < until; end++)
			;
		if (end == i)
			end++;
		else
			gate_gap(j, at + i, end - i, until == UINT32_MAX ? INT64_MAX : judge_second_us(j, until));
	}
}

/* ---- order */

static int by_client_time(const void *a, const void *b)
{
	const struct candidate *x = *(struct candidate *const *)a, *y = *(struct candidate *const *)b;

	if (x->client != y->client)
		return x->client < y->client ? -1 : 1;
	if (x->started_us != y->started_us)
		return x->started_us < y->started_us ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static int by_client_rule_host_time(const void *a, const void *b)
{
	const struct candidate *x = *(struct candidate *const *)a, *y = *(struct candidate *const *)b;

	if (x->client == y->client && x->rule != y->rule)
		return x->rule < y->rule ? -1 : 1;
	if (x->client == y->client && x->host != y->host)
		return x->host < y->host ? -1 : 1;
	return by_client_time(a, b);
}

static int by_client_rule_time(const void *a, const void *b)
{
	const struct candidate *x = *(struct candidate *const *)a, *y = *(struct candidate *const *)b;

	if (x->client == y->client && x->rule != y->rule)
		return x->rule < y->rule ? -1 : 1;
	return by_client_time(a, b);
}

static bool same_rule(const struct candidate *a, const struct candidate *b)
{
	return a->client == b->client && a->rule == b->rule;
}

/* The gates that look at siblings. Sorts at. */
static void gate_rules(struct judge *j, struct candidate **at)
{
	if (j->n)
		qsort(at, j->n, sizeof *at, by_client_rule_host_time);
	for (size_t i = 0, end; i < j->n; i = end) {
		for (end = i + 1; end < j->n && same_rule(at[end], at[i]) && at[end]->host == at[i]->host; end++)
			;
		if (at[i]->rule >= 0)
			gate_repeated_tries(j, at + i, end - i);
	}
	if (j->n)
		qsort(at, j->n, sizeof *at, by_client_rule_time);
	for (size_t i = 0, end; i < j->n; i = end) {
		for (end = i + 1; end < j->n && same_rule(at[end], at[i]); end++)
			;
		if (at[i]->rule < 0)
			continue;
		gate_siblings(at + i, end - i);
		raise_repeated(at + i, end - i);
	}
}

void judge_gates(struct judge *j)
{
	struct candidate **at = malloc((j->n + 1) * sizeof *at);

	if (!at) {
		j->counters.full = true;
		return;
	}
	for (size_t i = 0; i < j->n; i++) {
		at[i] = &j->candidates[i];
		gate_taint(at[i]);
		gate_one_sided(j, at[i]);
		gate_unheard(j, at[i]);
		gate_losses(j, at[i]);
	}
	gate_other_family(at, j->n);
	if (j->n)
		qsort(at, j->n, sizeof *at, by_client_time);
	for (size_t i = 0, end; i < j->n; i = end) {
		for (end = i + 1; end < j->n && at[end]->client == at[i]->client; end++)
			;
		gate_outages(j, at + i, end - i);
	}
	gate_rules(j, at);
	free(at);
	judge_controls(j);
}
