/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "scene.h"

/* ---- tls-hello-reset */

static void reset_after_the_hello_is_blocked(void **state)
{
	struct scene s;

	(void)state;
	hello(&s, 30);
	resets(&s, 40, 57);
	struct finding f = expect(&s, OUTCOME_BLOCKED, SIG_TLS_HELLO_RESET);
	assert_int_equal(f.confidence, CONFIDENCE_MEDIUM);
	assert_false(f.silent);
}

static void reset_of_a_foreign_hop_count_after_the_hello_is_proved(void **state)
{
	struct scene s;

	(void)state;
	hello(&s, 30);
	resets(&s, 40, 63);
	assert_int_equal(expect(&s, OUTCOME_BLOCKED, SIG_TLS_HELLO_RESET).confidence, CONFIDENCE_HIGH);
	assert_true(proved(&s, "foreign-ttl"));
}

static void a_server_hello_behind_an_injected_reset_is_no_answer(void **state)
{
	struct scene s;

	(void)state;
	hello(&s, 30);
	resets(&s, 33, 57);
	s.flow.reset.data_after = true;
	sends(&s, SIDE_SERVER, 60, 1000);
	s.said.tls.server_hello = MS(60);
	client(&s)->rst = client(&s)->last = MS(61);
	struct finding f = expect(&s, OUTCOME_BLOCKED, SIG_TLS_HELLO_RESET);
	assert_int_equal(f.confidence, CONFIDENCE_HIGH);
}

static void a_client_that_cancels_is_not_blocked(void **state)
{
	struct scene s;

	(void)state;
	hello(&s, 30);
	client(&s)->rst = MS(35);
	resets(&s, 40, 57);
	expect_doubt(&s, "client-gave-up");
	hello(&s, 30);
	client(&s)->fin = MS(35);
	resets(&s, 55, 57);
	expect_doubt(&s, "client-gave-up");
}

static void a_reset_that_knows_nothing_of_the_clients_fin_is_no_answer_to_it(void **state)
{
	struct scene s;

	(void)state;
	hello(&s, 30);
	client(&s)->fin = MS(35);
	resets(&s, 40, 57);
	s.flow.reset.behind = true;
	expect(&s, OUTCOME_BLOCKED, SIG_TLS_HELLO_RESET);
}

static void a_reset_told_to_both_ends_at_once_is_not_the_clients(void **state)
{
	struct scene s;

	(void)state;
	for (int before = 0; before < 2; before++) { /* a tenth of a millisecond may span a millisecond boundary */
		hello(&s, 30);
		client(&s)->rst = MS(40 - before);
		resets(&s, 40, 60);
		expect(&s, OUTCOME_BLOCKED, SIG_TLS_HELLO_RESET);
	}
}

static void a_hello_right_behind_the_opened_tunnel_is_unanswered(void **state)
{
	struct scene s;

	(void)state;
	hello(&s, 30);
	s.said.http.tunnel = true;
	s.said.http.connect_kind = 5;
	sends(&s, SIDE_SERVER, 30, 12); /* the proxy's answer, in the same millisecond */
	resets(&s, 40, 57);
	expect(&s, OUTCOME_BLOCKED, SIG_TLS_HELLO_RESET);
}

static void reset_behind_the_server_hello_is_not_about_the_name(void **state)
{
	struct scene s;

	(void)state;
	hello(&s, 30)->server_hello = MS(50);
	sends(&s, SIDE_SERVER, 50, 1000);
	resets(&s, 60, 57);
	expect(&s, OUTCOME_RESET, SIG_TCP_RESET);
}

/* ---- tls-hello-close */

static void fin_without_a_byte_after_the_hello_is_blocked(void **state)
{
	struct scene s;

	(void)state;
	hello(&s, 30);
	server(&s)->fin = server(&s)->last = MS(45);
	expect(&s, OUTCOME_BLOCKED, SIG_TLS_HELLO_CLOSE);
}

static void fin_in_answer_to_the_clients_is_not(void **state)
{
	struct scene s;

	(void)state;
	hello(&s, 30);
	client(&s)->fin = MS(35);
	server(&s)->fin = server(&s)->last = MS(45);
	expect_doubt(&s, "client-gave-up");
}

