/* monitor: reads a mirror port and fills the database as it goes. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "capture/sandbox.h"
#include "monitor.h"
#include "service.h"

#define KEEP_LEAST (UINT64_C(1) << 20) /* an empty database already takes a quarter of this */
#define BUFFER_MOST (UINT64_C(2047) << 20) /* of a kernel ring; libpcap counts in int */

static const struct option_row rows[] = {
	{'i', "interface", ARG_INTERFACE, "IFACE", true, "interface to capture on: a mirror port, or any"},
	AUDITING_ROWS,
	{0, "duration", ARG_TIME, "TIME", false, "end after that time (default: at a signal)"},
	{'j', "jobs", ARG_NUMBER, "N", false,
	 "threads that share the packets; 0: one a core (default 1: enough for some Gbit/s)"},
	{'B', "buffer", ARG_TEXT, "SIZE", false, "kernel buffer of each interface (default 64M)"},
	{'s', "snaplen", ARG_NUMBER, "BYTES", false, "capture only so much of each packet (default 262144)"},
	{0, "immediate", ARG_NONE, NULL, false, "deliver packets one by one: sooner, and slower"},
	{0, "no-promiscuous", ARG_NONE, NULL, false, "leave the interface in the mode that it is in"},
	{0, "keep", ARG_TIME, "TIME", false, "delete what is older from the database (like 30d)"},
	{0, "keep-size", ARG_TEXT, "SIZE", false, "delete the oldest when the database grows beyond it (like 2G)"},
	{'u', "user", ARG_TEXT, "NAME", false, "user to become after the start (default rulegap, or nobody)"},
	{0, "no-sandbox", ARG_NONE, NULL, false, "set no system-call filter"},
	{0, "alert", ARG_TEXT, "CMD", false,
	 "run it, with the incident as JSON on its input, when a rule becomes blocked or is allowed again"},
	{'f', "format", ARG_CHOICE, "ndjson", false,
	 "tell events (incidents, changes of rules, notices) as lines of JSON"},
	{'o', "output", ARG_FILE, "FILE", false,
	 "write the events there instead of to standard output; opened anew at SIGHUP"},
	{0, "metrics", ARG_FILE, "FILE", false,
	 "write counters for Prometheus there every 15 s (a name that ends in .prom)"},
	{0, "metrics-listen", ARG_TEXT, "ADDR:PORT", false, "answer Prometheus over HTTP at /metrics"},
	{0, "interval", ARG_TIME, "TIME", false, "how often drops and the like are noted in the database (default 1m)"},
	{0, "status", ARG_TIME, "TIME", false, "say on standard error, every so often, how it goes"},
	{'q', "quiet", ARG_NONE, NULL, false, "say only what is wrong"},
	{'v', "verbose", ARG_NONE, NULL, false, "say on standard error what was counted, at the end"},
	{0},
};

/* ---- options */

static enum err settings_read(struct monitor *m, const struct options *o)
{
	struct monitor_settings *s = &m->settings;
	int format = 0;
	enum err e;

	*s = (struct monitor_settings){.interval_us = INTERVAL_US, .metrics_path = options_last(o, "metrics", NULL),
	                               .quiet = options_has(o, "quiet"), .verbose = options_has(o, "verbose"),
	                               .sandbox = !options_has(o, "no-sandbox")};
	if ((e = options_duration(o, "duration", &s->duration_us)) != ERR_OK ||
	    (e = options_duration(o, "interval", &s->interval_us)) != ERR_OK ||
	    (e = options_duration(o, "status", &s->status_us)) != ERR_OK ||
	    (e = options_choice(o, "format", &format)) != ERR_OK)
		return e;
	if (s->interval_us < SECOND_US || (options_has(o, "status") && s->status_us < SECOND_US))
		return err_fail(ERR_USAGE, "--interval, --status: at least 1s");
	if (options_has(o, "output") && !options_has(o, "format"))
		return err_fail(ERR_USAGE, "-o is for events: give -f ndjson as well");
	return privilege_find(options_last(o, "user", NULL), &m->user);
}

static enum err capture_options_read(const struct options *o, struct capture_options *ret)
{
	uint64_t buffer = 0, snaplen = 0;
	enum err e = options_size(o, "buffer", &buffer);

	if (e == ERR_OK)
		e = options_count(o, "snaplen", 64, 262144, &snaplen);
	if (e == ERR_OK && buffer && (buffer < 1u << 20 || buffer > BUFFER_MOST))
		e = err_fail(ERR_USAGE, "--buffer: 1M to 2047M");
	ret->buffer_bytes = buffer;
	ret->snaplen = (uint32_t)snaplen;
	ret->immediate = options_has(o, "immediate");
	ret->promiscuous = !options_has(o, "no-promiscuous");
	return e;
}

