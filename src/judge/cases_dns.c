#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "decode/packet.h"
#include "judge/candidate.h"

/* "In the same minutes": an address that any resolver gave this client so close
 * to a failed look-up overrules it. */
#define SAME_MINUTES_US (2 * MINUTE_US)

/* The look-ups of one client for one name that failed for good, close together. */
struct dns_case {
	struct lookup **at;
	size_t n;
	int64_t first_us, last_us;
};

static bool gave_address(const struct lookup *l)
{
	return l->answered_us && l->addresses > 0 && l->rcode == 0;
}

static bool is_filtering(const struct lookup *l)
{
	return l->ede >= 15 && l->ede <= 18;
}

/* ---- what one case shows: one predicate a signature, in the order of telling */

static const char *ede_name(int code)
{
	static const char *const names[] = {"Blocked", "Censored", "Filtered", "Prohibited"};

	return code >= 15 && code <= 18 ? names[code - 15] : "";
}

static void resolver_text(const struct lookup *l, char out[static ADDR_TEXT])
{
	addr_format(&l->resolver, out);
}

static bool filtered(const struct judge *j, const struct dns_case *k, struct finding *f)
{
	for (size_t i = 0; i < k->n; i++) {
		const struct lookup *l = k->at[i];
		if (!is_filtering(l))
			continue;
		resolver_text(l, f->argument->blocker);
		const char *text = names_text(j->names, l->ede_text);
		finding_detail(f, "Extended DNS Error %d %s%s%.80s from %s", l->ede, ede_name(l->ede),
		               *text ? ": " : "", text, f->argument->blocker);
		finding_proof(f, "extended-dns-error", "code %d %s", l->ede, ede_name(l->ede));
		f->confidence = CONFIDENCE_HIGH;
		return true;
	}
	return false;
}

static bool sinkhole(const struct judge *j, const struct dns_case *k, struct finding *f)
{
	char address[ADDR_TEXT], resolver[ADDR_TEXT];

	(void)j;
	for (size_t i = 0; i < k->n; i++) {
		const struct lookup *l = k->at[i];
		if (!l->sinkhole)
			continue;
		addr_format(&l->answer, address);
		resolver_text(l, resolver);
		finding_detail(f, "%s answered %s", resolver, *address ? address : "::");
		finding_proof(f, "impossible-address", "%s is where no server can be", *address ? address : "::");
		f->confidence = CONFIDENCE_HIGH;
		return true;
	}
	return false;
}

/* Every answer that came says the same. */
static bool all_say(const struct dns_case *k, int rcode, size_t *ret_n)
{
	size_t n = 0, other = 0;

	for (size_t i = 0; i < k->n; i++) {
		if (!k->at[i]->answered_us)
			continue;
		*(k->at[i]->rcode == rcode ? &n : &other) += 1;
	}
	*ret_n = n;
	return n > 0 && other == 0;
}

static const struct lookup *answer_of(const struct dns_case *k, int rcode)
{
	const struct lookup *newest = NULL;

	for (size_t i = 0; i < k->n; i++)
		if (k->at[i]->answered_us && k->at[i]->rcode == rcode)
			newest = k->at[i];
	return newest;
}

static bool nxdomain(const struct judge *j, const struct dns_case *k, struct finding *f)
{
	char resolver[ADDR_TEXT];
	size_t n;

	(void)j;
	if (!all_say(k, 3, &n))
		return false;
	resolver_text(answer_of(k, 3), resolver);
	finding_detail(f, "NXDOMAIN from %s, %zu answers", resolver, n);
	return true;
}

static bool refused(const struct judge *j, const struct dns_case *k, struct finding *f)
{
	const struct lookup *l = answer_of(k, 5);

	(void)j;
	if (!l)
		return false;
	resolver_text(l, f->argument->blocker);
	finding_detail(f, "REFUSED by %s", f->argument->blocker);
	finding_proof(f, "rcode", "%s said REFUSED", f->argument->blocker);
	f->confidence = CONFIDENCE_HIGH;
	return true;
}