/* A client answers a FIN at once: both may fall in one millisecond. */
static void fins_of_one_moment_are_told_apart_by_their_order(void **state)
{
	struct scene s;

	(void)state;
	hello(&s, 30);
	client(&s)->fin = server(&s)->fin = server(&s)->last = MS(35);
	s.flow.server_ended_first = true;
	expect(&s, OUTCOME_BLOCKED, SIG_TLS_HELLO_CLOSE);
	hello(&s, 30);
	client(&s)->fin = server(&s)->fin = server(&s)->last = MS(35);
	expect_doubt(&s, "client-gave-up");
}

static void reset_behind_the_fin_is_still_a_close(void **state)
{
	struct scene s;

	(void)state;
	hello(&s, 30);
	server(&s)->fin = MS(45);
	client(&s)->fin = MS(46);
	resets(&s, 66, 57);
	expect(&s, OUTCOME_BLOCKED, SIG_TLS_HELLO_CLOSE);
}

static void a_long_wait_counts_however_the_server_ends_afterwards(void **state)
{
	struct scene s;

	(void)state;
	hello(&s, 30);
	client(&s)->fin = MS(11030);
	server(&s)->fin = server(&s)->last = MS(11050);
	expect(&s, OUTCOME_BLOCKED, SIG_TLS_HELLO_TIMEOUT);
	hello(&s, 30);
	client(&s)->fin = MS(11030);
	resets(&s, 11050, 57);
	expect(&s, OUTCOME_BLOCKED, SIG_TLS_HELLO_TIMEOUT);
}

/* ---- tls-hello-timeout */

static void hello_sent_again_without_answer_is_blocked(void **state)
{
	struct scene s;

	(void)state;
	hello(&s, 30);
	sends_again(&s, 4, 4030);
	struct finding f = expect(&s, OUTCOME_BLOCKED, SIG_TLS_HELLO_TIMEOUT);
	assert_true(f.silent);
	assert_true(proved(&s, "repeated"));
}

static void acknowledged_hello_needs_a_wait_of_ten_seconds(void **state)
{
	struct scene s;

	(void)state;
	hello(&s, 30);
	server(&s)->last = MS(50);
	s.watched_us = 9 * SECOND_US;
	expect_doubt(&s, "window");
	hello(&s, 30);
	server(&s)->last = MS(50);
	s.watched_us = 11 * SECOND_US;
	expect(&s, OUTCOME_BLOCKED, SIG_TLS_HELLO_TIMEOUT);
	assert_true(proved(&s, "waited"));
}

static void a_hello_neither_acknowledged_nor_repeated_shows_a_lossy_capture(void **state)
{
	struct scene s;

	(void)state;
	hello(&s, 30);
	client(&s)->waiting = MS(30);
	expect_doubt(&s, "not-repeated");
}

static void a_client_that_leaves_before_the_wait_is_over_decides_nothing(void **state)
{
	struct scene s;

	(void)state;
	hello(&s, 30);
	client(&s)->fin = client(&s)->last = MS(3030);
	expect_doubt(&s, "client-gave-up");
}

static void an_answered_hello_is_none(void **state)
{
	struct scene s;

	(void)state;
	hello(&s, 30)->server_hello = MS(2000);
	sends_again(&s, 3, 1500);
	client(&s)->waiting = 0;
	sends(&s, SIDE_SERVER, 2000, 2000);
	expect(&s, OUTCOME_OK, SIG_NONE);
}

static void a_large_hello_that_is_stuck_hints_at_the_path_mtu(void **state)
{
	struct scene s;

	(void)state;
	hello(&s, 30);
	sends_again(&s, 4, 4030);
	client(&s)->stuck = 1400;
	client(&s)->largest = 500;
	assert_int_equal(expect(&s, OUTCOME_BLOCKED, SIG_TLS_HELLO_TIMEOUT).hint, HINT_PATH_MTU);
}

/* ---- tls-alert */

static void fatal_alert_of_the_far_side_is_blocked_and_named(void **state)
{
	struct scene s;

	(void)state;
	struct said_tls *tls = hello(&s, 30);
	tls->fatal[SIDE_SERVER] = true;
	tls->alert[SIDE_SERVER] = 112;
	sends(&s, SIDE_SERVER, 50, 7);
	expect(&s, OUTCOME_BLOCKED, SIG_TLS_ALERT);
	assert_non_null(strstr(s.argument.detail, "unrecognized_name"));
}

