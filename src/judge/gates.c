/* What explains a failed attempt other than a block. A gate may only make an attempt inconclusive; the one exception
 * adds up what single flows could not show: tries repeated over several connections. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "decode/packet.h"
#include "judge/candidate.h"
#include "judge/order.h"

#define RETRY_US (30 * SECOND_US)     /* "repeated seconds later" */
#define RACE_US (2 * SECOND_US)       /* happy eyeballs and similar races: RFC 8305 5 */
#define DANCE_US (60 * SECOND_US)     /* a challenge and its answer, including the user's typing */
#define SINGLES_LEAST 3u
#define UNHEARD_AHEAD 4u              /* candidates */

static bool is_bad(const struct candidate *c)
{
	return finding_is_bad(&c->finding);
}

static bool is_ok(const struct candidate *c)
{
	return c->finding.outcome == OUTCOME_OK;
}

static bool same_address(const struct candidate *a, const struct candidate *b)
{
	return a->called.proxied || b->called.proxied || addr_equal(&a->called.server, &b->called.server);
}

/* A wildcard or a network stands for many hosts, which say nothing about each other. A try that shows no name may be
 * to any of them. */
static bool same_host(const struct candidate *a, const struct candidate *b)
{
	return a->host == b->host || !a->host || !b->host;
}

static void gate_one_sided(struct judge *j, struct candidate *c)
{
	if (c->finding.outcome != OUTCOME_INCONCLUSIVE && client_is_one_sided(j, c->client) &&
	    (c->finding.silent || j->audiences[c->client].sent + j->audiences[c->client].sent_before == 0))
		finding_doubt(&c->finding, "one-sided");
	/* A finding already in doubt keeps its reason, which is the better one. */
	else if (c->finding.single && client_is_one_sided(j, c->client))
		c->finding.single = false;
}

static void gate_taint(struct candidate *c)
{
	if (c->taint != TAINT_NONE && !c->by_lookup)
		finding_doubt(&c->finding, c->taint == TAINT_SINKHOLE ? "sinkholed" : "forged-answer");
}

#define LOSS_GRACE_US (5 * SECOND_US) /* an answer may come this late, and it may be the packet that was lost */

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

/* ---- gates within one client's attempts on one rule, by time (the single-send gate: within one host's) */

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
		if (is_ok(at[i]) || at[i]->heard)
			return;
		if (!at[i]->finding.single)
			continue;
		if (!first)
			first = at[i];
		last = at[i];
		singles++;
	}
	if (singles < SINGLES_LEAST || last->started_us - first->started_us < j->o.waits.tcp_us)
		return;
	struct finding *f = &last->finding;
	finding_detail(f, "%zu tries over %.1f s, each given up early, none answered", singles,
	               (double)(last->started_us - first->started_us) / 1e6);
	if (last->called.proto == PROTO_UDP && !protocol_answers(last->protocol)) {
		/* What sends one way may open a socket for each datagram. controls.c knows which ports answer. */
		last->flights = singles < UINT16_MAX ? (uint16_t)singles : UINT16_MAX;
		finding_doubt(f, ONE_WAY);
		return;
	}
	*f = (struct finding){.outcome = OUTCOME_BLOCKED, .signature = repeated_signature(last), .silent = true,
	                      .confidence = CONFIDENCE_LOW, .argument = f->argument};
	finding_proof(f, "repeated", "%zu tries", singles);
}

/* Attempts of one client on one rule, by time, and which of them is asked about. */
struct siblings {
	struct candidate **at;
	size_t n, i;
};

/* Attempts that began between two times, end exclusive: at most SIBLINGS_MOST on each side. */
struct span {
	size_t from, end;
};

static struct span around(const struct siblings *s, int64_t from_us, int64_t until_us)
{
	struct span near = {s->i, s->i + 1};

	while (near.from > 0 && s->i - near.from < SIBLINGS_MOST && s->at[near.from - 1]->started_us >= from_us)
		near.from--;
	while (near.end < s->n && near.end - s->i <= SIBLINGS_MOST && s->at[near.end]->started_us <= until_us)
		near.end++;
	return near;
}

/* A try that lost a race against a sibling and was cancelled. */
static bool lost_race(const struct siblings *s)
{
	const struct candidate *c = s->at[s->i];

	if (c->finding.signature != SIG_TCP_SYN_TIMEOUT || c->syn_n > 2)
		return false;
	struct span near = around(s, c->started_us - RACE_US, c->ended_us + RACE_US);
	for (size_t k = near.from; k < near.end; k++) {
		const struct candidate *o = s->at[k];
		if (o != c && is_ok(o) && !same_address(o, c) && same_host(o, c))
			return true;
	}
	return false;
}

/* A try that failed before it could show a name failed for its address and port, whatever the name. */
static bool same_target(const struct candidate *o, const struct candidate *c)
{
	return same_address(o, c) && o->called.port == c->called.port &&
	       (same_host(o, c) || !signature_sees_names(c->finding.signature));
}

