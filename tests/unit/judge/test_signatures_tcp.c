/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "scene.h"

/* ---- tcp-syn-timeout */

static void repeated_syn_without_answer_is_blocked(void **state)
{
	struct scene s;

	(void)state;
	syns(&s, 3, 3000);
	struct finding f = expect(&s, OUTCOME_BLOCKED, SIG_TCP_SYN_TIMEOUT);
	assert_true(f.silent);
	assert_int_equal(f.confidence, CONFIDENCE_MEDIUM);
	assert_true(proved(&s, "repeated"));
}

static void one_syn_is_no_block(void **state)
{
	struct scene s;

	(void)state;
	syns(&s, 1, 0);
	struct finding f = expect(&s, OUTCOME_INCONCLUSIVE, SIG_NONE);
	assert_string_equal(f.why_not, "not-repeated");
	assert_true(f.single);
}

static void syn_at_the_end_of_the_capture_is_no_block(void **state)
{
	struct scene s;

	(void)state;
	syns(&s, 2, 1000);
	s.watched_us = SECOND_US;
	expect_doubt(&s, "window");
	syns(&s, 1, 0);
	s.watched_us = SECOND_US;
	struct finding f = judged(&s);
	assert_string_equal(f.why_not, "window");
	assert_false(f.single);
	scene_end(&s);
}

static void the_wait_may_lie_between_the_repetitions(void **state)
{
	struct scene s;

	(void)state;
	syns(&s, 3, 3000);
	s.watched_us = 0;
	expect(&s, OUTCOME_BLOCKED, SIG_TCP_SYN_TIMEOUT);
}

static void an_evicted_flow_decides_nothing_by_silence(void **state)
{
	struct scene s;

	(void)state;
	syns(&s, 3, 3000);
	s.flow.evicted = true;
	expect_doubt(&s, "table-full");
}

/* ---- tcp-syn-reset */

static void reset_in_answer_to_syn_is_blocked_with_little_confidence(void **state)
{
	struct scene s;

	(void)state;
	syns(&s, 1, 0);
	resets(&s, 12, 63);
	struct finding f = expect(&s, OUTCOME_BLOCKED, SIG_TCP_SYN_RESET);
	assert_int_equal(f.confidence, CONFIDENCE_LOW);
	assert_false(f.silent);
}

static void reset_after_syn_ack_is_no_syn_reset(void **state)
{
	struct scene s;

	(void)state;
	opened(&s, 443);
	resets(&s, 40, 57);
	expect(&s, OUTCOME_RESET, SIG_TCP_RESET);
}

static void reset_of_a_client_that_heard_more_is_no_syn_reset(void **state)
{
	struct scene s;

	(void)state;
	syns(&s, 1, 0);
	client(&s)->acks = true; /* its SYN was answered; the capture missed that */
	resets(&s, 400, 57);
	expect_doubt(&s, "window");
}

/* ---- tcp-reset */

static void reset_before_an_answer_is_unanswered(void **state)
{
	struct scene s;

	(void)state;
	opened(&s, 8080);
	sends(&s, SIDE_CLIENT, 30, 100);
	resets(&s, 60, 57);
	struct finding f = expect(&s, OUTCOME_RESET, SIG_TCP_RESET);
	assert_false(f.answered);
}

static void a_proxy_that_grants_is_not_the_service(void **state)
{
	struct scene s;

	(void)state;
	opened(&s, 3128);
	s.flow.said = &s.said;
	s.flow.protocol = TALK_HTTP;
	s.said.http = (struct said_http){.connect_kind = 1, .connect_status = 200, .tunnel = true};
	sends(&s, SIDE_CLIENT, 30, 120);
	sends(&s, SIDE_SERVER, 50, 40);
	resets(&s, 70, 57); /* the capture has nothing of what the client said through the tunnel */
	assert_false(expect(&s, OUTCOME_RESET, SIG_TCP_RESET).answered);
	server(&s)->rst = 0;
	sends(&s, SIDE_CLIENT, 60, 120);
	sends(&s, SIDE_SERVER, 80, 40);
	resets(&s, 90, 57);
	assert_true(expect(&s, OUTCOME_RESET, SIG_TCP_RESET).answered);
}

