#include "base/milestone.h"

#include <sched.h>

/* Most waits last some 100 us, and going to sleep costs a good part of that. So a waiter first
 * polls this often and lets others run in between. */
#define LOOKS 64u

void milestone_init(struct milestone *m)
{
	atomic_init(&m->at, 0);
	atomic_init(&m->asleep, 0);
	pthread_mutex_init(&m->lock, NULL);
	pthread_cond_init(&m->reached, NULL);
}

void milestone_release(struct milestone *m)
{
	pthread_cond_destroy(&m->reached);
	pthread_mutex_destroy(&m->lock);
}

void milestone_reach(struct milestone *m, uint64_t at)
{
	atomic_store(&m->at, at);
	if (!atomic_load(&m->asleep))
		return;
	pthread_mutex_lock(&m->lock);
	pthread_cond_broadcast(&m->reached);
	pthread_mutex_unlock(&m->lock);
}

uint64_t milestone_at(struct milestone *m)
{
	return atomic_load(&m->at);
}

uint64_t milestone_await(struct milestone *m, uint64_t at)
{
	for (unsigned i = 0; i < LOOKS; i++) {
		if (milestone_at(m) >= at)
			return milestone_at(m);
		sched_yield();
	}
	pthread_mutex_lock(&m->lock);
	atomic_fetch_add(&m->asleep, 1);
	while (milestone_at(m) < at)
		pthread_cond_wait(&m->reached, &m->lock);
	atomic_fetch_sub(&m->asleep, 1);
	pthread_mutex_unlock(&m->lock);
	return milestone_at(m);
}