static bool servfail(const struct judge *j, const struct dns_case *k, struct finding *f)
{
	const struct lookup *l = answer_of(k, 2);
	char resolver[ADDR_TEXT];

	if (!l)
		return false;
	resolver_text(l, resolver);
	const char *text = names_text(j->names, l->ede_text);
	if (l->ede >= 0)
		finding_detail(f, "SERVFAIL from %s, Extended DNS Error %d%s%.60s", resolver, l->ede, *text ? ": " : "",
		               text);
	else
		finding_detail(f, "SERVFAIL from %s", resolver);
	return true;
}

/* No address of either family. A lone AAAA without data says nothing: the name
 * may have an A that the client knows. */
static bool nodata(const struct judge *j, const struct dns_case *k, struct finding *f)
{
	bool a = false, aaaa = false;
	char resolver[ADDR_TEXT];
	const struct lookup *l = answer_of(k, 0);

	(void)j;
	for (size_t i = 0; i < k->n; i++) {
		if (!k->at[i]->answered_us || k->at[i]->rcode != 0)
			continue;
		*(k->at[i]->qtype == 1 ? &a : &aaaa) = true;
	}
	if (!l)
		return false;
	if (!a) {
		finding_doubt(f, "only-aaaa-asked");
		return true;
	}
	resolver_text(l, resolver);
	finding_detail(f, "%s from %s", aaaa ? "no A and no AAAA" : "no A, AAAA was not asked for", resolver);
	if (!aaaa)
		f->confidence = CONFIDENCE_LOW;
	return true;
}

/* Other codes (FORMERR, BADVERS, NOTIMP, …) haggle over how to ask, and the
 * contract has no row for them: nothing is decided. */
static bool other_rcode(const struct judge *j, const struct dns_case *k, struct finding *f)
{
	(void)j;
	for (size_t i = 0; i < k->n; i++) {
		if (!k->at[i]->answered_us)
			continue;
		finding_doubt(f, "other-rcode");
		return true;
	}
	return false;
}

static bool timeout(const struct judge *j, const struct dns_case *k, struct finding *f)
{
	size_t sends = 0, by_type[2] = {0, 0};
	int64_t last = 0, first = INT64_MAX;
	bool icmp = false, truncated = false;

	for (size_t i = 0; i < k->n; i++) {
		const struct lookup *l = k->at[i];
		sends += l->sends;
		by_type[l->qtype == 28] += l->sends;
		first = l->asked_us < first ? l->asked_us : first;
		last = l->last_asked_us > last ? l->last_asked_us : last;
		icmp |= l->icmp;
		truncated |= l->truncated;
		if (l->icmp)
			addr_format(&l->icmp_sender, f->argument->blocker);
	}
	int64_t end = watch_end(j->o.watch, k->at[k->n - 1]->frames[0] ? k->at[k->n - 1]->frames[0]->frame.source : 0,
	                        last);
	bool repeated = by_type[0] > 1 || by_type[1] > 1 || truncated;
	bool waited_enough = end - last >= j->o.waits.dns_us || last - first >= j->o.waits.dns_us;
	f->silent = !icmp;
	if (!repeated || (!waited_enough && !icmp)) {
		finding_doubt(f, repeated ? "window" : "not-repeated");
		return true;
	}
	finding_detail(f, "%zu queries over %.1f s, %s", sends, (double)(last - first) / 1e6,
	               truncated ? "only a truncated answer" : icmp ? "ICMP unreachable" : "no answer");
	finding_proof(f, "repeated", "%zu queries over %.1f s", sends, (double)(last - first) / 1e6);
	if (icmp)
		f->confidence = CONFIDENCE_HIGH;
	return true;
}

static const struct {
	enum signature signature;
	bool (*shows)(const struct judge *j, const struct dns_case *k, struct finding *f);
	const char *source;
} rows[] = {
	{SIG_DNS_FILTERED, filtered, "RFC 8914 4.16-4.19"},
	{SIG_DNS_SINKHOLE, sinkhole, "RFC 6761; RFC 1122 3.2.1.3"},
	{SIG_DNS_NXDOMAIN, nxdomain, "RFC 1035 4.1.1; RFC 2308 2.1"},
	{SIG_DNS_REFUSED, refused, "RFC 1035 4.1.1"},
	{SIG_DNS_SERVFAIL, servfail, "RFC 1035 4.1.1; RFC 2308 7"},
	{SIG_DNS_NODATA, nodata, "RFC 2308 2.2"},
	{SIG_DNS_SERVFAIL, other_rcode, "RFC 1035 4.1.1"},
	{SIG_DNS_TIMEOUT, timeout, "RFC 1035 4.2.1; RFC 1123 6.1.3.3"},
};

