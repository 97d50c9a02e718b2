/* The monitor's packet side on several threads (-j). Each reads what the kernel's fan-out
 * gives it, and decodes it; all that was read is merged by time; then each works on the
 * flows that are its own by the hash of the innermost packet. So both directions of a flow,
 * and an ICMP error about it, meet whatever tunnels they came through, and the result is
 * what one thread would have found. */
#ifndef LIVE_SQUAD_H
#define LIVE_SQUAD_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/capture.h"
#include "drive/intake.h"
#include "live/sentry.h"

struct squad; /* opaque */

struct squad_options {
	struct capture *const *captures; /* one a thread: sharers of the same interfaces */
	struct sentry *sentries;         /* one per thread; at one desk */
	unsigned n;                      /* of each, at least 2 */
	struct intake *intake;
	struct desk *desk;
	size_t ahead_bytes;              /* to be read ahead by all together, roughly */
};

/* Pointers in options must live on. ERR_MEMORY, ERR_IO (no thread to be had). */
MUSTCHECK enum err squad_new(const struct squad_options *options, struct squad **ret_squad);
void squad_free(struct squad *q);

/* Read some thousand frames, or wait up to 100 ms for some, and work on those that nothing earlier
 * can precede.
 * in      last: work on all that was read
 * out     ret_n: frames worked on
 * errors  as capture_next(); ERR_MEMORY */
MUSTCHECK enum err squad_read(struct squad *q, bool last, unsigned *ret_n);
/* Whether frames that were read wait for earlier ones. */
bool squad_holds(const struct squad *q);

/* Let all sentries do something at once. */
void squad_do(struct squad *q, void (*work)(struct sentry *s, int64_t now_us), int64_t now_us);

#endif
