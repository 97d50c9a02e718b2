#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sched.h>

#include "base/clock.h"
#include "live/squad.h"

#define READERS 3u
#define FRAMES 3000u
#define PLENTY ((size_t)64 << 20)
#define RAW 12 /* DLT_RAW */
#define READS_MOST 100000u

/* ---- captures: frames delivered in the order laid down, some at a time */

struct capture {
	struct frame frames[FRAMES];
	uint8_t bytes[FRAMES][64];
	unsigned n, at, step; /* total frames; delivered so far; per call */
	enum err end;         /* after the last one; ERR_OK: silence */
	bool at_once;         /* its frame arrives just when all others have been asked */
	atomic_uint asked;
};

static struct capture captures[READERS];

enum err capture_next(struct capture *c, struct frame_batch *batch)
{
	c->asked++;
	batch->n = 0;
	while (c->at_once && (captures[1].asked == 0 || captures[2].asked == 0))
		sched_yield();
	while (batch->n < c->step && c->at < c->n) {
		struct frame *f = &c->frames[c->at++];
		if (c->at_once)
			f->time_us = wall_clock_us();
		batch->frames[batch->n++] = *f;
	}
	if (batch->n == 0 && c->end != ERR_OK)
		return err_fail(c->end, "capture %d fails", (int)(c - captures));
	return ERR_OK;
}

void capture_wait(struct capture *const *given, size_t n, int timeout_ms)
{
	(void)given;
	(void)n;
	(void)timeout_ms;
	sched_yield();
}

/* ---- shards: they remember their packets */

struct shard {
	struct taken {
		uint32_t seq;
		int64_t time_us, now_us;
		uint64_t number;
		uint8_t first; /* first byte of the payload */
		uint32_t length;
	} taken[FRAMES];
	unsigned n;
	unsigned done; /* number of squad_do() calls */
	int64_t done_us;
};

struct shard *shard_new(const struct shard_options *options, const struct shard_hooks *hooks)
{
	(void)options;
	(void)hooks;
	return test_calloc(1, sizeof(struct shard));
}

void shard_free(struct shard *s)
{
	test_free(s);
}

void shard_prefetch(const struct shard *s, uint64_t hash)
{
	(void)s;
	(void)hash;
}

uint32_t shard_prefetch_record(const struct shard *s, uint64_t hash)
{
	(void)s;
	(void)hash;
	return FLOW_UNKNOWN;
}

void shard_age(struct shard *s, int64_t now_us)
{
	(void)s;
	(void)now_us;
}

void shard_take(struct shard *s, const struct packet *p, uint32_t guess, int64_t now_us, int64_t shift_us)
{
	(void)guess;
	(void)shift_us;
	if (s->n < FRAMES)
		s->taken[s->n] = (struct taken){p->seq, p->time_us, now_us, p->frame->number,
		                                p->payload.left ? p->payload.at[p->payload.left - 1] : 0,
		                                p->payload_length};
	s->n++;
}

bool judge_is_decided(const struct judge_options *o, const struct watch *watch, const struct flow *f,
                      const struct names *names)
{
	(void)o;
	(void)watch;
	(void)f;
	(void)names;
	return false;
}

/* ---- scenes */

static struct intake intake;
static struct desk desk;
static struct sentry sentries[READERS];
static struct squad *squad;
static int64_t begin_us;

static void squad_make(size_t ahead_bytes)
{
	static struct capture *const all[READERS] = {&captures[0], &captures[1], &captures[2]};
	struct squad_options o = {.captures = all, .sentries = sentries, .n = READERS, .intake = &intake, .desk = &desk,
	                          .ahead_bytes = ahead_bytes};

	assert_int_equal(squad_new(&o, &squad), ERR_OK);
}

static int set_up(void **state)
{
	const struct shard_options options = {0};

	(void)state;
	memset(captures, 0, sizeof captures);
	for (unsigned i = 0; i < READERS; i++)
		captures[i].step = 5;
	begin_us = wall_clock_us() - 60 * SECOND_US;
	desk = (struct desk){.box = postbox_new(0, READERS, PLENTY), .docket_bytes = PLENTY};
	desk.b = desk.box ? postbox_begin(desk.box) : NULL;
	squad = NULL;
	if (!desk.b || intake_init(&intake))
		return -1;
	for (unsigned i = 0; i < READERS; i++)
		if (sentry_init(&sentries[i], i, &desk, &options, false))
			return -1;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	squad_free(squad);
	for (unsigned i = 0; i < READERS; i++)
		sentry_release(&sentries[i]);
	intake_release(&intake);
	postbox_return(desk.box, desk.b);
	postbox_free(desk.box);
	return 0;
}