static void an_alert_behind_the_clients_end_says_nothing(void **state)
{
	struct scene s;

	(void)state;
	for (int greeted = 0; greeted < 2; greeted++) {
		struct said_tls *tls = hello(&s, 30);
		if (greeted) {
			tls->server_hello = MS(50);
			sends(&s, SIDE_SERVER, 50, 1400);
		}
		client(&s)->fin = client(&s)->last = MS(780);
		tls->fatal[SIDE_SERVER] = true;
		tls->alert[SIDE_SERVER] = 50;
		sends(&s, SIDE_SERVER, 800, 7);
		resets(&s, 801, 57);
		if (greeted)
			expect(&s, OUTCOME_OK, SIG_NONE);
		else
			expect_doubt(&s, "warned");
		/* Whoever closes because of an alert closes behind it. */
		client(&s)->fin = MS(801);
		expect(&s, OUTCOME_BLOCKED, SIG_TLS_ALERT);
	}
}

static void warnings_and_close_notify_are_no_block(void **state)
{
	struct scene s;

	(void)state;
	struct said_tls *tls = hello(&s, 30);
	tls->warned[SIDE_SERVER] = true;
	tls->alert[SIDE_SERVER] = 112;
	tls->server_hello = MS(50);
	sends(&s, SIDE_SERVER, 50, 700);
	expect(&s, OUTCOME_OK, SIG_NONE);
	tls = hello(&s, 30);
	tls->fatal[SIDE_SERVER] = true;
	tls->alert[SIDE_SERVER] = 0;
	tls->server_hello = MS(50);
	sends(&s, SIDE_SERVER, 50, 700);
	expect(&s, OUTCOME_OK, SIG_NONE);
}

static void a_warning_without_a_server_hello_opens_nothing(void **state)
{
	struct scene s;

	(void)state;
	for (int fatal = 0; fatal < 2; fatal++) {
		struct said_tls *tls = hello(&s, 30);
		tls->warned[SIDE_SERVER] = !fatal;
		tls->fatal[SIDE_SERVER] = fatal; /* close_notify */
		sends(&s, SIDE_SERVER, 50, 7);
		server(&s)->fin = server(&s)->last = MS(51);
		expect_doubt(&s, "warned");
		/* This much may hold a ServerHello that the capture missed. */
		sends(&s, SIDE_SERVER, 52, 700);
		expect(&s, OUTCOME_OK, SIG_NONE);
	}
}

/* ---- tls-intercepted */

static void a_refused_certificate_is_an_interception(void **state)
{
	static const uint8_t codes[] = {42, 43, 44, 45, 46, 48};
	struct scene s;

	(void)state;
	for (size_t i = 0; i < sizeof codes; i++) {
		struct said_tls *tls = hello(&s, 30);
		tls->server_hello = MS(50);
		tls->fatal[SIDE_CLIENT] = true;
		tls->alert[SIDE_CLIENT] = codes[i];
		sends(&s, SIDE_SERVER, 50, 3000);
		expect(&s, OUTCOME_BLOCKED, SIG_TLS_INTERCEPTED);
		assert_true(proved(&s, "client-alert"));
	}
}

static void other_complaints_of_the_client_are_none(void **state)
{
	static const uint8_t codes[] = {0, 40, 47, 49, 90};
	struct scene s;

	(void)state;
	for (size_t i = 0; i < sizeof codes; i++) {
		struct said_tls *tls = hello(&s, 30);
		tls->server_hello = MS(50);
		tls->fatal[SIDE_CLIENT] = true;
		tls->alert[SIDE_CLIENT] = codes[i];
		sends(&s, SIDE_SERVER, 50, 3000);
		expect(&s, OUTCOME_OK, SIG_NONE);
	}
}

static void an_issuer_that_the_user_named_is_proved(void **state)
{
	struct scene s;

	(void)state;
	struct said_tls *tls = hello(&s, 30);
	tls->server_hello = MS(50);
	sends(&s, SIDE_SERVER, 50, 3000);
	tls->issuer = scene_name(&s, "Corp Inspection CA");
	s.interceptors[0] = "corp inspection ca";
	assert_int_equal(expect(&s, OUTCOME_BLOCKED, SIG_TLS_INTERCEPTED).confidence, CONFIDENCE_HIGH);
	tls = hello(&s, 30);
	tls->server_hello = MS(50);
	sends(&s, SIDE_SERVER, 50, 3000);
	tls->issuer = scene_name(&s, "Some CA");
	s.interceptors[0] = "corp inspection ca";
	expect(&s, OUTCOME_OK, SIG_NONE);
}

