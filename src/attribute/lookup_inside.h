/* Private to the look-ups: lookup.c takes messages in, lookup_names.c knows which names are listed or next to listed
 * ones, lookup_open.c finds the look-up of a message, lookup_minutes.c counts how resolvers treat clients,
 * lookup_frames.c keeps the packets. */
#ifndef ATTRIBUTE_LOOKUP_INSIDE_H
#define ATTRIBUTE_LOOKUP_INSIDE_H

#include "attribute/lookup.h"
#include "base/map.h"
#include "flow/evidence.h"

#define MINUTES_MOST 200000u
#define MINUTES_PROVED 10000u /* of which this many keep packets as evidence */
#define NEIGHBOURS_MOST 1000u
#define FOLLOWS_MOST 65536u  /* aliases that clients may still ask for */

struct lookup_key {
	uint32_t client;
	name_id name;
	struct addr resolver;
	uint16_t client_port, id, qtype;
	uint8_t proto, zero;
};

struct minute_key {
	uint32_t client, proto;
	struct addr resolver;
	int64_t minute;
};

/* A client received an alias but no address: its next query, for the alias, is on behalf of the original name. */
struct follow_key {
	uint32_t client;
	name_id alias;
};

struct follow {
	int64_t at_us;
	name_id asked; /* listed; 0: the alias belongs to an unlisted name */
};

/* Most names are not listed: only the number of hits is kept, and the hits themselves are looked up again. */
struct match {
	uint8_t known; /* 0: not matched yet */
	uint8_t n;     /* patterns that match it */
	bool followed; /* it is in the map of aliases that clients may still ask for */
};

struct open_slot {
	uint32_t hash;
	uint32_t number; /* index + 1; 0: empty */
};

struct lookups {
	struct lookup_options o;
	struct lookup *at;
	size_t n, room;
	struct open_slot *open; /* by hash of a lookup_key: its newest look-up */
	size_t open_size;   /* at least twice the capacity for look-ups */
	struct match *matches; /* by name_id, so that a name is matched only once */
	size_t match_room;
	struct map minutes; /* minute_key → index + 1 */
	struct resolver_minute *minute;
	size_t minute_n, minute_room;
	struct map answered; /* minute_key without resolver → nothing: some resolver answered */
	struct map beside;  /* name_id → nothing: known neighbours */
	struct neighbour *neighbours;
	size_t neighbour_n;
	struct map ech;
	struct map leads;   /* names that are unlisted but have a listed alias, or that are aliases to be followed */
	struct map follows; /* follow_key → struct follow */
	struct evidence_ring *recent; /* NULL: no packets are kept */
	uint32_t lookup_serial, minute_serial;
	bool full;
	bool counts_minutes, learns;
};

/* The look-up that a message with this key belongs to, new if need be; NULL: no room. */
struct lookup *lookup_of(struct lookups *l, const struct lookup_key *key, const struct dns_message *m);
/* The look-ups were moved: rebuild the hash table. */
void lookups_reopen(struct lookups *l);
/* How many patterns of the lists match a name. */
unsigned lookup_patterns(struct lookups *l, name_id name);
bool lookup_is_listed(const struct lookups *l, const char *name);
/* The aliases of a response, in order, starting from the name asked for. */
size_t lookup_chain(struct names *names, const struct facts *facts, name_id asked,
                    name_id ret_chain[static CHAIN_MOST]);
/* The aliases of an answer that are worth keeping; returns their number. */
size_t lookup_aliases(struct lookups *l, const struct dns_message *m, name_id asked, bool listed,
                      name_id chain[static CHAIN_MOST]);
/* Whether a response is for an alias that the client received earlier without an address: returns the listed name
 * that it first asked for; 0: it is not. A response that again has no address adds its own alias. */
name_id lookup_follow(struct lookups *l, const struct dns_message *m, uint32_t client, name_id asked, bool listed);
/* A copy of a message's frame, as evidence; NULL: none is kept. */
struct kept_frame *lookup_frame(const struct lookups *l, const struct dns_message *m);
/* Free n of them; NULL entries are allowed. */
void lookup_frames_free(struct kept_frame **frames, size_t n);
/* The look-up succeeded: its packets prove nothing unless a contradicting answer follows soon. */
void lookup_frames_put_by(struct lookups *l, struct lookup *at);
/* Fetch them back from where they were put by, if they are still there. */
void lookup_frames_fetch(struct lookups *l, struct lookup *at);
/* Count a message towards how its resolver treats the client. */
void lookup_minute(struct lookups *l, uint32_t client, const struct dns_message *m, unsigned rcode);

#endif
