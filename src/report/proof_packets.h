/* The packets that prove an incident, as a capture file. */
#ifndef REPORT_PROOF_PACKETS_H
#define REPORT_PROOF_PACKETS_H

#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

/* An incident in words, and where its packets are stored. */
struct proof_packets; /* opaque */

/* ERR_USAGE (no database, no such incident, no packets kept), ERR_DATABASE. */
MUSTCHECK enum err proof_packets_open(const char *path, int64_t incident, struct proof_packets **ret_packets);
/* Write them as pcapng: the incident's description as the comment of the file, each attempt's as the comment of its
 * first packet. ERR_DATABASE, ERR_MEMORY. */
MUSTCHECK enum err proof_packets_write(struct proof_packets *p, FILE *out);
void proof_packets_close(struct proof_packets *p);

#endif
