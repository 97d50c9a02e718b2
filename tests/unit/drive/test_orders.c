#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "drive/orders.h"

#define FRAMES 200u

/* ---- a shard: records what it is told to do, one word each */

struct shard {
	char done[32768];
	size_t n;
	unsigned asked, asked_record, taken; /* packets: prefetched, and processed */
	unsigned ahead_most;
};

static struct shard *shard;

static void note(const char *word, uint64_t a, int64_t b)
{
	shard->n += (size_t)snprintf(shard->done + shard->n, sizeof shard->done - shard->n, "%s%llu@%lld ", word,
	                             (unsigned long long)a, (long long)b);
}

void shard_prefetch(const struct shard *s, uint64_t hash)
{
	(void)s;
	(void)hash;
	shard->asked++;
}

uint32_t shard_prefetch_record(const struct shard *s, uint64_t hash)
{
	(void)s;
	(void)hash;
	shard->asked_record++;
	return (uint32_t)hash + 7;
}

void shard_take(struct shard *s, const struct packet *p, uint32_t guess, int64_t now_us, int64_t shift_us)
{
	s->taken++;
	assert_int_equal(guess, (uint32_t)p->hash + 7);
	assert_true(s->asked >= s->taken && s->asked_record >= s->taken);
	if (s->asked - s->taken > s->ahead_most)
		s->ahead_most = s->asked - s->taken;
	note("take", p->seq, now_us + shift_us);
}

void shard_age(struct shard *s, int64_t now_us)
{
	(void)s;
	note("age", 0, now_us);
}

static void begin(void *context, uint32_t frame, bool ageing)
{
	assert_ptr_equal(context, shard);
	note(ageing ? "old" : "frame", frame, 0);
}

/* ---- scenes */

static struct packet packets[FRAMES];
static struct sighting seen[FRAMES];
static struct orders orders;

static int set_up(void **state)
{
	(void)state;
	shard = test_calloc(1, sizeof *shard);
	for (unsigned i = 0; i < FRAMES; i++) {
		packets[i] = (struct packet){.seq = i, .hash = i};
		seen[i] = (struct sighting){.now_us = 1000 + i, .shift_us = 100000};
	}
	return orders_init(&orders, FRAMES) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	orders_release(&orders);
	test_free(shard);
	return 0;
}

static void follow(void)
{
	orders_follow(&orders, shard, seen, begin, shard);
}

static void all_is_done_in_order_each_at_the_time_of_its_frame(void **state)
{
	(void)state;
	orders_age(&orders, 0);
	orders_take(&orders, &packets[0], 0);
	orders_take(&orders, &packets[9], 4);
	orders_age(&orders, 5);
	orders_age(&orders, 7);
	orders_take(&orders, &packets[2], 7);
	follow();
	assert_string_equal(shard->done, "old0@0 age0@1000 frame0@0 take0@101000 frame4@0 take9@101004 old5@0 age0@1005 "
	                                 "old7@0 age0@1007 frame7@0 take2@101007 ");
}

static void orders_are_followed_once(void **state)
{
	(void)state;
	orders_take(&orders, &packets[3], 3);
	follow();
	shard->n = 0;
	shard->done[0] = '\0';
	follow();
	assert_string_equal(shard->done, "");
	orders_take(&orders, &packets[4], 4);
	follow();
	assert_string_equal(shard->done, "frame4@0 take4@101004 ");
}

/* Every frame may age the flows and hold a packet: there is room for both. */
static void as_much_as_may_be_fits_and_the_cache_is_asked_ahead_but_not_far(void **state)
{
	char last[64];

	(void)state;
	for (uint32_t i = 0; i < FRAMES; i++) {
		orders_age(&orders, i);
		orders_take(&orders, &packets[i], i);
	}
	assert_int_equal(orders.n, orders.room);
	follow();
	assert_int_equal(shard->taken, FRAMES);
	assert_int_equal(shard->asked, FRAMES);
	assert_int_equal(shard->asked_record, FRAMES);
	assert_in_range(shard->ahead_most, 15, 63);
	snprintf(last, sizeof last, "take%u@%u ", FRAMES - 1, 101000 + FRAMES - 1);
	assert_string_equal(shard->done + shard->n - strlen(last), last);
}

#define ORDERS_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    ORDERS_TEST(all_is_done_in_order_each_at_the_time_of_its_frame),
	    ORDERS_TEST(orders_are_followed_once),
	    ORDERS_TEST(as_much_as_may_be_fits_and_the_cache_is_asked_ahead_but_not_far),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