static void an_encrypted_alert_decides_nothing(void **state)
{
	struct scene s;

	(void)state;
	struct said_tls *tls = hello(&s, 30);
	tls->server_hello = MS(50);
	tls->chosen = 0x0304;
	tls->encrypted_alert[SIDE_CLIENT] = true;
	sends(&s, SIDE_SERVER, 50, 3000);
	expect_doubt(&s, "encrypted-alert");
	tls = hello(&s, 30);
	tls->server_hello = MS(50);
	tls->chosen = 0x0304;
	tls->encrypted_alert[SIDE_CLIENT] = true; /* close_notify, after the handshake */
	tls->finished[SIDE_CLIENT] = true;
	sends(&s, SIDE_SERVER, 50, 3000);
	expect(&s, OUTCOME_OK, SIG_NONE);
}

static void bytes_that_the_capture_lost_are_bytes(void **state)
{
	struct scene s;

	(void)state;
	hello(&s, 30);
	server(&s)->fin = server(&s)->last = MS(60);
	server(&s)->hole = true; /* known from the sequence number of the FIN */
	expect_doubt(&s, "capture-drops");
	hello(&s, 30);
	resets(&s, 60, 57);
	server(&s)->next = 1000;
	client(&s)->acks = true;
	client(&s)->acked = 1000;
	expect(&s, OUTCOME_BLOCKED, SIG_TLS_HELLO_RESET);
	hello(&s, 30);
	resets(&s, 60, 57);
	server(&s)->next = 1000;
	client(&s)->acks = true;
	client(&s)->acked = 1200; /* it has received what the capture missed */
	assert_true(expect(&s, OUTCOME_RESET, SIG_TCP_RESET).answered);
}

/* The client acknowledges this many bytes of the server's; the capture has none of them. */
static void heard_unseen(struct scene *s, uint32_t n)
{
	hello(s, 30);
	server(s)->begin = server(s)->next = 1000;
	client(s)->acks = true;
	client(s)->acked = 1000 + n;
	client(s)->fin = client(s)->last = MS(60);
}

static void what_the_capture_lost_of_the_server_may_have_been_a_refusal(void **state)
{
	struct scene s;

	(void)state;
	heard_unseen(&s, 1); /* its FIN */
	expect_doubt(&s, "capture-drops");
	heard_unseen(&s, 8); /* an alert and the FIN */
	expect_doubt(&s, "capture-drops");
	heard_unseen(&s, 1300); /* no refusal is that long */
	expect(&s, OUTCOME_OK, SIG_NONE);
	opened(&s, 80);
	s.flow.said = &s.said;
	s.flow.protocol = TALK_HTTP;
	sends(&s, SIDE_CLIENT, 30, 100);
	sends(&s, SIDE_SERVER, 50, 100);
	s.said.http.requests = 1;
	expect(&s, OUTCOME_OK, SIG_NONE);
	server(&s)->hole = true; /* e.g. its status */
	expect_doubt(&s, "capture-drops");
	s.said.http.answers = 1;
	expect(&s, OUTCOME_OK, SIG_NONE);
}

static void what_the_capture_lost_of_the_client_may_have_refused_the_certificate(void **state)
{
	struct scene s;
	struct said_tls *tls = hello(&s, 30);

	(void)state;
	tls->server_hello = MS(50);
	tls->chosen = 0x0303;
	sends(&s, SIDE_SERVER, 50, 3000);
	client(&s)->hole = true;
	client(&s)->fin = client(&s)->last = MS(60);
	expect_doubt(&s, "capture-drops");
	tls->finished[SIDE_SERVER] = true;
	expect(&s, OUTCOME_OK, SIG_NONE);
	tls->finished[SIDE_SERVER] = false;
	tls->chosen = 0x0304; /* it would be encrypted */
	expect(&s, OUTCOME_OK, SIG_NONE);
	tls->finished[SIDE_SERVER] = true;
	client(&s)->cut_short = true; /* and is the client's last data */
	expect_doubt(&s, "capture-drops");
	tls->finished[SIDE_CLIENT] = true;
	expect(&s, OUTCOME_OK, SIG_NONE);
}

