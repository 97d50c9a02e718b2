/* A monitor's window: what was reported stays, although what explained it is forgotten ten minutes later. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "court.h"
#include "judge/candidate.h"

#define SERVER "203.0.113.7"
#define OTHER "203.0.113.8"
#define RESOLVER "10.0.0.1"

static const struct query question = {ME, RESOLVER, "one.example", 1, 4000, 1};
static const struct query again = {ME, RESOLVER, "one.example", 1, 4001, 2};

static struct court *court_live(void)
{
	struct court *c = court_open();

	c->options.live = true;
	court_begins(c);
	court_works(c, ME, ELSE, 443, 0.5);
	court_ticks(c, 10);
	return c;
}

/* As the monitor does, until all is forgotten. */
static void ticks(struct court *c, int from, int until)
{
	for (int second = from; second <= until; second += 2)
		court_ticks(c, second);
}

/* What was reported last about the attempt that began at that second. */
static const struct attempt *last_at(const struct court *c, double second)
{
	const struct attempt *found = NULL;

	for (size_t i = 0; i < c->n; i++)
		if (c->attempts[i].started_us == T0 + (int64_t)(second * 1e6))
			found = &c->attempts[i];
	assert_non_null(found);
	return found;
}

/* How many attempts there are in the end. */
static size_t attempts_of_lookups(const struct court *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		bool known = !c->attempts[i].by_lookup;
		for (size_t k = 0; k < i; k++)
			known |= c->attempts[k].id == c->attempts[i].id;
		n += !known;
	}
	return n;
}

static void a_lost_race_stays_one(void **state)
{
	struct court *c = court_live();

	(void)state;
	court_works(c, ME, SERVER, 443, 20);
	drops(c, ME, OTHER, 2, 21.9);
	ticks(c, 24, 700); /* at 622 only the winner is forgotten */
	assert_doubted(last_at(c, 21.9), "lost-race");
	court_decides(c);
}

static void tries_that_add_up_to_a_block_stay_one(void **state)
{
	struct court *c = court_live();

	(void)state;
	for (int second = 20; second < 60; second += 10)
		drops(c, ME, SERVER, 1, second);
	ticks(c, 60, 700);
	assert_string_equal(outcome_text(last_at(c, 50)->outcome), "blocked");
	court_decides(c);
}

static void silence_of_a_server_that_is_not_heard_proves_nothing_when_the_window_turns(void **state)
{
	struct court *c = court_live();
	struct scene s;

	(void)state;
	court_works(c, ME, ELSE, 443, 395);
	syns(&s, 1, 0);
	client(&s)->acks = true;
	sends(&s, SIDE_CLIENT, 30, 100);
	client(&s)->fin = client(&s)->last = MS(200);
	court_flow(c, &s, ME, SERVER, 400);
	drops(c, ME, SERVER, 5, 500);
	ticks(c, 520, 700);
	assert_int_equal(court_blocked_at(c, 500), 0);
	court_decides(c);
}

static void a_failed_look_up_is_one_attempt_though_its_first_query_is_forgotten(void **state)
{
	struct court *c = court_live();

	(void)state;
	for (uint16_t i = 0; i < 12; i++) { /* a client that asks each minute */
		struct query q = {ME, RESOLVER, "one.example", 1, 4000 + i, i};
		int second = 20 + 60 * i;
		court_asks(c, &q, second);
		court_hears(c, &q, second + 0.1, 2, NULL, -1);
		ticks(c, second + 2, second + 58);
	}
	assert_int_equal(attempts_of_lookups(c), 2); /* a port each */
	assert_int_equal(c->attempts[c->n - 1].started_us, T0 + 20 * SECOND_US);
	court_decides(c);
}

static void an_answer_that_is_forgotten_still_overrules_a_failure(void **state)
{
	struct court *c = court_live();

	(void)state;
	court_asks(c, &question, 20);
	court_hears(c, &question, 20.1, 0, SERVER, -1);
	court_asks(c, &again, 110);
	court_hears(c, &again, 110.1, 2, NULL, -1);
	ticks(c, 112, 800);
	assert_int_equal(attempts_of_lookups(c), 0);
	court_decides(c);
}

