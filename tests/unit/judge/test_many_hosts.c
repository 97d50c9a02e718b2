/* Patterns that stand for many hosts: one of these says nothing about another. */
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
#define ONE "a.wild.example"
#define TWO "b.wild.example"

static struct court *court(void)
{
	struct court *c = court_watched();

	court_works(c, YOU, ELSE, 443, 0.6);
	return c;
}

static void told(struct court *c, const char *from, const char *name, const char *address_text, uint16_t port)
{
	struct query q = {from, "10.0.0.1", name, 1, port, port};

	court_asks(c, &q, 1);
	court_hears(c, &q, 1.1, 0, address_text, -1);
}

static void says(struct court *c, const char *from, const char *to, const char *name, bool answered, double second)
{
	struct scene s;

	hello(&s, 30);
	calls(&s, name);
	if (answered)
		sends(&s, SIDE_SERVER, 60, 500);
	else
		resets(&s, 60, 57);
	court_flow(c, &s, from, to, second);
}

static void another_name_that_works_is_no_retry(void **state)
{
	struct court *c = court();

	(void)state;
	says(c, ME, SERVER, ONE, true, 10);
	says(c, ME, SERVER, TWO, false, 13);
	says(c, ME, SERVER, ONE, true, 16);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 13), SIG_TLS_HELLO_RESET, CONFIDENCE_MEDIUM);
}

static void an_address_that_works_under_another_name_is_one(void **state)
{
	struct court *c = court();

	(void)state;
	told(c, ME, TWO, SERVER, 4000);
	drops(c, ME, SERVER, 3, 10);
	says(c, ME, SERVER, ONE, true, 20);
	court_decides(c);
	assert_doubted(court_attempt_of(c, ME, 10), "retry-succeeded");
}

static void another_name_that_works_won_no_race(void **state)
{
	struct court *c = court();

	(void)state;
	told(c, ME, ONE, SERVER, 4000);
	told(c, ME, TWO, OTHER, 4001);
	says(c, ME, SERVER, ONE, true, 10);
	drops(c, ME, OTHER, 2, 10.2);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 10.2), SIG_TCP_SYN_TIMEOUT, CONFIDENCE_MEDIUM);
}

static void single_sends_to_several_names_do_not_add_up(void **state)
{
	struct court *c = court();
	static const char *const names[] = {ONE, TWO, "c.wild.example"};
	static const char *const addresses[] = {SERVER, OTHER, "203.0.113.9"};

	(void)state;
	for (uint16_t i = 0; i < 3; i++) {
		told(c, ME, names[i], addresses[i], (uint16_t)(4000 + i));
		drops(c, ME, addresses[i], 1, 10 + i * 10);
	}
	court_works(c, ME, ELSE, 443, 45); /* no outage */
	for (int i = 0; i < 3; i++)
		drops(c, ME, SERVER, 1, 50 + i * 10); /* to a single one they do add up */
	court_decides(c);
	assert_doubted(court_attempt_of(c, ME, 30), "not-repeated");
	assert_blocked(court_attempt_of(c, ME, 70), SIG_TCP_SYN_TIMEOUT, CONFIDENCE_LOW);
}

static void another_clients_other_name_is_no_control(void **state)
{
	struct court *c = court();

	(void)state;
	told(c, ME, TWO, OTHER, 4000);
	drops(c, ME, OTHER, 3, 10);
	says(c, YOU, SERVER, ONE, true, 12);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 10), SIG_TCP_SYN_TIMEOUT, CONFIDENCE_MEDIUM);
	c = court();
	told(c, ME, TWO, OTHER, 4000);
	drops(c, ME, OTHER, 3, 10);
	says(c, YOU, OTHER, TWO, true, 12);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 10), SIG_TCP_SYN_TIMEOUT, CONFIDENCE_HIGH);
}

static void another_address_of_a_network_is_no_control(void **state)
{
	struct court *c = court();

	(void)state;
	drops(c, ME, OTHER, 3, 10);
	court_works(c, YOU, SERVER, 443, 12);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 10), SIG_TCP_SYN_TIMEOUT, CONFIDENCE_MEDIUM);
	c = court();
	drops(c, ME, OTHER, 3, 10);
	court_works(c, YOU, OTHER, 443, 12);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 10), SIG_TCP_SYN_TIMEOUT, CONFIDENCE_HIGH);
}

static void a_port_of_no_rule_is_a_control_too(void **state)
{
	struct court *c = court();

	(void)state;
	drops(c, ME, OTHER, 3, 10);
	court_works(c, ME, OTHER, 22, 300);
	drops(c, ME, SERVER, 3, 12);
	court_works(c, ME, SERVER, 22, 2500);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 10), SIG_TCP_SYN_TIMEOUT, CONFIDENCE_HIGH);
	assert_true(attempt_proved(court_attempt_of(c, ME, 10), "control-port"));
	assert_blocked(court_attempt_of(c, ME, 12), SIG_TCP_SYN_TIMEOUT, CONFIDENCE_MEDIUM);
}

static void proxy_says(struct court *c, const char *name, uint16_t status, double second)
{
	struct scene s;

	asks_proxy(c, &s, name, status);
	court_flow(c, &s, ME, "10.0.0.80", second);
}

/* The proxy requires a password for one name and lets everybody through to the other. */
static void a_name_that_needs_no_password_meets_no_challenge(void **state)
{
	struct court *c = court();

	(void)state;
	proxy_says(c, ONE, 407, 10);
	proxy_says(c, TWO, 200, 12);
	court_decides(c);
	assert_blocked(court_attempt_of(c, ME, 10), SIG_PROXY_DENIED, CONFIDENCE_HIGH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(another_name_that_works_is_no_retry),
	    cmocka_unit_test(an_address_that_works_under_another_name_is_one),
	    cmocka_unit_test(another_name_that_works_won_no_race),
	    cmocka_unit_test(single_sends_to_several_names_do_not_add_up),
	    cmocka_unit_test(another_clients_other_name_is_no_control),
	    cmocka_unit_test(another_address_of_a_network_is_no_control),
	    cmocka_unit_test(a_port_of_no_rule_is_a_control_too),
	    cmocka_unit_test(a_name_that_needs_no_password_meets_no_challenge),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_drop);
}