static void put16(uint8_t *at, unsigned v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

/* A TCP segment of conversation `peer`, in either direction, identified by its sequence number. */
static void lay(unsigned reader, int64_t time_us, uint32_t seq, unsigned peer, bool back)
{
	struct capture *c = &captures[reader];
	uint8_t *b = c->bytes[c->n];
	const uint8_t client[4] = {10, 0, (uint8_t)(peer >> 8), (uint8_t)peer}, server[4] = {192, 0, 2, 1};

	memset(b, 0, 40);
	b[0] = 0x45;
	put16(b + 2, 40);
	put16(b + 4, seq); /* no two look like duplicates from a mirror */
	b[8] = 64;
	b[9] = 6;
	memcpy(b + 12, back ? server : client, 4);
	memcpy(b + 16, back ? client : server, 4);
	put16(b + 20, back ? 443 : 50000);
	put16(b + 22, back ? 50000 : 443);
	put16(b + 24, seq >> 16);
	put16(b + 26, seq);
	b[32] = 0x50;
	b[33] = 16;
	c->frames[c->n++] = (struct frame){.time_us = time_us, .bytes = b, .captured = 40, .length = 40, .link = RAW};
}

static void read_until_nothing_is_held(bool last)
{
	unsigned n, reads = 0;

	do
		assert_int_equal(squad_read(squad, last, &n), ERR_OK);
	while ((n || squad_holds(squad)) && ++reads < READS_MOST);
	assert_int_equal(n, 0);
	assert_false(squad_holds(squad));
}

static unsigned taken_in_all(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < READERS; i++)
		n += sentries[i].shard->n;
	return n;
}

/* Whichever kernel ring delivered a frame: the shard of its flow receives it, in time order. */
static void frames_of_all_rings_are_worked_on_in_the_order_of_time(void **state)
{
	uint32_t random = 12345;
	bool seen[FRAMES] = {0};
	unsigned shard_of[64];

	(void)state;
	for (uint32_t i = 0; i < FRAMES; i++) {
		random = random * 1103515245u + 12345u;
		lay((random >> 16) % READERS, begin_us + i * 100, i, random >> 24 & 63, random >> 20 & 1);
	}
	memset(shard_of, 0xff, sizeof shard_of);
	squad_make(PLENTY);
	read_until_nothing_is_held(false);
	assert_int_equal(taken_in_all(), FRAMES);
	for (unsigned s = 0; s < READERS; s++) {
		const struct shard *shard = sentries[s].shard;
		assert_true(shard->n > 0);
		for (unsigned i = 0; i < shard->n; i++) {
			const struct taken *t = &shard->taken[i];
			assert_int_equal(t->number, t->seq + 1); /* in the order of all of them */
			assert_int_equal(t->time_us, begin_us + t->seq * 100);
			assert_true(i == 0 || t->seq > t[-1].seq);
			assert_false(seen[t->seq]);
			seen[t->seq] = true;
		}
	}
}

static void both_directions_of_a_flow_meet_whatever_ring_they_came_by(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 300; i++)
		lay(i % READERS, begin_us + i * 100, i, 7, i % 2);
	squad_make(PLENTY);
	read_until_nothing_is_held(false);
	unsigned with_some = 0;
	for (unsigned s = 0; s < READERS; s++)
		with_some += sentries[s].shard->n > 0;
	assert_int_equal(with_some, 1);
	assert_int_equal(taken_in_all(), 300);
}

static void a_frame_waits_for_rings_that_may_bring_an_earlier_one(void **state)
{
	unsigned n, reads = 1;

	/* Repeated until, on a busy machine too, a frame is read before its waiting time is over. */
	for (bool quick = false; !quick;) {
		tear_down(state);
		assert_int_equal(set_up(state), 0);
		lay(0, 0, 1, 1, false);
		captures[0].at_once = true; /* so the others were silent before it, and not yet after it */
		squad_make(PLENTY);
		assert_int_equal(squad_read(squad, false, &n), ERR_OK);
		quick = wall_clock_us() - captures[0].frames[0].time_us < CAPTURE_HOLD_US;
	}
	assert_int_equal(n, 0);
	assert_true(squad_holds(squad));
	captures[0].at_once = false;
	for (; n == 0 && reads < READS_MOST * 100; reads++)
		assert_int_equal(squad_read(squad, false, &n), ERR_OK);
	assert_int_equal(n, 1); /* it does not wait for ever */
	assert_int_equal(taken_in_all(), 1);
	assert_false(squad_holds(squad));
}

static void at_the_end_nothing_waits(void **state)
{
	unsigned n;

	(void)state;
	lay(0, 0, 1, 1, false);
	captures[0].at_once = true;
	squad_make(PLENTY);
	assert_int_equal(squad_read(squad, true, &n), ERR_OK);
	assert_int_equal(n, 1);
	assert_false(squad_holds(squad));
}

