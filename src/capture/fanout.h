/* Private to capture/: an interface whose frames the kernel shares out among
 * several sockets, each with a ring of its own (PACKET_FANOUT). */
#ifndef CAPTURE_FANOUT_H
#define CAPTURE_FANOUT_H

#include "base/err.h"
#include "capture/port.h"

/* Join the group of a fellow's port of the same interface; fellow NULL: begin one.
 * The kernel keeps both directions of a connection, and the fragments of a
 * datagram, together. The port's filter must be set before.
 * errors  ERR_IO with err_detail() */
MUSTCHECK enum err fanout_join(struct port *p, const struct port *fellow);

/* From now on take the frames of this interface (its index).
 * errors  ERR_IO, ERR_MEMORY with err_detail() */
MUSTCHECK enum err fanout_follow(struct port *p, int index);

void fanout_release(struct port *p);

#endif
