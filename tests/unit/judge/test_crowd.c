#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/limits.h"
#include "court.h"

static unsigned listed, strange; /* attempts reported for a rule, and for none */
static unsigned listed_packets, strange_packets;

static void count(void *context, const struct attempt *a, const struct kept *packets, size_t n)
{
	(void)context, (void)packets;
	listed += a->rule >= 0;
	strange += a->rule < 0;
	*(a->rule >= 0 ? &listed_packets : &strange_packets) += n > 0;
}

static void court_counts(struct court *c)
{
	struct judge_hooks hooks = {.context = c, .attempt = count, .lookup = court_lookup, .call = court_call,
	                            .neighbour = court_neighbour, .notice = court_notice};

	listed = strange = listed_packets = strange_packets = 0;
	c->options.lists = c->lists;
	c->options.watch = &c->watch;
	c->judge = judge_new(&c->options, &hooks);
}

/* A connection refused at once, each from a different client. */
static void is_refused(struct court *c, const struct scene *s, uint32_t number, const char *to)
{
	const uint8_t bytes[4] = {10, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};
	struct flow f = s->flow;

	f.client = addr_of_v4(bytes);
	f.server = address(to);
	f.first_us = T0 + number;
	f.id = ++c->id;
	if (f.said)
		f.said = &s->said;
	judge_over(c->judge, &f, c->names, NULL);
}

static void live_a_scan_leaves_room_for_what_is_listed(void **state)
{
	struct court *c = court_open();
	struct scene s;

	(void)state;
	c->options.live = true;
	court_counts(c);
	syns(&s, 1, 0);
	resets(&s, 1, 64);
	for (uint32_t i = 0; i <= CANDIDATES_LIVE_MOST; i++)
		is_refused(c, &s, i, "198.51.100.7");
	assert_false(judge_counters(c->judge).full);
	assert_true(judge_counters(c->judge).dropped_unlisted > 0);
	for (uint32_t i = 0; i < 10; i++)
		is_refused(c, &s, i, "203.0.113.7");
	listed = 0;
	court_ticks(c, 60);
	assert_int_equal(listed, 10);
	court_decides(c);
}

/* One client tries this many times, 10 ms apart, a server and port. */
static void tries_on(struct court *c, const struct scene *s, unsigned n, const char *to, uint16_t port)
{
	for (unsigned i = 0; i < n; i++) {
		struct flow f = s->flow;
		f.server = address(to);
		f.server_port = port;
		f.first_us = T0 + i * INT64_C(10000);
		f.id = ++c->id;
		judge_over(c->judge, &f, c->names, NULL);
	}
}

static void of_a_scanner_s_failures_no_more_are_kept_than_reported(void **state)
{
	struct court *c = court_open();
	struct scene s;

	(void)state;
	court_counts(c);
	syns(&s, 1, 0);
	resets(&s, 1, 64);
	tries_on(c, &s, 5 * UNLISTED_CLIENT_MOST, "198.51.100.7", 9999);
	assert_int_equal(judge_counters(c->judge).kept, 2 * UNLISTED_CLIENT_MOST);
	tries_on(c, &s, 10, "203.0.113.7", 443); /* what is listed is kept */
	judge_finish(c->judge);
	assert_int_equal(strange, UNLISTED_CLIENT_MOST);
	assert_int_equal(listed, 10);
	assert_int_equal(judge_counters(c->judge).dropped_unlisted, 4 * UNLISTED_CLIENT_MOST);
	court_decides(c);
}

/* Datagrams that a router refuses are no scan that is left out before the report, nor is what a monitor sees. */
static void only_tcp_of_an_audit_is_left_out_before_it_is_judged(void **state)
{
	(void)state;
	for (int live = 0; live < 2; live++) {
		struct court *c = court_open();
		struct scene s;
		c->options.live = live;
		court_counts(c);
		syns(&s, 2, 1000);
		s.flow.unreachable = (struct unreachable){.sender = address("10.0.0.1"), .at = MS(1002), .type = 3, .code = 3, .n = 1};
		s.flow.proto = live ? PROTO_TCP : PROTO_UDP;
		tries_on(c, &s, 5 * UNLISTED_CLIENT_MOST, "198.51.100.7", 9999);
		assert_int_equal(judge_counters(c->judge).kept, 5 * UNLISTED_CLIENT_MOST);
		court_decides(c);
	}
}

