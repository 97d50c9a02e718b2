/* The monitor's loop: frames in, ticks, signals, and a clean end. */
#include <signal.h>
#include <time.h>

#include "base/limits.h"
#include "monitor.h"
#include "service.h"

#define TICK_US (SECOND_US / 10)
#define JUDGE_US (2 * SECOND_US)
#define JUDGE_SHARE 8               /* judging may take one part of so many of the time */
#define LOOK_US SECOND_US
#define STATE_US MINUTE_US
#define METRICS_US (15 * SECOND_US)
#define DRAIN_US (SECOND_US / 2)
/* A frame may lie in the kernel's ring, and wait for those of other interfaces, so long. */
#define LATE_US (SECOND_US / 4)

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

/* Without SA_RESTART: a signal ends the wait for a frame. */
void monitor_catch_signals(void)
{
	static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};
	struct sigaction action = {.sa_handler = on_signal}, ignore = {.sa_handler = SIG_IGN};

	for (size_t i = 0; i < sizeof caught / sizeof caught[0]; i++)
		sigaction(caught[i], &action, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGXFSZ, &ignore, NULL);
}

static int64_t clock_of(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return t.tv_sec * SECOND_US + t.tv_nsec / 1000;
}

int64_t monotonic_us(void)
{
	return clock_of(CLOCK_MONOTONIC);
}

int64_t wall_clock_us(void)
{
	return clock_of(CLOCK_REALTIME);
}

/* What time it is for the flows: while frames wait in the rings, the newest
 * frame's; else that and what has passed since, however the wall clock is set. */
static int64_t capture_now(const struct monitor *m, int64_t now)
{
	if (!m->idle)
		return m->frame_us;
	int64_t passed = now - m->frame_monotonic_us - LATE_US;
	return m->frame_us + (passed > 0 ? passed : 0);
}

/* When each thing is to be done next (monotonic). */
struct timetable {
	int64_t tick_us, judge_us, look_us, interval_us, status_us, state_us, metrics_us, alive_us;
};

static bool is_due(int64_t *at_us, int64_t every_us, int64_t now)
{
	if (every_us <= 0 || now < *at_us)
		return false;
	*at_us = now + every_us;
	return true;
}

/* Judging is put off when it takes long, so that packets are not kept waiting. */
static void judge(struct monitor *m, struct timetable *t)
{
	int64_t sane = pipeline_counters(m->a.pipeline).clock.now_us, begun = monotonic_us();

	if (sane) {
		judge_tick(m->a.judge, sane);
		if (judge_is_worn(m->a.judge))
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

	if (m->frame_us)
		pipeline_tick(m->a.pipeline, capture_now(m, now));
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
	if (is_due(&t->alive_us, service_alive_every_us(), now))
		service_alive();
	metrics_serve(m->server);
}

/* What the rings still hold, as far as there is time for it. */
static void drain(struct monitor *m)
{
	int64_t until = monotonic_us() + DRAIN_US;
	struct frame_batch batch;

	while (monotonic_us() < until && capture_next(m->capture, &batch) == ERR_OK && batch.n) {
		pipeline_take(m->a.pipeline, &batch);
		m->frame_us = batch.frames[batch.n - 1].time_us;
		m->frame_monotonic_us = monotonic_us();
	}
	m->idle = true;
	if (m->frame_us)
		pipeline_tick(m->a.pipeline, capture_now(m, monotonic_us()));
}

/* Whether the database holds less than what passed by. */
static bool is_incomplete(struct monitor *m)
{
	struct marks now;

	monitor_mark(m, &now);
	return now.dropped || now.evicted || record_counters(m->a.record).dropped;
}

static enum err end(struct monitor *m)
{
	service_stopping();
	drain(m);
	enum err finished = pipeline_finish(m->a.pipeline);
	judge_finish(m->a.judge);
	monitor_look(m);
	monitor_notice(m);
	monitor_keep(m);
	struct progress p = monitor_progress(m);
	enum err e = record_end(m->a.record, &p, finished == ERR_OK);
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
	struct frame_batch batch;
	enum err e = ERR_OK;

	while (!ending && now < until && (e = capture_next(m->capture, &batch)) == ERR_OK) {
		pipeline_take(m->a.pipeline, &batch);
		now = monotonic_us();
		m->idle = batch.n == 0;
		if (batch.n) {
			m->frame_us = batch.frames[batch.n - 1].time_us;
			m->frame_monotonic_us = now;
		}
		if (is_due(&t.tick_us, TICK_US, now))
			tick(m, &t, now);
	}
	if (e == ERR_INTERRUPTED)
		e = ERR_OK;
	if (e != ERR_OK && e != ERR_END)
		err_say("%s", err_detail());
	enum err ended = end(m);
	m->incomplete = is_incomplete(m);
	return e != ERR_OK && e != ERR_END ? e : ended;
}
