/* What siblings, one-sided captures, outages and losses explain; what controls prove. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "court.h"

#define YOU "10.0.0.6"
#define SERVER "203.0.113.7"
#define OTHER "203.0.113.8"

/* ---- siblings */

static void a_try_that_lost_a_race_is_no_block(void **state)
{
	struct court *c = court_watched();

	(void)state;
	drops(c, ME, "2001:db8::7", 2, 10);
	court_works(c, ME, SERVER, 443, 10.3);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 10), SIG_TCP_SYN_TIMEOUT, CONFIDENCE_MEDIUM); /* of another rule */
	c = court_open();
	lists_free(c->lists);
	c->lists = lists_of("groups: [{id: web, hosts: [one.example], ports: [443/tcp]}]\n", NULL, NULL);
	court_begins(c);
	struct query q = {ME, "10.0.0.1", "one.example", 28, 4000, 1}, q4 = {ME, "10.0.0.1", "one.example", 1, 4001, 2};
	court_asks(c, &q, 9);
	court_hears(c, &q, 9.1, 0, "2001:db8::7", -1);
	court_asks(c, &q4, 9);
	court_hears(c, &q4, 9.1, 0, SERVER, -1);
	drops(c, ME, "2001:db8::7", 2, 10);
	court_works(c, ME, SERVER, 443, 10.3);
	drops(c, ME, "2001:db8::7", 5, 100); /* too late for a race */
	court_works(c, ME, SERVER, 443, 100.3);
	court_decides(c);
	assert_doubted(court_attempt_of(c, ME, 10), "lost-race");
	assert_blocked(court_attempt_of(c, ME, 100), SIG_TCP_SYN_TIMEOUT, CONFIDENCE_MEDIUM);
}

static void one_failure_mended_seconds_later_is_no_block(void **state)
{
	struct court *c = court_watched();

	(void)state;
	drops(c, ME, SERVER, 3, 10);
	court_works(c, ME, SERVER, 443, 20);
	court_decides(c);
	assert_doubted(court_attempt_of(c, ME, 10), "retry-succeeded");
}

static void a_failure_mended_minutes_later_is_one(void **state)
{
	struct court *c = court_watched();

	(void)state;
	drops(c, ME, SERVER, 3, 10);
	court_works(c, ME, SERVER, 443, 100);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 10), SIG_TCP_SYN_TIMEOUT, CONFIDENCE_MEDIUM);
}

static void the_second_failure_in_a_row_stays(void **state)
{
	struct court *c = court_watched();

	(void)state;
	drops(c, ME, SERVER, 3, 10);
	drops(c, ME, SERVER, 3, 30);
	court_works(c, ME, SERVER, 443, 40);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 10), SIG_TCP_SYN_TIMEOUT, CONFIDENCE_MEDIUM);
	assert_blocked(court_attempt_of(c, ME, 30), SIG_TCP_SYN_TIMEOUT, CONFIDENCE_MEDIUM);
}

/* A connection on which nobody says anything. */
static void opens(struct court *c, const char *from, const char *to, double second)
{
	struct scene s;

	opened(&s, 443);
	client(&s)->fin = client(&s)->last = MS(5000);
	server(&s)->fin = server(&s)->last = MS(5020);
	court_flow(c, &s, from, to, second);
}

static void a_spare_connection_mends_no_hello(void **state)
{
	struct court *c = court_watched();
	struct scene s;

	(void)state;
	hello(&s, 30);
	resets(&s, 60, 57);
	court_flow(c, &s, ME, SERVER, 10);
	opens(c, ME, SERVER, 10.1); /* browsers open two at once */
	opens(c, YOU, SERVER, 11);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 10), SIG_TLS_HELLO_RESET, CONFIDENCE_MEDIUM);
	assert_false(attempt_proved(court_attempt_of(c, ME, 10), "control-client"));
	assert_doubted(court_attempt_of(c, ME, 10.1), "nothing-said");
	assert_int_equal(court_attempt_of(c, YOU, 11)->outcome, OUTCOME_OK);
}

static void a_connection_that_opens_mends_one_that_did_not(void **state)
{
	struct court *c = court_watched();

	(void)state;
	drops(c, ME, SERVER, 3, 10);
	opens(c, ME, SERVER, 20);
	court_decides(c);
	assert_doubted(court_attempt_of(c, ME, 10), "retry-succeeded");
	assert_int_equal(court_attempt_of(c, ME, 20)->outcome, OUTCOME_OK);
}

