/* STUN, QUIC, other UDP, and proxies. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "scene.h"

/* ---- stun */

static struct said_stun *stun(struct scene *s, uint8_t proto, unsigned flights, int ms)
{
	talks(s, proto, 3478, TALK_STUN);
	if (proto == PROTO_TCP) {
		struct scene open;
		opened(&open, 3478);
		open.flow.protocol = TALK_STUN;
		*s = open;
		s->flow.said = &s->said;
	}
	s->said.stun = (struct said_stun){.requests = (uint16_t)flights, .flights = (uint16_t)flights,
	                                  .first_request = MS(0), .last_request = MS(ms)};
	sends(s, SIDE_CLIENT, 0, 20);
	client(s)->packets = flights;
	client(s)->last = MS(ms);
	return &s->said.stun;
}

static void three_unanswered_stun_requests_are_blocked(void **state)
{
	struct scene s;

	(void)state;
	stun(&s, PROTO_UDP, 3, 3000);
	assert_true(expect(&s, OUTCOME_BLOCKED, SIG_STUN_TIMEOUT).silent);
	assert_true(proved(&s, "repeated"));
}

static void two_stun_requests_are_too_few(void **state)
{
	struct scene s;

	(void)state;
	stun(&s, PROTO_UDP, 2, 3000);
	expect_doubt(&s, "not-repeated");
}

/* A client that refreshes an allocation obtained it before the capture began. */
static void requests_for_an_allocation_that_was_given_before_decide_nothing(void **state)
{
	struct scene s;

	(void)state;
	stun(&s, PROTO_UDP, 7, 30000)->resumed = true;
	expect_doubt(&s, "midstream");
	assert_false(judged(&s).single);
	scene_end(&s);
}

static void stun_at_the_end_of_the_capture_decides_nothing(void **state)
{
	struct scene s;

	(void)state;
	stun(&s, PROTO_UDP, 3, 1500);
	s.watched_us = SECOND_US;
	expect_doubt(&s, "window");
}

static void ice_checks_fail_by_design(void **state)
{
	struct scene s;

	(void)state;
	stun(&s, PROTO_UDP, 7, 30000)->ice = true;
	expect_doubt(&s, "ice-check");
}

/* The capture has not the attributes that would tell. */
static void a_binding_request_that_was_cut_may_be_a_check(void **state)
{
	struct scene s;

	(void)state;
	stun(&s, PROTO_UDP, 7, 30000);
	s.flow.truncated = true;
	expect_doubt(&s, "ice-check");
	assert_false(judged(&s).single);
	s.said.stun.allocate = true;
	expect(&s, OUTCOME_BLOCKED, SIG_STUN_TIMEOUT);
}

/* The peer's checks arrive, but it never receives an answer to them: the way out is blocked. */
static void a_peer_that_asks_and_hears_nothing_is_blocked(void **state)
{
	struct scene s;

	(void)state;
	for (uint16_t checks = 1; checks <= 4; checks += 3) {
		stun(&s, PROTO_UDP, 7, 30000)->ice = true;
		s.said.stun.checks = checks;
		server(&s)->packets = checks;
		server(&s)->first_data = MS(10);
		if (checks == 1)
			expect_doubt(&s, "ice-check");
		else
			assert_false(expect(&s, OUTCOME_BLOCKED, SIG_STUN_TIMEOUT).silent);
	}
	stun(&s, PROTO_UDP, 7, 30000)->ice = true;
	s.said.stun.checks = 4;
	server(&s)->packets = 5; /* media as well */
	server(&s)->first_data = MS(10);
	expect(&s, OUTCOME_OK, SIG_NONE);
}

static void answered_and_challenged_stun_is_ok(void **state)
{
	struct scene s;

	(void)state;
	stun(&s, PROTO_UDP, 3, 3000)->success = 1;
	sends(&s, SIDE_SERVER, 20, 60);
	expect(&s, OUTCOME_OK, SIG_NONE);
	stun(&s, PROTO_UDP, 3, 3000)->errors = 1; /* 401: not counted in `error` */
	sends(&s, SIDE_SERVER, 20, 60);
	expect(&s, OUTCOME_OK, SIG_NONE);
}

