#include "record_fixture.h"

static void a_run_its_lists_and_its_rules_are_there_from_the_beginning(void **state)
{
	(void)state;
	const char *path = in_folder("a.db");
	struct record *r = begin_record(path, false);

	assert_int_equal(number(path, "SELECT count(*) FROM run WHERE command = 'audit' AND ended IS NULL AND complete = 0"), 1);
	assert_string_equal(text(path, "SELECT name || version || sha256 FROM list"), "Example100ff");
	assert_string_equal(text(path, "SELECT group_concat(name || ' ' || port || ' ' || host || ' ' || required, ', ') FROM rule"),
			    "cdn/cdn.example.net:443/tcp 443 cdn.example.net 1, "
			    "turn/turn.example.net:3478-3480/udp 3478-3480 turn.example.net 0");
	assert_string_equal(text(path, "SELECT works_if_any || fallback_for || role FROM list_group WHERE name = 'turn'"),
			    "[\"3478/udp\",\"3478-3480/tcp\"][\"turn\"]stun-turn");
	record_close(r);
	assert_sound(path);
}

static void an_attempt_is_told_in_the_words_of_the_contract(void **state)
{
	(void)state;
	const char *path = in_folder("a.db");
	struct record *r = begin_record(path, false);
	struct attempt a = an_attempt(7, OUTCOME_BLOCKED);

	snprintf(a.blocker, sizeof a.blocker, "192.0.2.1");
	a.hint = HINT_ADDRESS_DRIFT;
	add(r, &a);
	end_record(r);
	record_close(r);
	assert_string_equal(text(path, "SELECT group_concat(number || '|' || rule || '|' || client || '|' || host || '|' ||"
				       " attributed_by || '|' || address || '|' || port || '|' || transport || '|' || outcome ||"
				       " '|' || signature || '|' || detail || '|' || confidence || '|' || blocker || '|' || hint"
				       " || '|' || conn_state) FROM attempt"),
			    "7|cdn/cdn.example.net:443/tcp|10.0.0.5|cdn.example.net|sni|203.0.113.7|443|tcp|blocked|"
			    "tcp-syn-timeout|detail of 7|medium|192.0.2.1|address-drift|SF");
	assert_int_equal(number(path, "SELECT started FROM attempt"), T0 + 7 * SECOND);
	assert_string_equal(text(path, "SELECT json_extract(proofs, '$[0].text') FROM incident"), "sent \"7\" times \\ \\x01");
	assert_int_equal(number(path, "SELECT count(*) FROM attempt WHERE why_not IS NULL AND community_id IS NULL"), 1);
	assert_sound(path);
}

static void an_attempt_without_rule_address_or_signature_has_null_there(void **state)
{
	(void)state;
	const char *path = in_folder("a.db");
	struct record *r = begin_record(path, false);
	struct attempt a = an_attempt(1, OUTCOME_OK);

	a.rule = -1;
	a.address = (struct addr){{0}};
	add(r, &a);
	a.id = 2;
	a.rule = 4711; /* unknown: never a wrong name */
	add(r, &a);
	end_record(r);
	record_close(r);
	assert_int_equal(number(path, "SELECT count(*) FROM attempt WHERE rule IS NULL AND address IS NULL AND signature IS NULL"
				      " AND incident IS NULL AND confidence IS NULL"), 2);
	assert_int_equal(number(path, "SELECT count(*) FROM incident"), 0);
}

static void failed_attempts_are_grouped_by_client_host_port_signature_and_rule(void **state)
{
	(void)state;
	const char *path = in_folder("a.db");
	struct record *r = begin_record(path, false);
	struct attempt a;
	uint64_t id = 0;

	for (int i = 0; i < 9; i++) {
		a = an_attempt(++id, OUTCOME_BLOCKED);
		add(r, &a);
	}
	a = an_attempt(++id, OUTCOME_RESET);
	add(r, &a);
	a = an_attempt(++id, OUTCOME_BLOCKED);
	a.client = address("2001:db8::1");
	add(r, &a);
	a = an_attempt(++id, OUTCOME_BLOCKED);
	a.rule = -1;
	add(r, &a);
	a = an_attempt(++id, OUTCOME_BLOCKED);
	a.port = 8443;
	add(r, &a);
	a = an_attempt(++id, OUTCOME_BLOCKED);
	snprintf(a.host, sizeof a.host, "other.example.net");
	add(r, &a);
	a = an_attempt(++id, OUTCOME_INCONCLUSIVE);
	a.signature = SIG_TCP_SYN_TIMEOUT; /* what it might have been */
	add(r, &a);
	end_record(r);
	assert_int_equal(record_counters(r).attempts, 15);
	assert_int_equal(record_counters(r).incidents, 6);
	record_close(r);
	assert_int_equal(number(path, "SELECT count(*) FROM incident"), 6);
	assert_int_equal(number(path, "SELECT attempts FROM incident WHERE id = 1"), 9);
	assert_int_equal(number(path, "SELECT first FROM incident WHERE id = 1"), T0 + SECOND);
	assert_int_equal(number(path, "SELECT last FROM incident WHERE id = 1"), T0 + 9 * SECOND + 500);
	assert_sound(path);
}

