/* Whether a segment ends its sender's part of a TLS connection. */
#ifndef FLOW_CLOSING_H
#define FLOW_CLOSING_H

#include <stdbool.h>

#include "decode/packet.h"

/* A TLS record of an alert's size at the end of a segment: close_notify, as far as a passive observer can tell.
 * source  RFC 8446 6.1 (19 bytes encrypted), RFC 5246 7.2.1 */
bool segment_closes(const struct packet *p);
/* The same for a truncated segment, where only the size tells. */
bool segment_may_close(const struct packet *p);

#endif
