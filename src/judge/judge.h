/* The auditor: takes in what the packet side saw, in time order, and reports settled attempts, look-ups, calls,
 * neighbours and notices.
 *
 * An attempt is judged when its flow ends and settled later, when its siblings have had their time to explain it. */
#ifndef JUDGE_JUDGE_H
#define JUDGE_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attribute/list.h"
#include "attribute/memory.h"
#include "base/text.h"
#include "flow/lookup_message.h"
#include "flow/table.h"
#include "judge/finding.h"
#include "judge/verdict.h"
#include "judge/watch.h"

struct judge; /* opaque */

/* An address that an active look-up gave for a name. */
struct snapshot_row {
	const char *name;
	struct addr address;
	uint32_t ttl_s;
};

struct judge_options {
	const struct lists *lists;
	struct waits waits;
	const struct prefix *clients; /* the audited networks; none: all clients */
	size_t client_n;
	const struct prefix *sinkholes;
	size_t sinkhole_n;
	const char *const *interceptors;
	size_t interceptor_n;
	size_t memory_bytes; /* the program's memory, of which shares are taken; 0: unbounded */
	bool two_way;   /* the user asserts that both directions are captured */
	bool evidence;  /* keep packets */
	bool counted;   /* count packets, do not keep them */
	bool passing;   /* the database is deleted after the report: omit look-ups that succeeded */
	bool live;      /* attribute only by what came before */
	const struct snapshot_row *resolved; /* results of active look-ups; may be none */
	size_t resolved_n;
	const struct watch *watch;
};

struct judged_lookup {
	int64_t asked_us, answered_us; /* times as captured; answered 0: never */
	struct addr client, resolver;
	const char *name;
	uint16_t qtype;
	int rcode, ede; /* -1: none */
	char answer[128];
};

/* One step of a call: what a client tried at a STUN/TURN server. */
struct judged_call {
	struct addr client, server;
	const char *host;
	int32_t rule;
	uint16_t port;
	uint8_t proto;
	bool tls;
	int64_t started_us, ended_us;
	char result[64];
	const char *software, *realm;
	struct addr relayed;
	uint64_t media_out, media_in;
};

struct judged_neighbour {
	const char *name;
	char seen_as[HOST_TEXT + 16];
	uint16_t port; /* 0: no connection was seen */
	uint8_t proto;
	uint32_t clients;
	enum verdict verdict;
};

/* The output hooks, called in time order. */
struct judge_hooks {
	void *context;
	/* packets: NULL when they are only counted */
	void (*attempt)(void *context, const struct attempt *a, const struct kept *packets, size_t n);
	/* An attempt of this client at this address is about to be given: time to prefetch what attempt() will touch.
	 * NULL: no prefetch. */
	void (*soon)(void *context, const struct addr *client, const struct addr *address);
	void (*lookup)(void *context, const struct judged_lookup *l);
	void (*call)(void *context, const struct judged_call *c);
	void (*neighbour)(void *context, const struct judged_neighbour *n);
	void (*notice)(void *context, const char *level, const char *code, const char *text);
};

/* Options are copied; what they point to must outlive the judge. NULL: out of memory. */
struct judge *judge_new(const struct judge_options *options, const struct judge_hooks *hooks);
void judge_free(struct judge *j);

/* A client's flow will end in 2 steps, later in 1: prefetch what judge_over() will touch. */
void judge_expect(const struct judge *j, const struct addr *client, unsigned steps);
/* A flow has ended. names: those of its said; packets: what was kept of it, may be NULL. */
void judge_over(struct judge *j, const struct flow *f, const struct names *names, const struct evidence_chain *packets);
void judge_dns(struct judge *j, const struct dns_message *m);
/* An ICMP error about a DNS query that has no flow. */
void judge_lookup_unreachable(struct judge *j, const struct addr *client, uint16_t client_port,
                              const struct addr *resolver,
                              const struct addr *sender);

/* Settle everything: the capture has ended. */
void judge_finish(struct judge *j);

/* ---- live */

/* Whether an unfinished flow is already decided by what the watch has seen: then it may be passed to judge_over()
 * before it ends, and once more when its client got stuck and that is decided, or is no longer. */
bool judge_is_decided(const struct judge_options *o, const struct watch *watch, const struct flow *f,
                      const struct names *names);
/* Whether an unfinished flow shows that its client receives what the capture does not have: then what others do not
 * answer proves nothing, and it should be passed as well. */
bool judge_is_unheard(const struct judge_options *o, const struct flow *f);

/* Settle what is old enough, and report what is new or has changed. */
void judge_tick(struct judge *j, int64_t now_us);

/* Whether its tables are nearly full and its state should move to a new judge. */
bool judge_is_worn(const struct judge *j);
/* What DNS said since a time, as text, newest lines only; and learn such text. */
void judge_save(const struct judge *j, int64_t since_us, size_t lines_most, struct text *out);
void judge_load(struct judge *j, const char *text, size_t n);

struct judge_counters {
	uint64_t flows, kept, dropped_unlisted; /* flows seen; kept as candidates; unlisted blocks only counted */
	uint64_t truncated;                     /* flows on wanted ports that the snaplen cut */
	bool full;
	bool many_groups; /* a host is in more than CLAIMS_MOST */
};
struct judge_counters judge_counters(const struct judge *j);

#endif