static void an_odd_stun_error_is_blocked_and_named(void **state)
{
	struct scene s;

	(void)state;
	struct said_stun *n = stun(&s, PROTO_UDP, 1, 0);
	n->errors = 1;
	n->error = 403;
	n->reason = scene_name(&s, "Forbidden");
	sends(&s, SIDE_SERVER, 20, 60);
	expect(&s, OUTCOME_BLOCKED, SIG_STUN_ERROR);
	assert_string_equal(s.argument.detail, "403 Forbidden");
}

static void an_error_beside_an_allocation_is_none(void **state)
{
	struct scene s;

	(void)state;
	struct said_stun *n = stun(&s, PROTO_UDP, 1, 0);
	n->errors = 1;
	n->error = 403;
	n->allocated = true;
	sends(&s, SIDE_SERVER, 20, 60);
	expect(&s, OUTCOME_OK, SIG_NONE);
}

/* Permissions are asked for by clients that have an allocation. */
static void an_error_about_an_allocation_that_was_given_before_decides_nothing(void **state)
{
	struct scene s;

	(void)state;
	struct said_stun *n = stun(&s, PROTO_UDP, 1, 0);
	n->errors = 1;
	n->error = 403;
	n->resumed = true;
	sends(&s, SIDE_SERVER, 20, 60);
	expect_doubt(&s, "midstream");
}

static void stun_over_tcp_that_stalls_is_judged_by_tcp(void **state)
{
	struct scene s;

	(void)state;
	stun(&s, PROTO_TCP, 1, 30);
	client(&s)->last_data = MS(30);
	sends_again(&s, 4, 4030);
	expect(&s, OUTCOME_BLOCKED, SIG_TCP_STALL);
}

/* ---- quic */

static struct said_quic *quic(struct scene *s, unsigned flights, int ms)
{
	talks(s, PROTO_UDP, 443, TALK_QUIC);
	s->said.quic = (struct said_quic){.initials = (uint16_t)flights, .flights = (uint16_t)flights,
	                                  .first_initial = MS(0), .last_initial = MS(ms)};
	sends(s, SIDE_CLIENT, ms, 1200);
	client(s)->first_data = MS(0);
	return &s->said.quic;
}

static void three_flights_of_initials_are_blocked(void **state)
{
	struct scene s;

	(void)state;
	quic(&s, 3, 3000);
	assert_true(expect(&s, OUTCOME_BLOCKED, SIG_QUIC_TIMEOUT).silent);
}

static void initials_of_one_flight_are_not_repeated(void **state)
{
	struct scene s;

	(void)state;
	quic(&s, 1, 0)->initials = 4;
	expect_doubt(&s, "not-repeated");
}

static void any_answer_ends_quic_timeout(void **state)
{
	struct scene s;

	(void)state;
	quic(&s, 3, 3000)->answered = true;
	sends(&s, SIDE_SERVER, 20, 1200);
	expect(&s, OUTCOME_OK, SIG_NONE);
}

/* ---- other datagrams */

static void datagrams(struct scene *s, enum protocol p, unsigned flights, unsigned same, int ms)
{
	talks(s, PROTO_UDP, 5000, p);
	s->flow.flights = (uint16_t)flights;
	s->flow.request_flights = (uint16_t)same;
	sends(s, SIDE_CLIENT, 0, 50);
	client(s)->packets = flights;
	client(s)->last = MS(ms);
}

static void the_same_request_again_and_again_is_blocked(void **state)
{
	struct scene s;

	(void)state;
	datagrams(&s, TALK_UNKNOWN, 3, 3, 4000);
	assert_true(expect(&s, OUTCOME_BLOCKED, SIG_UDP_TIMEOUT).silent);
}

