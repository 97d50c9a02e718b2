/* A few threads that do the tasks of one phase together with their caller. */
#ifndef LIVE_CREW_H
#define LIVE_CREW_H

#include "base/err.h"

struct crew; /* opaque */

/* threads: beside the caller; 0 is none. ERR_MEMORY, ERR_IO (no thread to be had). */
MUSTCHECK enum err crew_new(unsigned threads, struct crew **ret_crew);
void crew_free(struct crew *c);

/* Do tasks 0 … tasks - 1 (at most 65535), each once, in any order and on any thread, except task 0
 * on the caller's. Returns when all are done: what they wrote may be read. */
void crew_run(struct crew *c, void (*task)(void *context, unsigned number), void *context, unsigned tasks);

#endif