static void of_a_capture_s_failures_no_more_are_kept_than_reported(void **state)
{
	struct court *c = court_open();
	struct scene s;

	(void)state;
	court_counts(c);
	syns(&s, 1, 0);
	resets(&s, 1, 64);
	s.flow.server_port = 9999;
	for (uint32_t i = 0; i < 2 * UNLISTED_MOST + 77; i++)
		is_refused(c, &s, i, "198.51.100.7");
	assert_int_equal(judge_counters(c->judge).kept, 2 * UNLISTED_MOST);
	judge_finish(c->judge);
	assert_int_equal(strange, UNLISTED_MOST);
	assert_int_equal(judge_counters(c->judge).dropped_unlisted, UNLISTED_MOST + 77);
	court_decides(c);
}

/* A name of no list may lead to a listed one, or have an address that is listed. */
static void what_may_be_meant_for_a_rule_is_kept_whatever_else_failed(void **state)
{
	const struct query q = {ME, "10.0.0.1", "shop.test", 1, 4001, 2};

	(void)state;
	for (int nets = 0; nets < 2; nets++) {
		struct court *c = court_open();
		struct scene s;
		if (!nets) {
			lists_free(c->lists);
			c->lists = lists_of("groups: [{id: web, hosts: [one.example], ports: [443/tcp]}]\n", NULL, NULL);
		}
		court_counts(c);
		court_asks(c, &q, 0);
		struct dns_message m = court_message(c, &q, 0.1, 0);
		struct fact *f = facts_add(&c->facts, FACT_DNS_ALIAS);
		f->name = "shop.test", f->other = "one.example", f->code = 5;
		f = facts_add(&c->facts, FACT_DNS_ADDRESS);
		f->name = "one.example", f->code = 1, f->address = address("203.0.113.7");
		if (!nets)
			judge_dns(c->judge, &m);
		syns(&s, 1, 0);
		resets(&s, 1, 64);
		tries_on(c, &s, 5 * UNLISTED_CLIENT_MOST, "198.51.100.7", 9999);
		assert_int_equal(judge_counters(c->judge).kept, 2 * UNLISTED_CLIENT_MOST);
		for (int i = 0; i < 2; i++) { /* the second name leads nowhere */
			hello(&s, 30);
			resets(&s, 60, 64);
			calls(&s, i ? "other.test" : "shop.test");
			court_flow(c, &s, ME, "203.0.113.7", 20 + i);
		}
		assert_int_equal(judge_counters(c->judge).kept, 2 * UNLISTED_CLIENT_MOST + 1 + nets);
		court_decides(c);
	}
}

/* Live, what is reported is bounded for each window. */
/* The bound of what is told holds for each window by itself. */
static void is_bounded_in_each_window(struct court *c, const struct scene *s, const unsigned *told, unsigned most)
{
	court_ticks(c, 60);
	assert_int_equal(*told, most);
	for (uint32_t i = 0; i < 10; i++)
		is_refused(c, s, 700 * SECOND_US + i, "198.51.100.7");
	court_ticks(c, 760);
	assert_int_equal(*told, most + 10);
}

static void live_a_scan_of_the_last_window_does_not_hide_what_fails_in_this_one(void **state)
{
	struct court *c = court_open();
	struct scene s;

	(void)state;
	c->options.live = true;
	court_counts(c);
	syns(&s, 1, 0);
	resets(&s, 1, 64);
	for (uint32_t i = 0; i < UNLISTED_MOST + 77; i++)
		is_refused(c, &s, i, "198.51.100.7");
	is_bounded_in_each_window(c, &s, &strange, UNLISTED_MOST);
	court_decides(c);
}

/* They are no failures: nothing of the other side was captured. */
static void a_one_sided_client_s_failures_are_no_scan(void **state)
{
	struct court *c = court_open();
	struct scene s;

	(void)state;
	court_counts(c);
	syns(&s, 5, 30000);
	tries_on(c, &s, 5 * UNLISTED_CLIENT_MOST, "198.51.100.7", 9999);
	judge_finish(c->judge);
	assert_int_equal(strange, 0);
	assert_int_equal(judge_counters(c->judge).dropped_unlisted, 0);
	court_decides(c);
}

