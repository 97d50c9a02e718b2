#include "report/parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/limits.h"
#include "base/map.h"

/* A retry within this time explains a failure; a success at another address within it does not show that the rule
 * was mended meanwhile. */
#define RETRY_US MINUTE_US

static int compare(const void *left, const void *right)
{
	const struct tried *a = left, *b = right;

	if (a->rule != b->rule)
		return a->rule < b->rule ? -1 : 1;
	if (a->client != b->client)
		return a->client < b->client ? -1 : 1;
	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	if (a->started_us != b->started_us)
		return a->started_us < b->started_us ? -1 : 1;
	return (a->ended_us > b->ended_us) - (a->ended_us < b->ended_us);
}

/* The host is an address: no name was known. */
static bool is_nameless(const struct tried *t)
{
	return t->host == t->address || !t->host;
}

static int compare_hosts(const void *left, const void *right)
{
	const struct tried *a = left, *b = right;

	return a->host != b->host ? (a->host < b->host ? -1 : 1) : compare(a, b);
}

static bool is_failure(const struct tried *t)
{
	return t->part == PART_BAD || t->part == PART_MENDED;
}

/* The client's times over all addresses of a host. */
struct span {
	int64_t first_ok, last_ok, last_bad, last_bad_end; /* 0: none */
};

/* A single failure between successes, repeated seconds later at the same address and port. Returns their number. */
static size_t find_retries(struct tried *t, size_t n)
{
	struct tried *before = NULL, *failed = NULL;
	size_t retried = 0;

	for (size_t i = 0; i < n; i++) {
		if (t[i].part != PART_OK && t[i].part != PART_BAD)
			continue;
		if (t[i].part == PART_OK && failed && t[i].started_us - failed->ended_us <= RETRY_US) {
			failed->part = PART_RETRIED;
			retried++;
		}
		bool lone = !(before && before->part == PART_BAD);
		failed = t[i].part == PART_BAD && !t[i].by_lookup && lone ? &t[i] : NULL;
		before = &t[i];
	}
	return retried;
}

/* One address and port of one client: mended by a later success there; or by one anywhere if the client had no
 * success before and did not merely switch to another address. Returns whether it failed and never worked. */
static bool settle_port(struct tried *t, size_t n, const struct span *span, struct ruling_client *c)
{
	int64_t last_ok = t->address ? 0 : span->last_ok, closed_us = span->first_ok - span->last_bad_end;
	bool ok_here = false, bad_here = false, opened = span->first_ok > span->last_bad && closed_us > RETRY_US;

	for (size_t i = 0; i < n; i++) {
		if (t[i].part != PART_OK)
			continue;
		ok_here = true;
		last_ok = t[i].started_us > last_ok ? t[i].started_us : last_ok;
	}
	for (size_t i = 0; i < n; i++) {
		if (t[i].part != PART_BAD)
			continue;
		if (!t[i].by_lookup && (last_ok > t[i].started_us || opened)) {
			t[i].part = PART_MENDED;
			continue;
		}
		c->bad = true;
		/* A failed look-up says nothing about an address. */
		bad_here |= !t[i].by_lookup || !span->first_ok;
	}
	return bad_here && !ok_here;
}

/* Mended requires that nothing failed after the success: if the last attempt failed, all failures stand. */
static void unmend_port(struct tried *t, size_t n)
{
	bool bad = false;

	for (size_t i = 0; i < n; i++)
		bad |= t[i].part == PART_BAD;
	for (size_t i = 0; bad && i < n; i++)
		if (t[i].part == PART_MENDED)
			t[i].part = PART_BAD;
}

/* The attempts at one address, or at one of its ports: one port of a range says nothing about the others. */
static size_t address_run(const struct tried *t, size_t n, bool one_port)
{
	size_t i = 1;

	while (i < n && t[i].address == t[0].address && !(one_port && t[i].port != t[0].port))
		i++;
	return i;
}

static struct span span_of(const struct tried *t, size_t n)
{
	struct span s = {0};

	for (size_t i = 0; i < n; i++) {
		if (t[i].part == PART_OK) {
			s.first_ok = !s.first_ok || t[i].started_us < s.first_ok ? t[i].started_us : s.first_ok;
			s.last_ok = t[i].started_us > s.last_ok ? t[i].started_us : s.last_ok;
		} else if (t[i].part == PART_BAD || t[i].part == PART_RETRIED) {
			s.last_bad = t[i].started_us > s.last_bad ? t[i].started_us : s.last_bad;
			s.last_bad_end = t[i].ended_us > s.last_bad_end ? t[i].ended_us : s.last_bad_end;
		}
	}
	return s;
}

