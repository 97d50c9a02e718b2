/* One thread's progress, for which others can wait. What it wrote before it reached a milestone may
 * be read after waiting for that. */
#ifndef BASE_MILESTONE_H
#define BASE_MILESTONE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

struct milestone {
	_Atomic uint64_t at;
	atomic_uint asleep;
	pthread_mutex_t lock;
	pthread_cond_t reached;
};

/* At 0. */
void milestone_init(struct milestone *m);
/* Nobody waits any more. */
void milestone_release(struct milestone *m);

/* Called by one thread; never less than before. */
void milestone_reach(struct milestone *m, uint64_t at);
uint64_t milestone_at(struct milestone *m);
/* Returns the position reached: `at` or beyond. */
uint64_t milestone_await(struct milestone *m, uint64_t at);

#endif