/* Somebody has set the clock back: earlier time stamps are now in the future. */
static void a_frame_from_the_future_is_not_waited_for(void **state)
{
	unsigned n;

	(void)state;
	lay(0, wall_clock_us() + 3600 * SECOND_US, 1, 1, false);
	squad_make(PLENTY);
	assert_int_equal(squad_read(squad, false, &n), ERR_OK);
	assert_int_equal(n, 1);
}

/* Frames wait in the kernel's buffer, not in ours. */
static void no_more_is_read_ahead_than_may_be(void **state)
{
	unsigned n;

	(void)state;
	lay(1, begin_us, 5000, 1, false); /* so for some time the others' frames are not final */
	for (uint32_t i = 0; i < 1000; i++)
		lay(0, begin_us + 10 + i, i, 1, false);
	squad_make(1);
	assert_int_equal(squad_read(squad, false, &n), ERR_OK);
	assert_int_equal(captures[0].at, 5); /* one batch, always allowed if nothing is held */
	assert_true(captures[1].asked > 0 && captures[2].asked > 0);
	read_until_nothing_is_held(false);
	assert_int_equal(taken_in_all(), 1001); /* slowly, but all of them */
}

static void what_was_read_before_a_failure_is_worked_on(void **state)
{
	unsigned n = 0, all = 0;
	enum err e = ERR_OK;

	(void)state;
	for (uint32_t i = 0; i < 20; i++)
		lay(2, begin_us + i, i, 1, false);
	captures[2].end = ERR_IO;
	squad_make(PLENTY);
	for (unsigned reads = 0; reads < 100 && (e == ERR_OK || n); reads++) {
		e = squad_read(squad, true, &n);
		all += n;
	}
	assert_int_equal(e, ERR_IO);
	assert_string_equal(err_detail(), "capture 2 fails");
	assert_int_equal(all, 20);
	assert_int_equal(taken_in_all(), 20);
	/* Whichever thread asks for it again. */
	for (unsigned reads = 0; reads < 200; reads++) {
		assert_int_equal(squad_read(squad, true, &n), ERR_IO);
		assert_string_equal(err_detail(), "capture 2 fails");
	}
}

/* The two halves of a datagram, through two rings, the later one first. The decoder's reassembled copy is
 * overwritten by the next datagram before a shard reads it. */
static void datagrams_in_fragments_are_whole_when_they_are_worked_on(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 40; i++) {
		for (unsigned half = 0; half < 2; half++) {
			unsigned reader = (i + half) % READERS;
			lay(reader, begin_us + i * 100 + half, i, 1, false);
			struct capture *c = &captures[reader];
			uint8_t *b = c->bytes[c->n - 1];
			bool first = half; /* the first half arrives second */
			put16(b + 4, 1000 + i);
			put16(b + 6, first ? 0x2000 : 3);
			put16(b + 2, first ? 44 : 28);
			b[9] = 17;
			put16(b + 20, 40000);
			put16(b + 22, 5000);
			put16(b + 24, 32);
			put16(b + 26, 0);
			if (!first)
				memset(b + 20, (int)i, 8);
			c->frames[c->n - 1].captured = c->frames[c->n - 1].length = first ? 44 : 28;
		}
	}
	squad_make(PLENTY);
	read_until_nothing_is_held(false);
	assert_int_equal(taken_in_all(), 40);
	for (unsigned s = 0; s < READERS; s++)
		for (unsigned i = 0; i < sentries[s].shard->n; i++) {
			assert_int_equal(sentries[s].shard->taken[i].length, 24);
			assert_int_equal(sentries[s].shard->taken[i].first, i);
		}
}

static void do_it(struct sentry *s, int64_t now_us)
{
	s->shard->done++;
	s->shard->done_us = now_us;
}

static void what_is_to_be_done_is_done_by_each_sentry_once(void **state)
{
	(void)state;
	squad_make(PLENTY);
	squad_do(squad, do_it, 4711);
	for (unsigned i = 0; i < READERS; i++) {
		assert_int_equal(sentries[i].shard->done, 1);
		assert_int_equal(sentries[i].shard->done_us, 4711);
	}
}

#define SQUAD_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    SQUAD_TEST(frames_of_all_rings_are_worked_on_in_the_order_of_time),
	    SQUAD_TEST(both_directions_of_a_flow_meet_whatever_ring_they_came_by),
	    SQUAD_TEST(a_frame_waits_for_rings_that_may_bring_an_earlier_one),
	    SQUAD_TEST(at_the_end_nothing_waits),
	    SQUAD_TEST(a_frame_from_the_future_is_not_waited_for),
	    SQUAD_TEST(no_more_is_read_ahead_than_may_be),
	    SQUAD_TEST(what_was_read_before_a_failure_is_worked_on),
	    SQUAD_TEST(datagrams_in_fragments_are_whole_when_they_are_worked_on),
	    SQUAD_TEST(what_is_to_be_done_is_done_by_each_sentry_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
