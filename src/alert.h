/* The user's command for alerts. A started monitor cannot execute anything, so a helper process created before that
 * runs the command. */
#ifndef ALERT_H
#define ALERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define ALERT_TIME_MOST_S 10 /* after this the command is killed */
#define ALERTS_BURST 10      /* this many at once; */
#define ALERT_EVERY_S 6      /* then one per interval; the rest is only counted */
#define ALERT_BYTES_MOST 60000u /* of one text; a pipe holds this much without a reader */

struct alert; /* opaque */

struct privilege_user;

/* Start the helper, which switches to that user. Call it first, while this process has little memory and no capture:
 * the helper is a copy of it.
 * errors  ERR_IO, ERR_MEMORY with err_detail() */
MUSTCHECK enum err alert_start(const char *command, const struct privilege_user *user, struct alert **ret_alert);

/* Whether the rate limit allows another alert at this time. */
bool alert_may(struct alert *a, int64_t monotonic_us);
/* Run the command with this text on its standard input; never blocks. False: the helper has too many pending, or is
 * gone. */
bool alert_send(struct alert *a, const char *text, size_t n);
/* No more alerts: the helper finishes what it has and exits. */
void alert_stop(struct alert *a);

#endif
