/* What the failed look-ups of a name show: one predicate per signature, in order of precedence. */
#include <string.h>

#include "base/limits.h"
#include "judge/cases_dns.h"

/* The shortest resolver time-out in use: queries closer together are one try. */
#define RETRY_LEAST_US 200000

static bool is_filtering(const struct lookup *l)
{
	return l->ede >= 15 && l->ede <= 18;
}

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

static const struct lookup *answer_of(const struct dns_case *k, int rcode)
{
	const struct lookup *newest = NULL;

	for (size_t i = 0; i < k->n; i++)
		if (k->at[i]->answered_us && k->at[i]->rcode == rcode && !k->at[i]->step)
			newest = k->at[i];
	return newest;
}

/* A server failure does not count as an answer when another answer came later. */
static bool is_failure_since(const struct lookup *l, const struct lookup *newest)
{
	return l->rcode != 2 || l->answered_us >= newest->answered_us;
}

/* All answers agree. */
static bool nxdomain(const struct judge *j, const struct dns_case *k, struct finding *f)
{
	char resolver[ADDR_TEXT];
	const struct lookup *newest = answer_of(k, 3);
	size_t n = 0;

	(void)j;
	for (size_t i = 0; newest && i < k->n; i++) {
		const struct lookup *l = k->at[i];
		if (!l->answered_us || l->step || !is_failure_since(l, newest))
			continue;
		if (l->rcode != 3)
			return false;
		n++;
	}
	if (n == 0)
		return false;
	resolver_text(newest, resolver);
	finding_detail(f, "NXDOMAIN from %s, %zu answers", resolver, n);
	return true;
}

/* Another answer may still have been on its way when the capture ended. */
static bool is_open(const struct judge *j, const struct lookup *l)
{
	return !l->answered_us && !l->icmp && (l->qtype == 1 || l->qtype == 28) &&
	       watch_end(j->o.watch, l->source, l->last_asked_us) - l->last_asked_us < j->o.waits.dns_us;
}

static bool ends_first(const struct judge *j, const struct dns_case *k)
{
	for (size_t i = 0; i < k->n; i++)
		if (is_open(j, k->at[i]))
			return true;
	return false;
}

/* After a refusal or failure a client asks the next resolver, and here the capture ends before that one's time is
 * over. */
static bool asks_on(const struct judge *j, const struct dns_case *k)
{
	const struct lookup *first = NULL;

	for (size_t i = 0; i < k->n; i++)
		if (k->at[i]->answered_us && (!first || k->at[i]->answered_us < first->answered_us))
			first = k->at[i];
	if (!first)
		return false;
	int64_t since_us = watch_end(j->o.watch, first->source, first->answered_us) - first->answered_us;
	return since_us < j->o.waits.dns_us && ends_first(j, k);
}

static bool refused(const struct judge *j, const struct dns_case *k, struct finding *f)
{
	const struct lookup *l = answer_of(k, 5);

	if (!l)
		return false;
	if (asks_on(j, k)) {
		finding_doubt(f, "window");
		return true;
	}
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
	if (asks_on(j, k)) {
		finding_doubt(f, "window");
		return true;
	}
	resolver_text(l, resolver);
	const char *text = names_text(j->names, l->ede_text);
	if (l->ede >= 0)
		finding_detail(f, "SERVFAIL from %s, Extended DNS Error %d%s%.60s", resolver, l->ede, *text ? ": " : "",
		               text);
	else
		finding_detail(f, "SERVFAIL from %s", resolver);
	return true;
}

/* The same question again, after a time-out or to another resolver: two programs that ask at the same moment repeat
 * nothing. */
static bool was_repeated(const struct dns_case *k, uint16_t qtype)
{
	const struct lookup *first = NULL;

	for (size_t i = 0; i < k->n; i++) {
		const struct lookup *l = k->at[i];
		if (l->truncated)
			return true;
		if (l->qtype != qtype)
			continue;
		if (!first)
			first = l;
		if (l->last_asked_us - first->asked_us >= RETRY_LEAST_US || !addr_equal(&l->resolver, &first->resolver))
			return true;
	}
	return false;
}

static bool was_asked(const struct dns_case *k, uint16_t qtype)
{
	bool asked = false;

	for (size_t i = 0; i < k->n; i++)
		asked |= k->at[i]->qtype == qtype;
	return asked;
}

static bool asks_aaaa(const struct judge *j, uint32_t client)
{
	return client < j->audience_room && j->audiences[client].asks_aaaa;
}

/* The other type was asked for once, and the capture shows no answer to it. */
static bool lacks_answer(const struct dns_case *k, uint16_t qtype)
{
	return was_asked(k, qtype) && !was_repeated(k, qtype);
}

/* Whether the capture has the question, not just its answer. */
static bool saw_question(const struct dns_case *k, uint16_t qtype)
{
	for (size_t i = 0; i < k->n; i++)
		if (k->at[i]->qtype == qtype && k->at[i]->sends)
			return true;
	return false;
}

static uint32_t sends_of(const struct dns_case *k, uint16_t qtype)
{
	uint32_t sends = 0;

	for (size_t i = 0; i < k->n; i++)
		sends += k->at[i]->qtype == qtype ? k->at[i]->sends : 0;
	return sends;
}

/* No address of either family, even if a resolver denies the name for one record type only. A lone AAAA without data
 * says nothing: the name may have an A record that the client knows. */
