/* How far one thread has come, for others to wait until it has come so far. What
 * was written before the milestone was reached may be read behind the waiting. */
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

/* One thread's; never less than before. */
void milestone_reach(struct milestone *m, uint64_t at);
uint64_t milestone_at(struct milestone *m);
/* Returns where it is then: `at`, or farther. */
uint64_t milestone_await(struct milestone *m, uint64_t at);

#endif
