/* Private to judge/: attempts that are judged but not yet settled. */
#ifndef JUDGE_CANDIDATE_H
#define JUDGE_CANDIDATE_H

#include "attribute/claim.h"
#include "attribute/lookup.h"
#include "base/cache.h"
#include "base/map.h"
#include "base/text.h"
#include "judge/judge.h"

/* Attempt ids. Each kind has a range of its own, wide enough for every serial it can hold. The same capture always
 * gives the same ids. */
#define ID_LOOKUPS (UINT64_C(1) << 60) /* above every frame number */
#define ID_MINUTES (UINT64_C(1) << 61)
#define ID_RULE_BITS 24u               /* a list has fewer rules: RULES_MOST of attribute/list_build.h */
#define ID_HOST_RULES 256u             /* per host; the look-ups of a name block no more than these */

/* flow: its id, the number of its first frame. The CLAIMS_MOST - 1 ids that follow belong to its other claims. */
static inline uint64_t id_of_flow(uint64_t flow)
{
	return flow * CLAIMS_MOST;
}

/* hit: index among the name's HOST_HITS; rule: index among that host's rules. */
static inline uint64_t id_of_lookup(uint32_t serial, bool forged, size_t hit, size_t rule)
{
	return ID_LOOKUPS + (((uint64_t)serial * 2 + forged) * HOST_HITS + hit) * ID_HOST_RULES + rule;
}

/* rule: index in lists */
static inline uint64_t id_of_minute(uint32_t serial, int32_t rule)
{
	return ID_MINUTES + ((uint64_t)serial << ID_RULE_BITS) + (uint64_t)rule;
}

/* Packets copied out of the ring, in one block. */
struct exhibit_packets {
	size_t n;
	struct kept at[]; /* the bytes follow the last entry */
};

/* What a connection reveals about its server (struct evidence_of_name). Names are those of the judge's table. */
struct called {
	struct addr server;
	name_id sni, http_host;
	uint16_t port;
	uint8_t proto;
	bool connect : 1, ech : 1, ech_unseen : 1, proxied : 1, unread : 1;
	uint32_t begun_ms; /* how long before this the connection sent its first SYN, which was refused */
};

/* One step of a call, as its flow showed it. */
struct call_step {
	name_id software, realm;
	struct addr relayed;
	uint64_t media[2];
	uint16_t error;
	bool allocated, success, errors;
};

/* Fields that few candidates need, and none where attempts are only counted. */
struct candidate_rest {
	struct addr connect_address;
	uint64_t bytes_out, bytes_in;
	const char *conn_state;          /* NULL: not from a flow */
	struct exhibit_packets *packets; /* NULL: none, or only counted */
	struct call_step *step;          /* calls.c; NULL: not a step of a call */
};

/* Two cache lines. All candidates are scanned many times: the first line holds what every scan reads, the second
 * what few read; what hardly any reads is in candidate_rest. */
struct candidate {
	struct finding finding;
	int64_t started_us, ended_us;   /* sane */
	uint32_t client;                /* memory_client() */
	int32_t rule;
	name_id host;
	uint8_t by;                     /* enum attributed_by_code */
	uint8_t taint;
	uint8_t protocol;               /* enum protocol */
	uint8_t packet_n;               /* packets kept, or only counted */
	uint8_t syn_n;
	uint8_t reset_ttl;
	bool by_lookup : 1;             /* from look-ups, not from a flow */
	bool copy : 1;                  /* another claim of the same flow: counts for its rule only */
	bool heard : 1;                 /* the server showed a sign of life */
	bool stepped : 1;               /* it is a step of a call */
	bool unsure : 1;                /* struct claim */
	bool bare : 1;                  /* TCP: neither side sent a byte */
	uint16_t status;                /* HTTP or CONNECT status */
	uint16_t flights;               /* TCP: how often unacknowledged data was sent */

	struct called called;
	uint64_t id;
	int64_t shift_us;
	struct candidate_rest *rest;    /* NULL: zeros; a copy shares its original's */
	uint16_t client_port;
	uint16_t port_seen;             /* the port the packets went to (the proxy's, if there is one) */
	name_id connect_host;
};
/* One more member would spill into a third cache line. */
_Static_assert(sizeof(struct candidate) == 2 * CACHE_LINE, "lines of the cache");

