/* What audit and monitor share: options, lists, the judge's hooks into the database, and the notices about what
 * could not be seen. */
#ifndef AUDITING_H
#define AUDITING_H

#include "capture/capture.h"
#include "command.h"
#include "judge/judge.h"
#include "pipeline.h"
#include "record/record.h"

/* Option rows that both commands accept; a macro, because C cannot otherwise share rows between two tables. */
#define AUDITING_ROWS \
	{'e', "endpoints", ARG_LIST, "LIST", true, \
	 "endpoint list: a YAML file, or the name of a shipped one; several overlay each other"}, \
	{'d', "database", ARG_FILE, "DB", false, \
	 "SQLite database that the run is added to"}, \
	{0, "profile", ARG_TEXT, "NAME", false, \
	 "the deployment choice whose groups count as well"}, \
	{0, "clients", ARG_TEXT, "NET[,NET...]", true, \
	 "audit only clients with these addresses"}, \
	{0, "sinkhole", ARG_TEXT, "NET", true, \
	 "addresses that a DNS filter answers instead of the true ones"}, \
	{0, "interceptor", ARG_TEXT, "CN", true, \
	 "certificate issuer of a device that opens TLS"}, \
	{0, "two-way", ARG_NONE, NULL, false, \
	 "both directions are captured, even where only one is seen"}, \
	{0, "addresses", ARG_FILE, "FILE", false, \
	 "snapshot of rulegap endpoints resolve: names for addresses that DNS does not show"}, \
	{0, "resolve", ARG_NONE, NULL, false, \
	 "look the lists' names up now (the one thing for which packets are sent) and compare"}, \
	{0, "no-evidence", ARG_NONE, NULL, false, \
	 "keep no packets of incidents"}, \
	{0, "max-flows", ARG_NUMBER, "N", false, \
	 "flows tracked at once (default 1000000)"}, \
	{0, "memory", ARG_TEXT, "SIZE", false, \
	 "memory to get by with, instead of --max-flows (K, M, G)"}, \
	{0, "wait-tcp", ARG_TIME, "TIME", false, \
	 "silence that decides for TCP (default 3s)"}, \
	{0, "wait-tls", ARG_TIME, "TIME", false, \
	 "silence that decides after a ClientHello (default 3s)"}, \
	{0, "wait-hello", ARG_TIME, "TIME", false, \
	 "wait after an acknowledged ClientHello (default 10s)"}, \
	{0, "wait-dns", ARG_TIME, "TIME", false, \
	 "silence that decides for DNS (default 5s)"}, \
	{0, "wait-quic", ARG_TIME, "TIME", false, \
	 "silence that decides for QUIC (default 3s)"}, \
	{0, "wait-stun", ARG_TIME, "TIME", false, \
	 "silence that decides for STUN and TURN (default 3s)"}, \
	{0, "wait-udp", ARG_TIME, "TIME", false, \
	 "silence that decides for other UDP (default 3s)"}

struct auditing {
	struct lists *lists;
	struct record *record;
	struct pipeline *pipeline;
	struct judge *judge;
	struct watch watch;
	struct judge_options judge_options;
	struct prefix *clients, *sinkholes;
	struct snapshot_row *resolved; /* names are owned */
	size_t resolved_room;
	size_t flows_most;
	size_t memory_bytes; /* --memory; 0: not given */
	unsigned jobs;   /* threads; 0 and 1: only this one */
	enum err failed; /* the first error of the database, with its detail */
	char why[512];
	/* monitor: notified of what goes into the database */
	struct audit_listener {
		void *context;
		void (*attempt)(void *context, const struct attempt *a);
		void (*notice)(void *context, const char *level, const char *code, const char *text);
	} listener;
};

/* The networks of an option NET[,NET…], to be freed; an empty list without it. ERR_USAGE with err_detail(). */
MUSTCHECK enum err auditing_networks(const struct options *o, const char *name, struct prefix **ret_list,
                                     size_t *ret_n);
/* Read the options and the lists. ERR_USAGE with err_detail(). */
MUSTCHECK enum err auditing_prepare(struct auditing *a, const struct options *o);
/* Open the database and begin a run (auditing_open() and auditing_start()), and create the pipeline. */
MUSTCHECK enum err auditing_begin(struct auditing *a, const char *command, const struct record_options *record,
                                  struct capture *c);
/* The two halves, for a caller that drops privileges between them (the second may start a thread) or has a packet
 * side of its own instead of the pipeline. */
MUSTCHECK enum err auditing_open(struct auditing *a, const struct record_options *record);
MUSTCHECK enum err auditing_start(struct auditing *a, const char *command);
/* End the run and begin another, with a new judge that remembers what DNS said since a time (sane). lists: the new
 * ones, of which it takes ownership; NULL: the same. p: progress of the old run.
 * errors  ERR_MEMORY: nothing has changed, but lists are freed; database errors: the other run has begun all the
 * same */
MUSTCHECK enum err auditing_renew(struct auditing *a, const char *command, struct lists *lists, int64_t since_us,
                                  const struct progress *p);
/* A notice of the run, for the database and the listener. */
void auditing_notice(struct auditing *a, const char *level, const char *code, const char *text);
/* Say what could not be seen, as notices (auditing_notices.c). */
void auditing_notices(struct auditing *a, const struct capture *c);
/* Whether this many duplicates show that a mirror delivers packets twice: a few equal packets (resets without IP ID)
 * do not. */
static inline bool doubles_are_many(uint64_t doubles, uint64_t frames)
{
	return doubles && doubles * 200 >= frames; /* half a percent: docs/decisions.md, "Duplicates" */
}
/* What the packet side left out. */
struct bounds_hit {
	uint64_t evicted;            /* number of flows */
	uint64_t refused, given_up;  /* segments not read; streams not read further */
	uint64_t foreign, frames;    /* frames of an unsupported link type; all frames */
};
struct bounds_hit bounds_hit_of(const struct pipeline_counters *k);
/* Report it, followed by `when` ("" or a time). */
void auditing_notice_bounds(struct auditing *a, const struct bounds_hit *hit, const char *when);
/* Its progress; sources points into rows (room for n of them). */
struct progress auditing_progress(const struct pipeline_counters *k, const struct source *sources, size_t n,
                                  struct source_row *rows);
/* The audit has ended, the record stays: its memory is released for the report. */
void auditing_disband(struct auditing *a);
void auditing_release(struct auditing *a);

/* --addresses and --resolve: what active look-ups say. Part of auditing_prepare(). */
MUSTCHECK enum err auditing_look_up(struct auditing *a, const struct options *o);
void auditing_forget_names(struct auditing *a);

/* The trailing words as one BPF expression (to be freed); NULL when there are none. ERR_MEMORY. */
MUSTCHECK enum err auditing_filter(const struct options *o, char **ret_filter);

#endif
