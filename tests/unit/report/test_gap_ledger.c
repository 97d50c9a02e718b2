/* A report from memory equals the report from the database, byte for byte. */
#include "../record/record_fixture.h"

#include "record/ledger.h"
#include "report/exporters.h"
#include "report/gap.h"

#define PACKETS 70u

static uint32_t dice(uint32_t sides)
{
	static uint64_t seed = 7;

	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % sides;
}

/* From few clients, hosts and addresses, so that many share an incident. */
static struct attempt any_attempt(uint64_t id)
{
	static const char *const clients[] = {"10.0.0.5", "2001:db8::5", "10.0.0.6"};
	static const char *const servers[] = {"203.0.113.7", "203.0.113.8", "2001:db8::7"};
	struct attempt a = an_attempt(id, (enum outcome)dice(OUTCOME_COUNT));

	a.rule = (int32_t)dice(3) - 1;
	a.client = address(clients[dice(3)]);
	a.address = dice(5) ? address(servers[dice(3)]) : (struct addr){{0}};
	a.started_us = T0 + (int64_t)dice(300) * SECOND; /* neither sorted nor all different */
	a.ended_us = a.started_us + dice(100000);
	a.port = dice(4) ? 443 : 3478;
	a.proto = dice(4) ? 6 : 17;
	a.attributed_by = (enum attributed_by)dice(BY_RESOLVED + 1);
	a.confidence = (enum confidence)dice(3);
	a.hint = (enum hint)dice(HINT_PATH_MTU + 1);
	a.answered = dice(3) == 0;
	a.by_lookup = dice(10) == 0;
	if (a.outcome == OUTCOME_BLOCKED)
		a.signature = (enum signature)(SIG_TCP_SYN_TIMEOUT + dice(3));
	if (dice(3) == 0)
		snprintf(a.host, sizeof a.host, "host%u.example.net", dice(4));
	if (dice(4) == 0)
		snprintf(a.blocker, sizeof a.blocker, "192.0.2.%u", dice(3));
	if (dice(4) == 0)
		a.detail[0] = '\0';
	if (dice(4) == 0 && a.proof_n) {
		a.remark = (struct remark){(enum remark_kind)dice(3), dice(9999), dice(500), dice(500), 64};
		remark_say(&a.remark, a.detail);
	}
	if (dice(4) == 0)
		a.proof_n = 0;
	if (dice(4))
		a.tuple = (struct tuple){a.client, dice(20) ? address(servers[dice(3)]) : (struct addr){{0}},
		                           (uint16_t)(1000 + dice(60)), 443, a.proto};
	tuple_community(&a.tuple, a.community_id);
	return a;
}

static void tell(struct record *const *records, size_t record_n, size_t attempt_n)
{
	static const uint8_t bytes[60];
	struct evidence packets[PACKETS];

	for (size_t i = 0; i < PACKETS; i++)
		packets[i] = (struct evidence){.time_us = T0, .captured = sizeof bytes, .length = 60, .link = 1, .bytes = bytes};
	for (size_t i = 1; i <= attempt_n; i++) {
		struct attempt a = any_attempt(i);
		size_t packet_n = dice(3) ? dice(PACKETS) : 0;
		for (size_t k = 0; k < record_n; k++) {
			struct attempt told = a;
			/* The ledger takes it as numbers. */
			if (record_ledger(records[k])) {
				told.community_id[0] = '\0';
				if (told.remark.kind != REMARK_NONE)
					told.detail[0] = '\0';
			}
			assert_int_equal(record_attempt(records[k], &told, packets, packet_n), ERR_OK);
		}
	}
}

static char *report_of(struct record *r, exporter_function *write)
{
	struct style style = {0};
	struct gap *g = NULL;
	char *said = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&said, &n);

	assert_non_null(out);
	assert_int_equal(gap_read_run(r, false, write != report_json, &g), ERR_OK);
	assert_int_equal(write(g, &style, out), ERR_OK);
	fclose(out);
	gap_free(g);
	return said;
}

static struct record *record_of(bool brief, bool evidence)
{
	struct record_options options = {.evidence = evidence, .brief = brief};
	struct record *r = NULL;

	assert_int_equal(record_open(&options, &r), ERR_OK);
	assert_int_equal(record_begin(r, "audit", two_rules()), ERR_OK);
	return r;
}

