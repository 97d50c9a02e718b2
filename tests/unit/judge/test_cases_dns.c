/* Look-ups that fail, and look-ups that only seem to. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <time.h>
#include <cmocka.h>
/* clang-format on */

#include "court.h"

#define RESOLVER "10.0.0.1"
#define SECOND_RESOLVER "10.0.0.2"

enum { A = 1, AAAA = 28 };

static const struct query asked = {ME, RESOLVER, "one.example", A, 4000, 7};
static const struct query asked_aaaa = {ME, RESOLVER, "one.example", AAAA, 4001, 8};
static const struct query asked_elsewhere = {ME, SECOND_RESOLVER, "one.example", A, 4002, 9};

static void answered(struct court *c, const struct query *q, double second, int rcode, const char *answer, int ede)
{
	court_asks(c, q, second);
	court_hears(c, q, second + 0.02, rcode, answer, ede);
}

/* Every rule of the name has one attempt at that second, all with the same outcome. */
static const struct attempt *case_at(const struct court *c, double second)
{
	const struct attempt *first = NULL;
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		const struct attempt *a = &c->attempts[i];
		if (!a->by_lookup || a->started_us != T0 + (int64_t)(second * 1e6))
			continue;
		n++;
		first = first ? first : a;
		assert_int_equal(a->signature, first->signature);
		assert_int_equal(a->outcome, first->outcome);
	}
	assert_int_equal(n, 2); /* 443/tcp and 80/tcp */
	assert_string_equal(first->host, "one.example");
	return first;
}

static bool has_cases(const struct court *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->attempts[i].by_lookup)
			return true;
	return false;
}

static void refusal_names_the_resolver(void **state)
{
	struct court *c = court_watched();

	(void)state;
	answered(c, &asked, 10, 5, NULL, -1);
	court_decides(c);
	assert_blocked(case_at(c, 10), SIG_DNS_REFUSED, CONFIDENCE_HIGH);
	assert_string_equal(case_at(c, 10)->blocker, RESOLVER);
}

/* The capture ends at a second. */
static void ends_at(struct court *c, double second)
{
	c->watch = (struct watch){0};
	watch_see(&c->watch, 0, T0, false);
	watch_see(&c->watch, 0, T0 + (int64_t)(second * 1e6), false);
}

static void a_failure_after_which_the_next_resolver_was_asked_decides_nothing_at_the_end(void **state)
{
	static const int rcodes[] = {2, 5};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct court *c = court_watched();
		/* it was asked, and its wait is not over */
		answered(c, &asked, 10, rcodes[i], NULL, -1);
		court_asks(c, &asked_elsewhere, 10.1);
		ends_at(c, 14);
		court_decides(c);
		assert_doubted(case_at(c, 10), "window");
		c = court_watched(); /* its wait is over */
		answered(c, &asked, 10, rcodes[i], NULL, -1);
		court_asks(c, &asked_elsewhere, 10.1);
		ends_at(c, 16);
		court_decides(c);
		assert_int_equal(case_at(c, 10)->outcome, OUTCOME_BLOCKED);
		c = court_watched(); /* no other resolver was asked */
		answered(c, &asked, 10, rcodes[i], NULL, -1);
		ends_at(c, 10.01);
		court_decides(c);
		assert_int_equal(case_at(c, 10)->outcome, OUTCOME_BLOCKED);
	}
}

static void an_answer_that_the_capture_cut_lacks_nothing(void **state)
{
	struct court *c = court_watched();

	(void)state;
	court_asks(c, &asked, 10);
	court_hears_half(c, &asked, 10.02, 0);
	court_asks(c, &asked_aaaa, 10);
	court_hears_half(c, &asked_aaaa, 10.02, 0);
	answered(c, &asked_elsewhere, 11, 2, NULL, -1);
	court_decides(c);
	assert_false(has_cases(c));
	c = court_watched(); /* its header is whole */
	court_asks(c, &asked, 10);
	court_hears_half(c, &asked, 10.02, 3);
	court_decides(c);
	assert_blocked(case_at(c, 10), SIG_DNS_NXDOMAIN, CONFIDENCE_MEDIUM);
	c = court_watched(); /* nor does it contradict another answer */
	court_asks(c, &asked, 10);
	court_hears_half(c, &asked, 10.02, 0);
	court_hears(c, &asked, 10.03, 0, "203.0.113.7", -1);
	court_decides(c);
	assert_false(has_cases(c));
}