struct target {
	struct addr server;
	uint16_t port;
	uint8_t proto, zero;
};

/* A client that receives this server's answers although the capture does not show them. */
struct listener {
	struct addr server;
	uint32_t client;
};

/* Live: how an attempt came out last. */
struct given {
	int64_t started_us, ended_us;
	int32_t rule;
	uint8_t outcome, signature, confidence;
	bool told; /* it was reported; of no rule, only what failed is */
};

/* Packets lost in a client's tries that succeeded in the end. */
#define LINE_PLACES 3u
struct line {
	uint32_t sends, lost, tries; /* tries: those that lost something */
	uint32_t places[LINE_PLACES]; /* different servers, or different names */
	bool rested;                  /* live: nothing recorded since the window turned */
};

/* What a client received and what it sent: for one-sided captures and outages. */
struct audience {
	union { /* seconds (sane, from the judge's first) that received something; unsorted: audience_seconds() */
		uint32_t few[2];
		uint32_t *many; /* in use if heard_room, its capacity, is not 0 */
	};
	uint32_t heard_n, heard_room, heard_last; /* last: kept outside the list, which is then rarely touched */
	uint32_t sent, received; /* conversations with a packet from the client, and with one from the other side */
	uint32_t sent_before, received_before; /* live: those of the previous window */
	/* TCP connections with a packet from the server, and those whose answers the capture does not show */
	uint32_t heard_tcp, unheard_tcp, heard_tcp_before, unheard_tcp_before;
	uint32_t hopeless;       /* while outages are looked for: attempts that got no answer at all */
	/* Audits: TCP connections that failed; further ones, which belong to no rule; and those that were not kept. */
	uint16_t failures, strangers; /* up to UNLISTED_CLIENT_MOST */
	uint32_t surplus;
	struct line tcp_line, dns_line;
	bool listed;             /* it tried something listed */
	bool encrypted_dns, ech, truncated;
	bool told;               /* the capture has an answer of DNS to it */
	bool asks_aaaa;          /* while look-ups are judged: it asks for AAAA of listed names as well as A */
};

#define AUDIENCE_FEW (sizeof((struct audience *)0)->few / sizeof(uint32_t))
/* It is prefetched as a whole. */
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
	struct argument_store arguments; /* of the candidates */
	struct blocks rests, steps;      /* of the candidates */
	struct audience *audiences; /* by client number */
	size_t audience_room;
	struct map ttls;            /* server address → usual TTL */
	struct map outages;         /* live: client → second in which the outage ended that was told last */
	struct map unheard, unheard_before; /* struct listener → nothing; live: those of the previous window */
	struct map unread, unread_before; /* unread.c; live: those of the previous window */
	struct map nameless;        /* nameless.c: only during settling */
	bool hopeless;              /* outages.c: some client has enough unanswered tries; only during settling */
	struct line tcp_line, dns_line; /* lines.c: over all clients */
	struct map unlisted;        /* client number → unlisted attempts kept */
	int64_t base_us;
	bool has_prefixes;          /* the lists contain address patterns */
	size_t evidence_bytes;
	struct judge_counters counters;
	uint32_t failures, strangers; /* of all clients, up to UNLISTED_MOST: see struct audience */
	uint32_t reported;          /* unlisted blocked connections */
	uint64_t scanned;           /* unlisted blocked connections that were only counted */
	uint64_t unproved;          /* failed connections whose packets were not kept */
	uint64_t calls, calls_unlisted; /* given; of them to servers of no rule; live: since the window turned */
	uint64_t calls_counted;     /* calls that were only counted; live, as those two: since the window turned */
	struct map lone;            /* server → conversations of a single client packet and no answer */
	struct map by_id;           /* live: flow's id → index + 1 of its candidate */
	struct map given;           /* live: id → what was last reported */
	bool ticking;               /* live: candidates are copies made for one tick */
	int64_t now_us, turned_us;
	int64_t shift_us;           /* of the newest flow: the time shown = sane time + shift */
	struct passing *passing;    /* passing.c; NULL: nothing yet */
};

