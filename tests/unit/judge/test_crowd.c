#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/limits.h"
#include "court.h"

static unsigned listed; /* attempts reported for a rule */

static void count(void *context, const struct attempt *a, const struct kept *packets, size_t n)
{
	(void)context, (void)packets, (void)n;
	listed += a->rule >= 0;
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
	judge_over(c->judge, &f, c->names, NULL);
}

static void live_a_scan_leaves_room_for_what_is_listed(void **state)
{
	struct court *c = court_open();
	struct scene s;

	(void)state;
	c->options.live = true;
	court_begins(c);
	judge_free(c->judge);
	struct judge_hooks hooks = {.context = c, .attempt = count, .lookup = court_lookup, .call = court_call,
	                            .neighbour = court_neighbour, .notice = court_notice};
	c->judge = judge_new(&c->options, &hooks);
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
	struct judge_hooks hooks = {.context = c, .attempt = count, .lookup = court_lookup, .call = court_call,
	                            .neighbour = court_neighbour, .notice = court_notice};

	c->options.lists = c->lists;
	c->options.watch = &c->watch;
	c->judge = judge_new(&c->options, &hooks);
	try(c, s, tries);
	listed = 0;
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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(live_a_scan_leaves_room_for_what_is_listed),
	    cmocka_unit_test(tries_without_end_are_all_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