static void protocols_that_answer_need_no_equal_requests(void **state)
{
	static const enum protocol answering[] = {TALK_DTLS, TALK_DNS, TALK_NTP};
	struct scene s;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		datagrams(&s, answering[i], 3, 1, 4000);
		expect(&s, OUTCOME_BLOCKED, SIG_UDP_TIMEOUT);
	}
}

static void records_of_an_older_connection_prove_nothing(void **state)
{
	struct scene s;

	(void)state;
	datagrams(&s, TALK_DTLS, 30, 1, 60000);
	s.flow.midstream = true;
	expect_doubt(&s, "midstream");
	assert_false(judged(&s).single);
	scene_end(&s);
}

static void datagrams_that_differ_may_be_one_way(void **state)
{
	struct scene s;

	(void)state;
	datagrams(&s, TALK_UNKNOWN, 50, 1, 60000);
	expect_doubt(&s, "one-way-protocol");
	datagrams(&s, TALK_RTP, 50, 3, 60000);
	expect_doubt(&s, "unanswered");
}

static void one_datagram_is_no_block(void **state)
{
	struct scene s;

	(void)state;
	datagrams(&s, TALK_DNS, 1, 1, 0);
	assert_true(judged(&s).single);
	expect_doubt(&s, "not-repeated");
}

static void an_answered_datagram_is_ok(void **state)
{
	struct scene s;

	(void)state;
	datagrams(&s, TALK_NTP, 3, 3, 4000);
	sends(&s, SIDE_SERVER, 4010, 48);
	expect(&s, OUTCOME_OK, SIG_NONE);
}

/* ---- proxies */

static struct said_http *asks_proxy(struct scene *s, uint8_t kind, uint16_t status)
{
	opened(s, 3128);
	s->flow.said = &s->said;
	s->flow.protocol = kind == 1 ? TALK_HTTP : TALK_SOCKS;
	sends(s, SIDE_CLIENT, 30, 100);
	sends(s, SIDE_SERVER, 50, 100);
	s->said.http.connect_kind = kind;
	s->said.http.connect_status = status;
	return &s->said.http;
}

static void a_refused_connect_names_the_proxy(void **state)
{
	struct scene s;

	(void)state;
	asks_proxy(&s, 1, 403)->reason = scene_name(&s, "Filtered");
	struct finding f = expect(&s, OUTCOME_BLOCKED, SIG_PROXY_DENIED);
	assert_int_equal(f.confidence, CONFIDENCE_HIGH);
	assert_string_equal(s.argument.blocker, "203.0.113.7");
	assert_string_equal(s.argument.detail, "HTTP 403 Filtered");
	asks_proxy(&s, 5, 2);
	expect(&s, OUTCOME_BLOCKED, SIG_PROXY_DENIED);
}

static void a_granted_connect_is_not_denied(void **state)
{
	struct scene s;

	(void)state;
	asks_proxy(&s, 1, 200)->tunnel = true;
	expect(&s, OUTCOME_OK, SIG_NONE);
	asks_proxy(&s, 1, 407)->tunnel = true; /* challenged first, then granted */
	expect(&s, OUTCOME_OK, SIG_NONE);
}

static void a_challenge_behind_which_the_capture_has_holes_decides_nothing(void **state)
{
	struct scene s;

	(void)state;
	asks_proxy(&s, 1, 407);
	server(&s)->hole = true;
	expect(&s, OUTCOME_BLOCKED, SIG_PROXY_DENIED); /* the client says nothing more */
	asks_proxy(&s, 1, 407);
	server(&s)->hole = true;
	sends(&s, SIDE_CLIENT, 70, 500);
	expect_doubt(&s, "capture-drops");
}