static void an_address_from_another_resolver_overrules_a_failure(void **state)
{
	static const int rcodes[] = {2, 3, 5};
	struct court *c;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		c = court_watched();
		answered(c, &asked, 10, rcodes[i], NULL, -1);
		answered(c, &asked_elsewhere, 12, 0, "203.0.113.7", -1);
		court_decides(c);
		assert_false(has_cases(c));
	}
}

static void an_address_minutes_later_mends_it(void **state)
{
	struct court *c = court_watched();

	(void)state;
	answered(c, &asked, 10, 2, NULL, -1);
	answered(c, &asked, 400, 0, "203.0.113.7", -1);
	court_decides(c);
	assert_doubted(case_at(c, 10), "resolved-later");
}

static void an_address_minutes_later_undoes_no_filter(void **state)
{
	struct court *c = court_watched();

	(void)state;
	answered(c, &asked, 10, 3, NULL, 15);
	answered(c, &asked, 400, 0, "203.0.113.7", -1);
	court_decides(c);
	assert_blocked(case_at(c, 10), SIG_DNS_FILTERED, CONFIDENCE_HIGH);
	c = court_watched();
	answered(c, &asked, 10, 0, "127.0.0.1", -1);
	answered(c, &asked, 400, 0, "203.0.113.7", -1);
	court_decides(c);
	assert_blocked(case_at(c, 10), SIG_DNS_SINKHOLE, CONFIDENCE_HIGH);
	c = court_watched();
	answered(c, &asked, 10, 3, NULL, 15);
	answered(c, &asked_elsewhere, 60, 0, "203.0.113.7", -1); /* in the same minutes */
	court_decides(c);
	assert_false(has_cases(c));
}

static void nonexistence_needs_every_answer(void **state)
{
	struct court *c = court_watched();

	(void)state;
	answered(c, &asked, 10, 3, NULL, -1);
	answered(c, &asked_aaaa, 10.5, 3, NULL, -1);
	court_decides(c);
	assert_blocked(case_at(c, 10), SIG_DNS_NXDOMAIN, CONFIDENCE_MEDIUM);
	c = court_watched();
	answered(c, &asked, 10, 3, NULL, -1);
	answered(c, &asked_elsewhere, 10.5, 2, NULL, -1);
	court_decides(c);
	assert_string_not_equal(signature_name(case_at(c, 10)->signature), "dns-nxdomain");
}

static void servfail_is_blocked_and_an_answer_behind_it_mends_it(void **state)
{
	struct court *c = court_watched();

	(void)state;
	answered(c, &asked, 10, 2, NULL, -1);
	court_decides(c);
	assert_blocked(case_at(c, 10), SIG_DNS_SERVFAIL, CONFIDENCE_MEDIUM);
	c = court_watched();
	answered(c, &asked, 10, 2, NULL, -1);
	struct query again = asked;
	again.id++;
	answered(c, &again, 11, 0, "203.0.113.7", -1);
	court_decides(c);
	assert_false(has_cases(c));
}

static void no_a_and_an_aaaa_on_its_way_is_none(void **state)
{
	struct court *c = court_watched();

	(void)state;
	answered(c, &asked, 3599, 0, NULL, -1);
	court_asks(c, &asked_aaaa, 3599);
	court_decides(c);
	assert_doubted(case_at(c, 3599), "window");
	c = court_watched();
	answered(c, &asked, 10, 0, NULL, -1);
	court_asks(c, &asked_aaaa, 10);
	court_decides(c);
	assert_doubted(case_at(c, 10), "not-repeated"); /* a client without an answer asks again */
	c = court_watched();
	answered(c, &asked, 10, 0, NULL, -1);
	court_asks(c, &asked_aaaa, 10);
	court_asks(c, &asked_aaaa, 12);
	court_decides(c);
	assert_string_equal(signature_name(case_at(c, 10)->signature), "dns-nodata");
}

static void no_a_whose_question_is_not_seen_is_none(void **state)
{
	struct court *c = court_watched();

	(void)state;
	court_hears(c, &asked, 10, 0, NULL, -1); /* the capture begins between query and answer */
	court_decides(c);
	assert_doubted(case_at(c, 10), "window");
	c = court_watched();
	answered(c, &asked, 10, 0, NULL, -1);
	court_decides(c);
	assert_blocked(case_at(c, 10), SIG_DNS_NODATA, CONFIDENCE_LOW);
}