static void an_answer_to_what_the_capture_has_not_tells_nothing(void **state)
{
	struct scene s;

	(void)state;
	opened(&s, 443);
	sends(&s, SIDE_SERVER, 50, 7); /* e.g. an alert */
	client(&s)->begin = client(&s)->next = 1000;
	server(&s)->acked = 1000;
	expect(&s, OUTCOME_OK, SIG_NONE);
	server(&s)->acked = 1517;
	expect_doubt(&s, "capture-drops");
	server(&s)->acked = 1000;
	client(&s)->cut_short = client(&s)->hole = true; /* known from the sequence number of its FIN */
	expect_doubt(&s, "capture-drops");
}

static void an_issuer_that_the_capture_has_not_is_unknown(void **state)
{
	struct scene s;

	(void)state;
	for (int cut = 0; cut < 2; cut++) {
		struct said_tls *tls = hello(&s, 30);
		tls->server_hello = MS(50);
		tls->chosen = 0x0303;
		tls->finished[SIDE_CLIENT] = tls->finished[SIDE_SERVER] = true;
		sends(&s, SIDE_SERVER, 50, 3000);
		expect(&s, OUTCOME_OK, SIG_NONE);
		s.flow.truncated = cut;
		server(&s)->hole = !cut;
		expect(&s, OUTCOME_OK, SIG_NONE); /* no issuers were asked for */
		s.interceptors[0] = "Corp Inspection CA";
		expect_doubt(&s, "certificate-unread");
		tls->chosen = 0x0304; /* TLS 1.3 never shows it */
		expect(&s, OUTCOME_OK, SIG_NONE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reset_after_the_hello_is_blocked),
	    cmocka_unit_test(reset_of_a_foreign_hop_count_after_the_hello_is_proved),
	    cmocka_unit_test(a_server_hello_behind_an_injected_reset_is_no_answer),
	    cmocka_unit_test(a_client_that_cancels_is_not_blocked),
	    cmocka_unit_test(a_reset_that_knows_nothing_of_the_clients_fin_is_no_answer_to_it),
	    cmocka_unit_test(a_reset_told_to_both_ends_at_once_is_not_the_clients),
	    cmocka_unit_test(a_hello_right_behind_the_opened_tunnel_is_unanswered),
	    cmocka_unit_test(reset_behind_the_server_hello_is_not_about_the_name),
	    cmocka_unit_test(fin_without_a_byte_after_the_hello_is_blocked),
	    cmocka_unit_test(fin_in_answer_to_the_clients_is_not),
	    cmocka_unit_test(fins_of_one_moment_are_told_apart_by_their_order),
	    cmocka_unit_test(reset_behind_the_fin_is_still_a_close),
	    cmocka_unit_test(a_long_wait_counts_however_the_server_ends_afterwards),
	    cmocka_unit_test(hello_sent_again_without_answer_is_blocked),
	    cmocka_unit_test(acknowledged_hello_needs_a_wait_of_ten_seconds),
	    cmocka_unit_test(a_hello_neither_acknowledged_nor_repeated_shows_a_lossy_capture),
	    cmocka_unit_test(a_client_that_leaves_before_the_wait_is_over_decides_nothing),
	    cmocka_unit_test(an_answered_hello_is_none),
	    cmocka_unit_test(a_large_hello_that_is_stuck_hints_at_the_path_mtu),
	    cmocka_unit_test(fatal_alert_of_the_far_side_is_blocked_and_named),
	    cmocka_unit_test(an_alert_behind_the_clients_end_says_nothing),
	    cmocka_unit_test(warnings_and_close_notify_are_no_block),
	    cmocka_unit_test(a_warning_without_a_server_hello_opens_nothing),
	    cmocka_unit_test(a_refused_certificate_is_an_interception),
	    cmocka_unit_test(other_complaints_of_the_client_are_none),
	    cmocka_unit_test(an_issuer_that_the_user_named_is_proved),
	    cmocka_unit_test(an_encrypted_alert_decides_nothing),
	    cmocka_unit_test(bytes_that_the_capture_lost_are_bytes),
	    cmocka_unit_test(what_the_capture_lost_of_the_server_may_have_been_a_refusal),
	    cmocka_unit_test(what_the_capture_lost_of_the_client_may_have_refused_the_certificate),
	    cmocka_unit_test(an_answer_to_what_the_capture_has_not_tells_nothing),
	    cmocka_unit_test(an_issuer_that_the_capture_has_not_is_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