static void an_incident_shows_its_most_confident_attempt_and_newest_address(void **state)
{
	(void)state;
	const char *path = in_folder("a.db");
	struct record *r = begin_record(path, false);
	static const enum confidence confidences[] = {CONFIDENCE_LOW, CONFIDENCE_HIGH, CONFIDENCE_MEDIUM};

	for (uint64_t i = 0; i < 3; i++) {
		struct attempt a = an_attempt(i + 1, OUTCOME_BLOCKED);
		a.confidence = confidences[i];
		a.address.b[15] = (uint8_t)(i + 1);
		add(r, &a);
	}
	end_record(r);
	record_close(r);
	assert_string_equal(text(path, "SELECT confidence || ' ' || detail || ' ' || address FROM incident"),
			    "high detail of 2 203.0.113.3");
}

static void an_incident_goes_on_in_the_next_run(void **state)
{
	(void)state;
	const char *path = in_folder("a.db");

	for (int run = 1; run <= 2; run++) {
		struct record *r = begin_record(path, false);
		struct attempt a = an_attempt((uint64_t)run, OUTCOME_BLOCKED);
		assert_int_equal(record_run(r), run);
		add(r, &a);
		end_record(r);
		record_close(r);
	}
	assert_int_equal(number(path, "SELECT attempts FROM incident"), 2);
	assert_int_equal(number(path, "SELECT count(*) FROM rule"), 4);
	assert_sound(path);
}

static void an_attempt_told_again_replaces_the_first_telling(void **state)
{
	(void)state;
	const char *path = in_folder("a.db");
	struct record *r = begin_record(path, false);
	struct evidence packet = {.bytes = (const uint8_t *)"abcd", .captured = 4, .length = 60};
	struct attempt a = an_attempt(1, OUTCOME_BLOCKED), b = an_attempt(2, OUTCOME_BLOCKED);

	a.confidence = CONFIDENCE_HIGH;
	assert_int_equal(record_attempt(r, &a, &packet, 1), ERR_OK);
	add(r, &b);
	a = an_attempt(1, OUTCOME_OK);
	add(r, &a);
	end_record(r);
	assert_int_equal(record_counters(r).attempts, 2);
	assert_string_equal(text(path, "SELECT attempts || confidence || detail FROM incident"), "1mediumdetail of 2");
	assert_int_equal(number(path, "SELECT first FROM incident"), T0 + 2 * SECOND);
	assert_int_equal(number(path, "SELECT count(*) FROM packet"), 0);
	assert_string_equal(text(path, "SELECT outcome FROM attempt WHERE number = 1"), "ok");
	b = an_attempt(2, OUTCOME_INCONCLUSIVE);
	add(r, &b);
	a = an_attempt(1, OUTCOME_RESET);
	assert_int_equal(record_attempt(r, &a, &packet, 1), ERR_OK);
	end_record(r);
	record_close(r);
	assert_string_equal(text(path, "SELECT group_concat(signature || attempts) FROM incident"), "tcp-reset1");
	assert_int_equal(number(path, "SELECT count(*) FROM packet JOIN attempt AS a ON a.id = attempt WHERE number = 1"), 1);
	assert_int_equal(number(path, "SELECT count(*) FROM attempt"), 2);
	assert_sound(path);
}

/* Attempts without an incident are written several at a time: if one is reported again, the last report counts, and
 * rows are in the order of first reports. */