static void reset_in_the_middle_of_an_exchange_was_answered(void **state)
{
	struct scene s;

	(void)state;
	opened(&s, 8080);
	sends(&s, SIDE_CLIENT, 30, 100);
	sends(&s, SIDE_SERVER, 50, 4000);
	resets(&s, 55, 57);
	assert_true(expect(&s, OUTCOME_RESET, SIG_TCP_RESET).answered);
}

static void reset_after_the_clients_fin_ends_an_exchange(void **state)
{
	struct scene s;

	(void)state;
	opened(&s, 8080);
	sends(&s, SIDE_CLIENT, 30, 100);
	sends(&s, SIDE_SERVER, 50, 4000);
	client(&s)->fin = MS(52);
	resets(&s, 55, 57);
	expect(&s, OUTCOME_OK, SIG_NONE);
}

static void reset_after_close_notify_ends_an_exchange(void **state)
{
	struct scene s;

	(void)state;
	opened(&s, 8080);
	sends(&s, SIDE_CLIENT, 30, 100);
	sends(&s, SIDE_SERVER, 50, 4000);
	client(&s)->closing = true;
	resets(&s, 55, 57);
	expect(&s, OUTCOME_OK, SIG_NONE);
}

static void reset_after_a_rest_is_the_servers_way_to_end(void **state)
{
	struct scene s;

	(void)state;
	opened(&s, 8080);
	sends(&s, SIDE_CLIENT, 30, 100);
	sends(&s, SIDE_SERVER, 50, 4000);
	resets(&s, 5050, 57);
	expect(&s, OUTCOME_OK, SIG_NONE);
}

static void reset_after_minutes_of_rest_hints_at_a_state_timeout(void **state)
{
	struct scene s;

	(void)state;
	opened(&s, 8080);
	sends(&s, SIDE_CLIENT, 30, 100);
	sends(&s, SIDE_SERVER, 50, 4000);
	resets(&s, 300050, 57);
	assert_int_equal(expect(&s, OUTCOME_RESET, SIG_TCP_RESET).hint, HINT_STATE_TIMEOUT);
}

static void reset_with_a_foreign_hop_count_is_proved(void **state)
{
	struct scene s;

	(void)state;
	opened(&s, 8080);
	sends(&s, SIDE_CLIENT, 30, 100);
	resets(&s, 60, 62);
	assert_int_equal(expect(&s, OUTCOME_RESET, SIG_TCP_RESET).confidence, CONFIDENCE_HIGH);
	assert_true(proved(&s, "foreign-ttl"));
	opened(&s, 8080);
	sends(&s, SIDE_CLIENT, 30, 100);
	resets(&s, 60, 59); /* two hops: a changed route */
	assert_int_equal(expect(&s, OUTCOME_RESET, SIG_TCP_RESET).confidence, CONFIDENCE_LOW);
}

static void a_server_that_goes_on_knows_nothing_of_its_reset(void **state)
{
	struct scene s;

	(void)state;
	opened(&s, 8080);
	sends(&s, SIDE_CLIENT, 30, 100);
	resets(&s, 60, 57);
	s.flow.reset.data_after = true;
	assert_int_equal(expect(&s, OUTCOME_RESET, SIG_TCP_RESET).confidence, CONFIDENCE_HIGH);
	assert_true(proved(&s, "data-after-reset"));
}

/* An injected reset: the server's own packets follow it, and the client has gone or has not. */
static void overtaken_by_a_reset(struct scene *s, bool survived)
{
	opened(s, 80);
	server(s)->begin = 1001;
	sends(s, SIDE_CLIENT, 30, 100);
	resets(s, 35, 60);
	sends(s, SIDE_SERVER, 60, 100);
	s->flow.reset.data_after = true;
	if (survived)
		sends(s, SIDE_CLIENT, 70, 100);
	else
		client(s)->rst = client(s)->last = MS(61);
}

