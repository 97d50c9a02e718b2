/* Private to the look-ups: lookup.c takes messages in, lookup_names.c knows which
 * names are listed or stand next to listed ones, lookup_open.c finds the look-up of
 * a message, lookup_minutes.c how resolvers treat clients, lookup_frames.c keeps the
 * packets. */
#ifndef ATTRIBUTE_LOOKUP_INSIDE_H
#define ATTRIBUTE_LOOKUP_INSIDE_H

#include "attribute/lookup.h"
#include "base/map.h"
#include "flow/evidence.h"

#define MINUTES_MOST 200000u
#define MINUTES_PROVED 10000u /* of them with packets as evidence */
#define NEIGHBOURS_MOST 1000u
#define FOLLOWS_MOST 65536u  /* aliases that clients may yet ask for */

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

/* A client was told an alias and no address: what it asks for next is for that name's sake. */
struct follow_key {
	uint32_t client;
	name_id alias;
};

struct follow {
	int64_t at_us;
	name_id asked; /* listed; 0: the alias of a name that is not */
};

/* Most names are not listed: a number says so, and hits are found again. */
struct match {
	uint8_t known; /* 0: not matched yet */
	uint8_t n;     /* patterns that match it */
	bool followed; /* it was put into the map of aliases that clients may yet ask for */
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
	size_t open_size;   /* at least twice as many as there is room for look-ups */
	struct match *matches; /* by name_id, so that a name is matched once */
	size_t match_room;
	struct map minutes; /* minute_key → index + 1 */
	struct resolver_minute *minute;
	size_t minute_n, minute_room;
	struct map answered; /* minute_key without resolver → nothing: some resolver answered */
	struct map beside;  /* name_id → nothing: neighbours known */
	struct neighbour *neighbours;
	size_t neighbour_n;
	struct map ech;
	struct map leads;   /* names that are not listed, but whose aliases are, or that are aliases to be followed */
	struct map follows; /* follow_key → struct follow */
	struct evidence_ring *recent; /* NULL: no packets are kept */
	uint32_t lookup_serial, minute_serial;
	bool full;
	bool counts_minutes, learns;
};

/* The look-up that a message with this key is about, a new one perhaps; NULL: no room. */
struct lookup *lookup_of(struct lookups *l, const struct lookup_key *key, const struct dns_message *m);
/* The look-ups were moved: find them where they are now. */
void lookups_reopen(struct lookups *l);
/* Of how many patterns of the lists a name is. */
unsigned lookup_patterns(struct lookups *l, name_id name);
bool lookup_is_listed(const struct lookups *l, const char *name);
/* Follow the aliases of a response from the name asked for, in order. */
size_t lookup_chain(struct names *names, const struct facts *facts, name_id asked,
                    name_id ret_chain[static CHAIN_MOST]);
/* The aliases of an answer that are worth keeping; returns their number. */
size_t lookup_aliases(struct lookups *l, const struct dns_message *m, name_id asked, bool listed,
                      name_id chain[static CHAIN_MOST]);
/* Whether a response is about an alias that the client was told before, without an
 * address, and follows now: the listed name that it asked for first; 0: it is not.
 * If it tells no address either, its own alias is noted. */
name_id lookup_follow(struct lookups *l, const struct dns_message *m, uint32_t client, name_id asked, bool listed);
/* A copy of a message's frame, as evidence; NULL: none is kept. */
struct kept_frame *lookup_frame(const struct lookups *l, const struct dns_message *m);
/* Let go of n of them, NULL or not. */
void lookup_frames_free(struct kept_frame **frames, size_t n);
/* It went well: its packets prove nothing, unless another answer comes soon that
 * contradicts the first. */
void lookup_frames_put_by(struct lookups *l, struct lookup *at);
/* Back from where they were put by, as far as they are still there. */
void lookup_frames_fetch(struct lookups *l, struct lookup *at);
/* Count a message for how its resolver treats the client. */
void lookup_minute(struct lookups *l, uint32_t client, const struct dns_message *m, unsigned rcode);

#endif
