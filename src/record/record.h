/* The writer of the database (contract section 6). Exactly one connection writes and checkpoints; in live mode it
 * belongs to a thread of its own. Calls copy what they are given. */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attribute/list.h"
#include "base/err.h"
#include "judge/verdict.h"

struct record; /* opaque */

struct record_options {
	const char *path;     /* NULL: a temporary database, deleted on close */
	bool threaded;        /* a writer thread and a bounded queue: calls never wait for the disk */
	size_t queue_most;    /* maximum of rows queued; more are dropped, counted and noted */
	int64_t keep_us;      /* retention by age; 0: keep for ever */
	uint64_t keep_bytes;  /* retention by size; 0: unlimited */
	uint64_t wal_most;    /* of the write-ahead log, if threaded and others hold it; 0: as retention requires */
	bool evidence;        /* keep packets */
	bool brief;           /* temporary, and read by one report without details: its attempts stay in memory
	                       * (record_ledger), each told once, and packets are only counted */
};

/* Open or create, migrate, lock for writing. ERR_DATABASE, ERR_PERMISSION, ERR_IO, ERR_USAGE (not a rulegap
 * database, newer version, or locked by another writer) with err_detail(). */
MUSTCHECK enum err record_open(const struct record_options *options, struct record **ret_record);

/* Begin a run: one audit, or one period of a monitor. Writes the run, list and rule rows at once. command: "audit"
 * or "monitor". */
MUSTCHECK enum err record_begin(struct record *r, const char *command, const struct lists *lists);

/* One packet that proves an attempt. bytes: from the frame's link layer on. */
struct evidence {
	int64_t time_us;
	uint32_t captured, length;
	uint16_t link;
	uint16_t source;
	const uint8_t *bytes;
};

/* Add or replace (same run and id) an attempt. Incidents are grouped here: one client's attempts against one host,
 * port and transport with one signature. packets: its evidence, may be none. */
MUSTCHECK enum err record_attempt(struct record *r, const struct attempt *a, const struct evidence *packets, size_t n);

/* Such an attempt will follow soon: prefetch what shows whether its addresses are known. */
void record_expect(const struct record *r, const struct addr *client, const struct addr *address);

/* One look-up as the client saw it. */
struct lookup_row {
	int64_t asked_us, answered_us; /* answered 0: never */
	struct addr client, resolver;
	const char *name;
	uint16_t qtype;
	int rcode;          /* -1: no answer */
	int ede;            /* -1: none */
	const char *answer; /* addresses and aliases, "a -> b -> 192.0.2.1, 192.0.2.2"; "" */
	bool listed;
};
MUSTCHECK enum err record_lookup(struct record *r, const struct lookup_row *row);

/* Names seen next to listed ones that are on no list (report: unlisted). Adds or replaces by (host, port, proto). */
struct unlisted_row {
	const char *host, *seen_as; /* seen_as: "cname of portal.example", "next to …" */
	uint16_t port;
	uint8_t proto;
	uint32_t clients;
	enum verdict verdict;
};
MUSTCHECK enum err record_unlisted(struct record *r, const struct unlisted_row *row);

/* One step of a call: what a client tried at a STUN/TURN server (report: call view). */
struct call_row {
	struct addr client, server;
	const char *host;
	int32_t rule;
	uint16_t port;
	uint8_t proto;
	bool tls;
	int64_t started_us, ended_us;
	const char *result;  /* "allocated", "error 403", "stun-timeout", … */
	const char *software, *realm; /* of the server, "" unknown */
	struct addr relayed; /* none: no relay was allocated */
	uint64_t media_out, media_in; /* datagrams of media carried */
};
MUSTCHECK enum err record_call(struct record *r, const struct call_row *row);

/* level: "info", "warning". The same code and text is kept once. */
MUSTCHECK enum err record_notice(struct record *r, const char *level, const char *code, const char *text);

/* Progress of the run: its sources with their counters, first and last packet. */
struct source_row {
	const char *name, *kind, *link_type; /* kind: file, stdin, interface */
	uint64_t packets, bytes, dropped, truncated;
	const char *damage; /* NULL: none */
};
struct progress {
	uint64_t packets, bytes, dropped, truncated;
	int64_t first_us, last_us; /* capture time; 0: no packet */
	const struct source_row *sources;
	size_t source_n;
};
/* Commit what is pending, with the progress. Live: called every second or so. */
MUSTCHECK enum err record_checkpoint(struct record *r, const struct progress *p);

/* State that must survive a restart of the monitor: an opaque named blob. */
MUSTCHECK enum err record_keep_state(struct record *r, const char *name, const void *bytes, size_t n);

/* What an earlier run stored under that name; allocated, to be freed by the caller. ERR_END: nothing. */
MUSTCHECK enum err record_state(const struct record *r, const char *name, void **ret_bytes, size_t *ret_n);

/* End the run (complete: everything was read and judged), commit, checkpoint. */
MUSTCHECK enum err record_end(struct record *r, const struct progress *p, bool complete);

/* End the run and begin the next one without waiting for the disk, for a monitor whose lists were changed. p:
 * progress of the old run. */
MUSTCHECK enum err record_turn(struct record *r, const struct progress *p, const char *command,
                               const struct lists *lists);

#define RECORD_WHY 256

struct record_counters {
	uint64_t attempts, incidents, lookups, packets;
	uint64_t queued, dropped; /* rows waiting now; rows dropped because the disk was slow or full */
	uint64_t wal_held_bytes;  /* of the write-ahead log, if another program has long held it; otherwise 0 */
	bool failing;             /* the last commit failed and is being retried */
	char why[RECORD_WHY];     /* it failed, when threaded */
};
struct record_counters record_counters(const struct record *r);

/* Attempts and incidents of a brief record, by time; NULL: they are in the database. Lives as long as the record. */
struct ledger;
const struct ledger *record_ledger(const struct record *r);
/* The path of the (temporary) database, for the report that reads it. */
const char *record_path(const struct record *r);
/* The run's number. */
int64_t record_run(const struct record *r);
void record_close(struct record *r);

#endif