/* Resets of different clients, each with packets of its own. */
static void are_proved(struct court *c, const struct scene *s, struct evidence_ring *ring, unsigned n, uint16_t port)
{
	uint8_t bytes[EVIDENCE_PACKET_BYTES] = {0};
	const struct frame frame = {.bytes = bytes, .captured = sizeof bytes, .length = sizeof bytes, .time_us = T0};

	for (unsigned i = 0; i < n; i++) {
		struct evidence_chain chain = {.ring = ring};
		for (unsigned k = 0; k < EVIDENCE_FLOW_PACKETS; k++)
			chain.newest = evidence_keep(ring, chain.newest, &frame);
		struct flow f = s->flow;
		f.client.b[14] = (uint8_t)(i >> 8), f.client.b[15] = (uint8_t)i;
		f.server = address("203.0.113.7");
		f.server_port = port;
		f.first_us = T0 + i;
		f.id = ++c->id;
		judge_over(c->judge, &f, c->names, &chain);
	}
}

static bool tells_of_no_packets(const struct court *c)
{
	for (size_t i = 0; i < c->notice_n; i++)
		if (strstr(c->notices[i], "flood") && strstr(c->notices[i], "no packets as evidence"))
			return true;
	return false;
}

static void evidence_of_strangers_leaves_room_for_that_of_the_listed(void **state)
{
	struct court *c = court_open();
	struct evidence_ring *ring = evidence_ring_new(1u << 20);
	const unsigned n = 2 * EVIDENCE_STRANGERS_BYTES / (EVIDENCE_FLOW_PACKETS * EVIDENCE_PACKET_BYTES);
	struct scene s;

	(void)state;
	c->options.evidence = true;
	court_counts(c);
	syns(&s, 1, 0);
	resets(&s, 1, 64);
	are_proved(c, &s, ring, n, 9999);
	are_proved(c, &s, ring, 10, 443);
	judge_finish(c->judge);
	assert_int_equal(strange, n);
	assert_in_range(strange_packets, 1, n - 1);
	assert_int_equal(listed_packets, 10);
	assert_false(judge_counters(c->judge).full);
	assert_true(tells_of_no_packets(c));
	court_decides(c);
	evidence_ring_free(ring);
}

static void evidence_that_finds_no_room_is_told_of(void **state)
{
	const unsigned n = 1 + EVIDENCE_ATTEMPTS_BYTES / (EVIDENCE_FLOW_PACKETS * EVIDENCE_PACKET_BYTES);
	struct evidence_ring *ring = evidence_ring_new(1u << 20);
	struct court *c = court_open();
	struct scene s;

	(void)state;
	c->options.evidence = true;
	court_counts(c);
	syns(&s, 1, 0);
	resets(&s, 1, 64);
	are_proved(c, &s, ring, n / 2, 443);
	judge_finish(c->judge);
	assert_false(tells_of_no_packets(c));
	are_proved(c, &s, ring, n, 443);
	assert_false(judge_counters(c->judge).full); /* no verdict hangs on it */
	judge_finish(c->judge);
	assert_true(tells_of_no_packets(c));
	court_decides(c);
	evidence_ring_free(ring);
}

/* A client refused by alerts this many times. */
static void is_alerted(struct court *c, const struct scene *s, uint32_t tries)
{
	for (uint32_t i = 0; i < tries; i++) {
		struct flow f = s->flow;
		f.said = &s->said;
		f.first_us = T0 + i * INT64_C(10);
		f.id = ++c->id;
		judge_over(c->judge, &f, c->names, NULL);
	}
}

/* Clients that send one SYN each to a dead address, while everything else they try works. */
static void is_left_alone(struct court *c, const struct scene *s, uint32_t tries)
{
	struct scene other;

	opened(&other, 9999);
	for (uint32_t i = 0; i < tries; i++) {
		struct flow f = other.flow;
		f.client.b[13] = (uint8_t)(i >> 16), f.client.b[14] = (uint8_t)(i >> 8), f.client.b[15] = (uint8_t)i;
		f.first_us = T0 + i * INT64_C(10);
		f.id = ++c->id;
		judge_over(c->judge, &f, c->names, NULL);
		const struct addr client = f.client;
		f = s->flow;
		f.client = client;
		f.server.b[15] = (uint8_t)(i % 250); /* those of a single server would be merged */
		f.first_us = T0 + i * INT64_C(10);
		f.id = ++c->id;
		judge_over(c->judge, &f, c->names, NULL);
	}
}

