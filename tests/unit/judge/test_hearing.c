/* Answers that arrive without being captured; tries cancelled in favour of the other address family. */
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

/* A connection of which the capture shows only the client's packets. */
static void half_seen(struct court *c, const char *from, const char *to, double second)
{
	struct scene s;

	syns(&s, 1, 0);
	client(&s)->acks = true;
	sends(&s, SIDE_CLIENT, 30, 100);
	client(&s)->fin = client(&s)->last = MS(200);
	court_flow(c, &s, from, to, second);
}

static void silence_of_a_server_whose_answers_are_invisible_proves_nothing(void **state)
{
	struct court *c = court_watched();

	(void)state;
	half_seen(c, ME, SERVER, 5);
	drops(c, ME, SERVER, 5, 10);
	drops(c, ME, OTHER, 5, 11);
	court_decides(c);
	assert_doubted(court_attempt_of(c, ME, 10), "one-sided");
	assert_blocked(court_attempt_of(c, ME, 11), SIG_TCP_SYN_TIMEOUT, CONFIDENCE_MEDIUM);
	c = court_watched();
	half_seen(c, ME, SERVER, 5);
	half_seen(c, ME, ELSE, 6);
	drops(c, ME, OTHER, 5, 11); /* more answers are invisible than visible */
	court_decides(c);
	assert_doubted(court_attempt_of(c, ME, 11), "one-sided");
}

static void silence_of_resolvers_proves_nothing_where_servers_are_not_heard(void **state)
{
	const struct query q = {ME, "10.0.0.1", "one.example", 1, 4000, 1};
	const struct query other = {ME, "10.0.0.1", "two.example", 1, 4001, 2};

	(void)state;
	for (int told = 0; told < 2; told++) { /* 1: of resolvers both directions are seen */
		struct court *c = court_watched();
		half_seen(c, ME, ELSE, 5);
		half_seen(c, ME, OTHER, 6);
		if (told) {
			court_asks(c, &other, 8);
			court_hears(c, &other, 8.1, 0, SERVER, -1);
		}
		court_asks(c, &q, 10);
		court_asks(c, &q, 15);
		court_decides(c);
		bool blocked = false;
		for (size_t i = 0; i < c->n; i++)
			blocked |= c->attempts[i].signature == SIG_DNS_TIMEOUT;
		assert_int_equal(blocked, told);
	}
}

/* Of a client that tries nothing listed nobody needs to know, unless all are like it. */
static void only_who_tries_something_listed_is_told_to_be_one_sided(void **state)
{
	(void)state;
	for (int alone = 0; alone < 2; alone++) {
		struct court *c = court_open();
		court_begins(c);
		if (!alone)
			court_works(c, "10.0.0.6", SERVER, 443, 5);
		drops(c, ME, ELSE, 5, 10);
		court_decides(c);
		assert_int_equal(court_noticed(c, "one-sided"), alone);
	}
}

/* A dual-stack machine that was told both addresses of a listed name. */
static struct court *two_families(void)
{
	struct court *c = court_open();
	struct query q = {ME, "10.0.0.1", "one.example", 28, 4000, 1}, q4 = {ME, "10.0.0.1", "one.example", 1, 4001, 2};

	lists_free(c->lists);
	c->lists = lists_of("groups: [{id: web, hosts: [one.example], ports: [443/tcp]}]\n", NULL, NULL);
	court_begins(c);
	court_asks(c, &q, 9);
	court_hears(c, &q, 9.1, 0, "2001:db8::7", -1);
	court_asks(c, &q4, 9);
	court_hears(c, &q4, 9.1, 0, SERVER, -1);
	court_works(c, "2001:db8::5", "2001:db8::80", 443, 9.5);
	return c;
}

