/* Clients that were refused and ask again: on one connection, or where the capture lost the reply. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "court.h"

#define SERVER "203.0.113.7"
#define PROXY "10.0.0.80"

static void refused(struct court *c, const char *from, uint16_t from_port, double second)
{
	struct scene s;

	syns(&s, 1, 0);
	resets(&s, 15, 57);
	s.flow.client_port = from_port;
	court_flow(c, &s, from, SERVER, second);
}

static void a_syn_refused_again_from_the_same_port_is_one_try(void **state)
{
	struct court *c = court_watched();

	(void)state;
	refused(c, ME, 50000, 10);
	refused(c, ME, 50000, 10.5);
	refused(c, ME, 50000, 11);
	court_works(c, ME, SERVER, 443, 15);
	court_decides(c);
	assert_doubted(court_attempt_of(c, ME, 10), "same-connection");
	assert_doubted(court_attempt_of(c, ME, 10.5), "same-connection");
	assert_doubted(court_attempt_of(c, ME, 11), "retry-succeeded");
}

static void from_another_port_it_is_another_one(void **state)
{
	struct court *c = court_watched();

	(void)state;
	refused(c, ME, 50000, 10);
	refused(c, ME, 50001, 10.5);
	court_works(c, ME, SERVER, 443, 15);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 10.5), SIG_TCP_SYN_RESET, CONFIDENCE_MEDIUM);
}

/* Between two SYNs of one connection the client looks up another name, which has the same address. */
static void a_syn_refused_again_is_to_the_name_looked_up_before_the_first(void **state)
{
	const struct {
		const char *from;
		uint16_t port;
		double second;
		const char *host;
	} cases[] = {{ME, 50000, 10.5, "one.example"},     {ME, 50001, 10.5, "a.wild.example"},
	             {ME, 50000, 12.5, "a.wild.example"},  /* too late to be the same connection */
	             {"10.0.0.6", 50000, 10.5, "a.wild.example"}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct query first = {ME, "10.0.0.1", "one.example", 1, 4000, 1};
		const struct query too = {"10.0.0.6", "10.0.0.1", "one.example", 1, 4000, 1};
		const struct query second = {cases[i].from, "10.0.0.1", "a.wild.example", 1, 4001, 2};
		struct court *c = court_watched();
		court_asks(c, &first, 9.8);
		court_hears(c, &first, 9.9, 0, SERVER, -1);
		court_asks(c, &too, 9.8);
		court_hears(c, &too, 9.9, 0, SERVER, -1);
		refused(c, ME, 50000, 10);
		court_asks(c, &second, 10.3);
		court_hears(c, &second, 10.4, 0, SERVER, -1);
		refused(c, cases[i].from, cases[i].port, cases[i].second);
		refused(c, cases[i].from, cases[i].port, cases[i].second + 0.5);
		court_decides(c);
		for (double after = 0; after < 1; after += 0.5)
			assert_string_equal(court_attempt_of(c, cases[i].from, cases[i].second + after)->host, cases[i].host);
	}
}

static void challenged(struct court *c, double second)
{
	struct scene s;

	asks_proxy(c, &s, "one.example", 407);
	court_flow(c, &s, ME, PROXY, second);
}

static void a_challenge_decides_nothing_when_the_next_connection_cannot_be_read(void **state)
{
	struct court *c = court_watched();
	struct scene s;

	(void)state;
	challenged(c, 10);
	opened(&s, 3128);
	sends(&s, SIDE_CLIENT, 30, 500);
	client(&s)->hole = true; /* the capture does not have the CONNECT */
	court_flow(c, &s, ME, PROXY, 12);
	court_decides(c);
	assert_doubted(court_attempt_of(c, ME, 10), "capture-drops");
}

static void a_challenge_decides_nothing_when_the_end_cut_off_the_next_connection(void **state)
{
	struct scene s;

	(void)state;
	for (int seconds = 1; seconds <= 10; seconds += 9) {
		struct court *c = court_open();
		c->watch = (struct watch){0};
		watch_see(&c->watch, 0, T0, false);
		watch_see(&c->watch, 0, T0 + (12 + seconds) * SECOND_US, false);
		court_begins(c);
		court_works(c, ME, ELSE, 443, 0.5);
		challenged(c, 10);
		opened(&s, 3128);
		court_flow(c, &s, ME, PROXY, 12);
		court_decides(c);
		if (seconds == 1)
			assert_doubted(court_attempt_of(c, ME, 10), "capture-drops");
		else /* long enough to ask again */
			assert_blocked(court_attempt_of(c, ME, 10), SIG_PROXY_DENIED, CONFIDENCE_HIGH);
	}
}

