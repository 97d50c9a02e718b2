/* Names beside listed ones: what became of the connections that were meant for them. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "court.h"

#define SERVER "198.51.100.7"

static void is_told_an_alias(struct court *c, const struct query *q, const char *alias, const char *server)
{
	court_asks(c, q, 9);
	struct dns_message m = court_message(c, q, 9.1, 0);
	struct fact *f = facts_add(&c->facts, FACT_DNS_ALIAS);
	f->name = q->name;
	f->other = alias;
	f->code = 5;
	f = facts_add(&c->facts, FACT_DNS_ADDRESS);
	f->name = alias;
	f->code = 1;
	f->address = address(server);
	judge_dns(c->judge, &m);
}

/* The listed name is an alias of one that no list has. */
static void alias_answered(struct court *c)
{
	const struct query q = {ME, "10.0.0.1", "one.example", 1, 4001, 2};

	is_told_an_alias(c, &q, "edge.provider.test", SERVER);
}

static struct court *court_of_alias(void)
{
	struct court *c = court_watched();

	alias_answered(c);
	return c;
}

static void assert_neighbour(struct court *c, enum verdict verdict)
{
	court_decides(c);
	assert_int_equal(c->neighbour_n, 1);
	assert_string_equal(verdict_text(c->neighbours[0].verdict), verdict_text(verdict));
}

/* A monitor tells of its neighbours when a window is over. */
static void live_a_neighbour_is_told_when_the_window_turns(void **state)
{
	struct court *c = court_open();

	(void)state;
	c->options.live = true;
	court_begins(c);
	court_ticks(c, 5);
	alias_answered(c);
	court_works(c, ME, SERVER, 443, 10);
	court_ticks(c, 605);
	assert_int_equal(c->neighbour_n, 1);
	assert_string_equal(verdict_text(c->neighbours[0].verdict), "allowed");
	court_decides(c);
}

static void a_neighbour_whose_only_try_was_not_decided_is_inconclusive(void **state)
{
	struct court *c = court_of_alias();

	(void)state;
	drops(c, ME, SERVER, 1, 10);
	assert_neighbour(c, VERDICT_INCONCLUSIVE);
}

static void a_neighbour_that_is_reset_before_it_answers_is_blocked(void **state)
{
	struct court *c = court_of_alias();
	struct scene s;

	(void)state;
	opened(&s, 443);
	sends(&s, SIDE_CLIENT, 30, 100);
	resets(&s, 60, 55);
	court_flow(c, &s, ME, SERVER, 10);
	assert_neighbour(c, VERDICT_BLOCKED);
}

static void a_neighbour_that_is_reset_after_it_answered_works(void **state)
{
	struct court *c = court_of_alias();
	struct scene s;

	(void)state;
	opened(&s, 443);
	sends(&s, SIDE_CLIENT, 30, 100);
	sends(&s, SIDE_SERVER, 40, 100);
	sends(&s, SIDE_CLIENT, 50, 100);
	resets(&s, 60, 55);
	court_flow(c, &s, ME, SERVER, 10);
	assert_neighbour(c, VERDICT_ALLOWED);
}

static void clients_of_a_neighbour_are_counted_once_over_all_its_ports(void **state)
{
	struct court *c = court_of_alias();
	struct query q = {"10.0.0.6", "10.0.0.1", "one.example", 1, 4002, 3};

	(void)state;
	court_asks(c, &q, 9);
	court_hears(c, &q, 9.1, 0, SERVER, -1);
	court_works(c, ME, SERVER, 443, 10);
	court_works(c, "10.0.0.6", SERVER, 443, 11);
	court_works(c, ME, SERVER, 443, 12);
	court_works(c, "10.0.0.6", SERVER, 80, 13);
	court_decides(c);
	assert_int_equal(c->neighbour_n, 2);
	assert_int_equal(c->neighbours[0].clients, 2);
	assert_int_equal(c->neighbours[1].clients, 2);
}

static void each_neighbour_has_clients_of_its_own(void **state)
{
	struct court *c = court_of_alias();
	const struct query q = {"10.0.0.6", "10.0.0.1", "two.example", 1, 4002, 3};

	(void)state;
	is_told_an_alias(c, &q, "other.provider.test", "198.51.100.8");
	court_works(c, ME, SERVER, 443, 10);
	court_works(c, "10.0.0.6", "198.51.100.8", 443, 11);
	court_decides(c);
	assert_int_equal(c->neighbour_n, 2);
	assert_int_equal(c->neighbours[0].clients, 1);
	assert_int_equal(c->neighbours[1].clients, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(live_a_neighbour_is_told_when_the_window_turns),
		cmocka_unit_test(a_neighbour_whose_only_try_was_not_decided_is_inconclusive),
		cmocka_unit_test(a_neighbour_that_is_reset_before_it_answers_is_blocked),
		cmocka_unit_test(a_neighbour_that_is_reset_after_it_answered_works),
		cmocka_unit_test(clients_of_a_neighbour_are_counted_once_over_all_its_ports),
		cmocka_unit_test(each_neighbour_has_clients_of_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