static void tries_called_off_for_the_other_family_do_not_add_up(void **state)
{
	struct court *c = two_families();

	(void)state;
	for (int i = 0; i < 4; i++) {
		drops(c, "2001:db8::5", "2001:db8::7", 1, 10 + 10 * i);
		court_works(c, ME, SERVER, 443, 10.25 + 10 * i);
	}
	court_decides(c);
	assert_doubted(court_attempt_of(c, "2001:db8::5", 40), "not-repeated");
}

/* A SYN to the address of the other family, and a router's error about it. */
static void turned_away(struct court *c, uint8_t code, double second)
{
	struct scene s;

	syns(&s, 1, 0);
	s.flow.unreachable = (struct unreachable){.sender = address("2001:db8::1"), .at = MS(2), .type = 1, .code = code,
	                                          .v6 = true, .n = 1};
	court_flow(c, &s, "2001:db8::5", "2001:db8::7", second);
}

static void a_family_without_a_way_beside_one_that_works_is_no_block(void **state)
{
	struct court *c = two_families();

	(void)state;
	turned_away(c, 0, 10); /* no route */
	court_works(c, ME, SERVER, 443, 10.05);
	turned_away(c, 4, 20); /* port unreachable: a firewall may send this */
	court_works(c, ME, SERVER, 443, 20.05);
	turned_away(c, 3, 30); /* and nothing works at the same moment */
	court_decides(c);
	assert_doubted(court_attempt_of(c, "2001:db8::5", 10), "lost-race");
	assert_string_equal(signature_name(court_attempt_of(c, "2001:db8::5", 20)->signature), "icmp-unreachable");
	assert_string_equal(signature_name(court_attempt_of(c, "2001:db8::5", 30)->signature), "icmp-unreachable");
}

static void the_seconds_in_which_a_client_heard_something_are_remembered(void **state)
{
	struct court *c = court_open();
	struct judge *j;

	(void)state;
	court_begins(c);
	j = c->judge;
	struct audience *a = audience_of(j, memory_client(j->memory, &(struct addr){{1}}));
	assert_non_null(a);
	for (uint32_t i = 0; i < 20; i++) { /* first inside the record itself, then in a list that grows */
		audience_heard(j, a, (int64_t)i * SECOND_US);
		audience_heard(j, a, (int64_t)i * SECOND_US + 1);
		assert_int_equal(a->heard_n, i + 1);
		for (uint32_t k = 0; k <= i; k++)
			assert_int_equal(audience_seconds(a)[k], judge_second(j, (int64_t)k * SECOND_US));
	}
	court_decides(c);
}

/* What is old is forgotten, and later ones move up: a flow reported again must still find its own slot. */
static void live_a_flow_told_again_replaces_itself_alone(void **state)
{
	struct court *c = court_open();

	(void)state;
	c->options.live = true;
	court_begins(c);
	court_works(c, ME, ELSE, 443, 0.5);
	court_ticks(c, 10);
	drops(c, ME, SERVER, 5, 20);
	drops(c, ME, SERVER, 1, 500);
	uint64_t again = c->id;
	court_ticks(c, 700); /* the first one is forgotten */
	drops(c, ME, SERVER, 5, 705);
	uint64_t newest = c->id;
	c->id = again - 1;
	drops(c, ME, SERVER, 5, 500);
	c->id = newest;
	court_ticks(c, 800);
	assert_true(court_blocked_at(c, 500));
	assert_true(court_blocked_at(c, 705));
	court_decides(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(silence_of_a_server_whose_answers_are_invisible_proves_nothing),
	    cmocka_unit_test(silence_of_resolvers_proves_nothing_where_servers_are_not_heard),
	    cmocka_unit_test(only_who_tries_something_listed_is_told_to_be_one_sided),
	    cmocka_unit_test(tries_called_off_for_the_other_family_do_not_add_up),
	    cmocka_unit_test(a_family_without_a_way_beside_one_that_works_is_no_block),
	    cmocka_unit_test(the_seconds_in_which_a_client_heard_something_are_remembered),
	    cmocka_unit_test(live_a_flow_told_again_replaces_itself_alone),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_drop);
}
