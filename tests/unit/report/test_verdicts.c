#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "report/verdicts.h"

#define S INT64_C(1000000)
#define START (INT64_C(1700000000) * S)

/* One attempt on rule 0: time (s), outcome, client, address. */
static struct tried try_at(int64_t s, enum outcome outcome, name_id client, name_id address)
{
	return (struct tried){
		.client = client, .address = address, .host = 1, .started_us = START + s * S, .ended_us = START + s * S + S,
		.outcome = (uint8_t)outcome, .signature = outcome == OUTCOME_OK ? SIG_NONE : SIG_TCP_SYN_TIMEOUT,
		.confidence = CONFIDENCE_MEDIUM,
	};
}

static struct tried look_up(int64_t s, name_id client)
{
	struct tried t = try_at(s, OUTCOME_BLOCKED, client, 0);

	t.by_lookup = true;
	t.signature = SIG_DNS_NXDOMAIN;
	return t;
}

static struct tried cut(int64_t s, name_id client, name_id address, bool answered)
{
	struct tried t = try_at(s, OUTCOME_RESET, client, address);

	t.signature = SIG_TCP_RESET;
	t.answered = answered;
	return t;
}

static struct tried on_port(struct tried t, uint16_t port)
{
	t.port = port;
	return t;
}

static struct verdicts settle(struct tried *t, size_t n, size_t rule_n)
{
	struct verdicts v;

	assert_int_equal(verdicts_settle(t, n, rule_n, NULL, &v), ERR_OK);
	return v;
}

#define OK OUTCOME_OK
#define BAD OUTCOME_BLOCKED
#define UNSURE OUTCOME_INCONCLUSIVE

struct row {
	const char *what;
	struct tried t[6];
	enum verdict verdict;
	const char *partial_by;
	uint64_t ok, blocked, reset;
	size_t missing; /* clients that need the change */
};

static const struct row *rows(size_t *ret_n)
{
	static struct row table[26];
	size_t n = 0;

	table[n++] = (struct row){"nothing was tried", {{0}}, VERDICT_UNSEEN, NULL, 0, 0, 0, 0};
	table[n++] = (struct row){"one went well", {try_at(0, OK, 1, 9)}, VERDICT_ALLOWED, NULL, 1, 0, 0, 0};
	table[n++] = (struct row){"one was blocked", {try_at(0, BAD, 1, 9)}, VERDICT_BLOCKED, NULL, 0, 1, 0, 1};
	table[n++] = (struct row){"nothing was decided", {try_at(0, UNSURE, 1, 9)}, VERDICT_INCONCLUSIVE, NULL, 0, 0, 0, 0};
	table[n++] = (struct row){"a single try went well when repeated", {try_at(0, BAD, 1, 9), try_at(5, OK, 1, 9)},
	                          VERDICT_ALLOWED, NULL, 1, 0, 0, 0};
	table[n++] = (struct row){"a retry long after mends", {try_at(0, BAD, 1, 9), try_at(600, OK, 1, 9)},
	                          VERDICT_PARTIAL, "mended", 1, 1, 0, 0};
	table[n++] = (struct row){"two failures are not a single try",
	                          {try_at(0, BAD, 1, 9), try_at(5, BAD, 1, 9), try_at(10, OK, 1, 9)},
	                          VERDICT_PARTIAL, "mended", 1, 2, 0, 0};
	table[n++] = (struct row){"it stopped working", {try_at(0, OK, 1, 9), try_at(600, BAD, 1, 9)},
	                          VERDICT_PARTIAL, "time", 1, 1, 0, 1};
	table[n++] = (struct row){"other clients reach it", {try_at(0, BAD, 1, 9), try_at(5, OK, 2, 9)},
	                          VERDICT_PARTIAL, "client", 1, 1, 0, 1};
	table[n++] = (struct row){"another address of the host works", {try_at(0, BAD, 1, 9), try_at(5, OK, 1, 8)},
	                          VERDICT_PARTIAL, "address", 1, 1, 0, 1};
	table[n++] = (struct row){"the rule was opened and DNS gave another address meanwhile",
	                          {try_at(0, BAD, 1, 9), try_at(20, BAD, 1, 9), try_at(900, OK, 1, 8)},
	                          VERDICT_PARTIAL, "mended", 1, 2, 0, 0};
	table[n++] = (struct row){"one client is mended, the other is not",
	                          {try_at(0, BAD, 1, 9), try_at(600, OK, 1, 9), try_at(700, BAD, 2, 9)},
	                          VERDICT_PARTIAL, "client", 1, 2, 0, 1};
	table[n++] = (struct row){"another port of the range works", {on_port(try_at(0, BAD, 1, 9), 9005), on_port(try_at(5, OK, 1, 9), 9001)},
	                          VERDICT_PARTIAL, "port", 1, 1, 0, 1};
	table[n++] = (struct row){"the range was opened meanwhile",
	                          {on_port(try_at(0, BAD, 1, 9), 9005), on_port(try_at(20, BAD, 1, 9), 9006),
	                           on_port(try_at(900, OK, 1, 9), 9001)},
	                          VERDICT_PARTIAL, "mended", 1, 2, 0, 0};
	table[n++] = (struct row){"cut after an answer is ok", {cut(0, 1, 9, true)}, VERDICT_ALLOWED, NULL, 1, 0, 0, 0};
	table[n++] = (struct row){"cut before an answer is blocked", {cut(0, 1, 9, false)}, VERDICT_BLOCKED, NULL, 0, 0, 1, 1};
	table[n++] = (struct row){"all are cut in the middle", {cut(0, 1, 9, true), cut(70, 1, 9, true)},
	                          VERDICT_BLOCKED, NULL, 0, 0, 2, 1};
	table[n++] = (struct row){"some are cut in the middle", {cut(0, 1, 9, true), cut(70, 1, 9, true), try_at(99, OK, 1, 9)},
	                          VERDICT_ALLOWED, NULL, 3, 0, 0, 0};
	table[n++] = (struct row){"an answer that is a refusal is no success", {{0}}, VERDICT_BLOCKED, NULL, 0, 1, 0, 1};
	table[n - 1].t[0] = try_at(0, BAD, 1, 9);
	table[n - 1].t[0].answered = true;
	table[n - 1].t[0].signature = SIG_TLS_ALERT;
	table[n++] = (struct row){"a failed look-up blocks", {look_up(0, 1)}, VERDICT_BLOCKED, NULL, 0, 1, 0, 1};
	table[n++] = (struct row){"a failed look-up is overruled by a connection", {look_up(0, 1), try_at(-50, OK, 1, 9)},
	                          VERDICT_ALLOWED, NULL, 1, 0, 0, 0};
	table[n++] = (struct row){"a look-up of another client is not overruled", {look_up(0, 1), try_at(5, OK, 2, 9)},
	                          VERDICT_PARTIAL, "client", 1, 1, 0, 1};
	assert_true(n <= sizeof table / sizeof table[0]);
	*ret_n = n;
	return table;
}

