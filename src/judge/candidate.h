/* Private to judge/: attempts between judging and settling. */
#ifndef JUDGE_CANDIDATE_H
#define JUDGE_CANDIDATE_H

#include "attribute/claim.h"
#include "attribute/lookup.h"
#include "base/cache.h"
#include "base/map.h"
#include "judge/judge.h"

/* Ids of attempts: each kind has a range of its own, with room for every number that may be in it. Over the same
 * capture they are the same in every run. */
#define ID_LOOKUPS (UINT64_C(1) << 60) /* no frame has such a number */
#define ID_MINUTES (UINT64_C(1) << 61)
#define ID_RULE_BITS 24u               /* lists have fewer rules: RULES_MOST of attribute/list_build.h */
#define ID_HOST_RULES 256u             /* of one host; the look-ups of a name block no more of them */

/* flow: its id, the number of its first frame. The CLAIMS_MOST - 1 ids behind it are its other claims'. */
static inline uint64_t id_of_flow(uint64_t flow)
{
	return flow * CLAIMS_MOST;
}

/* hit: which of the name's HOST_HITS; rule: which of that host's. */
static inline uint64_t id_of_lookup(uint32_t serial, bool forged, size_t hit, size_t rule)
{
	return ID_LOOKUPS + (((uint64_t)serial * 2 + forged) * HOST_HITS + hit) * ID_HOST_RULES + rule;
}

/* rule: index in lists */
static inline uint64_t id_of_minute(uint32_t serial, int32_t rule)
{
	return ID_MINUTES + ((uint64_t)serial << ID_RULE_BITS) + (uint64_t)rule;
}

/* Packets copied out of the ring, one block. */
struct exhibit_packets {
	size_t n;
	struct kept at[]; /* bytes point behind the last */
};

/* What a connection shows of its server (struct evidence_of_name). Names: the judge's table. */
struct called {
	struct addr server;
	name_id sni, http_host;
	uint16_t port;
	uint8_t proto;
	bool connect, ech, ech_unseen, proxied, unread;
};

/* One step of a call, as its flow showed it. */
struct call_step {
	name_id software, realm;
	struct addr relayed;
	uint64_t media[2];
	uint16_t error;
	bool allocated, success, errors;
};

/* What few candidates have, or none where attempts are only counted. */
struct candidate_rest {
	struct addr connect_address;
	uint64_t bytes_out, bytes_in;
	const char *conn_state;          /* NULL: of no flow */
	struct exhibit_packets *packets; /* NULL: none, or only counted */
	struct call_step *step;          /* calls.c; NULL: it is no step of a call */
};

/* Two lines of the cache. All candidates are gone through again and again: what is asked of each is in the first
 * line, what is asked of few in the second, and of nearly none apart. */
struct candidate {
	struct finding finding;
	int64_t started_us, ended_us;   /* sane */
	uint32_t client;                /* memory_client() */
	int32_t rule;
	name_id host;
	uint8_t by;                     /* enum attributed_by_code */
	uint8_t taint;
	uint8_t protocol;               /* enum protocol */
	uint8_t packet_n;               /* kept of it, or only counted */
	uint8_t syn_n;
	uint8_t reset_ttl;
	bool by_lookup : 1;             /* made of look-ups, not of a flow */
	bool copy : 1;                  /* another claim of the same flow: counts for its rule only */
	bool heard : 1;                 /* there was a sign of the server */
	bool stepped : 1;               /* it has a step of a call */
	bool unsure : 1;                /* struct claim */
	uint16_t status;                /* HTTP or CONNECT status */
	uint16_t flights;               /* TCP: how often waiting data was sent */

	struct called called;
	uint64_t id;
	int64_t shift_us;
	struct candidate_rest *rest;    /* NULL: zeros; a copy has its original's */
	uint16_t client_port;
	uint16_t port_seen;             /* the port that packets went to (a proxy's, behind one) */
	name_id connect_host;
};
/* What the order of its members is for would be lost with one more. */
_Static_assert(sizeof(struct candidate) == 2 * CACHE_LINE, "lines of the cache");

struct target {
	struct addr server;
	uint16_t port;
	uint8_t proto, zero;
};

/* A client that hears a server which the capture does not. */
struct listener {
	struct addr server;
	uint32_t client;
};

/* Live: how an attempt was given out last. */
struct given {
	int64_t ended_us;
	int32_t rule;
	uint8_t outcome, signature, confidence;
};

/* What of a client's tries was lost that went well in the end. */
#define LINE_PLACES 3u
struct line {
	uint32_t sends, lost, tries; /* tries: those of which something was lost */
	uint32_t places[LINE_PLACES]; /* different servers, or names, of them */
	bool rested;                  /* live: nothing was noted since the window turned */
};