static enum err record_options_read(const struct monitor *m, const struct options *o, struct record_options *ret)
{
	*ret = (struct record_options){.path = options_last(o, "database", NULL), .threaded = true,
	                               .evidence = m->a.judge_options.evidence};
	if (!ret->path)
		return err_fail(ERR_USAGE, "no database given: -d DB");
	enum err e = options_duration(o, "keep", &ret->keep_us);
	if (e == ERR_OK)
		e = options_size(o, "keep-size", &ret->keep_bytes);
	if (e == ERR_OK && ret->keep_bytes && ret->keep_bytes < KEEP_LEAST)
		e = err_fail(ERR_USAGE, "--keep-size: at least 1M are needed");
	return e;
}

/* ---- start-up, in the order that privileges require */

/* An interface given twice would deliver each packet twice. */
static enum err each_once(const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(names[i], names[j]) == 0)
				return err_fail(ERR_USAGE, "-i %s: given twice", names[i]);
	return n ? ERR_OK : err_fail(ERR_USAGE, "no interface given: -i IFACE");
}

/* One capture per thread, all on the same interfaces. */
static enum err open_sharers(struct monitor *m, const char *const *interfaces, size_t n, struct capture_options *co)
{
	unsigned jobs = m->a.jobs;
	enum err e = ERR_OK;

	if (jobs * n > CAPTURE_SOCKETS_MOST)
		return err_fail(ERR_USAGE, "%u threads (-j) for %zu interfaces: at most %d for all of them together",
		                jobs, n, CAPTURE_SOCKETS_MOST);
	m->captures = calloc(jobs, sizeof *m->captures);
	if (!m->captures)
		return err_fail(ERR_MEMORY, "out of memory");
	co->sharers = jobs;
	for (unsigned i = 0; i < jobs && e == ERR_OK; i++) {
		e = capture_open_live(interfaces, n, co, &m->captures[i]);
		m->capture_n += e == ERR_OK;
		co->fellow = m->captures[0];
	}
	return e;
}

static enum err open_capture(struct monitor *m, const struct options *o)
{
	size_t n;
	const char *const *interfaces = options_all(o, "interface", &n);
	struct capture_options co = {0};
	char *filter = NULL;
	enum err e = capture_options_read(o, &co);

	if (e == ERR_OK)
		e = auditing_filter(o, &filter);
	co.filter = filter;
	if (e == ERR_OK)
		e = each_once(interfaces, n);
	if (e == ERR_OK)
		e = open_sharers(m, interfaces, n, &co);
	free(filter);
	if (e != ERR_OK)
		return e;
	m->rows = calloc(n, sizeof *m->rows);
	m->interfaces = calloc(n, sizeof *m->interfaces);
	m->seen.sources = calloc(n, sizeof *m->seen.sources);
	if (!m->rows || !m->interfaces || !m->seen.sources)
		return err_fail(ERR_MEMORY, "out of memory");
	m->seen.source_n = n;
	for (size_t i = 0; i < n; i++)
		m->seen.sources[i] = *capture_source(m->captures[0], i);
	return ERR_OK;
}

/* A database created by root is handed to the user, so that a monitor that never was root can also open it. */
static void give_away(const char *path, const struct privilege_user *user)
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	struct text t = {0};

	if (geteuid() != 0)
		return;
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		text_clear(&t);
		text_addf(&t, "%s%s", path, ends[i]);
		if (!t.failed && lchown(t.at, user->uid, user->gid) != 0 && i == 0)
			err_say("%s: stays root's: its owner cannot be changed", path);
	}
	text_release(&t);
}

static enum err open_all(struct monitor *m, const struct options *o, void **ret_state, size_t *ret_n)
{
	struct record_options ro;
	const char *listen = options_last(o, "metrics-listen", NULL);
	enum err e = record_options_read(m, o, &ro);

	if (e == ERR_OK)
		e = open_capture(m, o);
	if (e == ERR_OK)
		e = auditing_open(&m->a, &ro);
	if (e != ERR_OK)
		return e;
	e = record_state(m->a.record, "dns", ret_state, ret_n);
	if (e != ERR_OK && e != ERR_END)
		return e;
	give_away(record_path(m->a.record), &m->user);
	return listen ? metrics_listen(m, listen, &m->server) : ERR_OK;
}

