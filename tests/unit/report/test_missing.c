/* Changes that somebody has to make: each name under a pattern counts for itself. */
#include "../record/record_fixture.h"

#include "report/gap.h"

static struct attempt fails_at(uint64_t id, const char *host, const char *at, enum signature signature)
{
	struct attempt a = an_attempt(id, OUTCOME_BLOCKED);

	snprintf(a.host, sizeof a.host, "%s", host);
	a.address = at ? address(at) : (struct addr){{0}};
	a.by_lookup = !at;
	a.signature = signature;
	return a;
}

static struct gap *gap_of(const struct attempt *attempts, size_t n)
{
	struct record_options options = {.brief = true};
	struct record *r = NULL;
	struct gap *g = NULL;

	assert_int_equal(record_open(&options, &r), ERR_OK);
	assert_int_equal(record_begin(r, "audit", two_rules()), ERR_OK);
	for (size_t i = 0; i < n; i++)
		add(r, &attempts[i]);
	end_record(r);
	assert_int_equal(gap_read_run(r, false, true, &g), ERR_OK);
	record_close(r);
	return g;
}

static const struct gap_missing *of_kind(const struct gap *g, enum missing_kind kind)
{
	const struct gap_missing *found = NULL;

	for (size_t i = 0; i < g->missing_n; i++) {
		if (g->missing[i].kind != kind)
			continue;
		assert_null(found);
		found = &g->missing[i];
	}
	return found;
}

static void names_that_need_different_changes_have_an_entry_each(void **state)
{
	struct attempt attempts[] = {fails_at(1, "a.example.net", "203.0.113.7", SIG_PROXY_DENIED),
	                             fails_at(2, "a.example.net", "203.0.113.7", SIG_PROXY_DENIED),
	                             fails_at(3, "b.example.net", "203.0.113.8", SIG_TCP_SYN_TIMEOUT)};
	struct gap *g = gap_of(attempts, 3);

	(void)state;
	assert_int_equal(g->missing_n, 2);
	assert_non_null(of_kind(g, KIND_PROXY));
	const struct gap_missing *m = of_kind(g, KIND_FIREWALL);
	assert_non_null(m);
	assert_int_equal(m->address_n, 1);
	assert_string_equal(m->addresses[0], "203.0.113.8");
	assert_int_equal(m->attempts, 1);
	gap_free(g);
}

static void one_name_needs_one_change(void **state)
{
	struct attempt attempts[] = {fails_at(1, "a.example.net", "203.0.113.7", SIG_PROXY_DENIED),
	                             fails_at(2, "a.example.net", "203.0.113.8", SIG_TCP_SYN_TIMEOUT),
	                             fails_at(3, "a.example.net", "203.0.113.8", SIG_TCP_SYN_TIMEOUT)};
	struct gap *g = gap_of(attempts, 3);

	(void)state;
	assert_int_equal(g->missing_n, 1);
	assert_int_equal(g->missing[0].kind, KIND_FIREWALL);
	gap_free(g);
}

static void a_lie_about_one_name_hides_nothing_of_another(void **state)
{
	struct attempt attempts[] = {fails_at(1, "a.example.net", NULL, SIG_DNS_SINKHOLE),
	                             fails_at(2, "a.example.net", "203.0.113.7", SIG_TCP_SYN_TIMEOUT),
	                             fails_at(3, "b.example.net", "203.0.113.8", SIG_TCP_SYN_TIMEOUT)};
	struct gap *g = gap_of(attempts, 3);

	(void)state;
	assert_int_equal(g->missing_n, 2);
	assert_string_equal(of_kind(g, KIND_DNS)->host, "a.example.net");
	const struct gap_missing *m = of_kind(g, KIND_FIREWALL);
	assert_non_null(m);
	assert_int_equal(m->address_n, 1);
	assert_string_equal(m->addresses[0], "203.0.113.8");
	gap_free(g);
	g = gap_of(attempts, 2);
	assert_int_equal(g->missing_n, 1);
	gap_free(g);
}

static void the_sentence_tells_what_some_attempts_met_instead(void **state)
{
	struct attempt attempts[] = {fails_at(1, "cdn.example.net", "203.0.113.7", SIG_TCP_SYN_TIMEOUT),
	                             fails_at(2, "cdn.example.net", "203.0.113.7", SIG_TCP_SYN_TIMEOUT),
	                             fails_at(3, "cdn.example.net", "203.0.113.7", SIG_ICMP_PROHIBITED)};
	struct gap *g = gap_of(attempts, 3);

	(void)state;
	assert_non_null(strstr(g->missing[0].why, "not answered at all; 3 attempts failed over 2 s, "
	                                          "1 of them otherwise (icmp-prohibited)."));
	gap_free(g);
	g = gap_of(attempts, 2);
	assert_null(strstr(g->missing[0].why, "otherwise"));
	gap_free(g);
}