static void no_address_of_either_kind_is_nodata(void **state)
{
	struct court *c = court_watched();

	(void)state;
	answered(c, &asked, 10, 0, NULL, -1);
	answered(c, &asked_aaaa, 10.1, 0, NULL, -1);
	court_decides(c);
	assert_blocked(case_at(c, 10), SIG_DNS_NODATA, CONFIDENCE_MEDIUM);
}

/* The resolver gives only the alias; the client queries its target itself. */
static void gives_alias(struct court *c, const struct query *q, double second)
{
	court_asks(c, q, second - 0.02);
	struct dns_message m = court_message(c, q, second, 0);
	struct fact *f = facts_add(&c->facts, FACT_DNS_ALIAS);
	f->name = q->name;
	f->other = "edge.else";
	f->code = 5;
	judge_dns(c->judge, &m);
}

static void an_alias_whose_end_the_client_is_told_is_found(void **state)
{
	static const struct query end = {ME, RESOLVER, "edge.else", A, 4003, 10};
	struct court *c = court_watched();

	(void)state;
	gives_alias(c, &asked, 10);
	gives_alias(c, &asked_aaaa, 10.1);
	answered(c, &end, 10.2, 0, "203.0.113.7", -1);
	court_decides(c);
	assert_false(has_cases(c));
	c = court_watched();
	gives_alias(c, &asked, 10.02);
	gives_alias(c, &asked_aaaa, 10.12);
	court_decides(c);
	assert_string_equal(signature_name(case_at(c, 10)->signature), "dns-nodata");
}

static void a_name_denied_for_one_type_and_empty_for_the_other_is_nodata(void **state)
{
	(void)state;
	for (int denied = 0; denied < 2; denied++) {
		struct court *c = court_watched();
		answered(c, &asked, 10, denied ? 0 : 3, NULL, -1);
		answered(c, &asked_aaaa, 10.1, denied ? 3 : 0, NULL, -1);
		court_decides(c);
		assert_blocked(case_at(c, 10), SIG_DNS_NODATA, CONFIDENCE_MEDIUM);
	}
}

static void an_a_that_nobody_answers_beside_an_empty_aaaa_is_silence(void **state)
{
	struct court *c = court_watched();

	(void)state;
	court_asks(c, &asked, 10);
	answered(c, &asked_aaaa, 10.1, 0, NULL, -1);
	court_asks(c, &asked, 15);
	court_decides(c);
	assert_blocked(case_at(c, 10), SIG_DNS_TIMEOUT, CONFIDENCE_MEDIUM);
	/* Queried once. */
	c = court_watched();
	court_asks(c, &asked, 10);
	answered(c, &asked_aaaa, 10.1, 0, NULL, -1);
	court_decides(c);
	assert_doubted(case_at(c, 10), "not-repeated");
}

static void nonexistence_after_a_server_failure_is_the_answer(void **state)
{
	struct court *c = court_watched();

	(void)state;
	answered(c, &asked, 10, 2, NULL, -1);
	answered(c, &asked_elsewhere, 11, 3, NULL, -1);
	court_decides(c);
	assert_blocked(case_at(c, 10), SIG_DNS_NXDOMAIN, CONFIDENCE_MEDIUM);
}

static void a_lone_aaaa_without_data_is_not(void **state)
{
	struct court *c = court_watched();

	(void)state;
	answered(c, &asked_aaaa, 10, 0, NULL, -1);
	court_decides(c);
	assert_doubted(case_at(c, 10), "only-aaaa-asked");
}

/* The capture does not have everything this client asks. */
static void nor_is_a_lone_a_of_who_asks_for_aaaa_of_other_names(void **state)
{
	static const struct query other = {ME, RESOLVER, "two.example", A, 4005, 11};
	static const struct query other_aaaa = {ME, RESOLVER, "two.example", AAAA, 4006, 12};
	struct court *c = court_watched();

	(void)state;
	answered(c, &asked, 10, 0, NULL, -1);
	answered(c, &other, 20, 0, "203.0.113.7", -1);
	answered(c, &other_aaaa, 20.1, 0, NULL, -1);
	court_decides(c);
	assert_doubted(case_at(c, 10), "only-a-asked");
}

static void aaaa_without_data_beside_an_a_is_ordinary(void **state)
{
	struct court *c = court_watched();

	(void)state;
	answered(c, &asked, 10, 0, "203.0.113.7", -1);
	answered(c, &asked_aaaa, 10.1, 0, NULL, -1);
	court_decides(c);
	assert_false(has_cases(c));
}