static void assert_same(size_t attempt_n, bool evidence)
{
	exporter_function *const formats[] = {report_json, report_text, report_csv};
	struct record *const both[] = {record_of(true, evidence), record_of(false, evidence)};

	tell(both, 2, attempt_n);
	end_record(both[0]);
	end_record(both[1]);
	for (size_t f = 0; f < sizeof formats / sizeof formats[0]; f++) {
		char *from_memory = report_of(both[0], formats[f]), *from_database = report_of(both[1], formats[f]);
		assert_string_equal(from_memory, from_database);
		free(from_memory);
		free(from_database);
	}
	assert_int_equal(record_counters(both[0]).attempts, record_counters(both[1]).attempts);
	assert_int_equal(record_counters(both[0]).incidents, record_counters(both[1]).incidents);
	record_close(both[0]);
	record_close(both[1]);
}

static void memory_and_database_tell_the_same(void **state)
{
	(void)state;
	for (size_t n = 0; n < 40; n++)
		assert_same(n, true);
	assert_same(5000, true);
}

static void without_evidence_no_packets_are_counted(void **state)
{
	struct record *r = record_of(true, false);
	const struct ledger *l = record_ledger(r);

	(void)state;
	assert_same(500, false);
	tell(&r, 1, 100);
	end_record(r);
	assert_int_equal(l->attempt_n, 100);
	for (size_t i = 0; i < l->incident_n; i++)
		assert_int_equal(l->incidents[i].packets, 0);
	record_close(r);
}

/* Blocked, then the clock is set back by an hour, then ok: missing rules. */
static size_t missing_behind_a_set_clock(bool brief, bool noticed)
{
	struct record *r = record_of(brief, false);
	struct attempt bad = an_attempt(1, OUTCOME_BLOCKED), ok = an_attempt(2, OUTCOME_OK);
	struct gap *g = NULL;

	bad.started_us = bad.ended_us = T0 + 7200 * SECOND;
	ok.started_us = ok.ended_us = T0 + 3900 * SECOND;
	assert_int_equal(record_attempt(r, &bad, NULL, 0), ERR_OK);
	assert_int_equal(record_attempt(r, &ok, NULL, 0), ERR_OK);
	if (noticed)
		assert_int_equal(record_notice(r, "warning", "clock-jump", "the clock jumped"), ERR_OK);
	end_record(r);
	assert_int_equal(gap_read_run(r, false, false, &g), ERR_OK);
	size_t n = g->missing_n;
	assert_int_equal(g->rules[0].first_us, ok.started_us); /* as displayed */
	gap_free(g);
	record_close(r);
	return n;
}

static void what_is_tried_behind_a_clock_that_is_set_back_comes_later(void **state)
{
	(void)state;
	for (int brief = 0; brief < 2; brief++) {
		assert_int_equal(missing_behind_a_set_clock(brief, false), 1);
		assert_int_equal(missing_behind_a_set_clock(brief, true), 0);
	}
}

static void attempts_come_out_in_the_order_of_time(void **state)
{
	struct record *r = record_of(true, true);
	const struct ledger *l = record_ledger(r);

	(void)state;
	tell(&r, 1, 3000);
	end_record(r);
	for (size_t i = 1; i < l->attempt_n; i++) {
		const struct ledger_attempt *a = &l->attempts[i - 1], *b = &l->attempts[i];
		assert_true(a->started_us < b->started_us || (a->started_us == b->started_us && a->number < b->number));
	}
	assert_int_equal(number(record_path(r), "SELECT count(*) FROM attempt"), 0);
	record_close(r);
}

static void what_has_a_path_is_never_brief(void **state)
{
	struct record_options options = {.path = in_folder("a.db"), .brief = true};
	struct record *r = NULL;

	(void)state;
	assert_int_equal(record_open(&options, &r), ERR_OK);
	assert_null(record_ledger(r));
	record_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(memory_and_database_tell_the_same),
	    cmocka_unit_test(without_evidence_no_packets_are_counted),
	    cmocka_unit_test(what_is_tried_behind_a_clock_that_is_set_back_comes_later),
	    cmocka_unit_test(attempts_come_out_in_the_order_of_time),
	    cmocka_unit_test_teardown(what_has_a_path_is_never_brief, folder_clean),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_drop);
}
