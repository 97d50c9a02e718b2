/* Connections whose name the capture does not have: what is blamed for them, and what they excuse. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "court.h"
#include "judge/candidate.h"

#define ME "10.0.0.5"
#define RESOLVER "10.0.0.1"
#define SERVER "198.51.100.7" /* in no listed network */
#define CACHED "198.51.100.8"

static const struct query one = {ME, RESOLVER, "one.example", 1, 4000, 7};
static const struct query two = {ME, RESOLVER, "two.example", 1, 4001, 8};
static const struct query three = {ME, RESOLVER, "three.example", 1, 4002, 9};

static struct court *court(void)
{
	struct court *c = court_open();

	court_begins(c);
	return c;
}

static void answered(struct court *c, const struct query *q, double second, int rcode, const char *answer)
{
	court_asks(c, q, second);
	court_hears(c, q, second + 0.02, rcode, answer, -1);
}

/* The capture cut the answer after its question. */
static void answered_unread(struct court *c, const struct query *q, double second)
{
	court_asks(c, q, second);
	court_hears_half(c, q, second + 0.02, 0);
}

/* A ClientHello that the capture cut before its SNI. */
static void cut_hello(struct scene *s)
{
	hello(s, 30)->ech_unseen = true;
	s->flow.truncated = true;
}

static void is_reset(struct court *c, const char *to, double second)
{
	struct scene s;

	cut_hello(&s);
	resets(&s, 40, 57);
	court_flow(c, &s, ME, to, second);
}

static void works_unnamed(struct court *c, const char *to, double second)
{
	struct scene s;

	cut_hello(&s);
	sends(&s, SIDE_SERVER, 50, 1000);
	s.said.tls.server_hello = MS(50);
	client(&s)->fin = client(&s)->last = MS(60);
	court_flow(c, &s, ME, to, second);
}

static void a_reset_of_a_cut_hello_may_be_for_the_name_whose_answer_was_cut(void **state)
{
	struct court *c = court();

	(void)state;
	answered(c, &one, 10, 0, SERVER);
	is_reset(c, SERVER, 10.1);
	answered_unread(c, &two, 20);
	is_reset(c, SERVER, 20.1);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 10.1), SIG_TLS_HELLO_RESET, CONFIDENCE_MEDIUM);
	assert_doubted(court_attempt_of(c, ME, 20.1), "name-unread");
}

/* A device that drops the SYN has not seen a name. */
static void what_is_blocked_before_names_is_blocked_for_all(void **state)
{
	struct court *c = court();
	struct scene s;

	(void)state;
	court_works(c, ME, CACHED, 443, 1);
	answered(c, &one, 10, 0, SERVER);
	answered_unread(c, &two, 20);
	syns(&s, 3, 3000);
	court_flow(c, &s, ME, SERVER, 20.1);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 20.1), SIG_TCP_SYN_TIMEOUT, CONFIDENCE_MEDIUM);
}

static unsigned doubted_lookups(const struct court *c)
{
	unsigned n = 0;

	for (size_t i = 0; i < c->n; i++)
		n += c->attempts[i].by_lookup && c->attempts[i].outcome == OUTCOME_INCONCLUSIVE;
	return n;
}

static void a_refused_name_may_stand_in_a_cache(void **state)
{
	struct court *c = court();

	(void)state;
	answered(c, &one, 10, 5, NULL);
	works_unnamed(c, CACHED, 10.5);
	court_decides(c);
	assert_int_equal(doubted_lookups(c), 1);
	for (size_t i = 0; i < c->n; i++) {
		const struct attempt *a = &c->attempts[i];
		if (a->by_lookup && a->port == 443)
			assert_doubted(a, "name-unread");
		else if (a->by_lookup) /* there was no connection to its port 80 */
			assert_blocked(a, SIG_DNS_REFUSED, CONFIDENCE_HIGH);
	}
}

/* What another look-up led to, or was minutes away, excuses nothing. */
static void a_connection_that_a_cut_answer_explains_excuses_no_refusal(void **state)
{
	struct court *c = court();

	(void)state;
	answered(c, &one, 10, 5, NULL);
	answered_unread(c, &three, 10.4);
	works_unnamed(c, CACHED, 10.5);
	works_unnamed(c, CACHED, 400);
	works_unnamed(c, CACHED, -400);
	court_decides(c);
	assert_int_equal(doubted_lookups(c), 0);
}

static void a_resolver_that_says_it_filters_filters_whatever_is_known(void **state)
{
	struct court *c = court();

	(void)state;
	court_asks(c, &one, 10);
	court_hears(c, &one, 10.02, 5, NULL, 18);
	works_unnamed(c, CACHED, 10.5);
	court_decides(c);
	assert_int_equal(doubted_lookups(c), 0);
}

static void a_connection_to_one_of_many_ports_is_found(void **state)
{
	struct court *c = court();
	struct judge *j = c->judge;
	const struct candidate works = {.client = 1, .rule = -1, .started_us = T0, .finding = {.outcome = OUTCOME_OK},
	                                .called = {.port = 50010, .proto = PROTO_UDP, .unread = true}};
	const struct port_range all = {50000, 59999, PROTO_UDP}, above = {50011, 59999, PROTO_UDP};
	const struct port_range below = {50000, 50009, PROTO_UDP};
	const struct port_range one_port = {50010, 50010, PROTO_UDP}, tcp = {50000, 59999, PROTO_TCP};

	(void)state;
	nameless_begin(j);
	assert_false(nameless_works(j, 1, &all, T0 - 1, T0 + 1));
	nameless_note(j, &works);
	assert_true(nameless_works(j, 1, &all, T0 - 1, T0 + 1));
	assert_true(nameless_works(j, 1, &one_port, T0 - 1, T0 + 1));
	assert_false(nameless_works(j, 1, &above, T0 - 1, T0 + 1));
	assert_false(nameless_works(j, 1, &below, T0 - 1, T0 + 1));
	assert_false(nameless_works(j, 1, &tcp, T0 - 1, T0 + 1));
	assert_false(nameless_works(j, 2, &all, T0 - 1, T0 + 1));
	assert_false(nameless_works(j, 1, &all, T0 + 1, T0 + 2));
	nameless_end(j);
	court_decides(c);
}

/* A client of IPv6 alone, whose own look-up is not in the capture. */
static void a_translated_server_is_what_others_call_it(void **state)
{
	struct court *c = court();
	struct scene s;

	(void)state;
	answered(c, &one, 1, 0, SERVER);
	cut_hello(&s);
	resets(&s, 40, 57);
	court_flow(c, &s, "2001:db8:1::5", "64:ff9b::198.51.100.7", 2);
	court_decides(c);
	assert_int_equal(c->n, 1);
	assert_string_equal(c->attempts[0].host, "one.example");
	assert_int_equal(c->attempts[0].attributed_by, BY_DNS_OTHER_CLIENT);
	assert_true(c->attempts[0].rule >= 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_reset_of_a_cut_hello_may_be_for_the_name_whose_answer_was_cut),
	    cmocka_unit_test(what_is_blocked_before_names_is_blocked_for_all),
	    cmocka_unit_test(a_refused_name_may_stand_in_a_cache),
	    cmocka_unit_test(a_connection_that_a_cut_answer_explains_excuses_no_refusal),
	    cmocka_unit_test(a_resolver_that_says_it_filters_filters_whatever_is_known),
	    cmocka_unit_test(a_connection_to_one_of_many_ports_is_found),
	    cmocka_unit_test(a_translated_server_is_what_others_call_it),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_drop);
}
