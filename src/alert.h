/* The user's command for alerts. After its start a monitor can run nothing, so
 * a helper process, made before that, runs it for the monitor. */
#ifndef ALERT_H
#define ALERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define ALERT_TIME_MOST_S 10 /* then the command is killed */
#define ALERTS_BURST 10      /* at once; */
#define ALERT_EVERY_S 6      /* then one in this time; the rest is only counted */
#define ALERT_BYTES_MOST 60000u /* of one text; a pipe takes that much without a reader */

struct alert; /* opaque */

struct privilege_user;

/* Start the helper, which becomes that user. Call it first, while this process
 * has neither much memory nor a capture: the helper is a copy of it.
 * errors  ERR_IO, ERR_MEMORY with err_detail() */
MUSTCHECK enum err alert_start(const char *command, const struct privilege_user *user, struct alert **ret_alert);

/* Whether another alert may be told at this time. */
bool alert_may(struct alert *a, int64_t monotonic_us);
/* Run the command with this text on its standard input; never waits. False:
 * the helper is busy with too many, or gone. */
bool alert_send(struct alert *a, const char *text, size_t n);
/* No more alerts: the helper does what it has and ends. */
void alert_stop(struct alert *a);

#endif