static struct finding judge_case(const struct judge *j, const struct dns_case *k, struct argument *argument)
{
	struct finding f = {.outcome = OUTCOME_INCONCLUSIVE, .why_not = "undecided"};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct finding found = {.outcome = OUTCOME_BLOCKED, .signature = rows[i].signature,
		                        .confidence = CONFIDENCE_MEDIUM,
		                        .argument = argument};
		memset(argument, 0, sizeof *argument);
		if (rows[i].shows(j, k, &found))
			return found;
	}
	return f;
}

/* Two answers to one query that contradict each other. source RFC 5452 4 */
static struct finding forged(const struct lookup *l, struct argument *argument)
{
	struct finding f = {.outcome = OUTCOME_BLOCKED, .signature = SIG_DNS_FORGED, .confidence = CONFIDENCE_HIGH,
	                    .argument = argument};
	char resolver[ADDR_TEXT], first[ADDR_TEXT];

	resolver_text(l, resolver);
	addr_format(&l->answer, first);
	finding_detail(&f, "two answers of %s to one query; the first said %s", resolver,
	               *first ? first : "no address");
	finding_proof(&f, "contradiction", "one query, two answers");
	return f;
}

/* ---- candidates of a case: one for each rule of the name */

static void prove_case(struct judge *j, struct candidate *c, const struct dns_case *k)
{
	struct kept_frame *frames[12];
	size_t n = 0;

	for (size_t i = 0; i < k->n && n + 3 <= sizeof frames / sizeof frames[0]; i++)
		for (size_t f = 0; f < 3; f++)
			if (k->at[i]->frames[f])
				frames[n++] = k->at[i]->frames[f];
	candidate_prove(j, c, frames, n);
}

static void add_rule(struct judge *j, const struct dns_case *k, const struct finding *f, const struct rule *rule,
                     uint64_t id)
{
	const struct lookup *l = k->at[0];
	struct candidate *c = candidate_add(j);

	if (!c)
		return;
	c->id = id;
	c->client = l->client;
	c->called = (struct evidence_of_name){.client = *memory_client_address(j->memory, l->client),
	                                      .port = rule->port.low,
	                                      .proto = rule->port.proto, .time_us = k->first_us};
	c->called.server = l->resolver; /* who was spoken to: told apart in outages; not the rule's address */
	c->started_us = k->first_us;
	c->ended_us = k->last_us;
	c->shift_us = l->shift_us;
	c->client_port = l->client_port;
	c->conn_state = "";
	candidate_find(c, f);
	c->rule = (int32_t)(rule - j->o.lists->rules);
	c->host = l->name;
	c->by = CLAIM_DNS;
	c->by_lookup = true;
	if (f->outcome == OUTCOME_BLOCKED)
		prove_case(j, c, k);
}

static void notice_wildcard(struct judge *j, const struct dns_case *k, const struct host *host)
{
	char text[HOST_TEXT * 2 + 80];

	snprintf(text, sizeof text,
	         "%s does not exist; it falls under %s, which asks for no name in particular: nothing is blocked",
	         names_text(j->names, k->at[0]->name), host->text);
	j->hooks.notice(j->hooks.context, "info", "wildcard-nxdomain", text);
}

static void add_case(struct judge *j, const struct dns_case *k, const struct finding *f)
{
	static const uint64_t lookup_ids = UINT64_C(1) << 60; /* no frame has such a number */
	const struct lookup *l = k->at[0];
	uint64_t base = lookup_ids + ((uint64_t)l->serial << 12) + (f->signature == SIG_DNS_FORGED ? 2048 : 0);

	for (uint8_t h = 0; h < l->hit_n; h++) {
		const struct group *g = &j->o.lists->groups[l->hits[h].group];
		const struct host *host = &g->hosts[l->hits[h].host];
		bool absent = f->signature == SIG_DNS_NXDOMAIN || f->signature == SIG_DNS_NODATA;
		if (!g->active)
			continue;
		if (host->kind == HOST_WILDCARD && absent) {
			notice_wildcard(j, k, host);
			continue;
		}
		size_t n = 0;
		const struct rule *rules = lists_rules_of(j->o.lists, l->hits[h], &n);
		for (size_t i = 0; i < n && i < 256; i++)
			add_rule(j, k, f, &rules[i], base + ((uint64_t)h << 8) + i);
	}
	audience_of(j, l->client)->listed = true;
}

