/* What the flow table needs of a QUIC datagram, before it is parsed. */
#ifndef DISSECTORS_QUIC_H
#define DISSECTORS_QUIC_H

#include <stdint.h>

#include "base/cursor.h"

/* The hash of the destination connection id, as FACT_QUIC_INITIAL has it, of a
 * datagram that begins with an Initial of a known version; else 0.
 * source  RFC 9000 17.2.2; RFC 9369 3.2 */
uint64_t quic_initial_id(struct cursor datagram);

#endif