/* The retry to the same address and port that mended, seconds later, a single failed try (the one before it did not
 * fail); NULL if there is none. */
static const struct candidate *retry_of(const struct siblings *s)
{
	const struct candidate *c = s->at[s->i];
	struct span near = around(s, INT64_MIN, c->ended_us + RETRY_US);

	for (size_t k = s->i; k-- > near.from;) {
		if (!same_target(s->at[k], c))
			continue;
		if (is_bad(s->at[k]))
			return NULL;
		break;
	}
	for (size_t k = s->i + 1; k < near.end; k++)
		if (same_target(s->at[k], c) && s->at[k]->finding.outcome != OUTCOME_INCONCLUSIVE)
			return is_ok(s->at[k]) ? s->at[k] : NULL;
	return NULL;
}

static const char RETRIED[] = "retry-succeeded";

/* A client that goes to a proxy when the direct way fails, or the reverse, does so each time. */
static const char *retry_doubt(const struct siblings *s)
{
	const struct candidate *o = retry_of(s);

	if (!o)
		return NULL;
	return o->called.proxied == s->at[s->i]->called.proxied ? RETRIED : "other-way";
}

/* Retries explain what happens by chance. Where half of the tries fail and the next ones work, one of two firewalls
 * lacks the rule. */
static bool happens_often(struct candidate *const *at, size_t n, const char *const *doubts)
{
	size_t retried = 0, decided = 0;

	for (size_t i = 0; i < n; i++) {
		retried += doubts[i] == RETRIED;
		decided += at[i]->finding.outcome != OUTCOME_INCONCLUSIVE && (!doubts[i] || doubts[i] == RETRIED);
	}
	return retried > 1 && retried * RETRIES_SHARE > decided;
}

static bool is_challenge(const struct candidate *c)
{
	bool proxy = c->finding.signature == SIG_PROXY_DENIED || c->finding.signature == SIG_HTTP_BLOCKED;

	return proxy && c->status == 407;
}

/* 407 is a challenge when the same host is let through soon after. */
static bool was_challenged(const struct siblings *s)
{
	const struct candidate *c = s->at[s->i];

	if (!is_challenge(c))
		return false;
	struct span near = around(s, c->started_us, c->ended_us + DANCE_US);
	for (size_t k = near.from; k < near.end; k++) {
		const struct candidate *o = s->at[k];
		if (o != c && same_host(o, c) && (is_ok(o) || (is_bad(o) && o->status != 407)))
			return true;
	}
	return false;
}

/* Whether the client asked again soon after and the capture does not show the reply. Sorted by time. */
static bool asks_unread(struct candidate *const *at, size_t n, size_t i)
{
	for (size_t k = i + 1; k < n && k - i <= SIBLINGS_MOST && at[k]->started_us - at[i]->ended_us <= DANCE_US; k++)
		if (at[k]->called.connect && at[k]->status == 0 && at[k]->heard &&
		    at[k]->finding.outcome == OUTCOME_INCONCLUSIVE)
			return true;
	return false;
}

/* The challenge may have been answered where the capture has holes. */
static void gate_unread(const struct judge *j, struct candidate *const *at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_challenge(at[i]) && (unread_follows(j, at[i], DANCE_US) || asks_unread(at, n, i)))
			finding_doubt(&at[i]->finding, "capture-drops");
}

/* A site that answers 403 to one page and serves another is not blocked. A request whose Host the capture missed may
 * be for any site. */
static bool also_answers(const struct siblings *s)
{
	const struct candidate *c = s->at[s->i];

	if (c->finding.signature != SIG_HTTP_BLOCKED || c->status != 403)
		return false;
	struct span near = around(s, INT64_MIN, INT64_MAX);
	for (size_t k = near.from; k < near.end; k++) {
		const struct candidate *o = s->at[k];
		bool unread = !o->called.http_host || !c->called.http_host;
		if (is_ok(o) && (o->called.http_host == c->called.http_host || (unread && same_host(o, c))))
			return true;
	}
	return false;
}

/* A server that refuses one try and serves another at the same moment is reachable: the cause is an old TLS version
 * or an allocation quota. A STUN server that answers Binding requests may still refuse this client relays. */
static bool serves_beside(const struct siblings *s)
{
	const struct candidate *c = s->at[s->i];
	bool stun = c->finding.signature == SIG_STUN_ERROR;

	if (!stun && c->finding.signature != SIG_TLS_ALERT)
		return false;
	struct span near = around(s, c->started_us - RACE_US, c->started_us + RACE_US);
	for (size_t k = near.from; k < near.end; k++) {
		const struct candidate *o = s->at[k];
		if (is_ok(o) && same_target(o, c) && (!stun || judge_call_allocated(o)))
			return true;
	}
	return false;
}

static bool fails_past_opening(const struct candidate *c)
{
	return is_bad(c) && !c->by_lookup && c->called.proto == PROTO_TCP &&
	       signature_is_past_opening(c->finding.signature);
}