/* What came back to a client, and what went out: for one-sided mirrors and outages. */
struct audience {
	union { /* seconds (sane, from the judge's first) at which something came back; unsorted: audience_seconds() */
		uint32_t few[2];
		uint32_t *many; /* if heard_room, which is how many have room there */
	};
	uint32_t heard_n, heard_room, heard_last; /* last: beside the list, so that it is rarely touched */
	uint32_t sent, received; /* conversations with a packet of the client, with one of the other side */
	uint32_t sent_before, received_before; /* live: of the window before */
	/* TCP connections with a packet of the server; those that were answered, unseen */
	uint32_t heard_tcp, unheard_tcp, heard_tcp_before, unheard_tcp_before;
	uint32_t hopeless;       /* while outages are looked for: attempts that nothing came back to */
	struct line tcp_line, dns_line;
	bool listed;             /* tried something listed */
	bool encrypted_dns, ech, truncated;
	bool asks_aaaa;          /* while look-ups are judged: for listed names, as for their A */
};

#define AUDIENCE_FEW (sizeof((struct audience *)0)->few / sizeof(uint32_t))
/* It is asked for at once. */
_Static_assert(sizeof(struct audience) <= 2 * CACHE_LINE, "two lines of the cache");

static inline uint32_t *audience_seconds(struct audience *a)
{
	return a->heard_room ? a->many : a->few;
}

struct judge {
	struct judge_options o;
	struct judge_hooks hooks;
	struct names *names;
	struct memory *memory, *resolved;
	struct lookups *lookups;
	struct claims_context claims;
	struct candidate *candidates;
	size_t n, room;
	struct argument_store arguments; /* of candidates */
	struct blocks rests, steps;      /* the same */
	struct audience *audiences; /* by client number */
	size_t audience_room;
	struct map ttls;            /* server address → usual TTL */
	struct map unheard;         /* struct listener → nothing */
	struct map unread, unread_before; /* unread.c; live: of the window before */
	struct map nameless;        /* nameless.c: while it is settled */
	bool hopeless;              /* outages.c: some client tried enough in vain; while it is settled */
	struct line tcp_line, dns_line; /* lines.c: of all clients */
	struct map unlisted;        /* client number → kept unlisted */
	int64_t base_us;
	bool has_prefixes;          /* the lists have address patterns */
	size_t evidence_bytes;
	struct judge_counters counters;
	uint64_t scanned;           /* unlisted blocked connections only counted */
	struct map lone;            /* server → conversations that are one packet of a client and no answer */
	struct map by_id;           /* live: flow's id → index + 1 of its candidate */
	struct map given;           /* live: id → what was given out last */
	bool ticking;               /* live: candidates are copies for one tick */
	int64_t now_us, turned_us;
	struct passing *passing;    /* passing.c; NULL: nothing yet */
};

/* All are gone through again and again: ask the cache for the first lines of one further on. */
#define CANDIDATES_AHEAD 8u
static inline void candidate_prefetch(const struct judge *j, size_t i, unsigned lines)
{
	if (i + CANDIDATES_AHEAD < j->n)
		cache_prefetch(&j->candidates[i + CANDIDATES_AHEAD], lines * CACHE_LINE);
}

static inline struct exhibit_packets *candidate_packets(const struct candidate *c)
{
	return c->rest ? c->rest->packets : NULL;
}

/* And, if those are there, for what its client heard. */
static inline void candidate_audience_prefetch(const struct judge *j, size_t i)
{
	if (i + CANDIDATES_AHEAD / 2 < j->n)
		__builtin_prefetch(&j->audiences[j->candidates[i + CANDIDATES_AHEAD / 2].client], 1);
}

/* candidates.c: NULL where there is no room. */
struct candidate *candidate_add(struct judge *j);
/* Live: whether there is no room any more for what no rule asks for, as far as is known now, and this is such. */
bool candidate_is_crowded_out(const struct judge *j, const struct evidence_of_name *e);
/* The candidate of a flow: live, it may have been given before it was over. */
struct candidate *candidate_of(struct judge *j, uint64_t id);
/* Its rest, made when it has none. NULL: out of memory, which is counted. */
struct candidate_rest *candidate_ensure_rest(struct judge *j, struct candidate *c);
/* Let go what belongs to it; it is gone. */
void candidate_release(struct judge *j, struct candidate *c);
/* Keep what its server is called; and tell it again, as the claims ask for it. */
void candidate_call(struct judge *j, struct candidate *c, const struct evidence_of_name *e);
struct evidence_of_name candidate_called(const struct candidate *c);
/* Keep a finding, and its argument where there is something to defend. */
void candidate_find(struct judge *j, struct candidate *c, const struct finding *f);

/* judge.c */
struct audience *audience_of(struct judge *j, uint32_t client);
void audience_heard(struct judge *j, struct audience *a, int64_t time_us);

