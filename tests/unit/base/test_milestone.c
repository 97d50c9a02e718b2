#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/milestone.h"

#define STEPS 20000u

struct way {
	struct milestone there, back;
	uint64_t note; /* written by the thread that reaches `there` */
	uint64_t wrong;
};

static void *follow(void *context)
{
	struct way *w = context;

	for (uint64_t i = 1; i <= STEPS; i++) {
		w->wrong += milestone_await(&w->there, i) < i || w->note != i;
		if (i == STEPS / 2)
			usleep(20000); /* the other one goes to sleep meanwhile */
		milestone_reach(&w->back, i);
	}
	return NULL;
}

static void what_was_written_before_is_read_behind(void **state)
{
	struct way w = {0};
	pthread_t other;

	(void)state;
	milestone_init(&w.there);
	milestone_init(&w.back);
	assert_int_equal(pthread_create(&other, NULL, follow, &w), 0);
	for (uint64_t i = 1; i <= STEPS; i++) {
		if (i == STEPS / 4)
			usleep(20000);
		w.note = i;
		milestone_reach(&w.there, i);
		assert_int_equal(milestone_await(&w.back, i), i);
	}
	pthread_join(other, NULL);
	assert_int_equal(w.wrong, 0);
	milestone_release(&w.there);
	milestone_release(&w.back);
}

static void who_is_late_does_not_wait(void **state)
{
	struct milestone m;

	(void)state;
	milestone_init(&m);
	assert_int_equal(milestone_at(&m), 0);
	milestone_reach(&m, 7);
	assert_int_equal(milestone_await(&m, 3), 7);
	assert_int_equal(milestone_await(&m, 7), 7);
	milestone_release(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_was_written_before_is_read_behind),
	    cmocka_unit_test(who_is_late_does_not_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
