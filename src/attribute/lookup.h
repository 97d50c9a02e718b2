/* Look-ups of listed names: which client asked which resolver for what, how often, and what came back. Also how each
 * resolver treats each client. */
#ifndef ATTRIBUTE_LOOKUP_H
#define ATTRIBUTE_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attribute/list.h"
#include "attribute/memory.h"

/* A frame kept as evidence: header and copy of its first bytes. */
struct kept_frame {
	struct frame frame; /* the bytes follow this header */
};

#define NO_CASE UINT32_MAX

struct lookup {
	uint32_t client;        /* memory_client() */
	struct addr resolver;
	name_id name;
	uint16_t qtype;
	uint16_t client_port, id;
	uint8_t proto;
	uint16_t sends;         /* copies that the client's resolver code sent at the same moment count once */
	int64_t asked_us, last_asked_us, answered_us; /* sane; answered 0: never */
	int64_t shift_us;
	int16_t rcode;          /* of the first answer; -1 none */
	int16_t ede;            /* the first filtering INFO-CODE; -1 none */
	uint16_t addresses;     /* usable ones */
	bool sinkhole, forged, truncated, icmp;
	bool cut;               /* the capture has only part of the answer: what is missing proves nothing */
	bool step;              /* not a final answer: a resolver's own recursion continued from it */
	uint16_t contradictions; /* answers that contradict the first */
	struct addr answer;     /* first address of the first answer */
	struct addr icmp_sender;
	uint64_t answer_hash;   /* of the addresses of the first answer, independent of their order */
	name_id alias;          /* last alias of the answer */
	name_id ede_text;
	struct kept_frame *frames[3]; /* query, first answer, contradicting answer */
	uint64_t recent;              /* where the first two are while everything succeeds */
	uint16_t source;              /* of its first message */
	uint32_t serial;              /* its serial number in the run */
	uint32_t case_serial;         /* of the first look-up of the failures that it belongs to */
	bool dull;                    /* one more of a name that this client always resolves: not worth a row */
};

/* How a resolver treated a client, by the minute. */
struct resolver_minute {
	uint32_t client;
	struct addr resolver;
	int64_t first_us, last_us, last_query_us, shift_us;
	uint32_t queries, answers, refused;
	bool icmp;
	struct addr icmp_sender;
	uint8_t proto;
	uint32_t serial;
	struct kept_frame *frames[2]; /* first query, first refusal */
};

struct lookups; /* opaque */

struct lookup_options {
	const struct lists *lists;
	struct names *names;
	struct memory *memory;
	const struct prefix *sinkholes;
	size_t sinkhole_n;
	bool evidence;
	bool counted; /* packets are only counted: their bytes are not kept */
};

/* NULL: out of memory. Options are copied; what they point to must outlive it. */
struct lookups *lookups_new(const struct lookup_options *options);
void lookups_free(struct lookups *l);

/* Take in a client's message, and log what it teaches. */
void lookups_take(struct lookups *l, const struct dns_message *message, uint32_t client);

/* Whether an answer led from this unlisted name to a listed one. */
bool lookups_leads(const struct lookups *l, name_id name);

/* An ICMP error quotes a query of the client. */
void lookups_unreachable(struct lookups *l, uint32_t client, uint16_t client_port, const struct addr *resolver,
                         const struct addr *sender);

size_t lookups_count(const struct lookups *l);
/* The look-ups, by number; the minutes of resolvers likewise. */
struct lookup *lookups_at(const struct lookups *l, size_t i);
size_t lookups_minutes(const struct lookups *l);
const struct resolver_minute *lookups_minute(const struct lookups *l, size_t i);
/* The same client, resolver and transport some minutes later (or earlier); NULL. */
const struct resolver_minute *lookups_minute_beside(const struct lookups *l, const struct resolver_minute *m,
                                                    int distance);
/* Whether any resolver answered this client (other than REFUSED) in that or a neighbouring minute. */
bool lookups_answered(const struct lookups *l, uint32_t client, int64_t time_us);
bool lookups_full(const struct lookups *l);

/* Live: forget look-ups and resolvers' minutes that ended before this time. */
void lookups_age(struct lookups *l, int64_t before_us);

/* Unlisted names next to listed ones: aliases of them, or under a suffix to learn from. */
struct neighbour {
	name_id name;
	name_id listed;  /* the name that led to it */
	bool alias;      /* in its CNAME chain; else under a suffix of learn */
};
size_t lookups_neighbours(const struct lookups *l);
const struct neighbour *lookups_neighbour(const struct lookups *l, size_t i);

/* Whether HTTPS records with an ech parameter were seen for a name. */
bool lookups_ech(const struct lookups *l, name_id name);

#endif