static void an_answer_behind_an_injected_reset_is_none(void **state)
{
	struct scene s;

	(void)state;
	overtaken_by_a_reset(&s, false);
	struct finding f = expect(&s, OUTCOME_RESET, SIG_TCP_RESET);
	assert_false(f.answered);
	assert_int_equal(f.confidence, CONFIDENCE_HIGH);
}

static void a_reset_that_nobody_heeds_is_none(void **state)
{
	struct scene s;

	(void)state;
	overtaken_by_a_reset(&s, true);
	expect(&s, OUTCOME_OK, SIG_NONE);
}

static void a_syn_ack_behind_the_reset_of_its_syn_changes_nothing(void **state)
{
	struct scene s;

	(void)state;
	opened(&s, 443);
	server(&s)->rst = MS(3);
	s.flow.reset.n = 1;
	client(&s)->rst = client(&s)->last = MS(21);
	expect(&s, OUTCOME_BLOCKED, SIG_TCP_SYN_RESET);
}

static void reset_behind_a_whole_answer_of_http_ends_an_exchange(void **state)
{
	(void)state;
	for (int complete = 0; complete < 2; complete++) {
		struct scene s;
		opened(&s, 80);
		s.flow.said = &s.said;
		s.flow.protocol = TALK_HTTP;
		s.said.http.requests = s.said.http.answers = 1;
		s.said.http.complete = complete;
		sends(&s, SIDE_CLIENT, 30, 100);
		sends(&s, SIDE_SERVER, 60, 100);
		resets(&s, 80, 57);
		expect(&s, complete ? OUTCOME_OK : OUTCOME_RESET, complete ? SIG_NONE : SIG_TCP_RESET);
	}
}

static void reset_of_a_connection_begun_before_the_capture_is_not_judged(void **state)
{
	struct scene s;

	(void)state;
	opened(&s, 8080);
	s.flow.midstream = true;
	s.flow.syn_n = 0;
	s.flow.synack = 0;
	sends(&s, SIDE_CLIENT, 30, 100);
	resets(&s, 60, 57);
	expect_doubt(&s, "midstream");
}

/* ---- tcp-stall */

static void data_sent_again_and_never_acknowledged_is_a_stall(void **state)
{
	struct scene s;

	(void)state;
	opened(&s, 8080);
	sends(&s, SIDE_CLIENT, 30, 300);
	sends_again(&s, 5, 6030);
	struct finding f = expect(&s, OUTCOME_BLOCKED, SIG_TCP_STALL);
	assert_true(f.silent);
	assert_int_equal(f.hint, HINT_NONE);
}

static void data_that_is_acknowledged_when_repeated_is_none(void **state)
{
	struct scene s;

	(void)state;
	opened(&s, 8080);
	sends(&s, SIDE_CLIENT, 30, 300);
	sends_again(&s, 2, 330);
	client(&s)->waiting = 0;
	sends(&s, SIDE_SERVER, 350, 10);
	expect(&s, OUTCOME_OK, SIG_NONE);
}

static void a_stall_of_large_segments_only_hints_at_the_path_mtu(void **state)
{
	struct scene s;

	(void)state;
	opened(&s, 8080);
	sends(&s, SIDE_CLIENT, 30, 1400);
	sends_again(&s, 5, 6030);
	client(&s)->stuck = 1400;
	client(&s)->largest = 200;
	assert_int_equal(expect(&s, OUTCOME_BLOCKED, SIG_TCP_STALL).hint, HINT_PATH_MTU);
}