static void minutes_later_it_is_no_answer_to_the_challenge(void **state)
{
	struct court *c = court_watched();
	struct scene s;

	(void)state;
	challenged(c, 10);
	opened(&s, 3128);
	sends(&s, SIDE_CLIENT, 30, 500);
	client(&s)->hole = true;
	court_flow(c, &s, ME, PROXY, 300);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 10), SIG_PROXY_DENIED, CONFIDENCE_HIGH);
}

static void a_challenge_decides_nothing_when_the_answer_to_the_next_connect_is_not_seen(void **state)
{
	struct court *c = court_watched();
	struct scene s;

	(void)state;
	challenged(c, 10);
	asks_proxy(c, &s, "one.example", 0);
	court_flow(c, &s, ME, PROXY, 12);
	court_decides(c);
	assert_doubted(court_attempt_of(c, ME, 10), "capture-drops");
}

/* When the window turns, this must not become a refusal. */
static void live_a_challenge_stays_undecided_when_the_window_turns(void **state)
{
	struct court *c = court_open();
	struct scene s;

	(void)state;
	c->options.live = true;
	court_begins(c);
	court_works(c, ME, ELSE, 443, 0.5);
	court_ticks(c, 10);
	challenged(c, 500);
	opened(&s, 3128);
	sends(&s, SIDE_CLIENT, 30, 500);
	client(&s)->hole = true;
	court_flow(c, &s, ME, PROXY, 502);
	court_ticks(c, 520);
	court_ticks(c, 700);
	assert_int_equal(court_blocked_at(c, 500), 0);
	court_decides(c);
}

/* Half of the ways lead through a firewall that lacks the rule. */
static void failures_that_are_mended_again_and_again_are_blocks(void **state)
{
	(void)state;
	for (unsigned fails = 1; fails <= 3; fails += 2) {
		struct court *c = court_watched();
		for (uint16_t i = 0; i < fails; i++) {
			refused(c, ME, 50000 + i, 10 + 20 * i);
			court_works(c, ME, SERVER, 443, 20 + 20 * i);
		}
		court_decides(c);
		if (fails == 1)
			assert_doubted(court_attempt_of(c, ME, 10), "retry-succeeded");
		for (unsigned i = 0; fails > 1 && i < fails; i++)
			assert_blocked(court_attempt_of(c, ME, 10 + 20 * i), SIG_TCP_SYN_RESET, CONFIDENCE_MEDIUM);
	}
}

static void through_proxy(struct court *c, const char *from, double second)
{
	struct scene s;

	asks_proxy(c, &s, "one.example", 200);
	court_flow(c, &s, from, PROXY, second);
}

static void a_proxy_that_is_asked_when_the_direct_way_fails_is_another_way(void **state)
{
	const struct query q = {ME, "10.0.0.1", "one.example", 1, 4000, 1};
	struct court *c = court_watched();

	(void)state;
	court_asks(c, &q, 9);
	court_hears(c, &q, 9.1, 0, SERVER, -1);
	for (uint16_t i = 0; i < 3; i++) {
		refused(c, ME, 50000 + i, 10 + 20 * i);
		through_proxy(c, ME, 11 + 20 * i);
	}
	court_decides(c);
	for (uint16_t i = 0; i < 3; i++)
		assert_doubted(court_attempt_of(c, ME, 10 + 20 * i), "other-way");
}

static void another_client_that_a_proxy_lets_through_is_a_control(void **state)
{
	const struct query q = {ME, "10.0.0.1", "one.example", 1, 4000, 1};
	struct court *c = court_watched();

	(void)state;
	court_asks(c, &q, 9);
	court_hears(c, &q, 9.1, 0, SERVER, -1);
	refused(c, ME, 50000, 10);
	through_proxy(c, "10.0.0.6", 20);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 10), SIG_TCP_SYN_RESET, CONFIDENCE_HIGH);
	assert_true(attempt_proved(court_attempt_of(c, ME, 10), "control-client"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_syn_refused_again_from_the_same_port_is_one_try),
		cmocka_unit_test(a_syn_refused_again_is_to_the_name_looked_up_before_the_first),
		cmocka_unit_test(from_another_port_it_is_another_one),
		cmocka_unit_test(a_challenge_decides_nothing_when_the_next_connection_cannot_be_read),
		cmocka_unit_test(a_challenge_decides_nothing_when_the_end_cut_off_the_next_connection),
		cmocka_unit_test(minutes_later_it_is_no_answer_to_the_challenge),
		cmocka_unit_test(a_challenge_decides_nothing_when_the_answer_to_the_next_connect_is_not_seen),
		cmocka_unit_test(live_a_challenge_stays_undecided_when_the_window_turns),
		cmocka_unit_test(failures_that_are_mended_again_and_again_are_blocks),
		cmocka_unit_test(a_proxy_that_is_asked_when_the_direct_way_fails_is_another_way),
		cmocka_unit_test(another_client_that_a_proxy_lets_through_is_a_control),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_drop);
}