static void proxy_answers(struct court *c, uint16_t status, double second)
{
	struct scene s;

	asks_proxy(c, &s, "one.example", status);
	court_flow(c, &s, ME, "10.0.0.80", second);
}

static void a_challenge_that_is_met_is_no_block(void **state)
{
	struct court *c = court_watched();

	(void)state;
	proxy_answers(c, 407, 10);
	proxy_answers(c, 200, 30);
	court_decides(c);
	assert_doubted(court_attempt_of(c, ME, 10), "proxy-challenge");
}

static void a_challenge_that_nobody_meets_is_one(void **state)
{
	struct court *c = court_watched();

	(void)state;
	proxy_answers(c, 407, 10);
	proxy_answers(c, 200, 200);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 10), SIG_PROXY_DENIED, CONFIDENCE_HIGH);
}

static void the_detail_names_the_proxy_unless_it_is_its_own_answer(void **state)
{
	struct court *c = court_watched();

	(void)state;
	proxy_answers(c, 407, 10);
	proxy_answers(c, 200, 200);
	court_decides(c);
	assert_string_equal(court_attempt_of(c, ME, 10)->detail, "HTTP 407");
	assert_string_equal(court_attempt_of(c, ME, 200)->detail, "through proxy 10.0.0.80");
}

/* host: the one in the request; NULL: the capture does not have the request. */
static void page_of(struct court *c, const char *host, uint16_t status, double second)
{
	struct scene s;

	opened(&s, 80);
	s.flow.said = &s.said;
	s.flow.protocol = TALK_HTTP;
	sends(&s, SIDE_CLIENT, 30, 100);
	sends(&s, SIDE_SERVER, 50, 100);
	s.said.http.host = host ? names_intern(c->names, host, strlen(host)) : 0;
	s.said.http.status = status;
	s.said.http.answers = 1;
	s.said.http.refused = status == 403;
	court_flow(c, &s, ME, SERVER, second);
}

static void page(struct court *c, uint16_t status, double second)
{
	page_of(c, "one.example", status, second);
}

static void a_page_whose_request_the_capture_has_not_may_be_of_the_site(void **state)
{
	static const struct query asked = {ME, "10.0.0.53", "one.example", 1, 4000, 7};
	struct court *c = court_watched();

	(void)state;
	court_asks(c, &asked, 5);
	court_hears(c, &asked, 5.1, 0, SERVER, -1);
	page(c, 403, 10);
	page_of(c, NULL, 200, 20);
	court_decides(c);
	assert_doubted(court_attempt_of(c, ME, 10), "answers-otherwise");
	c = court_watched();
	court_asks(c, &asked, 5);
	court_hears(c, &asked, 5.1, 0, SERVER, -1);
	page_of(c, NULL, 403, 10);
	page(c, 200, 20);
	court_decides(c);
	assert_doubted(court_attempt_of(c, ME, 10), "answers-otherwise");
	c = court_watched();
	page(c, 403, 10);
	page_of(c, "two.example", 200, 20);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 10), SIG_HTTP_BLOCKED, CONFIDENCE_MEDIUM);
}

static void a_site_that_serves_other_pages_is_not_blocked(void **state)
{
	struct court *c = court_watched();

	(void)state;
	page(c, 403, 10);
	page(c, 200, 900);
	court_decides(c);
	assert_doubted(court_attempt_of(c, ME, 10), "answers-otherwise");
	c = court_watched();
	page(c, 403, 10);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 10), SIG_HTTP_BLOCKED, CONFIDENCE_MEDIUM);
}

static void alerted(struct court *c, double second)
{
	struct scene s;

	opened(&s, 443);
	s.flow.said = &s.said;
	s.flow.protocol = TALK_TLS;
	calls(&s, "one.example");
	s.said.tls.hello = MS(30);
	s.said.tls.fatal[SIDE_SERVER] = true;
	s.said.tls.alert[SIDE_SERVER] = 70;
	sends(&s, SIDE_CLIENT, 30, 200);
	sends(&s, SIDE_SERVER, 50, 7);
	court_flow(c, &s, ME, SERVER, second);
}

