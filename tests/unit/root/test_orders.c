#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "orders.h"

#define SHARDS 4u
#define FRAMES 200u

/* ---- a shard: remembers what it is told to do, in a word each */

struct shard {
	char done[16384];
	size_t n;
	unsigned asked, asked_record, taken; /* packets: of the cache, and worked on */
	unsigned ahead_most;
	struct docket docket;
};

static struct shard shards[SHARDS];

static void note(struct shard *s, const char *word, uint64_t a, int64_t b)
{
	s->n += (size_t)snprintf(s->done + s->n, sizeof s->done - s->n, "%s%llu@%lld ", word, (unsigned long long)a,
	                         (long long)b);
}

void shard_prefetch(const struct shard *s, uint64_t hash)
{
	(void)hash;
	((struct shard *)s)->asked++;
}

void shard_prefetch_record(const struct shard *s, uint64_t hash)
{
	(void)hash;
	((struct shard *)s)->asked_record++;
}

void shard_take(struct shard *s, const struct packet *p, int64_t now_us, int64_t shift_us)
{
	s->taken++;
	if (s->asked - s->taken > s->ahead_most)
		s->ahead_most = s->asked - s->taken;
	assert_true(s->asked >= s->taken && s->asked_record >= s->taken);
	note(s, "take", p->seq, now_us + shift_us);
}

void shard_age(struct shard *s, int64_t now_us)
{
	s->taken++; /* its place was asked for as well */
	note(s, "age", 0, now_us);
}

void docket_begin(struct docket *d, uint32_t frame, bool ageing)
{
	for (unsigned i = 0; i < SHARDS; i++)
		if (d == &shards[i].docket)
			note(&shards[i], ageing ? "old" : "frame", frame, 0);
}

static struct docket *docket_of(void *context)
{
	return context;
}

/* ---- scenes */

static struct packet packets[FRAMES];
static struct sighting seen[FRAMES];
static struct orders orders[SHARDS];

static int set_up(void **state)
{
	(void)state;
	memset(shards, 0, sizeof shards);
	for (unsigned i = 0; i < FRAMES; i++) {
		packets[i] = (struct packet){.seq = i, .hash = (uint64_t)(i % 7) << 32 | i};
		seen[i] = (struct sighting){.now_us = 1000 + i, .shift_us = 100000};
	}
	for (unsigned i = 0; i < SHARDS; i++)
		if (!orders_init(&orders[i], FRAMES))
			return -1;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SHARDS; i++)
		orders_release(&orders[i]);
	return 0;
}

static void follow(unsigned shard)
{
	orders_follow(&orders[shard], &shards[shard], docket_of, &shards[shard].docket, seen);
}

static void a_packet_goes_to_the_shard_of_its_hash_alone_and_in_order(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 9; i++)
		orders_give(orders, SHARDS, &packets[i], i, false);
	for (unsigned i = 0; i < SHARDS; i++)
		follow(i);
	/* hashes 0 to 6, over and over: 4 is shard 0's, 5 shard 1's, 6 shard 2's */
	assert_string_equal(shards[0].done, "frame0@0 take0@101000 frame4@0 take4@101004 frame7@0 take7@101007 ");
	assert_string_equal(shards[1].done, "frame1@0 take1@101001 frame5@0 take5@101005 frame8@0 take8@101008 ");
	assert_string_equal(shards[2].done, "frame2@0 take2@101002 frame6@0 take6@101006 ");
	assert_string_equal(shards[3].done, "frame3@0 take3@101003 ");
}

static void all_shards_age_before_the_packet_that_began_a_second(void **state)
{
	(void)state;
	orders_give(orders, SHARDS, &packets[0], 0, true);
	orders_give(orders, SHARDS, &packets[1], 1, false);
	orders_give(orders, SHARDS, &packets[1], 5, true);
	for (unsigned i = 0; i < SHARDS; i++)
		follow(i);
	assert_string_equal(shards[0].done, "old0@0 age0@1000 frame0@0 take0@101000 old5@0 age0@1005 ");
	assert_string_equal(shards[1].done,
	                    "old0@0 age0@1000 frame1@0 take1@101001 old5@0 age0@1005 frame5@0 take1@101005 ");
	assert_string_equal(shards[3].done, "old0@0 age0@1000 old5@0 age0@1005 ");
}

static void orders_are_followed_once(void **state)
{
	(void)state;
	orders_give(orders, 1, &packets[3], 3, false);
	follow(0);
	shards[0].n = 0;
	shards[0].done[0] = '\0';
	follow(0);
	assert_string_equal(shards[0].done, "");
	orders_give(orders, 1, &packets[4], 4, false);
	follow(0);
	assert_string_equal(shards[0].done, "frame4@0 take4@101004 ");
}

/* Nobody hears any more: flows go on all the same. */
static void without_a_docket_the_work_is_done(void **state)
{
	(void)state;
	orders_give(orders, 1, &packets[3], 3, true);
	orders_follow(&orders[0], &shards[0], docket_of, NULL, seen);
	assert_string_equal(shards[0].done, "age0@1003 take3@101003 ");
}

/* Every frame of an epoch may age all shards and be one shard's: there is room. */
static void a_whole_epoch_fits_and_the_cache_is_asked_ahead_but_not_far(void **state)
{
	char last[64];

	(void)state;
	for (uint32_t i = 0; i < FRAMES; i++) {
		packets[i].hash = 0;
		orders_give(orders, SHARDS, &packets[i], i, true);
	}
	assert_int_equal(orders[0].n, 2 * FRAMES);
	assert_int_equal(orders[0].n, orders[0].room);
	assert_int_equal(orders[1].n, FRAMES);
	follow(0);
	assert_int_equal(shards[0].taken, 2 * FRAMES);
	assert_int_equal(shards[0].asked, 2 * FRAMES);
	assert_int_equal(shards[0].asked_record, 2 * FRAMES);
	assert_in_range(shards[0].ahead_most, 30, 63);
	snprintf(last, sizeof last, "take%u@%u ", FRAMES - 1, 101000 + FRAMES - 1);
	assert_string_equal(shards[0].done + shards[0].n - strlen(last), last);
}

#define ORDERS_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    ORDERS_TEST(a_packet_goes_to_the_shard_of_its_hash_alone_and_in_order),
	    ORDERS_TEST(all_shards_age_before_the_packet_that_began_a_second),
	    ORDERS_TEST(orders_are_followed_once),
	    ORDERS_TEST(without_a_docket_the_work_is_done),
	    ORDERS_TEST(a_whole_epoch_fits_and_the_cache_is_asked_ahead_but_not_far),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