static enum err give_up_privileges(struct monitor *m)
{
	int fds[CAPTURE_SOCKETS_MOST];
	struct sandbox_options so = {.packet_fds = fds, .local_sockets = service_is_watched(),
	                             .listen = m->server != NULL};
	enum err e = privilege_drop(&m->user);

	for (unsigned i = 0; i < m->capture_n; i++)
		so.packet_fds_n += capture_descriptors(m->captures[i], fds + so.packet_fds_n,
		                                       CAPTURE_SOCKETS_MOST - so.packet_fds_n);
	if (e != ERR_OK || !m->settings.sandbox)
		return e;
	return sandbox_enter(&so);
}

/* Root wonders why it may not. */
static enum err explain(const struct monitor *m, enum err e, const char *path)
{
	if (e != ERR_PERMISSION || getuid() != m->user.uid)
		return e;
	return err_fail(e, "%s: Permission denied: the monitor writes it as user %s; name a folder of theirs, or see "
	                "--user", path, m->user.name);
}

/* Files written repeatedly are opened now by the user that will reopen them later. */
static enum err begin(struct monitor *m, const struct options *o, void *state, size_t n)
{
	m->events.fd = -1;
	const char *events = options_last(o, "output", NULL);
	enum err e = options_has(o, "format") ? explain(m, eventlog_open(&m->events, events), events) : ERR_OK;

	if (e == ERR_OK)
		e = monitor_tell_begin(m);
	if (e == ERR_OK)
		e = auditing_start(&m->a, "monitor");
	if (e != ERR_OK) {
		free(state);
		return e;
	}
	monitor_recall(m, state, n);
	monitor_begin_run(m);
	m->interval = m->status = m->run;
	m->seen.at_us = monotonic_us();
	const char *metrics = m->settings.metrics_path;
	return metrics ? explain(m, metrics_file(m, metrics), metrics) : ERR_OK;
}

static enum err send_out(struct monitor *m)
{
	struct scout_options so = {.captures = m->captures, .jobs = m->a.jobs, .lists = m->a.lists,
	                           .judge = &m->a.judge_options,
	                           .flows_most = m->a.flows_most, .memory_bytes = m->a.memory_bytes,
	                           .evidence = m->a.judge_options.evidence};

	return scout_start(&so, &m->scout);
}

static enum err monitor(struct monitor *m, const struct options *o)
{
	const char *command = options_last(o, "alert", NULL);
	void *state = NULL;
	size_t n = 0;
	enum err e = settings_read(m, o);

	if (e == ERR_OK)
		e = auditing_prepare(&m->a, o);
	m->a.judge_options.live = true;
	if (e == ERR_OK && command)
		e = alert_start(command, &m->user, &m->alert);
	if (e == ERR_OK)
		e = open_all(m, o, &state, &n);
	if (e == ERR_OK)
		e = give_up_privileges(m);
	if (e != ERR_OK) {
		free(state);
		return e;
	}
	e = begin(m, o, state, n);
	if (e == ERR_OK)
		e = send_out(m);
	if (e != ERR_OK)
		return e;
	service_ready("capturing");
	if (!m->settings.quiet)
		err_say("capturing; %zu rules, run %lld of %s", m->a.lists->rule_n, (long long)record_run(m->a.record),
		        options_last(o, "database", ""));
	return monitor_loop(m);
}

static int run(const struct options *o)
{
	struct monitor *m = calloc(1, sizeof *m);

	if (!m)
		return command_fail(err_fail(ERR_MEMORY, "out of memory"));
	m->options = o;
	m->events.fd = -1;
	monitor_catch_signals();
	int status = command_fail(monitor(m, o));
	if (status == EXIT_DONE && m->incomplete)
		status = EXIT_INCOMPLETE;
	metrics_close(m->server);
	scout_free(m->scout);
	monitor_tell_release(m);
	auditing_release(&m->a);
	for (unsigned i = 0; i < m->capture_n; i++)
		capture_close(m->captures[i]);
	free(m->captures);
	free(m->rows);
	free(m->seen.sources);
	free(m->interfaces);
	free(m);
	return status;
}

const struct command command_monitor = {
	.name = "monitor",
	.summary = "audit a mirror port as it goes, for months",
	.usage = "-e LIST [-e LIST...] -i IFACE [-i IFACE...] -d DB [FILTER]",
	.about = "Captures live and writes settled attempts into the database within seconds; read it at the "
	         "same time with rulegap report. After the start it is an ordinary user without any capability "
	         "who can send no packet. SIGHUP reads the lists anew, SIGUSR1 prints statistics, SIGTERM ends "
	         "it cleanly. Trailing words are a filter as in tcpdump.",
	.rows = rows,
	.run = run,
};
