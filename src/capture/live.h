/* Captures from interfaces: what capture.c asks of live.c. */
#ifndef CAPTURE_LIVE_H
#define CAPTURE_LIVE_H

#include <stdbool.h>
#include <stddef.h>

#include "capture/capture.h"

struct live;

/* capture_next_event() and capture_descriptors() of interfaces. */
bool live_next_event(struct live *l, struct capture_event *ret_event);
size_t live_descriptors(const struct live *l, int *ret_fds, size_t most);

#endif
