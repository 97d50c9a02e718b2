/* Noun: one DNS message, for the code that remembers what DNS said. */
#ifndef FLOW_LOOKUP_MESSAGE_H
#define FLOW_LOOKUP_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "capture/frame.h"
#include "dissectors/fact.h"

/* One DNS message between a client and its resolver. */
struct dns_message {
	int64_t time_us, shift_us; /* sane, and what turns it into captured time */
	struct addr client, resolver;
	uint16_t client_port, resolver_port;
	uint8_t proto;
	bool response;
	bool cut;                  /* the capture or the sender cut it */
	uint8_t ttl;               /* of the IP packet */
	const struct frame *frame; /* that carried it; valid during the call */
	const struct facts *facts; /* valid during the call */
};

#endif
