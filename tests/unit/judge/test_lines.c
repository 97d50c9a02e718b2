/* Lines that lose so much that silence may be chance. */
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
#define RESOLVER "10.0.0.53"
#define DEAD_RESOLVER "10.0.0.54"

static struct court *court(void)
{
	struct court *c = court_open();

	court_begins(c);
	return c;
}

/* A connection that opens after this many SYNs. */
static void opens(struct court *c, const char *from, const char *to, unsigned syn_n, double second)
{
	struct scene s;

	opened(&s, 443);
	s.flow.syn_n = (uint8_t)syn_n;
	sends(&s, SIDE_CLIENT, 30, 100);
	sends(&s, SIDE_SERVER, 50, 100);
	court_flow(c, &s, from, to, second);
}

static void loses_much(struct court *c, const char *from)
{
	opens(c, from, "203.0.113.10", 2, 1);
	opens(c, from, "203.0.113.11", 3, 2);
	opens(c, from, "203.0.113.12", 2, 3);
	opens(c, from, "203.0.113.10", 2, 4);
}

static void a_few_sends_on_a_bad_line_prove_nothing(void **state)
{
	struct court *c = court();

	(void)state;
	loses_much(c, ME);
	drops(c, ME, SERVER, 3, 20);
	court_decides(c);
	assert_doubted(court_attempt_of(c, ME, 20), "bad-line");
}

/* Data sent this often until a time, never acknowledged, on an open connection. */
static void sticks(struct court *c, unsigned times, double second)
{
	struct scene s;

	opened(&s, 443);
	sends(&s, SIDE_CLIENT, 30, 300);
	sends_again(&s, times, 30 + 4500);
	court_flow(c, &s, ME, SERVER, second);
}

static void data_that_is_sent_again_in_vain_may_be_lost_as_well(void **state)
{
	struct court *c = court();

	(void)state;
	loses_much(c, ME);
	sticks(c, 4, 20);
	court_decides(c);
	assert_doubted(court_attempt_of(c, ME, 20), "bad-line");
	c = court();
	loses_much(c, ME);
	sticks(c, 9, 20);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 20), SIG_TCP_STALL, CONFIDENCE_MEDIUM);
}

static void many_sends_on_a_bad_line_prove_a_block(void **state)
{
	struct court *c = court();

	(void)state;
	loses_much(c, ME);
	drops(c, ME, SERVER, 5, 20);
	drops(c, ME, SERVER, 5, 80);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 20), SIG_TCP_SYN_TIMEOUT, CONFIDENCE_MEDIUM);
	assert_blocked(court_attempt_of(c, ME, 80), SIG_TCP_SYN_TIMEOUT, CONFIDENCE_MEDIUM);
}

static void the_line_is_common_to_all_clients(void **state)
{
	struct court *c = court();

	(void)state;
	loses_much(c, YOU);
	opens(c, ME, "203.0.113.10", 1, 5);
	drops(c, ME, SERVER, 3, 20);
	court_decides(c);
	assert_doubted(court_attempt_of(c, ME, 20), "bad-line");
}

static void one_server_that_is_slow_to_answer_is_no_bad_line(void **state)
{
	struct court *c = court();

	(void)state;
	for (int i = 0; i < 6; i++)
		opens(c, ME, "203.0.113.10", 2, 1 + i);
	drops(c, ME, SERVER, 3, 20);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 20), SIG_TCP_SYN_TIMEOUT, CONFIDENCE_MEDIUM);
}

static void asks(struct court *c, const char *resolver, const char *name, uint16_t id, double second, double answered)
{
	struct query q = {ME, resolver, name, 1, 4000, id};

	court_asks(c, &q, second);
	if (answered > second + 1)
		court_asks(c, &q, second + 1);
	if (answered > 0)
		court_hears(c, &q, answered, 0, "203.0.113.9", -1);
}

static const char *const names[] = {"two.example", "three.example", "a.wild.example", "b.wild.example"};

/* half: AAAA is not answered, A is, without an address. */
static enum outcome of_a_name_that_nobody_answers(bool bad_line, bool half)
{
	struct court *c = court();

	for (unsigned i = 0; i < 4; i++) {
		if (bad_line)
			asks(c, RESOLVER, names[i], (uint16_t)i, 10 + i * 10, 11.5 + i * 10);
		else { /* a resolver that never answers, and another that does */
			asks(c, DEAD_RESOLVER, names[i], (uint16_t)i, 10 + i * 10, 0);
			asks(c, RESOLVER, names[i], (uint16_t)(i + 10), 11 + i * 10, 11.02 + i * 10);
		}
	}
	struct query q = {ME, RESOLVER, "one.example", half ? 28 : 1, 4000, 20};
	struct query a = {ME, RESOLVER, "one.example", 1, 4000, 22};
	court_asks(c, &q, 100);
	q.id++;
	court_asks(c, &q, 103);
	if (half) {
		court_asks(c, &a, 103);
		court_hears(c, &a, 103.1, 0, NULL, -1);
	}
	court_decides(c);
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->attempts[i].host, "one.example") == 0)
			return c->attempts[i].outcome;
	return OUTCOME_OK;
}

