/* audit: captures and a list go in, the missing rules come out. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "auditing.h"
#include "report/exporters.h"

static const struct option_row rows[] = {
	{'r', "read", ARG_FILE, "FILE", true, "capture file or folder to audit; - is standard input"},
	AUDITING_ROWS,
	{'j', "jobs", ARG_NUMBER, "N", false,
	 "threads that share the work on files (standard input and pipes: one); 0: one a core "
	 "(default 1: the least CPU time)"},
	{'f', "format", ARG_CHOICE, EXPORTER_CHOICES, false, "how the report is written (default text)"},
	{'o', "output", ARG_FILE, "FILE", false, "write the report there instead of to standard output"},
	{'q', "quiet", ARG_NONE, NULL, false, "no progress; in a text report the missing rules and the notices alone"},
	{'v', "verbose", ARG_NONE, NULL, false, "say on standard error what was counted"},
	{0, "exit-code", ARG_NONE, NULL, false, "exit with 1 when a rule is missing"},
	{0},
};

static volatile sig_atomic_t interrupted;

static void interrupt(int signal_number)
{
	(void)signal_number;
	interrupted = 1;
}

static void catch_signals(void)
{
	/* Once: a second signal kills the program at once. */
	struct sigaction action = {.sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static struct progress progress_of(const struct auditing *a, const struct capture *c, struct source_row *sources)
{
	struct pipeline_counters k = pipeline_counters(a->pipeline);

	return auditing_progress(&k, capture_source(c, 0), capture_source_count(c), sources);
}

#define CHECKPOINT_FRAMES 4000000u

/* Read everything, or until a signal: what was read by then is judged. */
static enum err read_all(struct auditing *a, const struct capture *c, struct source_row *sources)
{
	uint64_t told = 0, frames = 0;
	enum err e;

	while ((e = pipeline_read(a->pipeline)) == ERR_OK && !interrupted) {
		frames = pipeline_frames(a->pipeline);
		if (frames - told < CHECKPOINT_FRAMES)
			continue;
		told = frames;
		struct progress p = progress_of(a, c, sources);
		if ((e = record_checkpoint(a->record, &p)) != ERR_OK)
			return e;
	}
	return e == ERR_END ? ERR_OK : e;
}

static enum err run_audit(struct auditing *a, struct capture *c, struct source_row *sources)
{
	enum err e = read_all(a, c, sources);
	bool whole = !interrupted;
	struct progress p;

	if (e == ERR_OK)
		e = pipeline_finish(a->pipeline);
	if (e == ERR_OK) {
		judge_finish(a->judge);
		auditing_notices(a, c);
		if (a->failed != ERR_OK)
			e = err_fail(a->failed, "%s", a->why);
	}
	p = progress_of(a, c, sources);
	if (e == ERR_OK && !whole)
		err_say("interrupted: the report ends with packet %llu", (unsigned long long)p.packets);
	enum err ended = record_end(a->record, &p, e == ERR_OK && whole);
	return e != ERR_OK ? e : ended;
}

static void say_counters(const struct auditing *a)
{
	struct pipeline_counters k = pipeline_counters(a->pipeline);
	struct judge_counters j = judge_counters(a->judge);

	err_say("%llu frames, %llu packets, %llu flows (at most %llu at once), %llu messages read over UDP; "
	        "refused: %llu cut, %llu malformed, %llu of unknown kind; kept for judging: %llu",
	        (unsigned long long)k.frames, (unsigned long long)k.decode.packets, (unsigned long long)k.flow.flows,
	        (unsigned long long)k.flow.peak, (unsigned long long)k.dissect.messages[0],
	        (unsigned long long)k.decode.truncated, (unsigned long long)k.decode.malformed,
	        (unsigned long long)k.decode.unsupported, (unsigned long long)j.kept);
}

static int report(const struct auditing *a, const struct options *o)
{
	const struct exporter *exporter = exporter_find(options_last(o, "format", "text"));
	struct output out = {0};
	struct gap *g = NULL;
	enum err e = gap_read_run(a->record, exporter->details, exporter->plain, &g);

	if (e == ERR_OK)
		e = output_open(options_last(o, "output", NULL), &out);
	if (e == ERR_OK) {
		struct style style = {.colour = output_is_colourful(out.file), .brief = options_has(o, "quiet"),
		                      .database = options_last(o, "database", NULL)};
		e = output_finish(&out, exporter->write(g, &style, out.file));
	}
	int status = e != ERR_OK ? command_fail(e)
	             : g->incomplete ? EXIT_INCOMPLETE
	             : g->missing_n && options_has(o, "exit-code") ? EXIT_MISSING : EXIT_DONE;
	gap_free(g);
	return status;
}

static int audit(struct auditing *a, struct capture *c, const struct options *o)
{
	struct source_row *sources = calloc(capture_source_count(c) + 1, sizeof *sources);
	const struct exporter *exporter = exporter_find(options_last(o, "format", "text"));
	bool counted = a->judge_options.passing && !exporter->details; /* packets that nothing keeps or shows */

	a->judge_options.evidence &= !counted || !exporter->plain;
	a->judge_options.counted = counted;
	struct record_options ro = {.path = options_last(o, "database", NULL), .evidence = a->judge_options.evidence,
	                            .brief = !exporter->details};
	enum err e = sources ? auditing_begin(a, "audit", &ro, c) : err_fail(ERR_MEMORY, "out of memory");

	if (e == ERR_OK)
		e = run_audit(a, c, sources);
	if (e == ERR_OK && options_has(o, "verbose"))
		say_counters(a);
	free(sources);
	auditing_disband(a);
	return e == ERR_OK ? report(a, o) : command_fail(e);
}

/* Whoever reads standard input second finds it empty. */
static enum err input_once(const struct options *o)
{
	static const char *const names[] = {"endpoints", "addresses", "read"};
	size_t inputs = 0, n;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *const *given = options_all(o, names[i], &n);
		for (size_t k = 0; k < n; k++)
			inputs += strcmp(given[k], "-") == 0;
	}
	return inputs < 2 ? ERR_OK : err_fail(ERR_USAGE, "standard input (-) can be read only once; give files");
}