static void shakes_hands(struct court *c, double second)
{
	struct scene s;

	opened(&s, 443);
	s.flow.said = &s.said;
	s.flow.protocol = TALK_TLS;
	calls(&s, "one.example");
	s.said.tls.hello = MS(30);
	s.said.tls.server_hello = MS(50);
	sends(&s, SIDE_CLIENT, 30, 200);
	sends(&s, SIDE_SERVER, 50, 3000);
	court_flow(c, &s, ME, SERVER, second);
}

/* A client falls back to older TLS versions until one is accepted. */
static void old_versions_that_are_refused_beside_a_new_one_are_no_block(void **state)
{
	struct court *c = court_watched();

	(void)state;
	alerted(c, 10);
	alerted(c, 10.1);
	shakes_hands(c, 10.2);
	alerted(c, 10.3);
	alerted(c, 20);
	court_decides(c);
	assert_doubted(court_attempt_of(c, ME, 10), "answers-otherwise");
	assert_doubted(court_attempt_of(c, ME, 10.3), "answers-otherwise");
	assert_blocked(court_attempt_of(c, ME, 20), SIG_TLS_ALERT, CONFIDENCE_MEDIUM);
}

static void turn(struct court *c, unsigned error, bool allocated, double second)
{
	struct scene s;

	talks(&s, PROTO_UDP, 3478, TALK_STUN);
	s.said.stun = (struct said_stun){.requests = 2, .flights = 1, .errors = 1 + (error != 0), .success = !error,
	                                 .allocate = true, .allocated = allocated, .bound = !allocated && !error,
	                                 .error = (uint16_t)error, .error_allocate = error != 0};
	sends(&s, SIDE_CLIENT, 0, 20);
	sends(&s, SIDE_SERVER, 20, 60);
	court_flow(c, &s, ME, SERVER, second);
}

static void a_quota_beside_an_allocation_is_no_block(void **state)
{
	struct court *c = court_watched();

	(void)state;
	turn(c, 0, true, 10);
	turn(c, 486, false, 10.5);
	turn(c, 486, false, 11);
	turn(c, 0, false, 100); /* a Binding success proves no relay */
	turn(c, 403, false, 100.2);
	court_decides(c);
	assert_doubted(court_attempt_of(c, ME, 10.5), "answers-otherwise");
	assert_doubted(court_attempt_of(c, ME, 11), "answers-otherwise");
	assert_blocked(court_attempt_of(c, ME, 100.2), SIG_STUN_ERROR, CONFIDENCE_MEDIUM);
}

/* ---- one direction, outages, losses */

static void silence_of_a_client_that_hears_nothing_at_all_proves_nothing(void **state)
{
	struct court *c = court_open();

	(void)state;
	court_begins(c);
	drops(c, ME, SERVER, 4, 10);
	court_decides(c);
	assert_doubted(court_attempt_of(c, ME, 10), "one-sided");
	assert_true(court_noticed(c, "one-sided"));
}

static void unless_the_user_says_that_both_directions_are_captured(void **state)
{
	struct court *c = court_open();

	(void)state;
	c->options.two_way = true;
	court_begins(c);
	drops(c, ME, SERVER, 4, 10);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 10), SIG_TCP_SYN_TIMEOUT, CONFIDENCE_MEDIUM);
	assert_false(court_noticed(c, "one-sided"));
}

static void what_another_client_hears_does_not_count(void **state)
{
	struct court *c = court_open();

	(void)state;
	court_begins(c);
	drops(c, ME, SERVER, 4, 10);
	court_works(c, YOU, ELSE, 443, 11);
	court_decides(c);
	assert_doubted(court_attempt_of(c, ME, 10), "one-sided");
}

static void an_outage_blocks_nothing(void **state)
{
	struct court *c = court_watched();

	(void)state;
	drops(c, ME, "203.0.113.7", 4, 10);
	drops(c, ME, "203.0.113.8", 4, 30);
	drops(c, ME, "203.0.113.9", 4, 80);
	court_works(c, ME, ELSE, 443, 200);
	court_decides(c);
	assert_doubted(court_attempt_of(c, ME, 10), "outage");
	assert_doubted(court_attempt_of(c, ME, 80), "outage");
	assert_true(court_noticed(c, "outage"));
}