static void names_too_may_be_lost_on_a_bad_line(void **state)
{
	(void)state;
	for (int half = 0; half < 2; half++) {
		assert_int_equal(of_a_name_that_nobody_answers(true, half), OUTCOME_INCONCLUSIVE);
		assert_int_equal(of_a_name_that_nobody_answers(false, half), OUTCOME_BLOCKED);
	}
}

/* Two names and two servers: too few of either kind. */
static enum outcome of_a_server_beside_names_that_were_lost(unsigned good)
{
	struct court *c = court();

	asks(c, RESOLVER, names[0], 1, 10, 11.5);
	asks(c, RESOLVER, names[1], 2, 20, 21.5);
	opens(c, ME, "203.0.113.10", 2, 30);
	opens(c, ME, "203.0.113.11", 2, 40);
	for (unsigned i = 0; i < good; i++)
		opens(c, ME, "203.0.113.12", 1, 50 + i);
	drops(c, ME, SERVER, 2, 100);
	court_decides(c);
	return court_attempt_of(c, ME, 100)->outcome;
}

static void few_connections_are_told_of_by_look_ups_too(void **state)
{
	(void)state;
	assert_int_equal(of_a_server_beside_names_that_were_lost(2), OUTCOME_INCONCLUSIVE);
	assert_int_equal(of_a_server_beside_names_that_were_lost(30), OUTCOME_BLOCKED);
}

/* A query that is sent twice to it was not lost. */
static void a_resolver_that_is_slow_says_nothing_of_connections(void **state)
{
	struct court *c = court();

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		asks(c, RESOLVER, names[i], (uint16_t)i, 10 + i * 10, 11.5 + i * 10);
	opens(c, ME, "203.0.113.10", 1, 50);
	opens(c, ME, "203.0.113.11", 1, 60);
	drops(c, ME, SERVER, 3, 100);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 100), SIG_TCP_SYN_TIMEOUT, CONFIDENCE_MEDIUM);
}

/* A turning window must not turn doubt into a block; what no evidence supports any more is forgotten. */
static void live_a_line_is_bad_for_the_next_window_too(void **state)
{
	struct court *c = court_open();

	(void)state;
	c->options.live = true;
	court_begins(c);
	loses_much(c, ME);
	court_ticks(c, 10);
	drops(c, ME, SERVER, 3, 500);
	court_ticks(c, 520);
	court_ticks(c, 700);
	assert_int_equal(court_blocked_at(c, 500), 0);
	court_ticks(c, 1400);
	court_ticks(c, 2100);
	opens(c, ME, "203.0.113.10", 1, 2190);
	drops(c, ME, SERVER, 3, 2200);
	court_ticks(c, 2300);
	assert_int_equal(court_blocked_at(c, 2200), 1);
	court_decides(c);
}

/* Each tick looks at all look-ups of the window again: three that lost a query stay three. */
static void live_a_line_is_not_worse_for_being_looked_at_again(void **state)
{
	struct court *c = court_open();
	struct query q = {ME, RESOLVER, "one.example", 1, 4000, 99};

	(void)state;
	c->options.live = true;
	court_begins(c);
	for (unsigned i = 0; i < 3; i++)
		asks(c, RESOLVER, names[i], (uint16_t)i, 10 + i * 10, 11.5 + i * 10);
	for (int second = 40; second < 100; second += 10)
		court_ticks(c, second);
	court_asks(c, &q, 100);
	court_asks(c, &q, 101);
	court_ticks(c, 130);
	assert_true(court_blocked_at(c, 100) > 0);
	court_decides(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_few_sends_on_a_bad_line_prove_nothing),
		cmocka_unit_test(data_that_is_sent_again_in_vain_may_be_lost_as_well),
		cmocka_unit_test(few_connections_are_told_of_by_look_ups_too),
		cmocka_unit_test(a_resolver_that_is_slow_says_nothing_of_connections),
		cmocka_unit_test(many_sends_on_a_bad_line_prove_a_block),
		cmocka_unit_test(the_line_is_common_to_all_clients),
		cmocka_unit_test(one_server_that_is_slow_to_answer_is_no_bad_line),
		cmocka_unit_test(names_too_may_be_lost_on_a_bad_line),
		cmocka_unit_test(live_a_line_is_bad_for_the_next_window_too),
		cmocka_unit_test(live_a_line_is_not_worse_for_being_looked_at_again),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_drop);
}