static void a_failed_look_up_is_withdrawn_when_the_name_is_given_after_all(void **state)
{
	struct court *c = court_live();

	(void)state;
	court_asks(c, &question, 20);
	court_hears(c, &question, 20.1, 2, NULL, -1);
	ticks(c, 22, 50);
	assert_string_equal(signature_name(last_at(c, 20)->signature), "dns-servfail");
	court_asks(c, &again, 55);
	court_hears(c, &again, 55.1, 0, SERVER, -1);
	ticks(c, 56, 800);
	assert_int_equal(attempts_of_lookups(c), 2);
	assert_doubted(last_at(c, 20), "resolved-later");
	court_decides(c);
}

static void a_look_up_that_waits_for_its_answer_is_no_attempt(void **state)
{
	struct court *c = court_live();

	(void)state;
	court_asks(c, &question, 20);
	court_ticks(c, 21);
	court_hears(c, &question, 21.5, 0, SERVER, -1);
	ticks(c, 22, 60);
	assert_int_equal(attempts_of_lookups(c), 0);
	court_decides(c);
}

static void an_outage_is_told_once(void **state)
{
	struct court *c = court_live();
	static const char *const servers[] = {SERVER, OTHER, "203.0.113.9"};

	(void)state;
	for (int second = 20; second < 120; second += 10) {
		drops(c, ME, servers[second / 10 % 3], 5, second);
		ticks(c, second, second + 9);
	}
	assert_int_equal(c->notice_n, 0);
	court_works(c, ME, ELSE, 443, 150);
	ticks(c, 150, 800);
	assert_int_equal(c->notice_n, 1);
	assert_true(court_noticed(c, "outage"));
	court_decides(c);
}

static void what_proved_a_block_may_leave_the_window(void **state)
{
	struct court *c = court_live();

	(void)state;
	court_works(c, "10.0.0.6", SERVER, 443, 20);
	drops(c, ME, SERVER, 5, 400);
	ticks(c, 430, 640);
	assert_int_equal(last_at(c, 400)->confidence, CONFIDENCE_HIGH);
	ticks(c, 642, 1100);
	assert_int_equal(last_at(c, 400)->confidence, CONFIDENCE_HIGH);
	court_decides(c);
}

static void gets_stuck(struct court *c, bool told)
{
	struct scene s;

	opened(&s, 443);
	sends(&s, SIDE_CLIENT, 30, 300);
	sends_again(&s, 4, 7000);
	s.flow.again = told;
	court_flow(c, &s, ME, SERVER, 400);
}

static void a_connection_that_ends_after_the_window_stays_as_it_was_told(void **state)
{
	struct court *c = court_live();

	(void)state;
	court_works(c, "10.0.0.6", SERVER, 443, 390);
	gets_stuck(c, false);
	ticks(c, 420, 1600);
	c->id--; /* the same one */
	gets_stuck(c, true);
	court_decides(c);
	assert_string_equal(signature_name(last_at(c, 400)->signature), "tcp-stall");
	assert_int_equal(last_at(c, 400)->confidence, CONFIDENCE_HIGH);
}

static void a_block_of_no_rule_is_withdrawn_when_it_was_an_outage(void **state)
{
	static const char *const servers[] = {"198.51.100.2", "198.51.100.3", "198.51.100.4"};
	struct court *c = court_live();

	(void)state;
	drops(c, ME, servers[0], 3, 20);
	ticks(c, 22, 40);
	assert_string_equal(outcome_text(last_at(c, 20)->outcome), "blocked");
	for (int second = 40; second < 120; second += 10) {
		drops(c, ME, servers[second / 10 % 3], 3, second);
		ticks(c, second + 2, second + 10);
	}
	assert_doubted(last_at(c, 20), "outage");
	court_works(c, ME, ELSE, 443, 150);
	ticks(c, 150, 800);
	for (size_t i = 0; i < c->n; i++)
		assert_doubted(last_at(c, (double)(c->attempts[i].started_us - T0) / 1e6), "outage");
	court_decides(c);
}

static void an_outage_after_which_the_client_is_gone_is_told_once(void **state)
{
	static const char *const servers[] = {SERVER, OTHER, "203.0.113.9"};
	struct court *c = court_live();

	(void)state;
	for (int second = 20; second < 120; second += 10)
		drops(c, ME, servers[second / 10 % 3], 5, second);
	ticks(c, 140, 300);
	assert_int_equal(c->notice_n, 0);
	ticks(c, 302, 1300);
	assert_int_equal(c->notice_n, 1);
	assert_true(court_noticed(c, "outage"));
	court_decides(c);
}