static bool nodata(const struct judge *j, const struct dns_case *k, struct finding *f)
{
	bool a = false, aaaa = false;
	char resolver[ADDR_TEXT];
	const struct lookup *l = answer_of(k, 0);

	for (size_t i = 0; i < k->n; i++) {
		bool none = k->at[i]->rcode == 0 || k->at[i]->rcode == 3;
		if (!k->at[i]->answered_us || !none || k->at[i]->step)
			continue;
		*(k->at[i]->qtype == 1 ? &a : &aaaa) = true;
	}
	if (!l)
		return false;
	if (!a) {
		finding_doubt(f, "only-aaaa-asked");
		return true;
	}
	/* If the capture missed this question, it may also have missed the one for the other family. */
	if (!aaaa && (ends_first(j, k) || !saw_question(k, 1))) {
		finding_doubt(f, "window");
		return true;
	}
	if (!aaaa && lacks_answer(k, 28)) {
		finding_doubt(f, "not-repeated");
		return true;
	}
	/* A client that usually asks for both types has asked for both here too, and the capture missed the answer. */
	if (!aaaa && !was_asked(k, 28) && asks_aaaa(j, k->at[0]->client)) {
		finding_doubt(f, "only-a-asked");
		return true;
	}
	f->silent = !aaaa && was_asked(k, 28); /* and nothing came back: then silence decides, too */
	if (f->silent && line_loses(j, k->at[0]->client, LINE_DNS, sends_of(k, 28))) {
		finding_doubt(f, "bad-line");
		return true;
	}
	resolver_text(l, resolver);
	finding_detail(f, "%s from %s", aaaa ? "no A and no AAAA" : "no A, and nothing known of AAAA,", resolver);
	if (!aaaa)
		f->confidence = CONFIDENCE_LOW;
	return true;
}

/* Other codes (FORMERR, BADVERS, NOTIMP, …) negotiate how to ask, and the contract has no row for them; a referral
 * is an intermediate answer to a resolver. Neither decides anything. */
static bool other_answer(const struct judge *j, const struct dns_case *k, struct finding *f)
{
	(void)j;
	for (size_t i = 0; i < k->n; i++) {
		if (!k->at[i]->answered_us)
			continue;
		finding_doubt(f, k->at[i]->step ? "referral" : "other-rcode");
		return true;
	}
	return false;
}

/* No question was answered; qtype: only these questions, 0: any type. */
static bool silence(const struct judge *j, const struct dns_case *k, uint16_t qtype, struct finding *f)
{
	size_t sends = 0;
	int64_t last = 0, first = INT64_MAX;
	bool icmp = false, truncated = false;

	for (size_t i = 0; i < k->n; i++) {
		const struct lookup *l = k->at[i];
		if (qtype && l->qtype != qtype)
			continue;
		sends += l->sends;
		first = l->asked_us < first ? l->asked_us : first;
		last = l->last_asked_us > last ? l->last_asked_us : last;
		icmp |= l->icmp;
		truncated |= l->truncated;
		if (l->icmp)
			addr_format(&l->icmp_sender, f->argument->blocker);
	}
	int64_t end = watch_end(j->o.watch, k->at[k->n - 1]->source, last);
	bool repeated = was_repeated(k, 1) || (!qtype && was_repeated(k, 28));
	bool waited_enough = end - last >= j->o.waits.dns_us || last - first >= j->o.waits.dns_us;
	f->silent = !icmp;
	if (!repeated || (!waited_enough && !icmp)) {
		finding_doubt(f, repeated ? "window" : "not-repeated");
		return true;
	}
	if (!icmp && !truncated && line_loses(j, k->at[0]->client, LINE_DNS, (uint32_t)sends)) {
		finding_doubt(f, "bad-line");
		return true;
	}
	finding_detail(f, "%zu queries over %.1f s, %s", sends, (double)(last - first) / 1e6,
	               truncated ? "only a truncated answer" : icmp ? "ICMP unreachable" : "no answer");
	finding_proof(f, "repeated", "%zu queries over %.1f s", sends, (double)(last - first) / 1e6);
	if (icmp)
		f->confidence = CONFIDENCE_HIGH;
	return true;
}

static bool timeout(const struct judge *j, const struct dns_case *k, struct finding *f)
{
	return silence(j, k, 0, f);
}

/* AAAA has no data and the A query is not answered: no address of either family, although the resolver is alive. */
static bool half_silent(const struct judge *j, const struct dns_case *k, struct finding *f)
{
	bool asked = false, empty = false;

	for (size_t i = 0; i < k->n; i++) {
		const struct lookup *l = k->at[i];
		if (l->qtype == 1 && l->answered_us)
			return false;
		asked |= l->qtype == 1;
		empty |= l->qtype == 28 && l->answered_us && l->rcode == 0 && !l->step;
	}
	return asked && empty && silence(j, k, 1, f);
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
	{SIG_DNS_TIMEOUT, half_silent, "RFC 1035 4.2.1; RFC 2308 2.2"},
	{SIG_DNS_NODATA, nodata, "RFC 2308 2.2"},
	{SIG_DNS_SERVFAIL, other_answer, "RFC 1035 4.1.1; RFC 1034 5.3.3"},
	{SIG_DNS_TIMEOUT, timeout, "RFC 1035 4.2.1; RFC 1123 6.1.3.3"},
};

struct finding judge_dns_case(const struct judge *j, const struct dns_case *k, struct argument *argument)
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