static void rules_get_the_verdict_that_the_contract_asks_for(void **state)
{
	size_t n;
	const struct row *row = rows(&n);

	(void)state;
	for (; n > 0; n--, row++) {
		struct tried t[6];
		size_t count = 0, missing = 0;
		while (count < 6 && row->t[count].client)
			count++;
		memcpy(t, row->t, sizeof t);
		struct verdicts v = settle(t, count, 1);
		const struct ruling *r = &v.rulings[0];
		for (size_t i = 0; i < v.client_n; i++)
			missing += v.clients[i].bad;
		if (r->verdict != row->verdict || missing != row->missing)
			fail_msg("%s: %s, %zu missing", row->what, verdict_text(r->verdict), missing);
		if ((r->partial_by != NULL) != (row->partial_by != NULL) ||
		    (r->partial_by && strcmp(r->partial_by, row->partial_by) != 0))
			fail_msg("%s: partial by %s", row->what, r->partial_by ? r->partial_by : "nothing");
		if (r->counts.by_outcome[OUTCOME_OK] != row->ok || r->counts.by_outcome[OUTCOME_BLOCKED] != row->blocked ||
		    r->counts.by_outcome[OUTCOME_RESET] != row->reset)
			fail_msg("%s: counted %d ok, %d blocked, %d reset", row->what, (int)r->counts.by_outcome[OUTCOME_OK],
			         (int)r->counts.by_outcome[OUTCOME_BLOCKED], (int)r->counts.by_outcome[OUTCOME_RESET]);
		verdicts_release(&v);
	}
}

static void order_of_the_attempts_does_not_matter(void **state)
{
	struct tried t[] = {try_at(700, BAD, 2, 9), try_at(600, OK, 1, 9), try_at(0, BAD, 1, 9), try_at(1, BAD, 1, 7)};

	(void)state;
	struct verdicts v = settle(t, 4, 1);
	assert_int_equal(v.client_n, 2);
	assert_int_equal(v.rulings[0].verdict, VERDICT_PARTIAL);
	assert_int_equal(v.rulings[0].first_us, START);
	assert_int_equal(v.rulings[0].last_us, START + 701 * S);
	verdicts_release(&v);
}

static struct verdicts settle_answered(struct tried *t, int64_t asked_s)
{
	struct answered_key key = {t->client, t->host};
	struct verdicts v;
	struct map answered;

