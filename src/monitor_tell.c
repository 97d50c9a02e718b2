/* What is reported as it happens: events, alerts, status lines. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "monitor.h"
#include "report/event.h"

static const char *rule_of(const struct monitor *m, const struct attempt *a)
{
	return a->rule >= 0 ? m->a.lists->rules[a->rule].id : NULL;
}

static void log_line(struct monitor *m, enum err e, struct text *t)
{
	if (e == ERR_OK)
		eventlog_add(&m->events, t->at, t->n);
	text_clear(t);
}

static void alert(struct monitor *m, const struct attempt *a, enum verdict now)
{
	struct text t = {0};

	if (!alert_may(m->alert, monotonic_us())) {
		m->alerts_left_out++;
		return;
	}
	if (event_alert(a, rule_of(m, a), now, m->alerts_left_out, &t) == ERR_OK && alert_send(m->alert, t.at, t.n))
		m->alerts_left_out = 0;
	else
		m->alerts_left_out++;
	text_release(&t);
}

static void attempt_settled(void *context, const struct attempt *a)
{
	struct monitor *m = context;
	bool bad = a->outcome == OUTCOME_BLOCKED || a->outcome == OUTCOME_RESET;
	struct text t = {0};
	enum verdict now;

	if (a->rule >= 0)
		m->outcomes[(size_t)a->rule * OUTCOME_COUNT + a->outcome]++;
	else
		m->unlisted += bad;
	bool changed = standing_note(&m->standing, a, &now);
	if (m->events.fd >= 0 && bad)
		log_line(m, event_incident(a, rule_of(m, a), &t), &t);
	if (m->events.fd >= 0 && changed)
		log_line(m, event_change(a, rule_of(m, a), now, &t), &t);
	if (m->alert && changed)
		alert(m, a, now);
	text_release(&t);
}

static void notice_told(void *context, const char *level, const char *code, const char *text)
{
	struct monitor *m = context;
	struct text t = {0};

	if (m->events.fd >= 0)
		log_line(m, event_notice(wall_clock_us(), level, code, text, &t), &t);
	text_release(&t);
}

static enum err counters_new(struct monitor *m)
{
	standing_release(&m->standing);
	free(m->outcomes);
	m->outcomes = calloc((m->a.lists->rule_n + 1) * OUTCOME_COUNT, sizeof *m->outcomes);
	return m->outcomes ? standing_init(&m->standing, m->a.lists->rule_n) : err_fail(ERR_MEMORY, "out of memory");
}

enum err monitor_tell_begin(struct monitor *m)
{
	m->a.listener = (struct audit_listener){.context = m, .attempt = attempt_settled, .notice = notice_told};
	return counters_new(m);
}

enum err monitor_tell_anew(struct monitor *m)
{
	return counters_new(m);
}

void monitor_tell_release(struct monitor *m)
{
	alert_stop(m->alert);
	eventlog_close(&m->events);
	standing_release(&m->standing);
	free(m->outcomes);
}

static size_t rules_blocked(const struct monitor *m)
{
	size_t n = 0;

	for (int kind = KIND_FIREWALL; kind <= KIND_TLS_INSPECTION; kind++)
		n += standing_blocked(&m->standing, (enum missing_kind)kind);
	return n;
}

/* ---- on standard error */

void monitor_say_status(struct monitor *m)
{
	struct marks now;
	struct record_counters c = record_counters(m->a.record);

	monitor_mark(m, &now);
	double s = (double)(now.monotonic_us - m->status.monotonic_us) / 1e6;
	if (s <= 0)
		s = 1;
	err_say("%.0f packets/s, %.1f Mbit/s, %" PRIu64 " dropped, %" PRIu64 " attempts kept, %zu rules blocked,"
	        " %" PRIu64 " rows wait%s",
	        (double)(now.frames - m->status.frames) / s, (double)(now.bytes - m->status.bytes) * 8 / 1e6 / s,
	        now.dropped - m->status.dropped, c.attempts, rules_blocked(m), c.queued,
	        m->failing ? " (the disk fails)" : "");
	m->status = now;
}

void monitor_say_statistics(const struct monitor *m)
{
	const struct pipeline_counters k = m->seen.counters;
	struct judge_counters j = judge_counters(m->a.judge);
	struct record_counters r = record_counters(m->a.record);

	err_say("%" PRIu64 " packets, %" PRIu64 " bytes, %" PRIu64 " cut; %" PRIu64 " decoded, %" PRIu64 " flows (at"
	        " most %" PRIu64
	        " at once, %" PRIu64 " given up), %" PRIu64 " judged (at most %.0f ms at a time), %" PRIu64 " kept",
	        k.frames, k.bytes, k.truncated, k.decode.packets, k.flow.flows, k.flow.peak, k.flow.evicted, j.flows,
	        (double)m->judged_longest_us / 1e3, j.kept);
	err_say("database: %" PRIu64 " attempts, %" PRIu64 " incidents, %" PRIu64 " look-ups, %" PRIu64 " rows wait,"
	        " %" PRIu64
	        " lost%s; %zu rules blocked; run %" PRId64,
	        r.attempts, r.incidents, r.lookups, r.queued, r.dropped, r.failing ? ", the disk fails" : "",
	        rules_blocked(m),
	        record_run(m->a.record));
	for (size_t i = 0; i < m->seen.source_n; i++) {
		const struct source *s = &m->seen.sources[i];
		err_say("%s: %" PRIu64 " packets, %" PRIu64 " dropped", s->name, s->packets, s->dropped);
	}
}
