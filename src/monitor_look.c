/* Watches the interfaces, the counters and the disk while a monitor runs, and reports on them. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "monitor.h"
#include "service.h"

#define DOUBLES_FRAMES 1000u /* frames needed before the share of duplicates means anything */

static void notice(struct monitor *m, const char *level, const char *code, const char *text)
{
	if (record_notice(m->a.record, level, code, text) != ERR_OK)
		err_say("%s", err_detail());
	if (m->a.listener.notice)
		m->a.listener.notice(m->a.listener.context, level, code, text);
}

/* ---- marks */

static uint64_t all_dropped(const struct monitor *m)
{
	uint64_t n = 0;

	for (size_t i = 0; i < m->seen.source_n; i++)
		n += m->seen.sources[i].dropped;
	return n;
}

static uint32_t jumps_of(const struct pipeline_counters *k)
{
	return k->clock.backward + k->forward_jumps + k->clock.outliers;
}

void monitor_mark(struct monitor *m, struct marks *ret_marks)
{
	const struct pipeline_counters k = m->seen.counters;

	*ret_marks = (struct marks){.frames = k.frames,
	                            .bytes = k.bytes,
	                            .truncated = k.truncated,
	                            .dropped = all_dropped(m),
	                            .hit = bounds_hit_of(&k),
	                            .duplicates = k.decode.duplicates,
	                            .jumps = jumps_of(&k),
	                            .at_us = wall_clock_us(),
	                            .monotonic_us = monotonic_us()};
}

void monitor_begin_run(struct monitor *m)
{
	monitor_mark(m, &m->run);
	m->doubles = false;
	for (size_t i = 0; i < m->seen.source_n; i++) {
		const struct source *s = &m->seen.sources[i];
		struct interface_marks *at = &m->interfaces[i];
		at->run_packets = s->packets;
		at->run_bytes = s->bytes;
		at->run_dropped = s->dropped;
		at->run_truncated = s->truncated;
	}
}

struct progress monitor_progress(struct monitor *m)
{
	struct progress p = auditing_progress(&m->seen.counters, m->seen.sources, m->seen.source_n, m->rows);

	p.packets -= m->run.frames;
	p.bytes -= m->run.bytes;
	p.dropped -= m->run.dropped;
	p.truncated -= m->run.truncated;
	if (p.packets == 0)
		p.first_us = p.last_us = 0;
	else if (m->renewals && m->run.at_us > p.first_us)
		p.first_us = m->run.at_us;
	for (size_t i = 0; i < p.source_n; i++) {
		const struct interface_marks *at = &m->interfaces[i];
		m->rows[i].packets -= at->run_packets;
		m->rows[i].bytes -= at->run_bytes;
		m->rows[i].dropped -= at->run_dropped;
		m->rows[i].truncated -= at->run_truncated;
	}
	return p;
}

/* ---- what the scout reports */

static void tell_events(struct monitor *m, const struct bulletin *b)
{
	char when[TIME_TEXT];
	struct text t = {0};

	for (size_t i = 0; i < b->event_n; i++) {
		const struct capture_event *e = &b->events[i];
		text_clear(&t);
		text_addf(&t, "%s (%s)", e->text, time_format(e->time_us, when));
		if (t.failed)
			continue;
		notice(m, e->kind == CAPTURE_BACK ? "info" : "warning", "interface", t.at);
		if (!m->settings.quiet)
			err_say("%s", t.at);
	}
	text_release(&t);
}

void monitor_see(struct monitor *m, const struct bulletin *b)
{
	uint64_t lost = 0;

	m->seen.at_us = monotonic_us();
	for (size_t i = 0; i < b->docket_n; i++)
		lost += b->dockets[i].lost;
	if (lost) /* memory, for this many events */
		err_say("%" PRIu64 " things to be judged were lost: %s", lost, err_text(ERR_MEMORY));
	if (!b->ticked)
		return;
	m->seen.counters = b->counters;
	m->seen.now_us = b->now_us;
	memcpy(m->seen.sources, b->sources, m->seen.source_n * sizeof *b->sources);
	tell_events(m, b);
}