static void data_that_crosses_the_client_s_does_not_hide_a_stall(void **state)
{
	(void)state;
	for (int late = 0; late < 3; late++) { /* 1: it comes after the last repetition, 2: with it */
		struct scene s;
		opened(&s, 443);
		sends(&s, SIDE_CLIENT, 30, 300);
		sends(&s, SIDE_SERVER, 50, 2000);
		sends(&s, SIDE_CLIENT, 80, 300);
		sends(&s, SIDE_SERVER, late ? 12720 - 20 * late : 95, 1400); /* it acknowledges nothing of it */
		sends_again(&s, 7, 12680);
		if (late)
			expect(&s, OUTCOME_OK, SIG_NONE);
		else
			expect(&s, OUTCOME_BLOCKED, SIG_TCP_STALL);
	}
}

/* The wait begins when the last of it came. */
static void a_stall_behind_crossing_data_is_waited_for_from_there(void **state)
{
	(void)state;
	for (int second = 3; second < 6; second++) {
		struct scene s;
		opened(&s, 443);
		sends(&s, SIDE_CLIENT, 30, 300);
		sends(&s, SIDE_SERVER, 50, 2000);
		sends(&s, SIDE_CLIENT, 80, 300);
		sends(&s, SIDE_SERVER, 1500, 1400);
		sends_again(&s, 4, 1000 * second);
		s.watched_us = 0;
		if (second < 5)
			expect(&s, OUTCOME_OK, SIG_NONE); /* it was answered, and the capture ends */
		else
			expect(&s, OUTCOME_BLOCKED, SIG_TCP_STALL);
	}
}

static void what_is_said_to_a_server_that_has_closed_cannot_stall(void **state)
{
	(void)state;
	for (int closed = 0; closed < 2; closed++) {
		struct scene s;
		opened(&s, 443);
		sends(&s, SIDE_CLIENT, 30, 300);
		sends(&s, SIDE_SERVER, 50, 2000);
		if (closed)
			server(&s)->fin = server(&s)->last = MS(60);
		sends(&s, SIDE_CLIENT, 80, 31);
		sends_again(&s, 7, 12680);
		if (closed)
			expect(&s, OUTCOME_OK, SIG_NONE);
		else
			expect(&s, OUTCOME_BLOCKED, SIG_TCP_STALL);
	}
}

/* Nothing was served: that the client's data is not taken is the failure, whoever sent the FIN. */
static void data_behind_the_fin_of_a_server_that_said_nothing_stalls(void **state)
{
	struct scene s;

	(void)state;
	opened(&s, 8080);
	server(&s)->fin = server(&s)->last = MS(25);
	sends(&s, SIDE_CLIENT, 30, 300);
	sends_again(&s, 7, 12680);
	expect(&s, OUTCOME_BLOCKED, SIG_TCP_STALL);
}

static void a_client_that_gives_up_at_once_proves_no_stall(void **state)
{
	struct scene s;

	(void)state;
	opened(&s, 8080);
	sends(&s, SIDE_CLIENT, 30, 300);
	sends_again(&s, 2, 330);
	client(&s)->rst = client(&s)->last = MS(900);
	expect_doubt(&s, "client-gave-up");
}

/* ---- icmp */

static void unreachable_at(struct scene *s, const char *sender, uint8_t code, bool v6)
{
	s->flow.unreachable = (struct unreachable){.sender = address(sender), .at = MS(15), .type = v6 ? 1 : 3,
	                                           .code = code, .v6 = v6, .n = 1};
}

static void prohibition_names_its_sender(void **state)
{
	static const uint8_t codes[] = {9, 10, 13};
	static const uint8_t codes6[] = {1, 5, 6};
	struct scene s;

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		syns(&s, 1, 0);
		unreachable_at(&s, "10.0.0.1", i < 3 ? codes[i] : codes6[i - 3], i >= 3);
		struct finding f = expect(&s, OUTCOME_BLOCKED, SIG_ICMP_PROHIBITED);
		assert_int_equal(f.confidence, CONFIDENCE_HIGH);
		assert_string_equal(s.argument.blocker, "10.0.0.1");
	}
}