/* A failure that a retry explains decides nothing, just as if a gate had doubted it. */
static void count(const struct tried *t, struct gap_counts *counts)
{
	if (t->part == PART_OVERRULED)
		return;
	if (t->part == PART_OK)
		counts->by_outcome[OUTCOME_OK]++;
	else if (t->part == PART_RETRIED)
		counts->by_outcome[OUTCOME_INCONCLUSIVE]++;
	else
		counts->by_outcome[t->outcome]++;
}

static enum verdict verdict_of(const struct gap_counts *counts, bool failed)
{
	const uint64_t *n = counts->by_outcome;

	if (n[OUTCOME_OK])
		return failed ? VERDICT_PARTIAL : VERDICT_ALLOWED;
	if (failed)
		return VERDICT_BLOCKED;
	return n[OUTCOME_INCONCLUSIVE] ? VERDICT_INCONCLUSIVE : VERDICT_UNSEEN;
}

bool tried_several_hosts(const struct tried *t, size_t n)
{
	bool several = false;

	for (size_t i = 0; i < n; i++) {
		if (is_nameless(&t[i]))
			return false;
		several |= t[i].host != t[0].host;
	}
	return several;
}

/* The attempts on one host. */
static size_t host_run(const struct tried *t, size_t n, bool several)
{
	size_t i = 1;

	while (i < n && (!several || t[i].host == t[0].host))
		i++;
	return i;
}

static void settle_address(struct tried *t, size_t n, const struct span *span, struct ruling_client *c)
{
	bool ok = false, dead = false;

	for (size_t i = 0, run; i < n; i += run) {
		run = address_run(t + i, n - i, true);
		dead |= settle_port(t + i, run, span, c);
		unmend_port(t + i, run);
	}
	for (size_t i = 0; i < n; i++)
		ok |= t[i].part == PART_OK;
	c->elsewhere |= dead && !ok;
	c->other_port |= dead && ok;
}

static void settle_host(struct tried *t, size_t n, struct ruling_client *c)
{
	struct span span = span_of(t, n);

	for (size_t i = 0, run; i < n; i += run)
		settle_address(t + i, run = address_run(t + i, n - i, false), &span, c);
}

static void first_parts(struct tried *t, struct ruling_client *c, bool several, const struct map *answered)
{
	for (size_t i = 0, n; i < c->n; i += n)
		c->ok |= parts_of_host(t + i, n = host_run(t + i, c->n - i, several), answered);
}

/* Successful retries explain one failure, or a small share of them. */
static void forgive(struct tried *t, size_t n, bool several)
{
	size_t decided = 0, retried = 0;

	for (size_t i = 0, host; i < n; i += host) {
		host = host_run(t + i, n - i, several);
		for (size_t k = i, run; k < i + host; k += run) {
			run = address_run(t + k, i + host - k, true);
			retried += find_retries(t + k, run);
		}
	}
	for (size_t i = 0; i < n; i++)
		decided += t[i].part == PART_OK || t[i].part == PART_BAD || t[i].part == PART_RETRIED;
	if (retried == 1 || retried * RETRIES_SHARE <= decided)
		return;
	for (size_t i = 0; i < n; i++)
		if (t[i].part == PART_RETRIED)
			t[i].part = PART_BAD;
}

/* A failure before a name was shown concerns only the address: any name that works there later shows that it works
 * again. */
static void mend_addresses(struct tried *t, size_t n)
{
	for (size_t i = 0, run; i < n; i += run) {
		int64_t last_ok = 0;
		run = address_run(t + i, n - i, true);
		for (size_t k = i; k < i + run; k++)
			if (t[k].part == PART_OK && t[k].started_us > last_ok)
				last_ok = t[k].started_us;
		for (size_t k = i; k < i + run; k++)
			if (t[k].part == PART_BAD && t[k].address && !t[k].by_lookup && t[k].started_us < last_ok &&
			    !signature_sees_names((enum signature)t[k].signature))
				t[k].part = PART_MENDED;
	}
}

static void settle_client(struct tried *t, struct ruling_client *c, const struct map *answered)
{
	bool several = tried_several_hosts(t, c->n), failed = false;

	if (several)
		qsort(t, c->n, sizeof *t, compare_hosts);
	first_parts(t, c, several, answered);
	forgive(t, c->n, several);
	for (size_t i = 0, n; i < c->n; i += n) {
		n = host_run(t + i, c->n - i, several);
		settle_host(t + i, n, c);
	}
	if (several) {
		qsort(t, c->n, sizeof *t, compare);
		mend_addresses(t, c->n);
		c->bad = false;
	}
	for (size_t i = 0; i < c->n; i++) {
		c->bad |= t[i].part == PART_BAD;
		failed |= is_failure(&t[i]);
		count(&t[i], &c->counts);
	}
	c->verdict = verdict_of(&c->counts, failed);
}