/* exhibits.c: keep a flow's packets, or frames, as a candidate's evidence. */
size_t exhibit_bytes(const struct exhibit_packets *p);
void candidate_take_packets(struct judge *j, struct candidate *c, const struct evidence_chain *packets);
void candidate_prove(struct judge *j, struct candidate *c, struct kept_frame *const *frames, size_t n);

/* calls.c: tell a STUN flow as a step of a call. */
void judge_call_step(struct judge *j, struct candidate *c, const struct flow *f, const struct names *names);
bool judge_call_allocated(const struct candidate *c); /* a TURN server gave a relay */
void judge_give_call(struct judge *j, const struct candidate *c);
/* cases_dns.c: candidates from look-ups. */
void judge_lookup_cases(struct judge *j);
/* cases_resolver.c: and, before DNS's log is sealed, what will be asked of it */
void judge_want_resolvers(struct judge *j);
void judge_resolver_cases(struct judge *j);
/* gates.c: candidates that siblings, one-sidedness or an outage explain. */
void judge_gates(struct judge *j);
/* controls.c: what works from elsewhere raises the confidence of what failed. */
void judge_controls(struct judge *j);
#define CONTROL_US (10 * MINUTE_US) /* "in the same minutes" */
/* passing.c: note a flow that works on a port of no rule; whether an attempt's address had one at its time. */
void passing_note(struct judge *j, const struct flow *f);
bool passing_find(const struct judge *j, const struct candidate *c, uint16_t *ret_port, uint8_t *ret_proto);
/* hearing.c: take in whether the server's side of a connection is visible. */
void hearing_note(struct judge *j, struct audience *a, uint32_t client, const struct flow *f);
/* hearing.c: silence of a server whose answers to the client are invisible proves nothing. */
void gate_unheard(const struct judge *j, struct candidate *c);
/* Before: ask the cache for what tells. */
void unheard_prefetch(const struct judge *j, const struct candidate *c);
/* unread.c: note a connection of which the capture lost bytes; whether one to the same port went on with an
 * attempt, or began so soon behind it. */
void unread_init(struct judge *j);
void unread_release(struct judge *j);
/* Live: a window is over, which is kept beside the next one. */
void unread_turn(struct judge *j);
void unread_note(struct judge *j, uint32_t client, const struct flow *f);
bool unread_follows(const struct judge *j, const struct candidate *c, int64_t within_us);
/* nameless.c: whether the capture may have cut or lost the name that a flow showed; note those that worked though
 * nothing tells what they were; whether a client had one to a port near a time; doubt what may be another name's. */
bool flow_may_hide_name(const struct flow *f);
void nameless_begin(struct judge *j);
void nameless_end(struct judge *j);
void nameless_note(struct judge *j, const struct candidate *c);
bool nameless_works(const struct judge *j, uint32_t client, const struct port_range *port, int64_t from_us,
                    int64_t to_us);
void gate_unsure(struct candidate *c);
/* lines.c: take in a flow, and the look-ups of a name; whether so many sends may all have been lost; doubt the
 * silence of one client's attempts on a rule where they may. */
void line_note_flow(struct judge *j, struct audience *a, const struct flow *f);
void line_note_name(struct judge *j, struct audience *a, name_id name, uint32_t sends, uint32_t answers);
/* Live: a window is over; what it told counts for the next one too. */
void line_turn(struct line *l);
enum line_kind { LINE_TCP, LINE_DNS };
bool line_loses(const struct judge *j, uint32_t client, enum line_kind kind, uint32_t sends);
void gate_bad_line(const struct judge *j, struct candidate **at, size_t n);
/* races.c: single tries called off because the other address family answered. By rule and time. */
void gate_other_family(struct candidate **at, size_t n);
/* outages.c: count what nothing came back to; what was tried while nothing at all came back. */
void outage_count(struct judge *j, const struct candidate *c);
void gate_outages(struct judge *j);
/* encrypted_dns.c: whether a flow that shows this name asks a resolver over TLS or HTTPS. */
bool flow_is_encrypted_dns(const struct flow *f, const char *sni);
/* notices.c */
void judge_notices(struct judge *j);
/* hearing.c */
bool client_is_one_sided(const struct judge *j, uint32_t client);
/* The second of a (sane) time, as audiences count them. */
uint32_t judge_second(const struct judge *j, int64_t us);
/* The time at which such a second begins. */
int64_t judge_second_us(const struct judge *j, uint32_t second);
void judge_give_lookup(struct judge *j, const struct lookup *l);
/* settle.c: claims, cases, gates; and give all out that is to be given. */
void judge_settle(struct judge *j);
/* given.c: whether an attempt is old enough and new or changed; *ret_first: it was not given before. */
bool judge_gives(struct judge *j, const struct candidate *c, bool *ret_first);
/* neighbours.c */
void judge_neighbours(struct judge *j);

#endif