static void prohibition_by_the_server_itself_is_no_proof(void **state)
{
	struct scene s;

	(void)state;
	syns(&s, 1, 0);
	unreachable_at(&s, "203.0.113.7", 13, false);
	assert_int_equal(expect(&s, OUTCOME_BLOCKED, SIG_ICMP_PROHIBITED).confidence, CONFIDENCE_MEDIUM);
}

static void a_dead_host_names_no_blocker(void **state)
{
	struct scene s;

	(void)state;
	syns(&s, 1, 0);
	unreachable_at(&s, "192.0.2.1", 1, false);
	struct finding f = expect(&s, OUTCOME_BLOCKED, SIG_ICMP_UNREACHABLE);
	assert_int_equal(f.confidence, CONFIDENCE_MEDIUM);
	assert_string_equal(s.argument.blocker, "");
}

static void an_error_that_a_retry_overcame_is_none(void **state)
{
	struct scene s;

	(void)state;
	opened(&s, 8080);
	unreachable_at(&s, "192.0.2.1", 1, false);
	sends(&s, SIDE_CLIENT, 30, 100);
	sends(&s, SIDE_SERVER, 50, 100);
	expect(&s, OUTCOME_OK, SIG_NONE);
}

static void a_prohibition_of_data_that_arrived_when_repeated_is_none(void **state)
{
	struct scene s;

	(void)state;
	opened(&s, 8080);
	sends(&s, SIDE_CLIENT, 30, 100);
	unreachable_at(&s, "10.0.0.1", 13, false);
	s.flow.unreachable.at = MS(35);
	sends(&s, SIDE_SERVER, 400, 50);
	expect(&s, OUTCOME_OK, SIG_NONE);
	client(&s)->waiting = MS(30); /* what the server says does not answer it */
	expect(&s, OUTCOME_BLOCKED, SIG_ICMP_PROHIBITED);
}

static void a_prohibition_after_an_answer_is_none(void **state)
{
	struct scene s;

	(void)state;
	opened(&s, 8080);
	sends(&s, SIDE_CLIENT, 30, 100);
	sends(&s, SIDE_SERVER, 50, 100);
	unreachable_at(&s, "10.0.0.1", 13, false);
	s.flow.unreachable.at = MS(5000);
	expect(&s, OUTCOME_OK, SIG_NONE);
}

/* ---- nothing wrong, or undecided */

static void an_answered_exchange_is_ok(void **state)
{
	struct scene s;

	(void)state;
	opened(&s, 443);
	sends(&s, SIDE_CLIENT, 30, 100);
	sends(&s, SIDE_SERVER, 50, 100);
	assert_true(expect(&s, OUTCOME_OK, SIG_NONE).answered);
}

static void half_a_connection_of_before_the_capture_tells_nothing(void **state)
{
	struct scene s;

	(void)state;
	scene_begin(&s, PROTO_TCP, 443);
	s.flow.midstream = true;
	sends(&s, SIDE_CLIENT, 30, 100);
	expect_doubt(&s, "midstream");
}

/* ---- no success either */

static void answers_that_do_not_reach_the_client_open_nothing(void **state)
{
	struct scene s;

	(void)state;
	opened(&s, 8080);
	s.flow.syn_n = 3;
	s.flow.syn_last = MS(3000);
	expect_doubt(&s, "unopened");
}

/* Large segments are lost on the way, a later small one passes: the client acknowledges nothing. */
static void an_answer_without_its_beginning_is_no_success(void **state)
{
	struct scene s;

	(void)state;
	for (uint32_t taken = 0; taken < 2; taken++) {
		opened(&s, 443);
		s.flow.said = &s.said;
		s.flow.protocol = TALK_TLS;
		s.said.tls.hello = MS(30);
		sends(&s, SIDE_CLIENT, 30, 500);
		sends(&s, SIDE_SERVER, 50, 169);
		server(&s)->hole = true;
		server(&s)->begin = 7001;
		client(&s)->acks = true;
		client(&s)->acked = 7001 + 1448 * taken;
		client(&s)->fin = client(&s)->last = MS(12000);
		if (taken)
			expect(&s, OUTCOME_OK, SIG_NONE);
		else
			expect_doubt(&s, "undelivered");
	}
}