/* All candidates are scanned many times: prefetch the first cache lines of one further on. */
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

/* Once those lines are cached, also prefetch the audience of its client. */
static inline void candidate_audience_prefetch(const struct judge *j, size_t i)
{
	if (i + CANDIDATES_AHEAD / 2 < j->n)
		__builtin_prefetch(&j->audiences[j->candidates[i + CANDIDATES_AHEAD / 2].client], 1);
}

/* candidates.c: NULL when the table is full. */
struct candidate *candidate_add(struct judge *j);
/* The candidate of a flow. Live: the flow may have been reported before it ended. */
struct candidate *candidate_of(struct judge *j, uint64_t id);
/* Its rest, allocated on first use. NULL: out of memory, which is counted. */
struct candidate_rest *candidate_ensure_rest(struct judge *j, struct candidate *c);
/* Release what it owns; it is dead afterwards. */
void candidate_release(struct judge *j, struct candidate *c);
/* Store what its server is called; read it back in the form that claims take. */
void candidate_call(struct judge *j, struct candidate *c, const struct evidence_of_name *e);
struct evidence_of_name candidate_called(const struct candidate *c);
/* Store a finding, with its argument if the outcome needs defending. */
void candidate_find(struct judge *j, struct candidate *c, const struct finding *f);

/* judge.c */
struct audience *audience_of(struct judge *j, uint32_t client);
void audience_heard(struct judge *j, struct audience *a, int64_t time_us);

/* exhibits.c: keep a flow's packets, or single frames, as a candidate's evidence. */
size_t exhibit_bytes(const struct exhibit_packets *p);
void candidate_take_packets(struct judge *j, struct candidate *c, const struct evidence_of_name *e,
                            const struct evidence_chain *packets);
void candidate_prove(struct judge *j, struct candidate *c, struct kept_frame *const *frames, size_t n);

/* calls.c: record a STUN flow as a step of a call. */
void judge_call_step(struct judge *j, struct candidate *c, const struct flow *f, const struct names *names);
bool judge_call_allocated(const struct candidate *c); /* a TURN server allocated a relay */
void judge_give_call(struct judge *j, const struct candidate *c);
/* cases_dns.c: candidates from look-ups. */
void judge_lookup_cases(struct judge *j);
/* cases_resolver.c: first, before the DNS log is sealed, announce the queries that will be made of it */
void judge_want_resolvers(struct judge *j);
void judge_resolver_cases(struct judge *j);
/* gates.c: doubt attempts that siblings, a one-sided capture or an outage explain. */
void judge_gates(struct judge *j);
/* controls.c: what works from elsewhere raises the confidence of what failed. */
void judge_controls(struct judge *j);
#define CONTROL_US (10 * MINUTE_US) /* "in the same minutes" */
/* passing.c: note a flow that worked on a port of no rule; whether an attempt's address had one at that time. */
void passing_note(struct judge *j, const struct flow *f);
bool passing_find(const struct judge *j, const struct candidate *c, uint16_t *ret_port, uint8_t *ret_proto);
/* hearing.c: record whether the server's side of a connection is visible. */
void hearing_note(struct judge *j, struct audience *a, uint32_t client, const struct flow *f);
/* hearing.c: silence proves nothing if the capture does not show this server's answers to the client. */
void gate_unheard(const struct judge *j, struct candidate *c);
/* Live: a new window begins. */
void unheard_turn(struct judge *j);
/* Prefetch what gate_unheard() will read. */
void unheard_prefetch(const struct judge *j, const struct candidate *c);
/* unread.c: note a connection in which the capture lost bytes, or that its end cut off; whether such a connection to
 * the same port overlaps an attempt or begins within within_us after it. */
void unread_init(struct judge *j);
void unread_release(struct judge *j);
/* Live: the window is over; its entries are kept beside those of the next one. */
void unread_turn(struct judge *j);
void unread_note(struct judge *j, uint32_t client, const struct flow *f);
bool unread_follows(const struct judge *j, const struct candidate *c, int64_t within_us);
/* nameless.c: whether the capture may have cut or lost the name a flow showed; note connections that worked and that
 * nothing identifies; whether a client had one to a port near a time; doubt an attempt that may be another name's. */