/* A connection that opens, and on which nothing is said (browsers open spare ones), passes whatever looks into those
 * that fail later. */
static void gate_bare(struct candidate **at, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct siblings s = {at, n, i};
		if (!fails_past_opening(at[i]))
			continue;
		struct span near = around(&s, INT64_MIN, INT64_MAX);
		for (size_t k = near.from; k < near.end; k++)
			if (at[k]->bare && is_ok(at[k]) && at[k]->called.port == at[i]->called.port &&
			    same_host(at[k], at[i]))
				finding_doubt(&at[k]->finding, "nothing-said");
	}
}

static void gate_siblings(struct candidate **at, size_t n)
{
	const char **doubts = calloc(n, sizeof *doubts);

	if (!doubts)
		return;
	for (size_t i = 0; i < n; i++) {
		const struct siblings s = {at, n, i};
		if (!is_bad(at[i]) || at[i]->by_lookup)
			continue;
		if (lost_race(&s))
			doubts[i] = "lost-race";
		else if (was_challenged(&s))
			doubts[i] = "proxy-challenge";
		else if (also_answers(&s) || serves_beside(&s))
			doubts[i] = "answers-otherwise";
		else if (!at[i]->finding.answered)
			doubts[i] = retry_doubt(&s);
	}
	bool often = happens_often(at, n, doubts);
	for (size_t i = 0; i < n; i++)
		if (doubts[i] && !(often && doubts[i] == RETRIED))
			finding_doubt(&at[i]->finding, doubts[i]);
	free(doubts);
}

/* Failing twice in the same way is stronger evidence than failing once. */
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

/* ---- all gates */

static bool same_rule(const struct candidate *a, const struct candidate *b)
{
	return a->client == b->client && a->rule == b->rule;
}

/* The attempts of one client on one rule, by time. */
static void gate_hosts(struct judge *j, struct candidate *const *at, size_t n)
{
	struct order hosts = {0};

	for (size_t i = 0; i < n; i++)
		order_add(&hosts, at[i], (uint64_t)at[i]->host, at[i]->started_us);
	j->counters.full |= !order_sort(&hosts);
	for (size_t i = 0, end; hosts.at && i < n; i = end) {
		for (end = i + 1; end < n && hosts.at[end]->host == hosts.at[i]->host; end++)
			;
		gate_repeated_tries(j, hosts.at + i, end - i);
	}
	order_release(&hosts);
}

static void gate_rule(struct judge *j, struct candidate **at, size_t n)
{
	size_t singles = 0, bad = 0;

	for (size_t i = 0; i < n; i++)
		singles += at[i]->finding.single;
	if (singles >= SINGLES_LEAST)
		gate_hosts(j, at, n);
	gate_bad_line(j, at, n);
	for (size_t i = 0; i < n; i++)
		bad += is_bad(at[i]);
	if (bad && n > 1) {
		gate_refused_again(at, n);
		gate_bare(at, n);
		gate_siblings(at, n);
		raise_repeated(at, n);
	}
	if (bad)
		gate_unread(j, at, n);
}

/* The gates that look at siblings: one client's attempts on one rule. */
static void gate_rules(struct judge *j, const struct order *ruled)
{
	struct order siblings = {0};

	for (size_t i = 0; i < ruled->n; i++) {
		struct candidate *c = ruled->at[i];
		order_add(&siblings, c, (uint64_t)c->client << 32 | (uint32_t)c->rule, c->started_us);
	}
	j->counters.full |= !order_sort(&siblings);
	struct candidate **at = siblings.at;
	for (size_t i = 0, end; at && i < siblings.n; i = end) {
		for (end = i + 1; end < siblings.n && same_rule(at[end], at[i]); end++)
			;
		gate_rule(j, at + i, end - i);
	}
	order_release(&siblings);
}

/* The gates that need one attempt only. Returns the attempts that some rule asks for, by rule and time. */
static struct order gate_each(struct judge *j)
{
	struct order ruled = {0};

	for (size_t i = 0; i < j->n; i++) {
		struct candidate *c = &j->candidates[i];
		candidate_prefetch(j, i, 2);
		candidate_audience_prefetch(j, i);
		if (i + UNHEARD_AHEAD < j->n)
			unheard_prefetch(j, &j->candidates[i + UNHEARD_AHEAD]);
		gate_taint(c);
		gate_unsure(c);
		gate_one_sided(j, c);
		gate_unheard(j, c);
		gate_losses(j, c);
		outage_count(j, c);
		if (c->rule >= 0)
			order_add(&ruled, c, (uint64_t)c->rule, c->started_us);
	}
	j->counters.full |= !order_sort(&ruled);
	return ruled;
}

void judge_gates(struct judge *j)
{
	struct order ruled = gate_each(j);

	if (ruled.at)
		gate_other_family(ruled.at, ruled.n);
	gate_outages(j);
	if (ruled.at)
		gate_rules(j, &ruled);
	order_release(&ruled);
	judge_controls(j);
}
