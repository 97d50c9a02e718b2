/* The monitor: what its parts share. monitor_loop.c turns round; the others are
 * called from there, or before (cmd_monitor.c). */
#ifndef MONITOR_H
#define MONITOR_H

#include <stdbool.h>
#include <stdint.h>

#include "alert.h"
#include "auditing.h"
#include "capture/privilege.h"
#include "standing.h"
#include "eventlog.h"
#include "metrics.h"
#include "live/scout.h"

#define INTERVAL_US MINUTE_US          /* of statistics, unless --interval */
#define STATE_SPAN_US (24 * 60 * MINUTE_US) /* what DNS said is remembered so long over restarts */
#define STATE_LINES_MOST 50000u        /* of that, the newest; written each minute while packets wait */

struct monitor_settings {
	int64_t duration_us; /* 0: until a signal */
	int64_t interval_us; /* of statistics and notices */
	int64_t status_us;   /* of status lines; 0: none */
	const char *metrics_path;
	bool quiet, verbose, sandbox;
};

/* Counters at the beginning of a run or an interval, to tell what came since. */
struct marks {
	uint64_t frames, bytes, truncated, dropped;
	uint64_t duplicates;
	struct bounds_hit hit;
	uint32_t jumps;
	int64_t at_us; /* wall clock */
	int64_t monotonic_us;
};

/* What is known of one interface since a mark. */
struct interface_marks {
	uint64_t run_packets, run_bytes, run_dropped, run_truncated; /* when the run began */
	uint64_t interval_dropped;    /* when the interval began */
};

struct monitor {
	struct auditing a;
	const struct options *options;
	struct monitor_settings settings;
	struct privilege_user user;
	struct capture **captures;    /* one a thread; the scout's, once it is on its way */
	unsigned capture_n;
	struct scout *scout;
	struct seen {                 /* what the scout told last */
		struct pipeline_counters counters;
		struct source *sources;
		size_t source_n;
		int64_t now_us;       /* sane; 0: nothing was seen yet */
		int64_t at_us;        /* monotonic: when it told that */
	} seen;
	struct source_row *rows;      /* for progress */
	struct interface_marks *interfaces;
	struct marks run, interval, status;
	struct standing standing;
	uint64_t *outcomes;           /* settled attempts: rules × OUTCOME_COUNT */
	uint64_t unlisted;            /* of them, those of no rule */
	struct eventlog events;       /* fd < 0: none */
	struct alert *alert;
	uint64_t alerts_left_out;
	struct metrics_server *server;
	bool failing, listening;      /* the disk; events are told */
	bool log_held;                /* the database's, by another program: told */
	int64_t failing_us;           /* wall: since when */
	uint64_t renewals;
	bool doubles;                 /* that the mirror doubles packets was told in this run */
	int64_t judged_longest_us;    /* that a tick of the judge took */
	bool ended;                   /* the scout's last bulletin was heard */
	enum err end;                 /* then: why, and its detail */
	char why[256];
	bool incomplete;              /* at the end: something was lost on the way */
};

/* ---- monitor_loop.c */

/* Until a signal or the end of its time; then all is
 * settled and the run ended. */
MUSTCHECK enum err monitor_loop(struct monitor *m);
void monitor_catch_signals(void);
/* Have the scout parked and everything of it heard; false: it ended meanwhile. */
bool monitor_halt(struct monitor *m);
/* Let it go on, with the lists of now. */
void monitor_go_on(struct monitor *m);

/* ---- monitor_look.c: what happens to interfaces, counters and the disk. */
void monitor_mark(struct monitor *m, struct marks *ret_marks);
void monitor_begin_run(struct monitor *m);
/* What the scout told of counters and interfaces. */
void monitor_see(struct monitor *m, const struct bulletin *b);
/* Each second: the disk, and rows that were lost. */
void monitor_look(struct monitor *m);
/* Each interval: what could not be seen, as notices. */
void monitor_notice(struct monitor *m);
/* Of the present run. */
struct progress monitor_progress(struct monitor *m);

/* ---- monitor_state.c: runs that follow each other, and what outlives them. */
/* Load what an earlier monitor knew. */
void monitor_recall(struct monitor *m, void *bytes, size_t n);
void monitor_keep(struct monitor *m);
/* Begin a new run when the judge's tables are nearly full. */
void monitor_refresh(struct monitor *m);
/* SIGHUP: read the lists anew, and open files anew. */
void monitor_reload(struct monitor *m);

/* ---- monitor_tell.c: events, alerts, status lines. */
MUSTCHECK enum err monitor_tell_begin(struct monitor *m);
void monitor_tell_release(struct monitor *m);
/* After the lists were replaced. */
MUSTCHECK enum err monitor_tell_anew(struct monitor *m);
void monitor_say_status(struct monitor *m);
void monitor_say_statistics(const struct monitor *m);

#endif