static struct said_http *asks_page(struct scene *s, uint16_t status, uint16_t refused, uint16_t answers)
{
	opened(s, 80);
	s->flow.said = &s->said;
	s->flow.protocol = TALK_HTTP;
	sends(s, SIDE_CLIENT, 30, 100);
	sends(s, SIDE_SERVER, 50, 100);
	s->said.http.status = status;
	s->said.http.refused = refused;
	s->said.http.answers = answers;
	return &s->said.http;
}

static void a_refused_page_is_blocked_and_a_proxy_proves_it(void **state)
{
	struct scene s;

	(void)state;
	asks_page(&s, 403, 2, 2);
	assert_int_equal(expect(&s, OUTCOME_BLOCKED, SIG_HTTP_BLOCKED).confidence, CONFIDENCE_MEDIUM);
	asks_page(&s, 403, 2, 2)->via = true;
	assert_int_equal(expect(&s, OUTCOME_BLOCKED, SIG_HTTP_BLOCKED).confidence, CONFIDENCE_HIGH);
	asks_page(&s, 511, 1, 1);
	assert_int_equal(expect(&s, OUTCOME_BLOCKED, SIG_HTTP_BLOCKED).confidence, CONFIDENCE_HIGH);
}

static void a_site_that_answers_anything_else_is_open(void **state)
{
	struct scene s;

	(void)state;
	asks_page(&s, 403, 1, 2);
	expect(&s, OUTCOME_OK, SIG_NONE);
	asks_page(&s, 404, 0, 1);
	expect(&s, OUTCOME_OK, SIG_NONE);
}

static void a_refused_page_behind_which_the_capture_has_holes_decides_nothing(void **state)
{
	struct scene s;

	(void)state;
	asks_page(&s, 403, 1, 1)->requests = 2;
	server(&s)->hole = true;
	sends(&s, SIDE_CLIENT, 70, 100);
	expect_doubt(&s, "capture-drops");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(three_unanswered_stun_requests_are_blocked),
	    cmocka_unit_test(two_stun_requests_are_too_few),
	    cmocka_unit_test(requests_for_an_allocation_that_was_given_before_decide_nothing),
	    cmocka_unit_test(stun_at_the_end_of_the_capture_decides_nothing),
	    cmocka_unit_test(ice_checks_fail_by_design),
	    cmocka_unit_test(a_binding_request_that_was_cut_may_be_a_check),
	    cmocka_unit_test(a_peer_that_asks_and_hears_nothing_is_blocked),
	    cmocka_unit_test(answered_and_challenged_stun_is_ok),
	    cmocka_unit_test(an_odd_stun_error_is_blocked_and_named),
	    cmocka_unit_test(an_error_beside_an_allocation_is_none),
	    cmocka_unit_test(an_error_about_an_allocation_that_was_given_before_decides_nothing),
	    cmocka_unit_test(stun_over_tcp_that_stalls_is_judged_by_tcp),
	    cmocka_unit_test(three_flights_of_initials_are_blocked),
	    cmocka_unit_test(initials_of_one_flight_are_not_repeated),
	    cmocka_unit_test(any_answer_ends_quic_timeout),
	    cmocka_unit_test(the_same_request_again_and_again_is_blocked),
	    cmocka_unit_test(protocols_that_answer_need_no_equal_requests),
	    cmocka_unit_test(records_of_an_older_connection_prove_nothing),
	    cmocka_unit_test(datagrams_that_differ_may_be_one_way),
	    cmocka_unit_test(one_datagram_is_no_block),
	    cmocka_unit_test(an_answered_datagram_is_ok),
	    cmocka_unit_test(a_refused_connect_names_the_proxy),
	    cmocka_unit_test(a_granted_connect_is_not_denied),
	    cmocka_unit_test(a_challenge_behind_which_the_capture_has_holes_decides_nothing),
	    cmocka_unit_test(a_refused_page_is_blocked_and_a_proxy_proves_it),
	    cmocka_unit_test(a_site_that_answers_anything_else_is_open),
	    cmocka_unit_test(a_refused_page_behind_which_the_capture_has_holes_decides_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
