/* Noun: a report, complete, as read from a database. It holds everything that any output format shows; formats only
 * print. Owned by gap_free. */
#ifndef REPORT_GAP_H
#define REPORT_GAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "judge/verdict.h"

struct gap_counts {
	uint64_t by_outcome[OUTCOME_COUNT];
};

struct gap_client {
	const char *address;
	enum verdict verdict;
	struct gap_counts attempts;
};

struct gap_signature {
	enum signature signature;
	uint64_t count;
};

struct gap_rule {
	const char *id, *group, *role, *host, *port, *transport;
	bool required;
	enum verdict verdict;
	enum confidence confidence;
	const char *partial_by; /* "client", "address", "port", "time", "mended"; NULL */
	struct gap_counts attempts;
	struct gap_client *clients;
	size_t client_n;
	const char **addresses;
	size_t address_n;
	struct gap_signature *signatures;
	size_t signature_n;
	int64_t first_us, last_us; /* 0: unseen */
};

struct gap_group {
	const char *id, *role, *function, *hosts_status, *description, *symptom, *notes, *region;
	const char *why; /* one sentence, NULL */
};

struct gap_missing {
	const char *rule; /* NULL for kind dns over several rules */
	const char *role; /* of its group; NULL without a rule */
	enum missing_kind kind;
	bool critical;
	enum confidence confidence;
	const char **from;
	size_t from_n;
	const char *host;
	const char **addresses;
	size_t address_n;
	const char *port, *transport;
	enum signature signature;
	bool dies_at_name;   /* of some attempts the connection opened and died at the name it showed */
	const char *blocker; /* NULL */
	const char *why;
	enum hint hint;
	int64_t *incidents;
	size_t incident_n;
	const char **rules; /* ids of all rules it fixes (one, or several for dns) */
	size_t rule_n;
	int64_t first_us, last_us; /* of the failed attempts */
	uint64_t attempts;         /* their number */
	const char **names;        /* hosts that were tried: for a wildcard or a network, those it stood for */
	size_t name_n;
};

/* A packet that proves an incident, in words. */
enum gap_side { SENT_BY_CLIENT, SENT_BY_FAR, SENT_BY_OTHER };

struct gap_packet {
	int64_t time_us;
	uint32_t attempt;   /* of the incident, from 1 */
	uint32_t length;    /* bytes on the wire */
	enum gap_side side; /* of the sender */
	const char *peer;   /* the other end if it is not the incident's address; NULL */
	const char *text;   /* "SYN seq 0" */
};

/* One rule's and client's attempts that began in one interval of the period. */
struct gap_moment {
	int64_t start_us;
	uint32_t rule;      /* index in rules; UINT32_MAX: none */
	const char *client; /* NULL: any client, there were too many to distinguish */
	struct gap_counts attempts;
};

struct gap_proof {
	const char *name, *text;
};

struct gap_incident {
	int64_t id;
	const char *rule; /* NULL */
	const char *client, *host, *attributed_by, *address; /* address NULL when none */
	uint16_t port;
	const char *transport;
	enum signature signature;
	enum outcome outcome;
	const char *detail;
	enum confidence confidence;
	const char *blocker; /* NULL */
	struct gap_proof *proofs;
	size_t proof_n;
	uint64_t attempts;
	int64_t first_us, last_us;
	const char **community_ids;
	size_t community_n;
	uint64_t packets;
	enum hint hint;
	struct gap_packet *kept; /* by attempt and time, the first ones; only with gap_filter.details */
	size_t kept_n;
};

struct gap_unlisted {
	const char *host, *seen_as;
	const char **ports;
	size_t port_n;
	uint64_t clients;
	enum verdict verdict;
};

struct gap_call {
	const char *client, *host, *server, *rule, *result, *software, *realm, *relayed;
	uint16_t port;
	const char *transport; /* "udp", "tcp", "tls" */
	int64_t started_us, ended_us;
	uint64_t media_out, media_in;
};

struct gap_notice {
	const char *level, *code, *text;
};

struct gap_source {
	const char *name, *kind, *link_type;
	uint64_t packets, bytes, dropped, truncated;
};

struct gap_list {
	const char *name, *version, *sha256;
};

struct gap {
	struct gap_list *lists;
	size_t list_n;
	int64_t first_us, last_us;
	uint64_t packets, bytes, dropped, truncated;
	struct gap_source *sources;
	size_t source_n;
	uint64_t by_verdict[VERDICT_COUNT];
	struct gap_rule *rules;
	size_t rule_n;
	struct gap_group *groups;
	size_t group_n;
	struct gap_missing *missing;
	size_t missing_n;
	struct gap_incident *incidents;
	size_t incident_n, incident_room;
	size_t stranger_n; /* incidents without a rule; of a plain report, `incidents` holds the first ones only */
	struct gap_unlisted *unlisted;
	size_t unlisted_n;
	struct gap_call *calls;
	size_t call_n;
	struct gap_notice *notices;
	size_t notice_n;
	bool incomplete; /* exit status 3 */
	void *memory;
	/* only with gap_filter.details: */
	int64_t moment_us; /* length of a moment; 0: there are none */
	struct gap_moment *moments; /* by time */
	size_t moment_n;
};

/* What to report on; zero or NULL: everything. */
struct gap_filter {
	int64_t from_us, to_us;
	const char *const *clients; /* networks */
	size_t client_n;
	const char *group, *host_glob;
	enum signature signature;
	int64_t run; /* 0: all runs */
	bool details; /* also the packets of incidents and the moments: for the page */
	bool plain;   /* omit what the text format does not show: Community IDs, incidents' packets (of an audit that
	                 keeps no database), most incidents without a rule */
};

/* Read a report from a database (read-only, one short transaction).
 * ERR_USAGE (no such file, not a rulegap database, bad filter), ERR_DATABASE. */
MUSTCHECK enum err gap_read(const char *path, const struct gap_filter *filter, struct gap **ret_gap);
/* Likewise for a record's present run, which must have ended; details, plain: see gap_filter (a brief record has no
 * details). The report's texts may be the record's, which must then outlive it. */
struct record;
MUSTCHECK enum err gap_read_run(const struct record *record, bool details, bool plain, struct gap **ret_gap);
void gap_free(struct gap *g);

#endif