static const char *partial_by(const struct ruling_client *clients, size_t n)
{
	bool bad = false, elsewhere = false, other_port = false;

	for (size_t i = 0; i < n; i++) {
		if (clients[i].bad && !clients[i].ok)
			return "client";
		bad |= clients[i].bad;
		elsewhere |= clients[i].bad && clients[i].elsewhere;
		other_port |= clients[i].bad && clients[i].other_port;
	}
	if (!bad)
		return "mended";
	return elsewhere ? "address" : other_port ? "port" : "time";
}

static void rule_on(struct ruling *r, const struct tried *tried, const struct ruling_client *clients)
{
	bool failed = false;
	enum confidence sure = CONFIDENCE_LOW;

	for (size_t i = r->first; i < r->first + r->n; i++) {
		const struct tried *t = &tried[i];
		if (t->part == PART_OVERRULED)
			continue;
		count(t, &r->counts);
		failed |= is_failure(t);
		if (is_failure(t) && t->confidence > sure)
			sure = t->confidence;
	}
	r->verdict = verdict_of(&r->counts, failed);
	r->confidence = r->verdict == VERDICT_ALLOWED ? CONFIDENCE_HIGH : sure;
	if (r->verdict == VERDICT_PARTIAL)
		r->partial_by = partial_by(clients + r->client_first, r->client_n);
}

void verdicts_tell_times(struct verdicts *v, const struct tried *tried)
{
	for (struct ruling *r = v->rulings; r && r < v->rulings + v->rule_n; r++) {
		r->first_us = r->last_us = 0;
		for (size_t i = r->first; i < r->first + r->n; i++) {
			const struct tried *t = &tried[i];
			if (t->part == PART_OVERRULED)
				continue;
			r->first_us = !r->first_us || t->started_us < r->first_us ? t->started_us : r->first_us;
			r->last_us = t->ended_us > r->last_us ? t->ended_us : r->last_us;
		}
	}
}

static size_t client_run(const struct tried *t, size_t n)
{
	size_t i = 1;

	while (i < n && t[i].rule == t[0].rule && t[i].client == t[0].client)
		i++;
	return i;
}

static enum err settle_all(struct tried *tried, size_t n, const struct map *answered, struct verdicts *v)
{
	size_t room = 0;

	for (size_t i = 0, run; i < n && tried[i].rule < v->rule_n; i += run) {
		struct ruling *r = &v->rulings[tried[i].rule];
		run = client_run(tried + i, n - i);
		struct ruling_client *grown = array_grow(v->clients, v->client_n, &room, sizeof *grown);
		if (!grown)
			return err_fail(ERR_MEMORY, "out of memory");
		v->clients = grown;
		struct ruling_client *c = &v->clients[v->client_n];
		*c = (struct ruling_client){.client = tried[i].client, .first = i, .n = run};
		settle_client(tried + i, c, answered);
		if (r->n == 0) {
			r->first = i;
			r->client_first = v->client_n;
		}
		r->n += run;
		if (c->verdict == VERDICT_UNSEEN) /* only overruled look-ups */
			continue;
		r->client_n++;
		v->client_n++;
	}
	return ERR_OK;
}

enum err verdicts_settle(struct tried *tried, size_t n, size_t rule_n, const struct map *answered,
                         struct verdicts *ret_verdicts)
{
	struct verdicts v = {.rulings = calloc(rule_n + 1, sizeof *v.rulings), .rule_n = rule_n};
	enum err e = v.rulings ? ERR_OK : err_fail(ERR_MEMORY, "out of memory");

	if (e == ERR_OK && n > 0) {
		qsort(tried, n, sizeof *tried, compare);
		e = settle_all(tried, n, answered, &v);
	}
	for (size_t i = 0; e == ERR_OK && i < rule_n; i++)
		rule_on(&v.rulings[i], tried, v.clients);
	verdicts_tell_times(&v, tried);
	if (e == ERR_OK)
		*ret_verdicts = v;
	else
		verdicts_release(&v);
	return e;
}

void verdicts_release(struct verdicts *v)
{
	free(v->rulings);
	free(v->clients);
	*v = (struct verdicts){0};
}