static void of_two_signatures_as_frequent_the_surer_is_told(void **state)
{
	struct attempt attempts[] = {fails_at(1, "cdn.example.net", "203.0.113.7", SIG_TCP_SYN_TIMEOUT),
	                             fails_at(2, "cdn.example.net", "203.0.113.7", SIG_ICMP_PROHIBITED)};

	(void)state;
	attempts[0].confidence = CONFIDENCE_MEDIUM;
	attempts[1].confidence = CONFIDENCE_HIGH;
	snprintf(attempts[1].blocker, sizeof attempts[1].blocker, "10.0.0.1");
	struct gap *g = gap_of(attempts, 2);
	assert_string_equal(signature_name(g->missing[0].signature), "icmp-prohibited");
	assert_string_equal(g->missing[0].blocker, "10.0.0.1");
	gap_free(g);
	attempts[0].confidence = CONFIDENCE_HIGH;
	g = gap_of(attempts, 2);
	assert_string_equal(signature_name(g->missing[0].signature), "tcp-syn-timeout");
	gap_free(g);
}

static void an_entry_knows_that_some_attempts_died_at_their_name(void **state)
{
	struct attempt attempts[] = {fails_at(1, "cdn.example.net", "203.0.113.7", SIG_TCP_SYN_TIMEOUT),
	                             fails_at(2, "cdn.example.net", "203.0.113.7", SIG_TCP_SYN_TIMEOUT),
	                             fails_at(3, "cdn.example.net", "203.0.113.7", SIG_TLS_HELLO_RESET)};
	struct gap *g = gap_of(attempts, 3);

	(void)state;
	assert_true(g->missing[0].dies_at_name);
	gap_free(g);
	g = gap_of(attempts, 2);
	assert_false(g->missing[0].dies_at_name);
	gap_free(g);
}

static void a_look_up_on_several_rules_is_counted_once(void **state)
{
	struct attempt attempts[] = {fails_at(1, "a.example.net", NULL, SIG_DNS_NXDOMAIN),
	                             fails_at(2, "a.example.net", NULL, SIG_DNS_NXDOMAIN),
	                             fails_at(3, "a.example.net", NULL, SIG_DNS_NXDOMAIN)};

	attempts[1].rule = 1;
	attempts[1].started_us = attempts[0].started_us;
	struct gap *g = gap_of(attempts, 3);

	(void)state;
	assert_int_equal(g->missing_n, 1);
	assert_int_equal(g->missing[0].rule_n, 2);
	assert_int_equal(g->missing[0].attempts, 2);
	assert_non_null(strstr(g->missing[0].why, "2 attempts failed"));
	gap_free(g);
}

static void the_hint_is_of_the_entrys_own_signature(void **state)
{
	struct attempt attempts[] = {fails_at(1, "cdn.example.net", "203.0.113.7", SIG_TCP_SYN_TIMEOUT),
	                             fails_at(2, "cdn.example.net", "203.0.113.7", SIG_TCP_SYN_TIMEOUT),
	                             fails_at(3, "cdn.example.net", "203.0.113.7", SIG_TCP_STALL)};

	attempts[2].client = address("10.0.0.6");
	attempts[2].hint = HINT_PATH_MTU;
	struct gap *g = gap_of(attempts, 3);

	(void)state;
	assert_int_equal(g->missing[0].hint, HINT_NONE);
	gap_free(g);
}

static void clients_and_addresses_are_listed_by_their_first_failure(void **state)
{
	struct attempt attempts[] = {an_attempt(1, OUTCOME_OK),
	                             fails_at(2, "cdn.example.net", "203.0.113.8", SIG_TCP_SYN_TIMEOUT),
	                             fails_at(3, "cdn.example.net", "203.0.113.7", SIG_TCP_SYN_TIMEOUT)};

	attempts[0].rule = 1;
	attempts[1].client = address("10.0.0.6");
	struct gap *g = gap_of(attempts, 3);

	(void)state;
	assert_string_equal(g->missing[0].from[0], "10.0.0.6");
	assert_string_equal(g->missing[0].from[1], "10.0.0.5");
	assert_string_equal(g->missing[0].addresses[0], "203.0.113.8");
	assert_string_equal(g->missing[0].addresses[1], "203.0.113.7");
	assert_string_equal(g->rules[0].addresses[0], "203.0.113.8");
	gap_free(g);
}

static void a_silent_resolver_is_no_silent_name(void **state)
{
	struct attempt a = fails_at(1, "cdn.example.net", "203.0.113.7", SIG_DNS_TIMEOUT);
	struct gap *g = gap_of(&a, 1);

	(void)state;
	assert_int_equal(g->missing[0].kind, KIND_DNS);
	assert_non_null(strstr(g->missing[0].why, ": queries are not answered;"));
	gap_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_that_need_different_changes_have_an_entry_each),
	    cmocka_unit_test(one_name_needs_one_change),
	    cmocka_unit_test(a_lie_about_one_name_hides_nothing_of_another),
	    cmocka_unit_test(the_sentence_tells_what_some_attempts_met_instead),
	    cmocka_unit_test(of_two_signatures_as_frequent_the_surer_is_told),
	    cmocka_unit_test(an_entry_knows_that_some_attempts_died_at_their_name),
	    cmocka_unit_test(a_look_up_on_several_rules_is_counted_once),
	    cmocka_unit_test(the_hint_is_of_the_entrys_own_signature),
	    cmocka_unit_test(clients_and_addresses_are_listed_by_their_first_failure),
	    cmocka_unit_test(a_silent_resolver_is_no_silent_name),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_drop);
}