/* ---- each second */

/* Reported once per occasion: between two of them the log grows by many megabytes. */
static void look_at_log(struct monitor *m, const struct record_counters *c)
{
	char since[TIME_TEXT], text[TIME_TEXT + 200];
	bool held = c->wal_held_bytes > 0;

	if (held && !m->log_held) {
		snprintf(text, sizeof text,
		         "another program keeps a transaction open in the database: its write-ahead log has grown to %"
		         PRIu64 " MB by %s, and shrinks when that program ends", c->wal_held_bytes >> 20,
		         time_format(wall_clock_us(), since));
		notice(m, "warning", "log-held", text);
		err_say("%s", text);
	}
	m->log_held = held;
}

static void look_at_disk(struct monitor *m)
{
	struct record_counters c = record_counters(m->a.record);
	char from[TIME_TEXT], to[TIME_TEXT], text[2 * TIME_TEXT + 120];
	int64_t now = wall_clock_us();

	look_at_log(m, &c);
	if (c.failing == m->failing)
		return;
	m->failing = c.failing;
	if (m->failing) {
		m->failing_us = now;
		err_say("the database cannot be written (%s); going on, and trying again each second", c.why);
		service_status("the database cannot be written");
		return;
	}
	snprintf(text, sizeof text,
	         "the database could not be written from %s to %s; %" PRIu64 " rows were given up so far",
	         time_format(m->failing_us, from), time_format(now, to), c.dropped);
	notice(m, "warning", "disk", text);
	err_say("the database is written again");
}

void monitor_look(struct monitor *m)
{
	look_at_disk(m);
	if (m->a.failed != ERR_OK) { /* memory, for one row */
		err_say("a row was lost: %s", err_text(m->a.failed));
		m->a.failed = ERR_OK;
	}
}

/* ---- each interval */

static void notice_drops(struct monitor *m, const char *from, const char *to)
{
	struct text t = {0};

	for (size_t i = 0; i < m->seen.source_n; i++) {
		const struct source *s = &m->seen.sources[i];
		struct interface_marks *at = &m->interfaces[i];
		uint64_t dropped = s->dropped - at->interval_dropped;
		at->interval_dropped = s->dropped;
		if (!dropped)
			continue;
		text_clear(&t);
		text_add_escaped(&t, s->name);
		text_addf(&t,
		          ": %" PRIu64 " packets were dropped between %s and %s; silence in that time is not judged",
		          dropped, from, to);
		if (!t.failed)
			notice(m, "warning", "capture-drops", t.at);
	}
	text_release(&t);
}

void monitor_notice(struct monitor *m)
{
	struct marks now;
	char from[TIME_TEXT], to[TIME_TEXT], text[2 * TIME_TEXT + 160];

	monitor_mark(m, &now);
	time_format(m->interval.at_us, from);
	time_format(now.at_us, to);
	notice_drops(m, from, to);
	struct bounds_hit hit = {now.hit.evicted - m->interval.hit.evicted, now.hit.refused - m->interval.hit.refused,
	                         now.hit.given_up - m->interval.hit.given_up,
	                         now.hit.foreign - m->interval.hit.foreign,
	                         now.hit.frames - m->interval.hit.frames};
	snprintf(text, sizeof text, " (between %s and %s)", from, to);
	auditing_notice_bounds(&m->a, &hit, text);
	if (now.jumps > m->interval.jumps) {
		snprintf(text, sizeof text,
		         "the clock jumped %u time%s between %s and %s; waits are measured without the jumps",
		         now.jumps - m->interval.jumps, now.jumps - m->interval.jumps == 1 ? "" : "s", from, to);
		notice(m, "info", "clock-jump", text);
	}
	uint64_t doubles = now.duplicates - m->run.duplicates, frames = now.frames - m->run.frames;
	if (!m->doubles && frames >= DOUBLES_FRAMES && doubles_are_many(doubles, frames)) {
		m->doubles = true; /* once a run */
		notice(m, "info", "duplicate-packets", "the mirror delivers packets twice; they are counted once");
	}
	m->interval = now;
}
