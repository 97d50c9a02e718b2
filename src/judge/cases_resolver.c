/* Attempts on rules for port 53: whether resolvers answer their clients. */
#include <string.h>

#include "base/limits.h"
#include "decode/packet.h"
#include "judge/candidate.h"

static bool is_any(const struct judge *j, const struct rule *rule)
{
	return j->o.lists->groups[rule->group].hosts[rule->host].kind == HOST_ANY;
}

/* A rule for public DNS as such, over this transport. */
static bool asks_for_any(const struct judge *j, const struct rule *rule, uint8_t proto)
{
	return is_any(j, rule) && j->o.lists->groups[rule->group].active && rule->port.proto == proto &&
	       rule->port.low <= 53 && rule->port.high >= 53;
}

/* The resolver's answers to this client in this and the neighbouring minutes. */
static void add_up(const struct judge *j, const struct resolver_minute *m, struct resolver_minute *sum)
{
	*sum = *m;
	for (int distance = -1; distance <= 1; distance += 2) {
		const struct resolver_minute *o = lookups_minute_beside(j->lookups, m, distance);
		if (!o)
			continue;
		sum->queries += o->queries;
		sum->answers += o->answers;
		sum->refused += o->refused;
		if (o->last_query_us > sum->last_query_us)
			sum->last_query_us = o->last_query_us;
	}
}

/* any: the rule asks for public DNS in general, whichever resolver provides it. */
static struct finding judge_minute(const struct judge *j, const struct resolver_minute *m, bool any,
                                   struct argument *argument)
{
	struct finding f = {.outcome = OUTCOME_OK, .answered = true, .confidence = CONFIDENCE_MEDIUM,
	                    .argument = argument};
	struct resolver_minute sum;

	finding_detail(&f, "%u queries, %u answers", m->queries, m->answers + m->refused);
	if (m->answers)
		return f;
	add_up(j, m, &sum);
	if (sum.answers || (any && lookups_answered(j->lookups, m->client, m->first_us))) {
		finding_doubt(&f, "answered-otherwise");
		return f;
	}
	f.answered = false;
	f.outcome = OUTCOME_BLOCKED;
	if (sum.refused) {
		f.signature = SIG_DNS_REFUSED;
		addr_format(&m->resolver, f.argument->blocker);
		finding_proof(&f, "rcode", "%s said REFUSED", f.argument->blocker);
		return f;
	}
	if (m->icmp) {
		f.signature = SIG_ICMP_PROHIBITED;
		addr_format(&m->icmp_sender, f.argument->blocker);
		return f;
	}
	f.signature = SIG_DNS_TIMEOUT;
	f.silent = true;
	if (sum.queries < 2 || (watch_end(j->o.watch, 0, sum.last_query_us) - sum.last_query_us < j->o.waits.dns_us &&
	                        sum.last_query_us - m->first_us < j->o.waits.dns_us))
		finding_doubt(&f, sum.queries < 2 ? "not-repeated" : "window");
	else
		finding_proof(&f, "repeated", "%u queries, no answer", sum.queries);
	return f;
}

static void add_minute(struct judge *j, const struct resolver_minute *m, const struct claim *claim)
{
	struct candidate *c = candidate_add(j);

	if (!c)
		return;
	c->id = id_of_minute(m->serial, claim->rule);
	candidate_call(j, c, &(struct evidence_of_name){.client_number = m->client, .server = m->resolver, .port = 53,
	                                             .proto = m->proto, .time_us = m->first_us});
	c->ended_us = m->last_us;
	c->shift_us = m->shift_us;
	struct argument argument = {0};
	struct finding found = judge_minute(j, m, is_any(j, &j->o.lists->rules[claim->rule]), &argument);
	candidate_find(j, c, &found);
	if (found.outcome == OUTCOME_BLOCKED) {
		struct kept_frame *frames[2];
		size_t n = 0;
		for (size_t i = 0; i < 2; i++)
			if (m->frames[i])
				frames[n++] = m->frames[i];
		candidate_prove(j, c, frames, n);
	}
	c->rule = claim->rule;
	c->host = claim->host;
	c->by = (uint8_t)claim->by;
	audience_of(j, m->client)->listed = true;
}

/* The rules that match a resolver's name or address. */
static void add_claims(struct judge *j, const struct resolver_minute *m)
{
	struct evidence_of_name called = {.client_number = m->client, .server = m->resolver, .port = 53,
	                                  .proto = m->proto, .time_us = m->first_us};
	struct claim claims[CLAIMS_MOST];
	size_t n = claims_of(&j->claims, &called, claims);

	for (size_t i = 0; i < n; i++)
		if (claims[i].rule >= 0)
			add_minute(j, m, &claims[i]);
}

void judge_want_resolvers(struct judge *j)
{
	for (size_t i = 0; i < lookups_minutes(j->lookups); i++) {
		const struct resolver_minute *m = lookups_minute(j->lookups, i);
		memory_want(j->memory, m->client, &m->resolver);
	}
}

void judge_resolver_cases(struct judge *j)
{
	size_t n = lookups_minutes(j->lookups);

	for (size_t i = 0; i < n; i++)
		add_claims(j, lookups_minute(j->lookups, i));
	for (size_t r = 0; r < j->o.lists->rule_n; r++) {
		struct claim any = {.rule = (int32_t)r, .by = CLAIM_ADDRESS};
		for (size_t i = 0; i < n && is_any(j, &j->o.lists->rules[r]); i++)
			if (asks_for_any(j, &j->o.lists->rules[r], lookups_minute(j->lookups, i)->proto))
				add_minute(j, lookups_minute(j->lookups, i), &any);
	}
}