	map_init(&answered, sizeof key, sizeof(int64_t), 8);
	*(int64_t *)map_put(&answered, &key, NULL) = START + asked_s * S;
	assert_int_equal(verdicts_settle(t, 1, 1, &answered, &v), ERR_OK);
	map_release(&answered);
	return v;
}

static void a_later_answer_overrules_a_failed_lookup(void **state)
{
	struct tried t = look_up(0, 1);

	(void)state;
	struct verdicts v = settle_answered(&t, 60);
	assert_int_equal(v.rulings[0].verdict, VERDICT_UNSEEN);
	assert_int_equal(v.rulings[0].client_n, 0);
	verdicts_release(&v);
}

static void an_earlier_answer_does_not(void **state)
{
	struct tried t = look_up(100, 1);

	(void)state;
	struct verdicts v = settle_answered(&t, 60);
	assert_int_equal(v.rulings[0].verdict, VERDICT_BLOCKED);
	verdicts_release(&v);
}

static void a_lie_is_no_answer(void **state)
{
	struct tried t = look_up(0, 1);

	(void)state;
	t.signature = SIG_DNS_SINKHOLE;
	struct verdicts v = settle_answered(&t, 60);
	assert_int_equal(v.rulings[0].verdict, VERDICT_BLOCKED);
	verdicts_release(&v);
}

static void a_connection_to_another_port_of_the_name_does_not_overrule_its_failed_lookup(void **state)
{
	struct tried t[] = {look_up(0, 1), try_at(60, OK, 1, 9)};

	(void)state;
	t[1].rule = 1;
	struct verdicts v = settle(t, 2, 2);
	assert_int_equal(v.rulings[0].verdict, VERDICT_BLOCKED);
	assert_int_equal(v.rulings[1].verdict, VERDICT_ALLOWED);
	verdicts_release(&v);
}

static void a_host_that_was_used_shortly_before_is_known(void **state)
{
	/* The connection ended a minute before the look-up failed; then ten minutes before. */
	struct tried t[] = {try_at(0, OK, 1, 9), look_up(61, 1)}, u[] = {try_at(0, OK, 1, 9), look_up(601, 1)};

	(void)state;
	struct verdicts v = settle(t, 2, 1);
	assert_int_equal(v.rulings[0].verdict, VERDICT_ALLOWED);
	verdicts_release(&v);
	v = settle(u, 2, 1);
	assert_int_equal(v.rulings[0].verdict, VERDICT_PARTIAL);
	assert_string_equal(v.rulings[0].partial_by, "time");
	verdicts_release(&v);
	/* A client with an open connection still reaches the host. */
	u[0] = try_at(0, OK, 1, 9);
	u[1] = look_up(601, 1);
	u[0].ended_us = START + 590 * S;
	v = settle(u, 2, 1);
	assert_int_equal(v.rulings[0].verdict, VERDICT_ALLOWED);
	verdicts_release(&v);
}

static void flapping_is_not_explained_by_retries(void **state)
{
	struct tried t[8];

	(void)state;
	for (size_t i = 0; i < 8; i++)
		t[i] = try_at((int64_t)i * 10, i % 2 ? OK : BAD, 1, 9);
	struct verdicts v = settle(t, 8, 1);
	assert_int_equal(v.rulings[0].verdict, VERDICT_PARTIAL);
	verdicts_release(&v);
}

static struct tried at_host(struct tried t, name_id host)
{
	t.host = host;
	return t;
}

static void hosts_under_a_wildcard_tell_nothing_of_each_other(void **state)
{
	/* One of two names behind one address is blocked, the other works in between. */
	struct tried t[] = {at_host(try_at(0, OK, 1, 9), 20), at_host(try_at(3, BAD, 1, 9), 21),
	                    at_host(try_at(6, OK, 1, 9), 20), at_host(try_at(600, OK, 1, 8), 20)};

	(void)state;
	t[1].signature = SIG_TLS_HELLO_RESET;
	struct verdicts v = settle(t, 4, 1);
	assert_int_equal(v.rulings[0].verdict, VERDICT_PARTIAL);
	assert_string_equal(v.rulings[0].partial_by, "address");
	assert_true(v.clients[0].bad);
	verdicts_release(&v);
	/* The first failure is not mended by success under another name. */
	struct tried u[] = {at_host(try_at(0, BAD, 1, 9), 21), at_host(try_at(600, OK, 1, 8), 20)};
	v = settle(u, 2, 1);
	assert_int_equal(v.rulings[0].verdict, VERDICT_PARTIAL);
	assert_true(v.clients[0].bad);
	verdicts_release(&v);
	/* But a failure before a name was shown concerned the address, which works again. */
	struct tried w[] = {at_host(try_at(0, BAD, 1, 9), 21), at_host(try_at(600, OK, 1, 9), 20)};
	v = settle(w, 2, 1);
	assert_int_equal(v.rulings[0].verdict, VERDICT_PARTIAL);
	assert_string_equal(v.rulings[0].partial_by, "mended");
	verdicts_release(&v);
}

