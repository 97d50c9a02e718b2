/* Settling: which rules each candidate tried, what explains it, and giving out the attempts. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "decode/packet.h"
#include "judge/candidate.h"
#include "judge/order.h"

/* ---- claims: what each candidate tried */

#define AHEAD 16      /* candidates: prefetch distance for what DNS said about their servers */
#define AHEAD_LINES 6 /* second prefetch, when the first has arrived */

/* An accepted certificate proves that a suspected forged answer was genuine. */
static uint8_t taint_that_counts(const struct candidate *c, uint8_t taint)
{
	bool proved = c->finding.outcome == OUTCOME_OK && (c->protocol == TALK_TLS || c->protocol == TALK_QUIC);

	return taint == TAINT_FORGED && proved ? TAINT_NONE : taint;
}

static void claim(struct judge *j, size_t index)
{
	struct claim claims[CLAIMS_MOST];
	const struct evidence_of_name called = candidate_called(&j->candidates[index]), *e = &called;
	size_t n = claims_of(&j->claims, e, claims);

	j->counters.many_groups |= claims[0].more;
	/* GREASE ECH hides nothing: DNS was asked for the name it shows, or a proxy for the host. */
	if (e->ech && !e->connect &&
	    !(claims[0].by == CLAIM_SNI && (memory_recall_name(j->memory, e->client_number, &e->server, e->sni) ||
	                                    memory_is_named(j->memory, &e->server, e->sni))))
		j->audiences[j->candidates[index].client].ech = true;
	for (size_t i = 0; i < n; i++) {
		struct candidate *c = i == 0 ? &j->candidates[index] : candidate_add(j);
		if (!c)
			return;
		if (i > 0) {
			*c = j->candidates[index];
			c->copy = true;
			c->id += i;
			candidate_find(j, c, &j->candidates[index].finding); /* an argument of its own */
		}
		c->rule = claims[i].rule;
		c->host = claims[i].host;
		c->by = (uint8_t)claims[i].by;
		c->taint = taint_that_counts(c, claims[i].taint);
		c->unsure = claims[i].unsure;
		struct audience *a = &j->audiences[c->client];
		a->listed |= c->rule >= 0;
	}
}

static void claims_prefetch(const struct judge *j, size_t index, size_t n)
{
	if (index + AHEAD < n) {
		const struct candidate *c = &j->candidates[index + AHEAD];
		memory_prefetch(j->memory, c->client, &c->called.server);
	}
	if (index + AHEAD_LINES < n) {
		const struct candidate *c = &j->candidates[index + AHEAD_LINES];
		memory_prefetch_lines(j->memory, c->client, &c->called.server);
	}
}

/* ---- giving out */

static bool is_bad(const struct candidate *c)
{
	return finding_is_bad(&c->finding);
}

/* Whether a connection of no rule is worth reporting: it failed, and its client is not a scanner. */
static bool unlisted_kept(struct judge *j, const struct candidate *c)
{
	if (!is_bad(c))
		return false;
	if (c->finding.signature == SIG_QUIC_TIMEOUT)
		return false; /* without a rule there is nothing to block */
	if (c->called.proto == PROTO_UDP && addr_is_v4(&c->called.server) && c->called.server.b[15] == 255)
		return false; /* most likely a subnet's broadcast: nobody has to answer */
	if (c->protocol == TALK_QUIC || (c->called.proto == PROTO_UDP && c->called.port == 443))
		return false;
	return flood_reports(j, c->client);
}

static void fill_attempt(const struct judge *j, const struct candidate *c, struct attempt *a)
{
	const struct finding *f = &c->finding;
	const struct addr *client = memory_client_address(j->memory, c->client);
	static const struct candidate_rest none;
	const struct candidate_rest *rest = c->rest ? c->rest : &none;

	*a = (struct attempt){
	    .id = c->id,
	    .rule = c->rule,
	    .client = *client,
	    .attributed_by = (enum attributed_by)c->by,
	    .address = c->by_lookup || c->called.proxied ? rest->connect_address : c->called.server,
	    .port = c->called.port,
	    .proto = c->called.proto,
	    .started_us = c->started_us + c->shift_us,
	    .ended_us = c->ended_us + c->shift_us,
	    .outcome = f->outcome,
	    .answered = f->answered,
	    .signature = f->signature,
	    .confidence = f->confidence,
	    .hint = f->hint,
	    .by_lookup = c->by_lookup,
	};
	const char *host = names_text(j->names, c->host);
	if (!*host && c->rule >= 0) {
		const struct rule *r = &j->o.lists->rules[c->rule];
		const struct host *h = &j->o.lists->groups[r->group].hosts[r->host];
		host = h->kind == HOST_PREFIX || h->kind == HOST_ANY ? "" : h->text;
	}
	text_copy(host, a->host, sizeof a->host);
	if (!*host)
		addr_format(&c->called.server, a->host);
	a->unnamed = !*host && addr_equal(&a->address, &c->called.server);
	if (f->argument) {
		a->remark = f->argument->remark;
		if (!j->o.counted || c->called.connect)
			remark_say(&a->remark, a->detail);
	}
	if (f->argument && argument_has_words(f->argument)) {
		if (*f->argument->detail)
			memcpy(a->detail, f->argument->detail, sizeof a->detail);
		memcpy(a->blocker, f->argument->blocker, sizeof a->blocker);
		memcpy(a->proofs, f->argument->proofs, f->argument->proof_n * sizeof a->proofs[0]);
		a->proof_n = f->argument->proof_n;
	}
	if (c->called.connect && f->outcome != OUTCOME_INCONCLUSIVE && f->signature != SIG_PROXY_DENIED) {
		char proxy[ADDR_TEXT];
		size_t n = strlen(a->detail);
		snprintf(a->detail + n, sizeof a->detail - n, "%sthrough proxy %s", n ? ", " : "",
		         addr_format(&c->called.server, proxy));
	}
	if (f->outcome == OUTCOME_INCONCLUSIVE && f->why_not)
		text_copy(f->why_not, a->why_not, sizeof a->why_not);
	if (c->client_port && !c->by_lookup)
		a->tuple = (struct tuple){*client, c->called.server, c->client_port, c->port_seen, c->called.proto};
	if (j->o.counted)
		return;
	a->bytes_out = rest->bytes_out;
	a->bytes_in = rest->bytes_in;
	tuple_community(&a->tuple, a->community_id);
	if (rest->conn_state)
		text_copy(rest->conn_state, a->conn_state, sizeof a->conn_state);
}