static int run(const struct options *o)
{
	struct auditing a = {0};
	struct capture *c = NULL;
	size_t file_n;
	const char *const *files = options_all(o, "read", &file_n);
	struct capture_options co = {.progress = !options_has(o, "quiet")};
	char *filter = NULL;
	int format = 0, status;
	enum err e = options_choice(o, "format", &format);

	if (e == ERR_OK)
		e = auditing_filter(o, &filter);
	co.filter = filter;
	if (e == ERR_OK && file_n == 0)
		e = err_fail(ERR_USAGE,
		             "no capture given: -r FILE (a capture file, a folder, or - for standard input)");
	if (e == ERR_OK)
		e = input_once(o);
	if (e == ERR_OK)
		e = output_check(options_last(o, "output", NULL));
	if (e == ERR_OK)
		e = auditing_prepare(&a, o);
	a.judge_options.passing = !options_has(o, "database");
	if (e == ERR_OK)
		e = capture_open_files(files, file_n, &co, &c);
	if (e == ERR_OK) {
		catch_signals();
		status = audit(&a, c, o);
	} else {
		status = command_fail(e);
	}
	capture_close(c);
	auditing_release(&a);
	free(filter);
	return status;
}

const struct command command_audit = {
	.name = "audit",
	.summary = "audit captures against endpoint lists and report the missing rules",
	.usage = "-e LIST [-e LIST...] -r FILE [-r FILE...] [-d DB] [FILTER]",
	.about = "Reads captures (pcap and pcapng, also compressed with gzip, zstd or lz4), tells which connections of "
                 "the "
		 "lists' hosts worked and which were blocked, and prints which firewall rules are missing. Without -d "
                 "the "
		 "database is temporary. Trailing words are a filter as in tcpdump.",
	.rows = rows,
	.run = run,
};
