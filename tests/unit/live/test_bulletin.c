#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <time.h>

#include "base/clock.h"
#include "live/bulletin.h"

#define BULLETINS 300u
#define SOON_US (SECOND_US / 50)
#define LONG_US (20 * SECOND_US) /* a test that waits this long has failed */
#define PLENTY ((size_t)64 << 20)

/* A writer of numbered bulletins; the number is the docket's order. */
struct writer {
	struct postbox *box;
	pthread_t thread;
	unsigned bulletins;
	bool parks;
	atomic_uint posted;
	atomic_bool done;
};

static void *write_all(void *context)
{
	struct writer *w = context;
	struct bulletin *b = postbox_begin(w->box);

	for (unsigned i = 0; b && (w->parks || i < w->bulletins); i++) {
		enum wish wish = postbox_wish(w->box);
		if (w->parks && wish == WISH_PAUSE)
			postbox_park(w->box);
		b->dockets[0].order = i;
		b->seen_n = i % 7;
		b->over = w->parks ? wish == WISH_END : i + 1 == w->bulletins;
		b = postbox_post(w->box, b);
		w->posted++;
	}
	if (b)
		postbox_return(w->box, b);
	w->done = true;
	return NULL;
}

static void start(struct writer *w, size_t bytes_most)
{
	w->box = postbox_new(2, 2, bytes_most);
	assert_non_null(w->box);
	assert_int_equal(pthread_create(&w->thread, NULL, write_all, w), 0);
}

static void stop(struct writer *w)
{
	pthread_join(w->thread, NULL);
	postbox_free(w->box);
}

static void pause_us(int64_t us)
{
	nanosleep(&(struct timespec){.tv_nsec = us * 1000}, NULL);
}

/* Wait until it stops; returns what it has posted. */
static unsigned posted_at_rest(const struct writer *w)
{
	unsigned before = 0, now = w->posted;

	for (int64_t until = monotonic_us() + LONG_US; (now == 0 || now != before) && monotonic_us() < until;) {
		before = now;
		pause_us(5 * SOON_US);
		now = w->posted;
	}
	return now;
}

static struct bulletin *next_soon(struct postbox *box)
{
	struct bulletin *b = NULL;

	for (int64_t until = monotonic_us() + LONG_US; !b && monotonic_us() < until;)
		b = postbox_next(box, SOON_US);
	return b;
}

static void bulletins_come_in_order_each_once_and_empty(void **state)
{
	struct writer w = {.bulletins = BULLETINS};

	(void)state;
	start(&w, 4096); /* one at a time */
	for (unsigned i = 0; i < BULLETINS; i++) {
		struct bulletin *b = next_soon(w.box);
		assert_non_null(b);
		assert_int_equal(b->dockets[0].order, i);
		assert_int_equal(b->seen_n, i % 7);
		assert_int_equal(b->dockets[0].n, 0);
		assert_int_equal(b->over, i + 1 == BULLETINS);
		b->dockets[0].lost = 3; /* none of it is delivered again */
		b->event_n = 1;
		b->ticked = true;
		postbox_return(w.box, b);
		if (i == BULLETINS / 2) {
			struct bulletin *again = postbox_begin(w.box);
			assert_int_equal(again->dockets[0].lost + again->event_n + again->seen_n, 0);
			assert_false(again->ticked);
			postbox_return(w.box, again);
		}
	}
	assert_null(postbox_next(w.box, 0));
	stop(&w);
}

static void a_writer_waits_when_too_much_waits_to_be_heard(void **state)
{
	struct writer w = {.bulletins = BULLETINS};

	(void)state;
	start(&w, 4 * BULLETIN_FRAMES * sizeof(struct sighting));
	unsigned before = posted_at_rest(&w);
	assert_in_range(before, 1, 6);
	struct bulletin *b = next_soon(w.box);
	assert_non_null(b);
	postbox_return(w.box, b);
	assert_in_range(posted_at_rest(&w), before, before + 1);
	postbox_abandon(w.box);
	stop(&w); /* and what is waiting is freed */
}

static void nobody_hears_any_more(void **state)
{
	struct writer w = {.bulletins = UINT32_MAX};

	(void)state;
	start(&w, 1);
	(void)posted_at_rest(&w);
	postbox_abandon(w.box);
	assert_int_equal(postbox_wish(w.box), WISH_END);
	pthread_join(w.thread, NULL);
	assert_true(w.done);
	postbox_park(w.box); /* it does not wait for a wish either */
	struct bulletin *b = postbox_begin(w.box);
	assert_null(postbox_post(w.box, b));
	postbox_free(w.box);
}

static void a_parked_writer_writes_nothing_until_it_may_go_on(void **state)
{
	struct writer w = {.parks = true};

	(void)state;
	start(&w, PLENTY);
	for (unsigned turn = 0; turn < 20; turn++) {
		postbox_make_wish(w.box, WISH_PAUSE);
		for (int64_t until = monotonic_us() + LONG_US; !postbox_is_parked(w.box) && monotonic_us() < until;) {
			struct bulletin *b = postbox_next(w.box, SOON_US);
			if (b)
				postbox_return(w.box, b);
		}
		assert_true(postbox_is_parked(w.box)); /* so everything was received */
		assert_null(postbox_next(w.box, SOON_US)); /* also returns at once */
		unsigned before = w.posted;
		pause_us(SOON_US / 4);
		assert_int_equal(w.posted, before);
		postbox_make_wish(w.box, WISH_GO_ON);
		struct bulletin *b = next_soon(w.box);
		assert_non_null(b);
		postbox_return(w.box, b);
	}
	postbox_make_wish(w.box, WISH_END);
	bool over = false;
	for (int64_t until = monotonic_us() + LONG_US; !over && monotonic_us() < until;) {
		struct bulletin *b = postbox_next(w.box, SOON_US);
		over = b && b->over;
		if (b)
			postbox_return(w.box, b);
	}
	assert_true(over);
	stop(&w);
}

static void a_hearer_waits_no_longer_than_it_wants(void **state)
{
	struct postbox *box = postbox_new(0, 1, PLENTY);
	int64_t begun = monotonic_us();

	(void)state;
	assert_null(postbox_next(box, SOON_US));
	assert_true(monotonic_us() - begun < LONG_US);
	postbox_free(box);
	postbox_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bulletins_come_in_order_each_once_and_empty),
	    cmocka_unit_test(a_writer_waits_when_too_much_waits_to_be_heard),
	    cmocka_unit_test(nobody_hears_any_more),
	    cmocka_unit_test(a_parked_writer_writes_nothing_until_it_may_go_on),
	    cmocka_unit_test(a_hearer_waits_no_longer_than_it_wants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