static void filtering_codes_count_whatever_the_rcode(void **state)
{
	static const int rcodes[] = {0, 2, 3, 5};
	struct court *c;

	(void)state;
	for (int ede = 15; ede <= 18; ede++) {
		c = court_watched();
		answered(c, &asked, 10, rcodes[ede - 15], NULL, ede);
		court_decides(c);
		assert_blocked(case_at(c, 10), SIG_DNS_FILTERED, CONFIDENCE_HIGH);
		assert_string_equal(case_at(c, 10)->blocker, RESOLVER);
	}
}

static void other_extended_errors_are_no_filter(void **state)
{
	struct court *c = court_watched();

	(void)state;
	answered(c, &asked, 10, 2, NULL, 22);
	court_decides(c);
	assert_blocked(case_at(c, 10), SIG_DNS_SERVFAIL, CONFIDENCE_MEDIUM);
}

static void addresses_where_nothing_can_be_are_sinkholes(void **state)
{
	static const char *const nowhere[] = {"0.0.0.0", "127.0.0.1", "127.9.9.9"};
	struct court *c;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		c = court_watched();
		answered(c, &asked, 10, 0, nowhere[i], -1);
		court_decides(c);
		assert_blocked(case_at(c, 10), SIG_DNS_SINKHOLE, CONFIDENCE_HIGH);
	}
}

static void private_addresses_are_ordinary_answers_unless_named(void **state)
{
	struct court *c = court_watched();
	struct prefix named;

	(void)state;
	answered(c, &asked, 10, 0, "192.168.1.9", -1);
	court_decides(c);
	assert_false(has_cases(c));
	c = court_open();
	assert_int_equal(prefix_parse("192.168.1.0/24", &named), ERR_OK);
	c->options.sinkholes = &named;
	c->options.sinkhole_n = 1;
	court_begins(c);
	answered(c, &asked, 10, 0, "192.168.1.9", -1);
	court_decides(c);
	assert_blocked(case_at(c, 10), SIG_DNS_SINKHOLE, CONFIDENCE_HIGH);
}

static void connections_to_a_sinkhole_are_not_judged(void **state)
{
	struct prefix named;
	struct court *c = court_open();
	struct scene s;

	(void)state;
	assert_int_equal(prefix_parse("192.168.1.0/24", &named), ERR_OK);
	c->options.sinkholes = &named;
	c->options.sinkhole_n = 1;
	court_begins(c);
	court_works(c, ME, ELSE, 443, 0.5);
	answered(c, &asked, 10, 0, "192.168.1.9", -1);
	syns(&s, 4, 7000);
	court_flow(c, &s, ME, "192.168.1.9", 11);
	court_decides(c);
	assert_doubted(court_attempt_of(c, ME, 11), "sinkholed");
}

static void two_answers_that_contradict_each_other_are_a_forgery(void **state)
{
	struct court *c = court_watched();

	(void)state;
	court_asks(c, &asked, 10);
	court_hears(c, &asked, 10.01, 0, "192.0.2.66", -1);
	court_hears(c, &asked, 10.05, 0, "203.0.113.7", -1);
	court_decides(c);
	assert_blocked(case_at(c, 10), SIG_DNS_FORGED, CONFIDENCE_HIGH);
}

static void who_asks_twice_may_be_answered_twice(void **state)
{
	struct court *c = court_watched();

	(void)state;
	court_asks(c, &asked, 10);
	court_asks(c, &asked, 11);
	court_hears(c, &asked, 11.5, 0, "203.0.113.7", -1);
	court_hears(c, &asked, 11.6, 0, "203.0.113.8", -1);
	court_decides(c);
	assert_false(has_cases(c));
}

static void nonexistence_after_an_address_contradicts_it(void **state)
{
	struct court *c = court_watched();

	(void)state;
	court_asks(c, &asked, 10);
	court_hears(c, &asked, 10.01, 0, "203.0.113.66", -1);
	court_hears(c, &asked, 10.02, 3, NULL, -1);
	court_decides(c);
	assert_blocked(case_at(c, 10), SIG_DNS_FORGED, CONFIDENCE_HIGH);
}

