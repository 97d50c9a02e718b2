/* The monitor: what its parts share. monitor_loop.c is the loop; the others are called from it, or before it
 * (cmd_monitor.c). */
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
#define STATE_SPAN_US (24 * 60 * MINUTE_US) /* what DNS said is remembered across restarts for this long */
#define STATE_LINES_MOST 50000u        /* of that, the newest lines; written each minute while packets wait */

struct monitor_settings {
	int64_t duration_us; /* 0: until a signal */
	int64_t interval_us; /* of statistics and notices */
	int64_t status_us;   /* of status lines; 0: none */
	const char *metrics_path;
	bool quiet, verbose, sandbox;
};

/* Counters at the beginning of a run or an interval, to compute differences. */
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
	struct capture **captures;    /* one per thread; once the scout runs, its own */
	unsigned capture_n;
	struct scout *scout;
	struct seen {                 /* the scout's last report */
		struct pipeline_counters counters;
		struct source *sources;
		size_t source_n;
		int64_t now_us;       /* sane; 0: nothing was seen yet */
		int64_t at_us;        /* monotonic: when it was reported */
	} seen;
	struct source_row *rows;      /* for progress */
	struct interface_marks *interfaces;
	struct marks run, interval, status;
	struct standing standing;
	uint64_t *outcomes;           /* settled attempts: rules × OUTCOME_COUNT */
	uint64_t unlisted;            /* of them, those without a rule */
	struct eventlog events;       /* fd < 0: none */
	struct alert *alert;
	uint64_t alerts_left_out;
	struct metrics_server *server;
	bool failing, listening;      /* the disk fails; events are reported */
	bool log_held;                /* another program holds the database's log; reported */
	int64_t failing_us;           /* wall clock: since when */
	uint64_t renewals;
	bool doubles;                 /* this run has reported that the mirror duplicates packets */
	int64_t judged_longest_us;    /* taken by a tick of the judge */
	bool ended;                   /* the scout's last bulletin was heard */
	enum err end;                 /* in that case: the reason, and its detail */
	char why[256];
	bool incomplete;              /* at the end: something was lost */
};

/* ---- monitor_loop.c */

/* Runs until a signal or the end of its time; then everything is settled and the run ended. */
MUSTCHECK enum err monitor_loop(struct monitor *m);
void monitor_catch_signals(void);
/* Wait until the scout is parked and all its bulletins are read; false: it ended meanwhile. */
bool monitor_halt(struct monitor *m);
/* Let it continue, with the current lists. */
void monitor_go_on(struct monitor *m);

/* ---- monitor_look.c: what happens to interfaces, counters and the disk. */
void monitor_mark(struct monitor *m, struct marks *ret_marks);
void monitor_begin_run(struct monitor *m);
/* What the scout reports about counters and interfaces. */
void monitor_see(struct monitor *m, const struct bulletin *b);
/* Each second: the disk, and lost rows. */
void monitor_look(struct monitor *m);
/* Each interval: what could not be seen, as notices. */
void monitor_notice(struct monitor *m);
/* Of the present run. */
struct progress monitor_progress(struct monitor *m);

/* ---- monitor_state.c: successive runs, and what survives them. */
/* Load what an earlier monitor knew. */
void monitor_recall(struct monitor *m, void *bytes, size_t n);
void monitor_keep(struct monitor *m);
/* Begin a new run when the judge's tables are nearly full. */
void monitor_refresh(struct monitor *m);
/* SIGHUP: reread the lists, and reopen files. */
void monitor_reload(struct monitor *m);

/* ---- monitor_tell.c: events, alerts, status lines. */
MUSTCHECK enum err monitor_tell_begin(struct monitor *m);
void monitor_tell_release(struct monitor *m);
/* After the lists were replaced. */
MUSTCHECK enum err monitor_tell_anew(struct monitor *m);
void monitor_say_status(struct monitor *m);
void monitor_say_statistics(const struct monitor *m);

#endif
