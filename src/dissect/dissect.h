/* Reading a flow's first bytes: finds the dissector, feeds it, and writes the facts into the flow.
 * Once a flow is understood its payload is not looked at. */
#ifndef DISSECT_DISSECT_H
#define DISSECT_DISSECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/names.h"
#include "decode/packet.h"
#include "flow/lookup_message.h"
#include "flow/table.h"

struct dissect; /* opaque; one a worker */

struct dissect_hooks {
	void *context;
	void (*dns)(void *context, const struct dns_message *m);
	/* Whether a flow to this port can matter: only then nDPI is asked about what
	 * no dissector knows. */
	bool (*wanted)(void *wanted_context, uint16_t port, uint8_t proto);
	void *wanted_context;
};

struct dissect_counters {
	uint64_t messages[2];            /* parsed, over UDP and TCP */
	uint64_t truncated, malformed, limit, unsupported;
	uint64_t refused;                /* segments not kept because the bound of all streams was reached */
	uint64_t given_up;               /* streams that reached their own bound: too long or in too many pieces */
	uint64_t ndpi_flows;             /* shown to nDPI */
};

/* memory_bytes: the program's, of which a share is taken; 0: not bounded. part: of the bounds; 1 if
 * there is only one such reader. NULL: out of memory. */
struct dissect *dissect_new(const struct dissect_hooks *hooks, size_t memory_bytes, double part);
void dissect_free(struct dissect *d);

/* UDP port 53 without a flow: true when it was a DNS message and was handed on. */
bool dissect_lookup(struct dissect *d, const struct packet *p, int64_t now_us, int64_t shift_us);

/* A packet with payload of a flow that is not understood yet. */
void dissect_packet(struct dissect *d, const struct tracked *t, const struct packet *p, enum side side, int64_t now_us,
                    int64_t shift_us);

/* The flow will be over in 2 steps, later in 1: prefetch what dissect_over() will touch. */
void dissect_expect(const struct tracked *t, unsigned steps);
/* The flow is over: forget what was kept for listening; and, once all of it has been reported, what
 * the two sides said. */
void dissect_over(struct dissect *d, const struct tracked *t);
void dissect_forget(struct dissect *d, const struct tracked *t);

/* Names that flows carry (struct said). */
const struct names *dissect_names(const struct dissect *d);
/* Live: keep only the names that tracked flows still carry. Returns those that
 * it had before, the caller's to free; NULL: out of memory, nothing changed. */
struct names *dissect_renew_names(struct dissect *d, struct flow_table *table);
struct dissect_counters dissect_counters(const struct dissect *d);

#endif