static void an_answer_that_meets_no_client_is_no_success(void **state)
{
	struct scene s;

	(void)state;
	opened(&s, 8080);
	sends(&s, SIDE_CLIENT, 30, 100);
	sends(&s, SIDE_SERVER, 50, 1400);
	server(&s)->begin = 1000;
	client(&s)->acks = true;
	client(&s)->acked = 1000;
	expect(&s, OUTCOME_OK, SIG_NONE);
	client(&s)->rst = client(&s)->last = MS(50); /* the client had gone */
	expect_doubt(&s, "undelivered");
	client(&s)->acked = 2400;
	expect(&s, OUTCOME_OK, SIG_NONE);
}

static void data_that_nobody_took_is_no_success(void **state)
{
	struct scene s;

	(void)state;
	opened(&s, 8080);
	client(&s)->acks = true;
	sends(&s, SIDE_CLIENT, 30, 100);
	client(&s)->waiting = MS(30);
	client(&s)->fin = MS(31);
	resets(&s, 50, 57);
	expect_doubt(&s, "client-gave-up");
}

static void who_opens_and_takes_no_data_is_not_known_to_work(void **state)
{
	struct scene s;

	(void)state;
	opened(&s, 443);
	server(&s)->shut = true;
	expect_doubt(&s, "shut");
	opened(&s, 443);
	sends(&s, SIDE_CLIENT, 30, 300);
	sends(&s, SIDE_SERVER, 50, 2000);
	server(&s)->shut = true; /* busy, but it works */
	expect(&s, OUTCOME_OK, SIG_NONE);
}

static void what_the_end_cut_off_as_it_opened_decides_nothing(void **state)
{
	struct scene s;

	(void)state;
	opened(&s, 443);
	s.watched_us = SECOND_US;
	expect_doubt(&s, "window");
	client(&s)->fin = client(&s)->last = MS(30); /* its end is seen */
	expect(&s, OUTCOME_OK, SIG_NONE);
	opened(&s, 443); /* it was watched for long enough */
	expect(&s, OUTCOME_OK, SIG_NONE);
}

static void a_proxy_that_never_answers_lets_nothing_through(void **state)
{
	struct scene s;

	(void)state;
	opened(&s, 3128);
	s.flow.said = &s.said;
	s.flow.protocol = TALK_HTTP;
	s.said.http.connect_kind = 1;
	client(&s)->acks = true;
	sends(&s, SIDE_CLIENT, 30, 100);
	expect_doubt(&s, "proxy-silent");
}

