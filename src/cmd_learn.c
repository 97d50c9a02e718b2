/* rulegap learn: a draft of an endpoint list from a network where everything works. */
#include <stdlib.h>
#include <string.h>

#include "auditing.h"
#include "base/limits.h"
#include "base/text.h"
#include "learn.h"

static const struct option_row rows[] = {
	{'r', "read", ARG_FILE, "FILE", true, "capture file or folder; - is standard input"},
	{0, "domain", ARG_TEXT, "SUFFIX", true, "learn names that end so, and this name itself"},
	{0, "clients", ARG_TEXT, "NET[,NET...]", true, "learn from these clients only"},
	{0, "name", ARG_TEXT, "NAME", false, "of the list (default learned)"},
	{'o', "output", ARG_FILE, "FILE", false, "write there instead of standard output"},
	{'q', "quiet", ARG_NONE, NULL, false, "no progress"},
	{0},
};

static enum err prepare(struct auditing *a, const struct options *o)
{
	size_t domain_n;
	const char *const *domains = options_all(o, "domain", &domain_n);

	if (!options_has(o, "read"))
		return err_fail(ERR_USAGE,
		                "no capture given: -r FILE (a capture file, a folder, or - for standard input)");
	if (domain_n == 0 && !options_has(o, "clients"))
		return err_fail(ERR_USAGE, "nothing to learn: --domain SUFFIX, or --clients NET for all that they use");
	enum err e = auditing_networks(o, "clients", &a->clients, &a->judge_options.client_n);
	if (e == ERR_OK)
		e = learn_lists(domains, domain_n, &a->lists);
	a->flows_most = FLOWS_MOST_DEFAULT;
	a->judge_options.clients = a->clients;
	a->judge_options.waits = (struct waits)WAITS_DEFAULT;
	a->judge_options.lists = a->lists;
	a->judge_options.watch = &a->watch;
	return e;
}

static enum err read_all(struct auditing *a)
{
	enum err e;

	while ((e = pipeline_read(a->pipeline)) == ERR_OK)
		;
	if (e == ERR_END)
		e = pipeline_finish(a->pipeline);
	if (e != ERR_OK)
		return e;
	judge_finish(a->judge);
	return a->failed;
}

static enum err observe(struct auditing *a, struct capture *c)
{
	const struct record_options ro = {0};
	struct source_row *sources = calloc(capture_source_count(c) + 1, sizeof *sources);
	enum err e = sources ? auditing_begin(a, "audit", &ro, c) : err_fail(ERR_MEMORY, "out of memory");

	if (e == ERR_OK)
		e = read_all(a);
	if (e == ERR_OK) {
		struct pipeline_counters k = pipeline_counters(a->pipeline);
		struct progress p = auditing_progress(&k, capture_source(c, 0), capture_source_count(c), sources);
		e = record_end(a->record, &p, true);
	}
	free(sources);
	return e;
}

static enum err write_draft(const struct auditing *a, const struct capture *c, const struct options *o)
{
	struct text source = {0};
	struct output out;
	enum err e = output_open(options_last(o, "output", NULL), &out);

	if (e != ERR_OK)
		return e;
	text_add(&source, "seen by rulegap learn in ");
	for (size_t i = 0; i < capture_source_count(c); i++) {
		const char *path = capture_source(c, i)->name, *slash = strrchr(path, '/');
		text_addf(&source, "%s%s", i ? ", " : "", slash && slash[1] ? slash + 1 : path);
	}
	e = source.failed
	            ? err_fail(ERR_MEMORY, "out of memory")
	            : learn_write(record_path(a->record), options_last(o, "name", "learned"), source.at, out.file);
	text_release(&source);
	return output_finish(&out, e);
}

static bool is_damaged(const struct capture *c)
{
	for (size_t i = 0; i < capture_source_count(c); i++)
		if (capture_source(c, i)->damage != ERR_OK)
			return true;
	return false;
}

static int run(const struct options *o)
{
	struct auditing a = {0};
	struct capture *c = NULL;
	size_t n;
	const char *const *files = options_all(o, "read", &n);
	struct capture_options co = {.progress = !options_has(o, "quiet")};
	char *filter = NULL;
	enum err e = prepare(&a, o);

	if (e == ERR_OK)
		e = auditing_filter(o, &filter);
	co.filter = filter;
	if (e == ERR_OK)
		e = capture_open_files(files, n, &co, &c);
	if (e == ERR_OK)
		e = observe(&a, c);
	if (e == ERR_OK)
		e = write_draft(&a, c, o);
	int status = e != ERR_OK ? command_fail(e) : is_damaged(c) ? EXIT_INCOMPLETE : EXIT_DONE;
	capture_close(c);
	auditing_release(&a);
	free(filter);
	return status;
}

const struct command command_learn = {
	.name = "learn",
	.summary = "draft an endpoint list from captures of a network where everything works",
	.usage = "-r FILE [-r FILE...] [--domain SUFFIX...] [--clients NET...] [-o LIST] [FILTER]",
	.about = "Writes which names were used under the given domains, or by the given clients, with the ports that "
		 "worked, as an endpoint list to start from. Names are taken exactly as they were asked for, never "
                 "their "
		 "domain: what a provider shares among its customers is not opened for all of them. Aliases and what "
		 "did not work are comments.",
	.rows = rows,
	.run = run,
};
