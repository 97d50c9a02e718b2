#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>

#include "live/crew.h"

#define TASKS 37u

struct phase {
	atomic_uint done[TASKS];
	pthread_t first;
};

static void note(void *context, unsigned number)
{
	struct phase *p = context;

	p->done[number]++;
	if (number == 0)
		p->first = pthread_self();
}

static void every_task_is_done_once(unsigned threads)
{
	struct phase p = {0};
	struct crew *c;

	assert_int_equal(crew_new(threads, &c), ERR_OK);
	for (unsigned turn = 1; turn <= 500; turn++) {
		unsigned tasks = 1 + turn % TASKS;
		for (unsigned i = 0; i < TASKS; i++)
			p.done[i] = 0;
		crew_run(c, note, &p, tasks);
		for (unsigned i = 0; i < TASKS; i++)
			assert_int_equal(p.done[i], i < tasks);
		assert_true(pthread_equal(p.first, pthread_self()));
	}
	crew_free(c);
}

static void tasks_are_done_once_by_the_caller_alone(void **state)
{
	(void)state;
	every_task_is_done_once(0);
}

static void tasks_are_done_once_by_several_threads(void **state)
{
	(void)state;
	every_task_is_done_once(1);
	every_task_is_done_once(7);
}

static void a_crew_without_work_ends(void **state)
{
	struct crew *c;

	(void)state;
	assert_int_equal(crew_new(3, &c), ERR_OK);
	crew_free(c);
	crew_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tasks_are_done_once_by_the_caller_alone),
	    cmocka_unit_test(tasks_are_done_once_by_several_threads),
	    cmocka_unit_test(a_crew_without_work_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