static void any_mix_of_tellings_leaves_the_last_of_each(void **state)
{
	enum { NUMBERS = 30, TELLINGS = 600 };
	const char *path = in_folder("a.db");
	struct record *r = begin_record(path, false);
	enum outcome last[NUMBERS];
	uint32_t seed = 1, told = 0;
	char sql[128];

	(void)state;
	for (unsigned i = 0; i < TELLINGS; i++) {
		seed = seed * 1664525u + 1013904223u;
		unsigned number = i < NUMBERS && i % 4 ? i : (seed >> 8) % NUMBERS;
		struct attempt a = an_attempt(number + 1, seed >> 30 ? OUTCOME_OK : (enum outcome)(seed >> 20) % OUTCOME_COUNT);
		last[number] = a.outcome;
		told |= UINT32_C(1) << number;
		add(r, &a);
		if (i % 97 == 0)
			assert_int_equal(record_notice(r, "info", "test", "between"), ERR_OK);
	}
	end_record(r);
	assert_int_equal(record_counters(r).attempts, (uint64_t)__builtin_popcount(told));
	record_close(r);
	assert_int_equal(number(path, "SELECT count(*) FROM attempt"), __builtin_popcount(told));
	for (unsigned i = 0; i < NUMBERS; i++) {
		snprintf(sql, sizeof sql, "SELECT outcome FROM attempt WHERE number = %u", i + 1);
		if (told >> i & 1)
			assert_string_equal(text(path, sql), outcome_text(last[i]));
	}
	assert_sound(path);
}

static void rows_stand_in_the_order_of_being_told(void **state)
{
	const char *path = in_folder("a.db");
	struct record *r = begin_record(path, false);

	(void)state;
	for (unsigned i = 1; i <= 100; i++) {
		struct attempt a = an_attempt(i * 37 % 101, i % 10 ? OUTCOME_OK : OUTCOME_BLOCKED);
		add(r, &a);
	}
	end_record(r);
	record_close(r);
	assert_int_equal(number(path, "SELECT count(*) FROM attempt WHERE number = id * 37 % 101"), 100);
	assert_sound(path);
}

static void the_same_telling_twice_changes_nothing(void **state)
{
	(void)state;
	const char *path = in_folder("a.db");
	struct record *r = begin_record(path, false);

	for (int i = 0; i < 3; i++) {
		struct attempt a = an_attempt(1, OUTCOME_BLOCKED);
		add(r, &a);
	}
	end_record(r);
	record_close(r);
	assert_string_equal(text(path, "SELECT id || ' ' || attempts FROM incident"), "1 1");
	assert_sound(path);
}

static void evidence_is_bounded_and_has_the_first_and_the_newest_attempt(void **state)
{
	(void)state;
	const char *path = in_folder("a.db");
	struct record *r = begin_record(path, false);
	struct evidence packets[40];
	struct attempt a;

	for (int i = 0; i < 40; i++)
		packets[i] = (struct evidence){.time_us = T0 + i, .bytes = (const uint8_t *)"abcd", .captured = 4, .length = 1500,
					       .link = 1};
	for (uint64_t i = 1; i <= 10; i++) {
		a = an_attempt(i, OUTCOME_BLOCKED);
		assert_int_equal(record_attempt(r, &a, packets, 40), ERR_OK);
	}
	a = an_attempt(11, OUTCOME_OK);
	assert_int_equal(record_attempt(r, &a, packets, 40), ERR_OK);
	end_record(r);
	record_close(r);
	/* and the limit also holds when a later run continues */
	r = begin_record(path, false);
	a = an_attempt(12, OUTCOME_BLOCKED);
	assert_int_equal(record_attempt(r, &a, packets, 3), ERR_OK);
	end_record(r);
	record_close(r);
	assert_string_equal(text(path, "SELECT group_concat(number || ':' || n) FROM (SELECT number, count(*) AS n FROM packet"
				       " JOIN attempt AS a ON a.id = attempt GROUP BY a.id)"), "1:32,2:8,3:8,12:3");
	/* of too many, the first and the last */
	assert_string_equal(text(path, "SELECT group_concat(time - 1700000000000000) FROM packet JOIN attempt AS a"
				       " ON a.id = attempt WHERE number = 2"), "0,1,2,3,36,37,38,39");
	assert_int_equal(number(path, "SELECT count(*) FROM packet WHERE captured = 4 AND length = 1500 AND bytes = 'abcd'"
				      " OR CAST(bytes AS TEXT) = 'abcd'"), 51);
	assert_sound(path);
}