static void a_sign_of_life_between_ends_the_outage(void **state)
{
	struct court *c = court_watched();

	(void)state;
	drops(c, ME, "203.0.113.7", 4, 10);
	drops(c, ME, "203.0.113.8", 4, 30);
	court_works(c, ME, ELSE, 443, 50);
	drops(c, ME, "203.0.113.9", 4, 80);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 10), SIG_TCP_SYN_TIMEOUT, CONFIDENCE_MEDIUM);
	assert_false(court_noticed(c, "outage"));
}

/* Three hosts, each tried for a minute or more. */
static void tries_three(struct court *c)
{
	for (int i = 0; i < 3; i++) {
		struct scene s;
		syns(&s, 7, 63000);
		court_flow(c, &s, ME, i == 0 ? "203.0.113.7" : i == 1 ? "203.0.113.8" : "203.0.113.9", 10 + i);
	}
}

static void a_sign_of_life_during_long_tries_is_one(void **state)
{
	struct court *c = court_watched();

	(void)state;
	tries_three(c);
	court_works(c, ME, ELSE, 443, 30);
	court_works(c, ME, ELSE, 443, 60);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 10), SIG_TCP_SYN_TIMEOUT, CONFIDENCE_MEDIUM);
	assert_false(court_noticed(c, "outage"));
}

static void a_connection_that_never_pauses_is_heard_all_the_while(void **state)
{
	(void)state;
	for (int paused = 0; paused < 2; paused++) {
		struct court *c = court_watched();
		struct scene s;
		tries_three(c);
		opened(&s, 443);
		sends(&s, SIDE_SERVER, 300000, 100);
		server(&s)->paused = paused;
		court_flow(c, &s, ME, ELSE, 1);
		court_decides(c);
		assert_int_equal(court_noticed(c, "outage"), paused);
	}
}

static void two_silent_hosts_are_no_outage(void **state)
{
	struct court *c = court_watched();

	(void)state;
	for (int i = 0; i < 6; i++)
		drops(c, ME, i % 2 ? "203.0.113.7" : "203.0.113.8", 4, 10 + i * 20);
	court_works(c, ME, ELSE, 443, 200);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 10), SIG_TCP_SYN_TIMEOUT, CONFIDENCE_MEDIUM);
}

static void silence_while_packets_were_lost_proves_nothing(void **state)
{
	struct court *c = court_watched();

	(void)state;
	watch_lose(&c->watch, T0 + 11 * SECOND_US, T0 + 12 * SECOND_US);
	drops(c, ME, SERVER, 3, 10);
	drops(c, ME, SERVER, 3, 100);
	court_decides(c);
	assert_doubted(court_attempt_of(c, ME, 10), "capture-drops");
	assert_blocked(court_attempt_of(c, ME, 100), SIG_TCP_SYN_TIMEOUT, CONFIDENCE_MEDIUM);
}

/* ---- tries that add up */

static void single_sends_over_several_connections_add_up(void **state)
{
	struct court *c = court_watched();

	(void)state;
	for (int i = 0; i < 3; i++)
		drops(c, ME, SERVER, 1, 10 + i * 5);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 20), SIG_TCP_SYN_TIMEOUT, CONFIDENCE_LOW);
	assert_doubted(court_attempt_of(c, ME, 10), "not-repeated");
}

static void unless_any_of_them_was_answered(void **state)
{
	struct court *c = court_watched();

	(void)state;
	for (int i = 0; i < 3; i++)
		drops(c, ME, SERVER, 1, 10 + i * 5);
	court_works(c, ME, SERVER, 443, 300);
	court_decides(c);
	assert_doubted(court_attempt_of(c, ME, 20), "not-repeated");
}

static void two_single_sends_do_not(void **state)
{
	struct court *c = court_watched();

	(void)state;
	drops(c, ME, SERVER, 1, 10);
	drops(c, ME, SERVER, 1, 20);
	court_decides(c);
	assert_doubted(court_attempt_of(c, ME, 20), "not-repeated");
}

/* ---- confidence */

static void another_client_that_gets_through_is_a_control(void **state)
{
	struct court *c = court_watched();

	(void)state;
	drops(c, ME, SERVER, 3, 10);
	court_works(c, YOU, SERVER, 443, 100);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 10), SIG_TCP_SYN_TIMEOUT, CONFIDENCE_HIGH);
	assert_true(attempt_proved(court_attempt_of(c, ME, 10), "control-client"));
}