/* Something accepts the request, and the client hears nothing until it leaves. */
static void a_request_that_nobody_answers_is_no_success(void **state)
{
	static const uint8_t protocols[] = {TALK_HTTP, TALK_STUN, TALK_UNKNOWN};
	struct scene s;

	(void)state;
	for (size_t i = 0; i < sizeof protocols; i++) {
		opened(&s, 3478);
		s.flow.said = &s.said;
		s.flow.protocol = protocols[i];
		if (protocols[i] == TALK_HTTP)
			s.said.http.requests = 1;
		else
			s.said.stun.requests = 1;
		client(&s)->acks = true;
		sends(&s, SIDE_CLIENT, 30, 100);
		client(&s)->fin = client(&s)->last = MS(30000);
		if (protocols[i] == TALK_UNKNOWN)
			expect(&s, OUTCOME_OK, SIG_NONE); /* it may not want an answer */
		else
			expect_doubt(&s, "unanswered");
		sends(&s, SIDE_SERVER, 30001, 10);
		expect(&s, OUTCOME_OK, SIG_NONE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(repeated_syn_without_answer_is_blocked),
	    cmocka_unit_test(one_syn_is_no_block),
	    cmocka_unit_test(syn_at_the_end_of_the_capture_is_no_block),
	    cmocka_unit_test(the_wait_may_lie_between_the_repetitions),
	    cmocka_unit_test(an_evicted_flow_decides_nothing_by_silence),
	    cmocka_unit_test(reset_in_answer_to_syn_is_blocked_with_little_confidence),
	    cmocka_unit_test(reset_after_syn_ack_is_no_syn_reset),
	    cmocka_unit_test(reset_of_a_client_that_heard_more_is_no_syn_reset),
	    cmocka_unit_test(reset_before_an_answer_is_unanswered),
	    cmocka_unit_test(a_proxy_that_grants_is_not_the_service),
	    cmocka_unit_test(reset_in_the_middle_of_an_exchange_was_answered),
	    cmocka_unit_test(reset_after_the_clients_fin_ends_an_exchange),
	    cmocka_unit_test(reset_after_close_notify_ends_an_exchange),
	    cmocka_unit_test(reset_after_a_rest_is_the_servers_way_to_end),
	    cmocka_unit_test(reset_after_minutes_of_rest_hints_at_a_state_timeout),
	    cmocka_unit_test(reset_with_a_foreign_hop_count_is_proved),
	    cmocka_unit_test(a_server_that_goes_on_knows_nothing_of_its_reset),
	    cmocka_unit_test(an_answer_behind_an_injected_reset_is_none),
	    cmocka_unit_test(a_reset_that_nobody_heeds_is_none),
	    cmocka_unit_test(a_syn_ack_behind_the_reset_of_its_syn_changes_nothing),
	    cmocka_unit_test(reset_behind_a_whole_answer_of_http_ends_an_exchange),
	    cmocka_unit_test(reset_of_a_connection_begun_before_the_capture_is_not_judged),
	    cmocka_unit_test(data_sent_again_and_never_acknowledged_is_a_stall),
	    cmocka_unit_test(data_that_is_acknowledged_when_repeated_is_none),
	    cmocka_unit_test(a_stall_of_large_segments_only_hints_at_the_path_mtu),
	    cmocka_unit_test(data_that_crosses_the_client_s_does_not_hide_a_stall),
	    cmocka_unit_test(a_stall_behind_crossing_data_is_waited_for_from_there),
	    cmocka_unit_test(what_is_said_to_a_server_that_has_closed_cannot_stall),
	    cmocka_unit_test(data_behind_the_fin_of_a_server_that_said_nothing_stalls),
	    cmocka_unit_test(a_client_that_gives_up_at_once_proves_no_stall),
	    cmocka_unit_test(prohibition_names_its_sender),
	    cmocka_unit_test(prohibition_by_the_server_itself_is_no_proof),
	    cmocka_unit_test(a_dead_host_names_no_blocker),
	    cmocka_unit_test(an_error_that_a_retry_overcame_is_none),
	    cmocka_unit_test(a_prohibition_of_data_that_arrived_when_repeated_is_none),
	    cmocka_unit_test(a_prohibition_after_an_answer_is_none),
	    cmocka_unit_test(an_answered_exchange_is_ok),
	    cmocka_unit_test(half_a_connection_of_before_the_capture_tells_nothing),
	    cmocka_unit_test(answers_that_do_not_reach_the_client_open_nothing),
	    cmocka_unit_test(an_answer_without_its_beginning_is_no_success),
	    cmocka_unit_test(an_answer_that_meets_no_client_is_no_success),
	    cmocka_unit_test(data_that_nobody_took_is_no_success),
	    cmocka_unit_test(who_opens_and_takes_no_data_is_not_known_to_work),
	    cmocka_unit_test(what_the_end_cut_off_as_it_opened_decides_nothing),
	    cmocka_unit_test(a_proxy_that_never_answers_lets_nothing_through),
	    cmocka_unit_test(a_request_that_nobody_answers_is_no_success),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
