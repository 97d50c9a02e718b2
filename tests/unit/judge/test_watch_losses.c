#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "judge/watch.h"

static struct watch *watch_new(void **state)
{
	struct watch *w = *state;

	*w = (struct watch){0};
	return w;
}

static void silence_without_a_loss_is_believed(void **state)
{
	struct watch *w = watch_new(state);

	watch_lose(w, 100 * SECOND_US, 101 * SECOND_US);
	assert_false(watch_is_lossy(w, 90 * SECOND_US, 93 * SECOND_US, 5 * SECOND_US));
	assert_false(watch_is_lossy(w, 102 * SECOND_US, 105 * SECOND_US, 5 * SECOND_US));
}

static void silence_during_a_loss_proves_nothing(void **state)
{
	struct watch *w = watch_new(state);

	watch_lose(w, 100 * SECOND_US, 101 * SECOND_US);
	assert_true(watch_is_lossy(w, 98 * SECOND_US, 103 * SECOND_US, 0));
	/* the answer would have come after the last try */
	assert_true(watch_is_lossy(w, 94 * SECOND_US, 97 * SECOND_US, 5 * SECOND_US));
}

static void ten_seconds_of_tries_without_a_loss_prove_silence(void **state)
{
	struct watch *w = watch_new(state);

	watch_lose(w, 100 * SECOND_US, 101 * SECOND_US);
	assert_false(watch_is_lossy(w, 99 * SECOND_US, 99 * SECOND_US + 63 * SECOND_US, 5 * SECOND_US));
	assert_false(watch_is_lossy(w, 40 * SECOND_US, 101 * SECOND_US, 5 * SECOND_US));
	/* but not if losses continued throughout */
	for (int64_t s = 102; s < 170; s += 8)
		watch_lose(w, s * SECOND_US, (s + 1) * SECOND_US);
	assert_true(watch_is_lossy(w, 99 * SECOND_US, 99 * SECOND_US + 63 * SECOND_US, 5 * SECOND_US));
}

static void losses_of_following_seconds_are_one(void **state)
{
	struct watch *w = watch_new(state);

	for (int64_t s = 0; s < 5000; s++)
		watch_lose(w, s * SECOND_US, (s + 1) * SECOND_US);
	assert_int_equal(w->loss_n, 1);
	assert_true(watch_is_lossy(w, 1000 * SECOND_US, 4000 * SECOND_US, 0));
}

static void the_newest_losses_are_remembered(void **state)
{
	struct watch *w = watch_new(state);

	for (int64_t s = 0; s < 3 * LOSSES_MOST; s += 2)
		watch_lose(w, s * SECOND_US, (s + 1) * SECOND_US);
	int64_t last = 3 * LOSSES_MOST - 2;
	assert_true(watch_is_lossy(w, last * SECOND_US, last * SECOND_US, 0));
	assert_false(watch_is_lossy(w, 0, SECOND_US / 2, 0)); /* too long ago to be remembered */
}

static void a_source_that_stops_is_watched_no_longer(void **state)
{
	struct watch *w = watch_new(state);

	watch_see(w, 0, 10 * SECOND_US, false);
	watch_see(w, 1, 10 * SECOND_US, false);
	watch_go_on(w, 30 * SECOND_US);
	watch_stop(w, 0);
	watch_go_on(w, 60 * SECOND_US);
	assert_int_equal(watch_end(w, 0, 10 * SECOND_US), 30 * SECOND_US);
	assert_int_equal(watch_end(w, 1, 10 * SECOND_US), 60 * SECOND_US);
	watch_see(w, 0, 70 * SECOND_US, false);
	assert_int_equal(watch_end(w, 0, 10 * SECOND_US), 30 * SECOND_US);
	assert_int_equal(watch_end(w, 0, 70 * SECOND_US), 70 * SECOND_US);
}

static void old_stretches_are_forgotten_and_open_ones_kept(void **state)
{
	struct watch *w = watch_new(state);

	watch_see(w, 1, 5 * SECOND_US, false);
	for (int64_t i = 0; i < 10000; i++) {
		watch_see(w, 0, (10 + i) * SECOND_US, false);
		watch_stop(w, 0);
		watch_go_on(w, (10 + i) * SECOND_US);
		watch_forget(w, (i - 100) * SECOND_US);
		assert_in_range(w->n, 1, 120);
	}
	watch_see(w, 0, 20000 * SECOND_US, false);
	assert_int_equal(watch_end(w, 0, 20000 * SECOND_US), 20000 * SECOND_US);
	assert_int_equal(watch_end(w, 1, 5 * SECOND_US), watch_end(w, 1, 6000 * SECOND_US));
}

static int make(void **state)
{
	*state = malloc(sizeof(struct watch));
	return *state == NULL;
}

static int drop(void **state)
{
	free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(silence_without_a_loss_is_believed),
		cmocka_unit_test(silence_during_a_loss_proves_nothing),
		cmocka_unit_test(ten_seconds_of_tries_without_a_loss_prove_silence),
		cmocka_unit_test(losses_of_following_seconds_are_one),
		cmocka_unit_test(the_newest_losses_are_remembered),
		cmocka_unit_test(a_source_that_stops_is_watched_no_longer),
		cmocka_unit_test(old_stretches_are_forgotten_and_open_ones_kept),
	};

	return cmocka_run_group_tests(tests, make, drop);
}