static void an_hour_later_it_is_none(void **state)
{
	struct court *c = court_watched();

	(void)state;
	drops(c, ME, SERVER, 3, 10);
	court_works(c, YOU, SERVER, 443, 3000);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 10), SIG_TCP_SYN_TIMEOUT, CONFIDENCE_MEDIUM);
}

static void another_port_of_the_same_address_is_a_control_of_silence(void **state)
{
	struct court *c = court_watched();

	(void)state;
	drops(c, ME, SERVER, 3, 10);
	court_works(c, ME, SERVER, 8080, 100);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 10), SIG_TCP_SYN_TIMEOUT, CONFIDENCE_HIGH);
	assert_true(attempt_proved(court_attempt_of(c, ME, 10), "control-port"));
}

static void the_same_port_over_the_other_transport_is_one_too(void **state)
{
	struct court *c = court_watched();
	struct scene s;

	(void)state;
	talks(&s, PROTO_UDP, 3478, TALK_STUN);
	s.said.stun = (struct said_stun){.requests = 5, .flights = 5, .first_request = MS(0), .last_request = MS(4000)};
	sends(&s, SIDE_CLIENT, 0, 20);
	client(&s)->packets = 5;
	client(&s)->last = MS(4000);
	court_flow(c, &s, ME, SERVER, 10);
	court_works(c, ME, SERVER, 3478, 100);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 10), SIG_STUN_TIMEOUT, CONFIDENCE_HIGH);
	assert_true(attempt_proved(court_attempt_of(c, ME, 10), "control-port"));
}

static void refused(struct court *c, uint8_t ttl, double second)
{
	struct scene s;

	syns(&s, 1, 0);
	resets(&s, 15, ttl);
	court_flow(c, &s, ME, SERVER, second);
}

static void another_port_proves_nothing_of_a_reset(void **state)
{
	struct court *c = court_watched();

	(void)state;
	refused(c, 57, 10);
	court_works(c, ME, SERVER, 8080, 100);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 10), SIG_TCP_SYN_RESET, CONFIDENCE_LOW);
}

static void a_reset_is_compared_with_the_servers_other_packets(void **state)
{
	struct court *c = court_watched();

	(void)state;
	refused(c, 63, 10);
	court_works(c, ME, SERVER, 8080, 100);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 10), SIG_TCP_SYN_RESET, CONFIDENCE_HIGH);
	assert_true(attempt_proved(court_attempt_of(c, ME, 10), "foreign-ttl"));
}

static void failing_the_same_way_again_is_more_than_once(void **state)
{
	struct court *c = court_watched();

	(void)state;
	refused(c, 57, 10);
	refused(c, 57, 100);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 10), SIG_TCP_SYN_RESET, CONFIDENCE_MEDIUM);
	assert_true(attempt_proved(court_attempt_of(c, ME, 100), "again"));
}

/* One datagram from a port of its own. */
static void sends_one(struct court *c, enum protocol protocol, double second)
{
	struct scene s;

	talks(&s, PROTO_UDP, 5000, protocol);
	s.flow.flights = s.flow.request_flights = 1;
	sends(&s, SIDE_CLIENT, 0, 50);
	court_flow(c, &s, ME, SERVER, second);
}

static void single_datagrams_add_up_only_where_somebody_must_answer(void **state)
{
	struct court *c = court_watched();

	(void)state;
	for (int i = 0; i < 4; i++)
		sends_one(c, TALK_UNKNOWN, 10 + i * 5); /* syslog, for one */
	court_decides(c);
	assert_doubted(court_attempt_of(c, ME, 25), "one-way-protocol");
	c = court_watched();
	for (int i = 0; i < 4; i++)
		sends_one(c, TALK_NTP, 10 + i * 5);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 25), SIG_UDP_TIMEOUT, CONFIDENCE_LOW);
}

