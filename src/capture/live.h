/* Captures from interfaces: what capture.c asks of live.c. */
#ifndef CAPTURE_LIVE_H
#define CAPTURE_LIVE_H

#include <stdbool.h>
#include <stddef.h>

#include "capture/capture.h"

struct live;

/* capture_next_event(), capture_wait() and capture_descriptors() of interfaces. */
bool live_next_event(struct live *l, struct capture_event *ret_event);
void live_wait(struct live *const *lives, size_t n, int timeout_ms); /* of at most CAPTURE_SOCKETS_MOST interfaces */
size_t live_descriptors(const struct live *l, int *ret_fds, size_t most);

#endif