static void a_referral_decides_nothing(void **state)
{
	struct court *c = court_watched();
	struct dns_message m = {.time_us = T0 + 10100000, .client = address(ME), .resolver = address(RESOLVER),
	                        .client_port = asked.port, .resolver_port = 53, .proto = PROTO_UDP, .response = true,
	                        .facts = &c->facts};

	(void)state;
	court_asks(c, &asked, 10);
	struct fact *f = facts_add(&c->facts, FACT_DNS_STEP);
	f = &c->facts.list[0];
	f->flag = true;
	judge_dns(c->judge, &m);
	court_decides(c);
	assert_doubted(case_at(c, 10), "referral");
}

/* Each look-up is compared with all others of the name: the time must grow with their number, not with its square
 * (that would be half an hour here). */
static void a_hundred_thousand_lookups_of_a_name_are_judged_in_seconds(void **state)
{
	struct court *c = court_watched();
	clock_t begun = clock();

	(void)state;
	for (unsigned i = 0; i < 100000; i++) {
		struct query q = {ME, RESOLVER, "one.example", A, (uint16_t)(1024 + i % 60000), (uint16_t)(i / 60000)};
		court_asks(c, &q, 10 + i * 0.001);
	}
	court_decides(c);
	assert_true(has_cases(c));
	assert_true((clock() - begun) / CLOCKS_PER_SEC < 20);
}

static void two_programs_that_ask_at_once_repeat_nothing(void **state)
{
	struct court *c = court_watched();
	struct query other = asked;

	(void)state;
	other.port++;
	court_asks(c, &asked, 10);
	court_asks(c, &other, 10.01);
	court_works(c, ME, ELSE, 443, 30);
	court_decides(c);
	assert_doubted(case_at(c, 10), "not-repeated");
}

static void the_same_answer_twice_is_none(void **state)
{
	struct court *c = court_watched();

	(void)state;
	court_asks(c, &asked, 10);
	court_hears(c, &asked, 10.01, 0, "203.0.113.7", -1);
	court_hears(c, &asked, 10.05, 0, "203.0.113.7", -1);
	court_decides(c);
	assert_false(has_cases(c));
}

static void unanswered_queries_need_a_repetition_and_a_wait(void **state)
{
	struct court *c = court_watched();

	(void)state;
	court_asks(c, &asked, 10);
	court_decides(c);
	assert_doubted(case_at(c, 10), "not-repeated");
	c = court_watched();
	court_asks(c, &asked, 10);
	court_asks(c, &asked, 15);
	court_decides(c);
	assert_blocked(case_at(c, 10), SIG_DNS_TIMEOUT, CONFIDENCE_MEDIUM);
}

static void another_resolver_asked_is_a_repetition(void **state)
{
	struct court *c = court_watched();

	(void)state;
	court_asks(c, &asked, 10);
	court_asks(c, &asked_elsewhere, 15);
	court_decides(c);
	assert_blocked(case_at(c, 10), SIG_DNS_TIMEOUT, CONFIDENCE_MEDIUM);
}

static void queries_at_the_end_of_the_capture_decide_nothing(void **state)
{
	struct court *c = court_watched();

	(void)state;
	court_asks(c, &asked, 3597);
	court_asks(c, &asked, 3599);
	court_decides(c);
	assert_doubted(case_at(c, 3597), "window");
}

static void an_icmp_error_about_a_query_names_the_blocker(void **state)
{
	struct court *c = court_watched();
	struct addr me = address(ME), resolver = address(RESOLVER), gateway = address("10.0.0.254");

	(void)state;
	court_asks(c, &asked, 10);
	court_asks(c, &asked, 11);
	judge_lookup_unreachable(c->judge, &me, asked.port, &resolver, &gateway);
	court_decides(c);
	assert_blocked(case_at(c, 10), SIG_DNS_TIMEOUT, CONFIDENCE_HIGH);
	assert_string_equal(case_at(c, 10)->blocker, "10.0.0.254");
}

static void a_name_under_a_wildcard_that_does_not_exist_blocks_nothing(void **state)
{
	struct query q = {ME, RESOLVER, "nothere.wild.example", A, 4000, 7};
	struct court *c = court_watched();

	(void)state;
	answered(c, &q, 10, 3, NULL, -1);
	court_decides(c);
	assert_false(has_cases(c));
	assert_true(court_noticed(c, "wildcard-nxdomain"));
}