static void packets_name_their_source_though_it_is_told_later(void **state)
{
	(void)state;
	const char *path = in_folder("a.db");
	struct record *r = begin_record(path, false);
	const struct source_row sources[] = {{.name = "a.pcap", .kind = "file", .link_type = "EN10MB", .packets = 3},
					     {.name = "b.pcap", .kind = "file"},
					     {.name = "a.pcap", .kind = "file", .damage = "cut"}};
	struct progress p = {.packets = 5, .sources = sources, .source_n = 3};
	struct evidence packets[3] = {{.source = 0}, {.source = 1}, {.source = 2}};
	struct attempt a = an_attempt(1, OUTCOME_BLOCKED);

	for (int i = 0; i < 3; i++)
		packets[i].bytes = (const uint8_t *)"ab", packets[i].captured = packets[i].length = 2;
	assert_int_equal(record_attempt(r, &a, packets, 3), ERR_OK);
	assert_int_equal(record_checkpoint(r, &p), ERR_OK);
	a.id = 2;
	assert_int_equal(record_attempt(r, &a, packets + 1, 1), ERR_OK);
	assert_int_equal(record_end(r, &p, true), ERR_OK);
	record_close(r);
	assert_string_equal(text(path, "SELECT group_concat(source) FROM packet"), "a.pcap,b.pcap,a.pcap (2),b.pcap");
	assert_string_equal(text(path, "SELECT group_concat(name || ':' || ifnull(damage, '-')) FROM source"),
			    "a.pcap:-,b.pcap:-,a.pcap (2):cut");
}

static void a_run_that_was_interrupted_says_how_far_it_got(void **state)
{
	(void)state;
	const char *path = in_folder("a.db");
	struct record *r = begin_record(path, false);
	struct progress p = {.packets = 1234, .bytes = 99, .first_us = T0};
	struct attempt a = an_attempt(1, OUTCOME_BLOCKED);

	add(r, &a);
	assert_int_equal(record_checkpoint(r, &p), ERR_OK);
	assert_int_equal(number(path, "SELECT packets FROM run WHERE ended IS NULL AND complete = 0 AND last IS NULL"), 1234);
	assert_int_equal(number(path, "SELECT count(*) FROM attempt"), 1);
	record_close(r);
	assert_int_equal(number(path, "SELECT count(*) FROM run WHERE ended IS NULL"), 1);
}

static void an_ended_run_says_whether_it_was_complete(void **state)
{
	(void)state;
	const char *path = in_folder("a.db");
	struct record *r = begin_record(path, false);
	struct progress p = {.packets = 3};

	assert_int_equal(record_end(r, &p, false), ERR_OK);
	assert_int_equal(number(path, "SELECT count(*) FROM run WHERE ended >= started AND complete = 0"), 1);
	assert_int_equal(record_begin(r, "audit", two_rules()), ERR_OK);
	assert_int_equal(record_run(r), 2);
	end_record(r);
	record_close(r);
	assert_int_equal(number(path, "SELECT count(*) FROM run WHERE ended >= started AND complete = 1 AND packets = 9"), 1);
}

static void look_ups_calls_unlisted_names_and_notices_are_kept(void **state)
{
	(void)state;
	const char *path = in_folder("a.db");
	struct record *r = begin_record(path, false);
	struct lookup_row l = {.asked_us = T0, .client = address("10.0.0.5"), .resolver = address("10.0.0.1"),
			       .name = "cdn.example.net", .qtype = 1, .rcode = -1, .ede = -1, .answer = "", .listed = true};
	struct call_row c = {.client = address("10.0.0.5"), .server = address("192.0.2.9"), .host = "turn.example.net", .rule = 1,
			     .port = 3478, .proto = 17, .started_us = T0, .ended_us = T0 + 5, .result = "timeout", .software = "",
			     .realm = "r", .media_out = 5};
	struct unlisted_row u = {.host = "x.example.org", .seen_as = "next to it", .port = 443, .proto = 6, .clients = 1,
				 .verdict = VERDICT_ALLOWED};

	assert_int_equal(record_lookup(r, &l), ERR_OK);
	l.answered_us = T0 + 9, l.rcode = 3, l.ede = 15;
	assert_int_equal(record_lookup(r, &l), ERR_OK);
	assert_int_equal(record_call(r, &c), ERR_OK);
	c.rule = -1, c.tls = true;
	assert_int_equal(record_call(r, &c), ERR_OK);
	assert_int_equal(record_unlisted(r, &u), ERR_OK);
	u.clients = 7, u.verdict = VERDICT_PARTIAL;
	assert_int_equal(record_unlisted(r, &u), ERR_OK);
	for (int i = 0; i < 2; i++)
		assert_int_equal(record_notice(r, "warning", "outage", "nothing came back"), ERR_OK);
	end_record(r);
	record_close(r);
	assert_string_equal(text(path, "SELECT group_concat(ifnull(answered, '-') || ifnull(rcode, '-') || ifnull(ede, '-') ||"
				       " resolver || listed) FROM dns_lookup"), "---10.0.0.11,1700000000000009315" "10.0.0.11");
	assert_string_equal(text(path, "SELECT group_concat(transport || ifnull(rule, '-') || ifnull(software, '-') || realm ||"
				       " ifnull(relayed, '-')) FROM call_step"),
			    "udpturn/turn.example.net:3478-3480/udp-r-,tls--r-");
	assert_string_equal(text(path, "SELECT host || seen_as || transport || clients || verdict FROM unlisted"),
			    "x.example.orgnext to ittcp7partial");
	assert_int_equal(number(path, "SELECT count(*) FROM notice WHERE level = 'warning' AND code = 'outage'"), 1);
}

