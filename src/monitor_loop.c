/* The monitor's loop: frames in, ticks, signals, and a clean end. */
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "base/limits.h"
#include "monitor.h"
#include "service.h"

#define TURN_US (SECOND_US / 20)    /* the longest wait for a bulletin */
#define JUDGE_US (2 * SECOND_US)
#define JUDGE_SHARE 8               /* judging may take one part in this many of the time */
#define LOOK_US SECOND_US
#define STATE_US MINUTE_US
#define METRICS_US (15 * SECOND_US)
#define SILENT_US (10 * SECOND_US)  /* of the scout: after this the watchdog is no longer told that all is well */

static volatile sig_atomic_t ending, reloading, asked;

static void on_signal(int number)
{
	if (number == SIGHUP)
		reloading = 1;
	else if (number == SIGUSR1)
		asked = 1;
	else
		ending = 1;
}

void monitor_catch_signals(void)
{
	static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};
	struct sigaction action = {.sa_handler = on_signal}, ignore = {.sa_handler = SIG_IGN};

	for (size_t i = 0; i < sizeof caught / sizeof caught[0]; i++)
		sigaction(caught[i], &action, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

/* When each task is next due (monotonic). */
struct timetable {
	int64_t judge_us, look_us, interval_us, status_us, state_us, metrics_us, alive_us;
};

static bool is_due(int64_t *at_us, int64_t every_us, int64_t now)
{
	if (every_us <= 0 || now < *at_us)
		return false;
	*at_us = now + every_us;
	return true;
}

/* The next judging is delayed if this one took long, so that bulletins are read meanwhile. */
static void judge(struct monitor *m, struct timetable *t)
{
	int64_t sane = m->seen.now_us, begun = monotonic_us();

	if (sane) {
		judge_tick(m->a.judge, sane);
		/* a new run writes all rules, which must not queue up while the disk accepts nothing */
		if (judge_is_worn(m->a.judge) && !record_counters(m->a.record).failing)
			monitor_refresh(m);
	}
	struct progress p = monitor_progress(m);
	if (record_checkpoint(m->a.record, &p) != ERR_OK)
		err_say("%s", err_detail());
	int64_t ended = monotonic_us();
	if (ended - begun > m->judged_longest_us)
		m->judged_longest_us = ended - begun;
	if ((ended - begun) * JUDGE_SHARE > JUDGE_US)
		t->judge_us = ended + (ended - begun) * JUDGE_SHARE;
}

static void answer_signals(struct monitor *m)
{
	if (reloading) {
		reloading = 0;
		monitor_reload(m);
	}
	if (asked) {
		asked = 0;
		monitor_say_statistics(m);
	}
}

static void tick(struct monitor *m, struct timetable *t, int64_t now)
{
	const struct monitor_settings *s = &m->settings;

	answer_signals(m);
	if (is_due(&t->look_us, LOOK_US, now))
		monitor_look(m);
	if (is_due(&t->judge_us, JUDGE_US, now))
		judge(m, t);
	if (is_due(&t->interval_us, s->interval_us, now))
		monitor_notice(m);
	if (is_due(&t->status_us, s->status_us, now))
		monitor_say_status(m);
	if (is_due(&t->state_us, STATE_US, now))
		monitor_keep(m);
	if (s->metrics_path && is_due(&t->metrics_us, METRICS_US, now) && metrics_file(m, s->metrics_path) != ERR_OK)
		err_say("%s", err_detail());
	if (now - m->seen.at_us < SILENT_US && is_due(&t->alive_us, service_alive_every_us(), now))
		service_alive();
	metrics_serve(m->server);
}

/* ---- the scout */

/* Read its next bulletin. Returns whether more will come. */
static bool hear(struct monitor *m)
{
	struct postbox *box = scout_postbox(m->scout);
	struct bulletin *b = postbox_next(box, TURN_US);

	if (!b)
		return !m->ended;
	scout_hear(m->scout, b, &m->a.watch, m->a.judge);
	monitor_see(m, b);
	m->ended = b->over;
	if (m->ended) {
		m->end = b->end;
		snprintf(m->why, sizeof m->why, "%s", b->why);
	}
	postbox_return(box, b);
	return !m->ended;
}

bool monitor_halt(struct monitor *m)
{
	struct postbox *box = scout_postbox(m->scout);

	postbox_make_wish(box, WISH_PAUSE);
	while (!postbox_is_parked(box))
		if (!hear(m))
			return false;
	return true;
}

void monitor_go_on(struct monitor *m)
{
	scout_renew(m->scout, m->a.lists);
	postbox_make_wish(scout_postbox(m->scout), WISH_GO_ON);
}

/* Whether the database holds less than the traffic that passed. */
static bool is_incomplete(struct monitor *m)
{
	struct marks now;

	monitor_mark(m, &now);
	return now.dropped || now.hit.evicted || record_counters(m->a.record).dropped;
}

static enum err end(struct monitor *m)
{
	service_stopping();
	postbox_make_wish(scout_postbox(m->scout), WISH_END);
	while (!m->ended)
		(void)hear(m);
	judge_finish(m->a.judge);
	monitor_look(m);
	monitor_notice(m);
	monitor_keep(m);
	struct progress p = monitor_progress(m);
	enum err e = record_end(m->a.record, &p, true);
	if (e == ERR_OK && m->settings.metrics_path)
		e = metrics_file(m, m->settings.metrics_path);
	if (m->settings.verbose)
		monitor_say_statistics(m);
	return e;
}

enum err monitor_loop(struct monitor *m)
{
	int64_t now = monotonic_us(), until = m->settings.duration_us ? now + m->settings.duration_us : INT64_MAX;
	struct timetable t = {.interval_us = now + m->settings.interval_us, .status_us = now + m->settings.status_us,
	                      .state_us = now + STATE_US, .judge_us = now + JUDGE_US, .look_us = now + LOOK_US};

	while (!ending && now < until && !m->ended) {
		bool on = hear(m);
		now = monotonic_us();
		if (on)
			tick(m, &t, now);
	}
	enum err ended = end(m);
	m->incomplete = is_incomplete(m);
	return m->end != ERR_OK ? err_fail(m->end, "%s", m->why) : ended;
}