/* Refused connections of no rule. */
static void are_refused(struct court *c, unsigned n, double second)
{
	for (unsigned i = 0; i < n; i++) {
		struct scene s;
		syns(&s, 1, 0);
		resets(&s, 1, 64);
		court_flow(c, &s, ME, "198.51.100.9", second + 0.1 * i);
	}
}

static size_t floods_told(const struct court *c, const char *text)
{
	size_t n = 0;

	for (size_t i = 0; i < c->notice_n; i++)
		n += strstr(c->notices[i], text) == c->notices[i];
	return n;
}

static void a_flood_is_told_of_the_minutes_it_had(void **state)
{
	struct court *c = court_live();

	(void)state;
	are_refused(c, UNLISTED_CLIENT_MOST + 7, 20);
	ticks(c, 50, 612);
	assert_int_equal(floods_told(c, "flood"), 1);
	assert_int_equal(floods_told(c, "flood 7 more failed connections that match no rule are only counted (a scan or a flood)"
	                                " (between 1970-01-01T00:16:50"), 1);
	are_refused(c, 3, 620);
	ticks(c, 650, 1300);
	assert_int_equal(floods_told(c, "flood"), 1);
	court_decides(c);
}

static void of_what_was_reported_nothing_is_kept_beyond_the_window(void **state)
{
	struct court *c = court_live();

	(void)state;
	for (uint16_t i = 0; i < 20; i++) {
		char name[32];
		struct query q = {ME, RESOLVER, name, 1, 4000 + i, i};
		snprintf(name, sizeof name, "n%u.wild.example", i);
		court_asks(c, &q, 20 + i);
		court_hears(c, &q, 20.1 + i, 2, NULL, -1);
	}
	ticks(c, 42, 80);
	assert_int_equal(c->judge->given.n, 20 + 1); /* and the connection that worked */
	ticks(c, 82, 1300);
	assert_int_equal(c->judge->given.n, 0);
	assert_int_equal(attempts_of_lookups(c), 20);
	court_decides(c);
}

static void a_table_of_what_was_reported_that_is_nearly_full_forgets_nothing(void **state)
{
	struct court *c = court_live();

	(void)state;
	c->judge->given.most = 8;
	for (int second = 20; second < 27; second++)
		drops(c, ME, SERVER, 3, second);
	ticks(c, 50, 560);
	assert_int_equal(c->n, 7);
	for (int second = 561; second < 566; second++) /* beyond its bound */
		drops(c, ME, SERVER, 3, second);
	ticks(c, 590, 612);
	assert_int_equal(c->n, 8);
	assert_true(court_noticed(c, "table-full"));
	court_decides(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lost_race_stays_one),
		cmocka_unit_test(tries_that_add_up_to_a_block_stay_one),
		cmocka_unit_test(silence_of_a_server_that_is_not_heard_proves_nothing_when_the_window_turns),
		cmocka_unit_test(a_failed_look_up_is_one_attempt_though_its_first_query_is_forgotten),
		cmocka_unit_test(an_answer_that_is_forgotten_still_overrules_a_failure),
		cmocka_unit_test(a_failed_look_up_is_withdrawn_when_the_name_is_given_after_all),
		cmocka_unit_test(an_outage_is_told_once),
		cmocka_unit_test(a_look_up_that_waits_for_its_answer_is_no_attempt),
		cmocka_unit_test(what_proved_a_block_may_leave_the_window),
		cmocka_unit_test(a_connection_that_ends_after_the_window_stays_as_it_was_told),
		cmocka_unit_test(a_block_of_no_rule_is_withdrawn_when_it_was_an_outage),
		cmocka_unit_test(an_outage_after_which_the_client_is_gone_is_told_once),
		cmocka_unit_test(a_flood_is_told_of_the_minutes_it_had),
		cmocka_unit_test(of_what_was_reported_nothing_is_kept_beyond_the_window),
		cmocka_unit_test(a_table_of_what_was_reported_that_is_nearly_full_forgets_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