/* ---- cases of all look-ups */

static int by_client_name_time(const void *a, const void *b)
{
	const struct lookup *x = *(struct lookup *const *)a, *y = *(struct lookup *const *)b;

	if (x->client != y->client)
		return x->client < y->client ? -1 : 1;
	if (x->name != y->name)
		return x->name < y->name ? -1 : 1;
	if (x->asked_us != y->asked_us)
		return x->asked_us < y->asked_us ? -1 : 1;
	return x < y ? -1 : x > y;
}

/* Whether an address came in the same minutes: the look-ups are sorted by time. */
static bool is_overruled(struct lookup *const *all, size_t n, size_t i)
{
	for (size_t k = i; k-- > 0 && all[i]->asked_us - all[k]->asked_us <= SAME_MINUTES_US;)
		if (gave_address(all[k]))
			return true;
	for (size_t k = i; k < n && all[k]->asked_us - all[i]->last_asked_us <= SAME_MINUTES_US; k++)
		if (gave_address(all[k]))
			return true;
	return false;
}

/* Whether the name was found after all, minutes later: then the failure was mended. */
static bool is_mended(struct lookup *const *all, size_t n, int64_t after_us)
{
	for (size_t i = n; i-- > 0 && all[i]->asked_us > after_us;)
		if (gave_address(all[i]))
			return true;
	return false;
}

/* The look-ups of one client for one name. */
static void judge_name(struct judge *j, struct lookup **all, size_t n)
{
	struct lookup **failed = malloc(n * sizeof *failed);
	size_t failed_n = 0;
	bool went_wrong = false;

	if (!failed)
		return;
	for (size_t i = 0; i < n; i++) {
		if (all[i]->forged) {
			struct dns_case k = {&all[i], 1, all[i]->asked_us, all[i]->answered_us};
			struct argument argument = {0};
			struct finding f = forged(all[i], &argument);
			add_case(j, &k, &f);
		} else if (!is_overruled(all, n, i)) {
			failed[failed_n++] = all[i];
		}
		went_wrong |= all[i]->forged || !all[i]->answered_us || all[i]->rcode != 0 || all[i]->sinkhole;
	}
	/* The first of each type shows what was found; the hundredth shows nothing
	 * more, and where nobody will look not even the first is needed. */
	for (size_t i = j->o.passing ? 0 : 2; i < n && failed_n == 0; i++)
		all[i]->dull = !went_wrong;
	for (size_t i = 0, end; i < failed_n; i = end) {
		for (end = i + 1;
		     end < failed_n && failed[end]->asked_us - failed[end - 1]->last_asked_us <= SAME_MINUTES_US; end++)
			;
		struct dns_case k = {failed + i, end - i, failed[i]->asked_us, failed[end - 1]->last_asked_us};
		struct argument argument;
		struct finding f = judge_case(j, &k, &argument);
		if (f.outcome == OUTCOME_BLOCKED && is_mended(all, n, k.last_us))
			finding_doubt(&f, "resolved-later");
		add_case(j, &k, &f);
	}
	free(failed);
}

void judge_lookup_cases(struct judge *j)
{
	size_t n = lookups_count(j->lookups);
	struct lookup **all = malloc((n + 1) * sizeof *all);

	if (!all) {
		j->counters.full = true;
		return;
	}
	for (size_t i = 0; i < n; i++)
		all[i] = lookups_at(j->lookups, i);
	if (n)
		qsort(all, n, sizeof *all, by_client_name_time);
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && all[end]->client == all[i]->client && all[end]->name == all[i]->name;
		     end++)
			;
		judge_name(j, all + i, end - i);
	}
	free(all);
}