static void give_attempt(struct judge *j, const struct candidate *c)
{
	struct attempt a;
	bool first = true;
	struct given *now = j->o.live ? judge_gives(j, c, &first) : NULL;

	if (j->o.live && !now)
		return;
	if (c->stepped && !c->copy && first)
		judge_give_call(j, c);
	/* What was reported is mended, whatever it turned out to be. */
	if (c->rule < 0 && !(now && now->told) && !unlisted_kept(j, c))
		return;
	if (now)
		now->told = true;
	fill_attempt(j, c, &a);
	const struct exhibit_packets *packets = candidate_packets(c);
	size_t n = is_bad(c) && (packets || j->o.counted) ? c->packet_n : 0;
	j->hooks.attempt(j->hooks.context, &a, n && packets ? packets->at : NULL, n);
}

void judge_give_lookup(struct judge *j, const struct lookup *l)
{
	char address[ADDR_TEXT];

	if (l->dull)
		return;
	struct judged_lookup row = {.asked_us = l->asked_us + l->shift_us,
	                            .client = *memory_client_address(j->memory, l->client),
	                            .resolver = l->resolver, .name = names_text(j->names, l->name), .qtype = l->qtype,
	                            .rcode = l->answered_us ? l->rcode : -1, .ede = l->ede};

	if (l->answered_us)
		row.answered_us = l->answered_us + l->shift_us;
	snprintf(row.answer, sizeof row.answer, "%.70s%s%s", names_text(j->names, l->alias),
	         l->alias && l->answer_hash ? " " : "",
	         l->answer_hash ? addr_format(&l->answer, address) : "");
	j->hooks.lookup(j->hooks.context, &row);
}

/* Whether there can be anything to report. */
static bool has_something(const struct judge *j, const struct candidate *c)
{
	return c->rule >= 0 || is_bad(c) || c->stepped || j->o.live;
}

/* Time order is not memory order, hence the prefetch. */
static void give_prefetch(const struct judge *j, const struct order *o, size_t i)
{
	const size_t far = i + CANDIDATES_AHEAD, nearer = i + CANDIDATES_AHEAD / 2;

	if (far < o->n)
		cache_prefetch(o->at[far], sizeof *o->at[far]);
	if (nearer >= o->n)
		return;
	const struct candidate *c = o->at[nearer];
	cache_prefetch(c->finding.argument, offsetof(struct argument, detail));
	if (j->hooks.soon)
		j->hooks.soon(j->hooks.context, memory_client_address(j->memory, c->client), &c->called.server);
}

static void give_attempts(struct judge *j)
{
	struct order o = {0};

	for (size_t i = 0; i < j->n; i++) {
		candidate_prefetch(j, i, 2);
		if (has_something(j, &j->candidates[i]))
			order_add(&o, &j->candidates[i], 0, j->candidates[i].started_us); /* sane, not displayed */
	}
	j->counters.full |= !order_sort(&o);
	for (size_t i = 0; o.at && i < o.n; i++) {
		give_prefetch(j, &o, i);
		give_attempt(j, o.at[i]);
	}
	order_release(&o);
}

void judge_settle(struct judge *j)
{
	size_t flows = j->n;

	nameless_begin(j);
	refused_connect(j);
	for (size_t i = 0; i < flows; i++) {
		claims_prefetch(j, i, flows);
		candidate_prefetch(j, i, 2);
		claim(j, i);
		nameless_note(j, &j->candidates[i]);
	}
	judge_lookup_cases(j);
	nameless_end(j);
	judge_resolver_cases(j);
	judge_gates(j);
	give_attempts(j);
}

void judge_finish(struct judge *j)
{
	if (!j->o.live) {
		judge_want_resolvers(j);
		memory_seal(j->memory);
	}
	judge_settle(j);
	flood_sum(j);
	for (size_t i = 0; i < lookups_count(j->lookups); i++)
		judge_give_lookup(j, lookups_at(j->lookups, i));
	judge_neighbours(j);
	judge_notices(j);
}