/* A name that a resolver refuses, or does not answer for, may well exist. */
static void a_name_under_a_wildcard_that_is_refused_is_blocked(void **state)
{
	struct query q = {ME, RESOLVER, "there.wild.example", A, 4000, 7};
	struct court *c = court_watched();

	(void)state;
	answered(c, &q, 10, 5, NULL, -1);
	court_decides(c);
	assert_int_equal(c->n, 1);
	assert_true(c->attempts[0].by_lookup);
	assert_string_equal(c->attempts[0].host, q.name);
	assert_blocked(&c->attempts[0], SIG_DNS_REFUSED, CONFIDENCE_HIGH);
	assert_false(court_noticed(c, "wildcard-nxdomain"));
}

static void codes_that_haggle_decide_nothing(void **state)
{
	struct court *c = court_watched();

	(void)state;
	answered(c, &asked, 10, 1, NULL, -1);
	answered(c, &asked, 11, 4, NULL, -1);
	court_decides(c);
	assert_doubted(case_at(c, 10), "other-rcode");
}

static void unlisted_names_are_nobodys_case(void **state)
{
	struct query q = {ME, RESOLVER, "not.listed.example", A, 4000, 7};
	struct court *c = court_watched();

	(void)state;
	answered(c, &q, 10, 3, NULL, -1);
	court_decides(c);
	assert_int_equal(c->n, 0);
	assert_int_equal(c->lookup_n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(refusal_names_the_resolver),
	    cmocka_unit_test(a_failure_after_which_the_next_resolver_was_asked_decides_nothing_at_the_end),
	    cmocka_unit_test(an_answer_that_the_capture_cut_lacks_nothing),
	    cmocka_unit_test(an_address_from_another_resolver_overrules_a_failure),
	    cmocka_unit_test(an_address_minutes_later_mends_it),
	    cmocka_unit_test(an_address_minutes_later_undoes_no_filter),
	    cmocka_unit_test(nonexistence_needs_every_answer),
	    cmocka_unit_test(servfail_is_blocked_and_an_answer_behind_it_mends_it),
	    cmocka_unit_test(no_a_and_an_aaaa_on_its_way_is_none),
	    cmocka_unit_test(no_a_whose_question_is_not_seen_is_none),
	    cmocka_unit_test(no_address_of_either_kind_is_nodata),
	    cmocka_unit_test(an_alias_whose_end_the_client_is_told_is_found),
	    cmocka_unit_test(a_name_denied_for_one_type_and_empty_for_the_other_is_nodata),
	    cmocka_unit_test(an_a_that_nobody_answers_beside_an_empty_aaaa_is_silence),
	    cmocka_unit_test(nonexistence_after_a_server_failure_is_the_answer),
	    cmocka_unit_test(a_lone_aaaa_without_data_is_not),
	    cmocka_unit_test(nor_is_a_lone_a_of_who_asks_for_aaaa_of_other_names),
	    cmocka_unit_test(aaaa_without_data_beside_an_a_is_ordinary),
	    cmocka_unit_test(filtering_codes_count_whatever_the_rcode),
	    cmocka_unit_test(other_extended_errors_are_no_filter),
	    cmocka_unit_test(addresses_where_nothing_can_be_are_sinkholes),
	    cmocka_unit_test(private_addresses_are_ordinary_answers_unless_named),
	    cmocka_unit_test(connections_to_a_sinkhole_are_not_judged),
	    cmocka_unit_test(two_answers_that_contradict_each_other_are_a_forgery),
	    cmocka_unit_test(who_asks_twice_may_be_answered_twice),
	    cmocka_unit_test(nonexistence_after_an_address_contradicts_it),
	    cmocka_unit_test(a_referral_decides_nothing),
	    cmocka_unit_test(a_hundred_thousand_lookups_of_a_name_are_judged_in_seconds),
	    cmocka_unit_test(two_programs_that_ask_at_once_repeat_nothing),
	    cmocka_unit_test(the_same_answer_twice_is_none),
	    cmocka_unit_test(unanswered_queries_need_a_repetition_and_a_wait),
	    cmocka_unit_test(another_resolver_asked_is_a_repetition),
	    cmocka_unit_test(queries_at_the_end_of_the_capture_decide_nothing),
	    cmocka_unit_test(an_icmp_error_about_a_query_names_the_blocker),
	    cmocka_unit_test(a_name_under_a_wildcard_that_does_not_exist_blocks_nothing),
	    cmocka_unit_test(a_name_under_a_wildcard_that_is_refused_is_blocked),
	    cmocka_unit_test(codes_that_haggle_decide_nothing),
	    cmocka_unit_test(unlisted_names_are_nobodys_case),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_drop);
}
