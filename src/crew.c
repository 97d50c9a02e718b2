#include "crew.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

struct crew {
	pthread_mutex_t lock;
	pthread_cond_t work, rest;
	pthread_t *threads;
	unsigned thread_n;
	/* under the lock */
	void (*task)(void *context, unsigned number);
	void *context;
	unsigned next, tasks, undone;
	bool over;
};

/* Do what is left to do, one at a time; the lock is held outside of tasks. */
static void help(struct crew *c)
{
	while (c->next < c->tasks) {
		unsigned number = c->next++;
		pthread_mutex_unlock(&c->lock);
		c->task(c->context, number);
		pthread_mutex_lock(&c->lock);
		if (--c->undone == 0)
			pthread_cond_signal(&c->rest);
	}
}

static void *member(void *context)
{
	struct crew *c = context;

	pthread_mutex_lock(&c->lock);
	while (!c->over) {
		help(c);
		if (!c->over)
			pthread_cond_wait(&c->work, &c->lock);
	}
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

void crew_free(struct crew *c)
{
	if (!c)
		return;
	pthread_mutex_lock(&c->lock);
	c->over = true;
	pthread_cond_broadcast(&c->work);
	pthread_mutex_unlock(&c->lock);
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
	/* Signals are the caller's. */
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
	pthread_mutex_lock(&c->lock);
	c->task = task;
	c->context = context;
	c->tasks = c->undone = tasks;
	c->next = 1;
	pthread_cond_broadcast(&c->work);
	pthread_mutex_unlock(&c->lock);
	task(context, 0);
	pthread_mutex_lock(&c->lock);
	c->undone--;
	help(c);
	while (c->undone)
		pthread_cond_wait(&c->rest, &c->lock);
	pthread_mutex_unlock(&c->lock);
}
