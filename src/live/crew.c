#include "live/crew.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* A phase takes about 100 us, and going to sleep costs a good part of that. So a waiter first polls
 * this often and lets others run in between. */
#define LOOKS 64u

#define NEXT(turn) ((uint32_t)((turn) & 0xffff))
#define TASKS(turn) ((uint32_t)((turn) >> 16 & 0xffff))

struct crew {
	_Atomic uint64_t turn; /* number of the phase << 32 | its tasks << 16 | the next to be done */
	atomic_uint undone;
	atomic_bool over;
	/* of the phase: written before its turn begins */
	void (*task)(void *context, unsigned number);
	void *context;

	pthread_t *threads;
	unsigned thread_n;
	/* for those that sleep */
	pthread_mutex_t lock;
	pthread_cond_t work, rest;
	atomic_uint asleep;
	atomic_bool resting;
};

static void wake(struct crew *c, pthread_cond_t *who)
{
	pthread_mutex_lock(&c->lock);
	pthread_cond_broadcast(who);
	pthread_mutex_unlock(&c->lock);
}

/* Do the remaining tasks, one at a time. */
static void help(struct crew *c)
{
	uint64_t turn = atomic_load(&c->turn);

	while (NEXT(turn) < TASKS(turn)) {
		if (!atomic_compare_exchange_weak(&c->turn, &turn, turn + 1))
			continue;
		c->task(c->context, NEXT(turn));
		if (atomic_fetch_sub(&c->undone, 1) == 1 && atomic_load(&c->resting))
			wake(c, &c->rest);
		turn = atomic_load(&c->turn);
	}
}

static bool has_work(struct crew *c)
{
	uint64_t turn = atomic_load(&c->turn);

	return NEXT(turn) < TASKS(turn) || atomic_load(&c->over);
}

static void await_work(struct crew *c)
{
	for (unsigned i = 0; i < LOOKS; i++) {
		if (has_work(c))
			return;
		sched_yield();
	}
	pthread_mutex_lock(&c->lock);
	atomic_fetch_add(&c->asleep, 1);
	while (!has_work(c))
		pthread_cond_wait(&c->work, &c->lock);
	atomic_fetch_sub(&c->asleep, 1);
	pthread_mutex_unlock(&c->lock);
}

static void await_rest(struct crew *c)
{
	for (unsigned i = 0; i < LOOKS; i++) {
		if (atomic_load(&c->undone) == 0)
			return;
		sched_yield();
	}
	pthread_mutex_lock(&c->lock);
	atomic_store(&c->resting, true);
	while (atomic_load(&c->undone))
		pthread_cond_wait(&c->rest, &c->lock);
	atomic_store(&c->resting, false);
	pthread_mutex_unlock(&c->lock);
}

static void *member(void *context)
{
	struct crew *c = context;

	while (!atomic_load(&c->over)) {
		help(c);
		await_work(c);
	}
	return NULL;
}

void crew_free(struct crew *c)
{
	if (!c)
		return;
	atomic_store(&c->over, true);
	wake(c, &c->work);
	for (unsigned i = 0; i < c->thread_n; i++)
		pthread_join(c->threads[i], NULL);
	pthread_cond_destroy(&c->work);
	pthread_cond_destroy(&c->rest);
	pthread_mutex_destroy(&c->lock);
	free(c->threads);
	free(c);
}

enum err crew_new(unsigned threads, struct crew **ret_crew)
{
	struct crew *c = calloc(1, sizeof *c);
	sigset_t all, before;

	if (c)
		c->threads = calloc(threads + 1, sizeof *c->threads);
	if (!c || !c->threads) {
		free(c);
		return err_fail(ERR_MEMORY, "out of memory for threads");
	}
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->work, NULL);
	pthread_cond_init(&c->rest, NULL);
	/* Signals are handled by the caller's thread. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (c->thread_n < threads && pthread_create(&c->threads[c->thread_n], NULL, member, c) == 0)
		c->thread_n++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (c->thread_n < threads) {
		crew_free(c);
		return err_fail(ERR_IO, "cannot start %u threads: fewer jobs (-j) may do", threads);
	}
	*ret_crew = c;
	return ERR_OK;
}

void crew_run(struct crew *c, void (*task)(void *context, unsigned number), void *context, unsigned tasks)
{
	uint64_t number = (atomic_load(&c->turn) >> 32) + 1;

	c->task = task;
	c->context = context;
	atomic_store(&c->undone, tasks);
	atomic_store(&c->turn, number << 32 | (uint64_t)tasks << 16 | 1);
	if (atomic_load(&c->asleep))
		wake(c, &c->work);
	task(context, 0);
	atomic_fetch_sub(&c->undone, 1);
	help(c);
	await_rest(c);
}