typedef void trying(struct court *c, const struct scene *s, uint32_t tries);

static void are_judged(trying *try, const struct scene *s, uint32_t tries)
{
	struct court *c = court_open();

	court_counts(c);
	try(c, s, tries);
	judge_finish(c->judge);
	assert_int_equal(listed, tries);
	court_decides(c);
}

/* Comparing each with all others would take thousands of millions of comparisons. */
static void tries_without_end_are_all_judged(void **state)
{
	struct scene alerted, alone;

	(void)state;
	hello(&alerted, 30)->fatal[SIDE_SERVER] = true;
	alerted.said.tls.alert[SIDE_SERVER] = 40;
	are_judged(is_alerted, &alerted, 60000);
	syns(&alone, 1, 0);
	are_judged(is_left_alone, &alone, 60000);
}

static unsigned calls_of_rules, calls_of_none;

static void count_call(void *context, const struct judged_call *k)
{
	(void)context;
	calls_of_rules += k->rule >= 0;
	calls_of_none += k->rule < 0;
}

/* More answered exchanges with STUN servers of no rule than are kept. */
static void asks_strangers(struct court *c, struct scene *s)
{
	struct judge_hooks hooks = {.context = c, .attempt = count, .lookup = court_lookup, .call = count_call,
	                            .neighbour = court_neighbour, .notice = court_notice};

	calls_of_rules = calls_of_none = 0;
	c->options.lists = c->lists;
	c->options.watch = &c->watch;
	c->judge = judge_new(&c->options, &hooks);
	talks(s, PROTO_UDP, 3478, TALK_STUN);
	s->said.stun = (struct said_stun){.requests = 1, .flights = 1, .success = 1};
	for (uint32_t i = 0; i < CALLS_UNLISTED_MOST + 77; i++)
		is_refused(c, s, i, "198.51.100.7");
}

static void live_calls_are_bounded_for_each_window(void **state)
{
	struct court *c = court_open();
	struct scene s;

	(void)state;
	c->options.live = true;
	asks_strangers(c, &s);
	is_bounded_in_each_window(c, &s, &calls_of_none, CALLS_UNLISTED_MOST);
	court_decides(c);
}

/* A program that asks any number of peers by STUN fills neither the report nor the memory. */
static void calls_to_servers_of_no_rule_are_bounded(void **state)
{
	struct court *c = court_open();
	struct scene s;
	char expected[96];

	(void)state;
	asks_strangers(c, &s);
	for (uint32_t i = 0; i < 10; i++)
		is_refused(c, &s, i, "203.0.113.7");
	judge_finish(c->judge);
	assert_int_equal(calls_of_none, CALLS_UNLISTED_MOST);
	assert_int_equal(calls_of_rules, 10);
	snprintf(expected, sizeof expected, "flood 77 more calls (STUN, TURN) are only counted (a scan or a flood)");
	assert_true(court_noticed(c, expected));
	court_decides(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(live_a_scan_leaves_room_for_what_is_listed),
	    cmocka_unit_test(of_a_scanner_s_failures_no_more_are_kept_than_reported),
	    cmocka_unit_test(of_a_capture_s_failures_no_more_are_kept_than_reported),
	    cmocka_unit_test(only_tcp_of_an_audit_is_left_out_before_it_is_judged),
	    cmocka_unit_test(what_may_be_meant_for_a_rule_is_kept_whatever_else_failed),
	    cmocka_unit_test(live_a_scan_of_the_last_window_does_not_hide_what_fails_in_this_one),
	    cmocka_unit_test(a_one_sided_client_s_failures_are_no_scan),
	    cmocka_unit_test(evidence_of_strangers_leaves_room_for_that_of_the_listed),
	    cmocka_unit_test(evidence_that_finds_no_room_is_told_of),
	    cmocka_unit_test(tries_without_end_are_all_judged),
	    cmocka_unit_test(live_calls_are_bounded_for_each_window),
	    cmocka_unit_test(calls_to_servers_of_no_rule_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