static void a_connection_to_another_host_does_not_overrule_a_failed_lookup(void **state)
{
	struct tried t[] = {at_host(look_up(0, 1), 21), at_host(try_at(5, OK, 1, 9), 20)};

	(void)state;
	struct verdicts v = settle(t, 2, 1);
	assert_int_equal(v.rulings[0].verdict, VERDICT_PARTIAL);
	assert_true(v.clients[0].bad);
	verdicts_release(&v);
	t[0] = at_host(look_up(0, 1), 20);
	t[1] = at_host(try_at(5, OK, 1, 9), 20);
	v = settle(t, 2, 1);
	assert_int_equal(v.rulings[0].verdict, VERDICT_ALLOWED);
	verdicts_release(&v);
}

static void each_host_is_cut_in_the_middle_for_itself(void **state)
{
	struct tried t[] = {at_host(cut(0, 1, 9, true), 21), at_host(cut(70, 1, 9, true), 21),
	                    at_host(try_at(80, OK, 1, 9), 20)};

	(void)state;
	struct verdicts v = settle(t, 3, 1);
	assert_int_equal(v.rulings[0].verdict, VERDICT_PARTIAL);
	assert_int_equal(v.rulings[0].counts.by_outcome[OUTCOME_RESET], 2);
	verdicts_release(&v);
}

static void where_a_name_is_unknown_addresses_tell(void **state)
{
	/* The failed try showed no name (its host is its address); the one that worked did. */
	struct tried t[] = {at_host(try_at(0, BAD, 1, 9), 9), at_host(try_at(5, OK, 1, 9), 20)};

	(void)state;
	struct verdicts v = settle(t, 2, 1);
	assert_int_equal(v.rulings[0].verdict, VERDICT_ALLOWED);
	verdicts_release(&v);
}

static void confidence_is_the_highest_of_what_failed(void **state)
{
	struct tried t[] = {try_at(0, BAD, 1, 9), try_at(5, BAD, 1, 9)};

	(void)state;
	t[1].confidence = CONFIDENCE_HIGH;
	struct verdicts v = settle(t, 2, 1);
	assert_int_equal(v.rulings[0].confidence, CONFIDENCE_HIGH);
	verdicts_release(&v);
}

static void attempts_on_no_rule_are_left_alone(void **state)
{
	struct tried t[] = {try_at(0, BAD, 1, 9)};

	(void)state;
	t[0].rule = RULE_NONE;
	struct verdicts v = settle(t, 1, 1);
	assert_int_equal(v.client_n, 0);
	assert_int_equal(v.rulings[0].verdict, VERDICT_UNSEEN);
	verdicts_release(&v);
}

static void connections_forgotten_while_idle_are_not_cut_in_the_middle(void **state)
{
	struct tried t[] = {cut(0, 1, 9, true), cut(400, 1, 9, true)};

	(void)state;
	t[0].hint = t[1].hint = HINT_STATE_TIMEOUT;
	struct verdicts v = settle(t, 2, 1);
	assert_int_equal(v.rulings[0].verdict, VERDICT_ALLOWED);
	verdicts_release(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_get_the_verdict_that_the_contract_asks_for),
		cmocka_unit_test(order_of_the_attempts_does_not_matter),
		cmocka_unit_test(a_later_answer_overrules_a_failed_lookup),
		cmocka_unit_test(an_earlier_answer_does_not),
		cmocka_unit_test(a_lie_is_no_answer),
		cmocka_unit_test(a_connection_to_another_port_of_the_name_does_not_overrule_its_failed_lookup),
		cmocka_unit_test(a_host_that_was_used_shortly_before_is_known),
		cmocka_unit_test(a_connection_to_another_host_does_not_overrule_a_failed_lookup),
		cmocka_unit_test(flapping_is_not_explained_by_retries),
		cmocka_unit_test(hosts_under_a_wildcard_tell_nothing_of_each_other),
		cmocka_unit_test(each_host_is_cut_in_the_middle_for_itself),
		cmocka_unit_test(where_a_name_is_unknown_addresses_tell),
		cmocka_unit_test(confidence_is_the_highest_of_what_failed),
		cmocka_unit_test(attempts_on_no_rule_are_left_alone),
		cmocka_unit_test(connections_forgotten_while_idle_are_not_cut_in_the_middle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