bool flow_may_hide_name(const struct flow *f);
void nameless_begin(struct judge *j);
void nameless_end(struct judge *j);
void nameless_note(struct judge *j, const struct candidate *c);
bool nameless_works(const struct judge *j, uint32_t client, const struct port_range *port, int64_t from_us,
                    int64_t to_us);
void gate_unsure(struct candidate *c);
/* lines.c: record the losses of a flow and of a name's look-ups; whether that many sends may all have been lost;
 * doubt the silence of one client's attempts on a rule where they may have been. */
void line_note_flow(struct judge *j, struct audience *a, const struct flow *f);
void line_note_name(struct judge *j, struct audience *a, name_id name, uint32_t sends, uint32_t answers);
/* Live: the window is over; its losses still count in the next one. */
void line_turn(struct line *l);
enum line_kind { LINE_TCP, LINE_DNS };
bool line_loses(const struct judge *j, uint32_t client, enum line_kind kind, uint32_t sends);
void gate_bad_line(const struct judge *j, struct candidate **at, size_t n);
/* refused.c: find connections that go on after a RST (before the claims); then count each of them once. */
void refused_connect(struct judge *j);
void gate_refused_again(struct candidate **at, size_t n);
/* races.c: single tries cancelled because the other address family answered. Sorted by rule and time. */
void gate_other_family(struct candidate **at, size_t n);
/* outages.c: count a try that nothing came back to; doubt what was tried while nothing came back at all. */
void outage_count(struct judge *j, const struct candidate *c);
void gate_outages(struct judge *j);
/* encrypted_dns.c: whether a flow that shows this name asks a resolver over TLS or HTTPS. */
bool flow_is_encrypted_dns(const struct flow *f, const char *sni);
/* floods.c: whether a flow is only counted: one more lone packet; or, once it is judged, one more failed connection of
 * no rule. Whether one is reported, or only counted. Sum up what was only counted; say so. */
bool flood_folds(struct judge *j, const struct flow *f);
bool flood_crowds_out(struct judge *j, struct audience *a, const struct evidence_of_name *e, const struct finding *f);
bool flood_reports(struct judge *j, uint32_t client);
void flood_sum(struct judge *j);
void flood_notices(struct judge *j);
/* Live: a new window begins. */
void flood_turn(struct judge *j);
/* floods.c: whether no rule can be what a flow tried: its port is not wanted, or its name is known and true and not
 * listed, and no DNS answer has led there from one that is. */
bool flow_is_strange(const struct judge *j, const struct evidence_of_name *e);
bool name_is_strange(const struct judge *j, const struct evidence_of_name *e); /* of a wanted port */
/* notices.c */
#define NAMED_MOST 8 /* clients or servers named in one notice */
void judge_notices(struct judge *j);
/* Live: of what time a notice tells, as " (between FROM and TO)"; else "". */
#define PERIOD_TEXT (2 * TIME_TEXT + 24)
const char *judge_period(const struct judge *j, char ret_text[static PERIOD_TEXT]);
/* hearing.c */
bool client_is_one_sided(const struct judge *j, uint32_t client);
/* The second of a (sane) time, as audiences count them. */
uint32_t judge_second(const struct judge *j, int64_t us);
/* The time at which that second begins. */
int64_t judge_second_us(const struct judge *j, uint32_t second);
void judge_give_lookup(struct judge *j, const struct lookup *l);
/* settle.c: claims, cases and gates; then report what is due. */
void judge_settle(struct judge *j);
/* given.c, live: whether an attempt is old enough to report, and new or changed: then how it comes out now, valid until
 * the next one; *ret_first: it did not come out before. NULL: it is as reported, or it is too early to say. */
struct given *judge_gives(struct judge *j, const struct candidate *c, bool *ret_first);
/* Forget those that ended before this time: none of them is in the window any more. */
void given_forget(struct judge *j, int64_t before_us);
/* neighbours.c */
void judge_neighbours(struct judge *j);

#endif