static void state_outlives_a_restart(void **state)
{
	(void)state;
	for (int threaded = 0; threaded <= 1; threaded++) {
		const char *path = in_folder(threaded ? "t.db" : "a.db");
		struct record *r = begin_record(path, threaded);
		void *bytes = NULL;
		size_t n = 0;
		assert_int_equal(record_state(r, "names", &bytes, &n), ERR_END);
		assert_int_equal(record_keep_state(r, "names", "old", 3), ERR_OK);
		assert_int_equal(record_keep_state(r, "other", "x", 1), ERR_OK);
		assert_int_equal(record_keep_state(r, "names", "a\0b!", 4), ERR_OK);
		end_record(r);
		record_close(r);
		r = open_record(path, threaded);
		assert_int_equal(record_state(r, "names", &bytes, &n), ERR_OK);
		assert_int_equal(n, 4);
		assert_memory_equal(bytes, "a\0b!", 4);
		free(bytes);
		record_close(r);
	}
}

static void a_temporary_record_can_be_read_until_it_is_closed(void **state)
{
	(void)state;
	struct record *r = begin_record(NULL, false);
	struct attempt a = an_attempt(1, OUTCOME_BLOCKED);

	add(r, &a);
	end_record(r);
	assert_int_equal(number(record_path(r), "SELECT count(*) FROM attempt"), 1);
	assert_sound(record_path(r));
	record_close(r);
}

static void hostile_names_are_data(void **state)
{
	(void)state;
	static const char hostile[] = "'); DROP TABLE attempt; --\"\\x1b[31m";
	const char *path = in_folder("a.db");
	struct record *r = begin_record(path, false);
	struct attempt a = an_attempt(1, OUTCOME_BLOCKED);

	snprintf(a.host, sizeof a.host, "%s", hostile);
	snprintf(a.detail, sizeof a.detail, "%s", hostile);
	snprintf(a.proofs[0].text, sizeof a.proofs[0].text, "%s\x80\xff", hostile);
	add(r, &a);
	end_record(r);
	record_close(r);
	assert_string_equal(text(path, "SELECT host FROM incident"), hostile);
	assert_int_equal(number(path, "SELECT json_valid(proofs) FROM attempt"), 1);
	assert_sound(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(a_run_its_lists_and_its_rules_are_there_from_the_beginning, folder_clean),
	    cmocka_unit_test_teardown(an_attempt_is_told_in_the_words_of_the_contract, folder_clean),
	    cmocka_unit_test_teardown(an_attempt_without_rule_address_or_signature_has_null_there, folder_clean),
	    cmocka_unit_test_teardown(failed_attempts_are_grouped_by_client_host_port_signature_and_rule, folder_clean),
	    cmocka_unit_test_teardown(an_incident_shows_its_most_confident_attempt_and_newest_address, folder_clean),
	    cmocka_unit_test_teardown(an_incident_goes_on_in_the_next_run, folder_clean),
	    cmocka_unit_test_teardown(an_attempt_told_again_replaces_the_first_telling, folder_clean),
	    cmocka_unit_test_teardown(any_mix_of_tellings_leaves_the_last_of_each, folder_clean),
	    cmocka_unit_test_teardown(rows_stand_in_the_order_of_being_told, folder_clean),
	    cmocka_unit_test_teardown(the_same_telling_twice_changes_nothing, folder_clean),
	    cmocka_unit_test_teardown(evidence_is_bounded_and_has_the_first_and_the_newest_attempt, folder_clean),
	    cmocka_unit_test_teardown(packets_name_their_source_though_it_is_told_later, folder_clean),
	    cmocka_unit_test_teardown(a_run_that_was_interrupted_says_how_far_it_got, folder_clean),
	    cmocka_unit_test_teardown(an_ended_run_says_whether_it_was_complete, folder_clean),
	    cmocka_unit_test_teardown(look_ups_calls_unlisted_names_and_notices_are_kept, folder_clean),
	    cmocka_unit_test_teardown(state_outlives_a_restart, folder_clean),
	    cmocka_unit_test_teardown(a_temporary_record_can_be_read_until_it_is_closed, folder_clean),
	    cmocka_unit_test_teardown(hostile_names_are_data, folder_clean),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_drop);
}