static void single_datagrams_add_up_to_a_port_that_answers_others(void **state)
{
	struct court *c = court_watched();
	struct scene other;

	(void)state;
	for (int i = 0; i < 4; i++)
		sends_one(c, TALK_UNKNOWN, 10 + i * 5);
	talks(&other, PROTO_UDP, 5000, TALK_UNKNOWN);
	sends(&other, SIDE_CLIENT, 0, 50);
	sends(&other, SIDE_SERVER, 30, 50);
	court_flow(c, &other, YOU, SERVER, 20);
	court_decides(c);
	assert_string_equal(signature_name(court_attempt_of(c, ME, 25)->signature), "udp-timeout");
	assert_true(attempt_proved(court_attempt_of(c, ME, 25), "answers-others"));
}

static void a_port_that_answers_others_is_no_one_way_protocol(void **state)
{
	struct court *c = court_watched();
	struct scene s;

	(void)state;
	talks(&s, PROTO_UDP, 5000, TALK_UNKNOWN);
	s.flow.flights = 10;
	s.flow.request_flights = 1;
	sends(&s, SIDE_CLIENT, 0, 50);
	client(&s)->packets = 10;
	client(&s)->last = MS(20000);
	struct scene other = s;
	court_flow(c, &s, ME, SERVER, 10);
	sends(&other, SIDE_SERVER, 30, 50);
	court_flow(c, &other, YOU, SERVER, 20);
	court_decides(c);
	assert_string_equal(signature_name(court_attempt_of(c, ME, 10)->signature), "udp-timeout");
	assert_true(attempt_proved(court_attempt_of(c, ME, 10), "answers-others"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_try_that_lost_a_race_is_no_block),
	    cmocka_unit_test(one_failure_mended_seconds_later_is_no_block),
	    cmocka_unit_test(a_failure_mended_minutes_later_is_one),
	    cmocka_unit_test(the_second_failure_in_a_row_stays),
	    cmocka_unit_test(a_spare_connection_mends_no_hello),
	    cmocka_unit_test(a_connection_that_opens_mends_one_that_did_not),
	    cmocka_unit_test(a_challenge_that_is_met_is_no_block),
	    cmocka_unit_test(a_challenge_that_nobody_meets_is_one),
	    cmocka_unit_test(the_detail_names_the_proxy_unless_it_is_its_own_answer),
	    cmocka_unit_test(a_site_that_serves_other_pages_is_not_blocked),
	    cmocka_unit_test(a_page_whose_request_the_capture_has_not_may_be_of_the_site),
	    cmocka_unit_test(old_versions_that_are_refused_beside_a_new_one_are_no_block),
	    cmocka_unit_test(a_quota_beside_an_allocation_is_no_block),
	    cmocka_unit_test(silence_of_a_client_that_hears_nothing_at_all_proves_nothing),
	    cmocka_unit_test(unless_the_user_says_that_both_directions_are_captured),
	    cmocka_unit_test(what_another_client_hears_does_not_count),
	    cmocka_unit_test(an_outage_blocks_nothing),
	    cmocka_unit_test(a_sign_of_life_during_long_tries_is_one),
	    cmocka_unit_test(a_connection_that_never_pauses_is_heard_all_the_while),
	    cmocka_unit_test(a_sign_of_life_between_ends_the_outage),
	    cmocka_unit_test(two_silent_hosts_are_no_outage),
	    cmocka_unit_test(silence_while_packets_were_lost_proves_nothing),
	    cmocka_unit_test(single_sends_over_several_connections_add_up),
	    cmocka_unit_test(unless_any_of_them_was_answered),
	    cmocka_unit_test(two_single_sends_do_not),
	    cmocka_unit_test(another_client_that_gets_through_is_a_control),
	    cmocka_unit_test(an_hour_later_it_is_none),
	    cmocka_unit_test(another_port_of_the_same_address_is_a_control_of_silence),
	    cmocka_unit_test(the_same_port_over_the_other_transport_is_one_too),
	    cmocka_unit_test(another_port_proves_nothing_of_a_reset),
	    cmocka_unit_test(a_reset_is_compared_with_the_servers_other_packets),
	    cmocka_unit_test(failing_the_same_way_again_is_more_than_once),
	    cmocka_unit_test(single_datagrams_add_up_only_where_somebody_must_answer),
	    cmocka_unit_test(single_datagrams_add_up_to_a_port_that_answers_others),
	    cmocka_unit_test(a_port_that_answers_others_is_no_one_way_protocol),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_drop);
}
