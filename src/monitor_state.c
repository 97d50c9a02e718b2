/* Successive runs, and what survives them: what DNS said. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "monitor.h"
#include "service.h"

#define STATE_NAME "dns"
#define COMMAND "monitor"

static int64_t sane_now(const struct monitor *m)
{
	return m->seen.now_us;
}

void monitor_recall(struct monitor *m, void *bytes, size_t n)
{
	if (bytes)
		judge_load(m->a.judge, bytes, n);
	free(bytes);
}

void monitor_keep(struct monitor *m)
{
	struct text t = {0};

	if (!sane_now(m))
		return; /* nothing seen yet: keep what an earlier run stored */
	judge_save(m->a.judge, sane_now(m) - STATE_SPAN_US, STATE_LINES_MOST, &t);
	if (!t.failed && record_keep_state(m->a.record, STATE_NAME, t.at ? t.at : "", t.n) != ERR_OK)
		err_say("what DNS said is not kept: %s", err_detail());
	text_release(&t);
}

/* Begin another run, with these lists (NULL: the same). */
static enum err renew(struct monitor *m, struct lists *lists, int64_t span_us)
{
	if (!monitor_halt(m)) {
		lists_free(lists);
		return ERR_OK; /* the monitor is ending */
	}
	struct progress p = monitor_progress(m);
	enum err e = auditing_renew(&m->a, COMMAND, lists, sane_now(m) - span_us, &p);

	if (e == ERR_OK) {
		m->renewals++;
		monitor_begin_run(m);
	}
	if (e == ERR_OK && lists)
		e = monitor_tell_anew(m);
	monitor_go_on(m);
	return e;
}

void monitor_refresh(struct monitor *m)
{
	static const int64_t spans[] = {STATE_SPAN_US, 60 * MINUTE_US, 10 * MINUTE_US, 0};

	for (size_t i = 0; i < sizeof spans / sizeof spans[0] && judge_is_worn(m->a.judge); i++)
		if (renew(m, NULL, spans[i]) != ERR_OK) {
			err_say("%s", err_detail());
			return;
		}
}

static bool are_same(const struct lists *a, const struct lists *b)
{
	bool same = a->source_n == b->source_n;

	for (size_t i = 0; same && i < a->source_n; i++)
		same = strcmp(a->sources[i].sha256, b->sources[i].sha256) == 0;
	return same;
}

/* Log rotation also sends SIGHUP: unchanged lists do not start a new run. */
static enum err take_lists(struct monitor *m, struct lists *lists)
{
	if (are_same(lists, m->a.lists)) {
		lists_free(lists);
		if (!m->settings.quiet)
			err_say("the lists are unchanged");
		return ERR_OK;
	}
	enum err e = renew(m, lists, STATE_SPAN_US);
	if (e == ERR_OK && !m->settings.quiet)
		err_say("the lists were reloaded: %zu rules", m->a.lists->rule_n);
	return e;
}

void monitor_reload(struct monitor *m)
{
	size_t n;
	const char *const *paths = options_all(m->options, "endpoints", &n);
	struct lists *lists = NULL;

	service_reloading();
	if (eventlog_reopen(&m->events) != ERR_OK)
		err_say("%s; going on in the old file", err_detail());
	enum err e = lists_read(paths, n, options_last(m->options, "profile", NULL), &lists);
	if (e == ERR_OK)
		e = take_lists(m, lists);
	if (e != ERR_OK) {
		(void)command_fail(e);
		err_say("the lists were not reloaded; the old ones stay");
	}
	service_ready(e == ERR_OK ? "capturing" : "capturing with the old lists: the new ones are wrong");
}
