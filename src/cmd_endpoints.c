/* rulegap endpoints: check, show, compare, import and look up endpoint lists. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attribute/import.h"
#include "attribute/list_print.h"
#include "attribute/resolve.h"
#include "base/text.h"
#include "base/word.h"
#include "command.h"

enum verb { VERB_CHECK = 1, VERB_SHOW = 2, VERB_DIFF = 4, VERB_IMPORT = 8, VERB_RESOLVE = 16 };
#define VERBS_READING (VERB_CHECK | VERB_SHOW | VERB_RESOLVE)

static const struct option_row rows[] = {
	{'f', "format", ARG_CHOICE, "text|json|markdown", false,
         "how to print it; resolve writes JSON unless told otherwise"},
	{'o', "output", ARG_FILE, "FILE", false, "write there instead of to standard output"},
	{0, "profile", ARG_TEXT, "NAME", false,
         "check, show, resolve: the deployment choice whose groups count as well"},
	{0, "from", ARG_CHOICE, "m365|aws|azure|csv|text", false, "import: the format of the file"},
	{0, "name", ARG_TEXT, "NAME", false, "import: name of the list"},
	{0, "ports", ARG_TEXT, "PORT/PROTO,...", false,
         "import: ports of hosts for which the file names none (like 443/tcp,3478/udp)"},
	{0, "group", ARG_TEXT, "ID", false, "import, csv and text: group of hosts for which the file names none"},
	{0, "service", ARG_TEXT, "NAME", true,
         "import: only this service (m365: service area; csv: group; not of text)"},
	{0, "category", ARG_TEXT, "NAME", true, "import, m365: only this category (Optimize, Allow, Default)"},
	{0, "tag", ARG_TEXT, "NAME", true, "import, azure: only this service tag"},
	{0, "region", ARG_TEXT, "NAME", true, "import, aws and azure: only this region"},
	{0, "server", ARG_TEXT, "ADDR[:PORT]", true,
         "resolve: ask this resolver instead of the machine's own; several are asked each"},
	{0, "timeout", ARG_TIME, "TIME", false, "resolve: wait for the first of two tries (default 2s)"},
	{0, "exit-code", ARG_NONE, NULL, false, "diff: exit 1 when a rule differs"},
	{'q', "quiet", ARG_NONE, NULL, false, "no notes on standard error"},
	{0},
};

/* The verbs an option belongs to; options not listed belong to all. */
static const struct {
	const char *name;
	unsigned verbs;
} belongs[] = {
	{"profile", VERBS_READING}, {"from", VERB_IMPORT},      {"name", VERB_IMPORT},   {"ports", VERB_IMPORT},
	{"group", VERB_IMPORT},     {"service", VERB_IMPORT},   {"category", VERB_IMPORT}, {"tag", VERB_IMPORT},
	{"region", VERB_IMPORT},    {"server", VERB_RESOLVE},   {"timeout", VERB_RESOLVE}, {"exit-code", VERB_DIFF},
};

/* The formats an option of import belongs to, as bits of enum import_format. */
static const struct {
	const char *name;
	unsigned formats;
} picks[] = {
	{"group", 1u << IMPORT_CSV | 1u << IMPORT_TEXT},
	{"service", ~(1u << IMPORT_TEXT)},
	{"category", 1u << IMPORT_M365},
	{"tag", 1u << IMPORT_AZURE},
	{"region", 1u << IMPORT_AWS | 1u << IMPORT_AZURE},
};

struct job {
	const struct options *o;
	struct output out;
	enum list_form form;
	int status; /* if everything succeeded */
};

static enum err check(struct job *j, struct lists *l)
{
	return lists_check_print(l, j->form, j->out.file);
}

static enum err show(struct job *j, struct lists *l)
{
	return lists_print(l, j->form, j->out.file);
}

static void note(const struct job *j, const char *text)
{
	struct text safe = {0};

	if (options_has(j->o, "quiet"))
		return;
	text_add_escaped(&safe, text);
	err_say("%s", safe.failed ? "" : safe.at);
	text_release(&safe);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names of active groups, each once, in order; reports what cannot be looked up. */
static enum err names_of(const struct job *j, const struct lists *l, const char ***ret_names, size_t *ret_n)
{
	size_t all = 0, n = 0, once = 0;
	struct text skipped = {0};

	for (size_t g = 0; g < l->group_n; g++)
		all += l->groups[g].active ? l->groups[g].host_n : 0;
	const char **names = calloc(all + 1, sizeof *names);
	if (!names)
		return err_fail(ERR_MEMORY, "out of memory");
	for (size_t g = 0; g < l->group_n; g++) {
		for (size_t h = 0; l->groups[g].active && h < l->groups[g].host_n; h++) {
			const struct host *host = &l->groups[g].hosts[h];
			if (host->kind == HOST_NAME)
				names[n++] = host->text;
			if (host->kind != HOST_WILDCARD)
				continue;
			text_clear(&skipped);
			text_addf(&skipped, "%s: a wildcard cannot be looked up (left out)", host->text);
			note(j, skipped.at ? skipped.at : "");
		}
	}
	text_release(&skipped);
	qsort(names, n, sizeof *names, compare_names);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || strcmp(names[i], names[i - 1]) != 0)
			names[once++] = names[i];
	*ret_names = names;
	*ret_n = once;
	return once ? ERR_OK : err_fail(ERR_USAGE, "%s: no names to look up in it", l->sources[0].path);
}

static void show_progress(void *context, size_t done, size_t all)
{
	(void)context;
	if (done == all || done % 16 == 0)
		fprintf(stderr, "\rlook-ups: %zu of %zu%s", done, all, done == all ? "\n" : "");
}

static void print_answer(FILE *f, const struct answer *a, enum list_form form)
{
	char text[ADDR_TEXT];
	bool table = form == FORM_MARKDOWN;

	fputs(table ? "| " : "", f);
	list_text_write(f, a->name, form);
	fprintf(f, table ? " | %s | %s | %s | " : "  %s  %s  %s", a->six ? "AAAA" : "A", a->server,
	        answer_status_text(a->status));
	for (size_t i = 0; i < a->alias_n; i++) {
		fputs(" -> ", f);
		list_text_write(f, a->aliases[i], form);
	}
	for (size_t i = 0; i < a->address_n; i++)
		fprintf(f, "%s%s (%us)", i ? ", " : "  ", addr_format(&a->addresses[i].address, text),
		        a->addresses[i].ttl_s);
	fputs(table ? " |\n" : "\n", f);
}

static void print_answers(const struct snapshot *s, enum list_form form, FILE *f)
{
	if (form == FORM_MARKDOWN)
		fputs("| name | type | server | status | answer |\n| --- | --- | --- | --- | --- |\n", f);
	for (size_t i = 0; i < s->answer_n; i++)
		print_answer(f, &s->answers[i], form);
}

/* Failed look-ups make the snapshot incomplete. */
static void count_silent(struct job *j, const struct snapshot *s)
{
	struct text line = {0};
	size_t n = 0;

	for (size_t i = 0; i < s->answer_n; i++)
		n += s->answers[i].status == ANSWER_TIMEOUT || s->answers[i].status == ANSWER_FAILED;
	if (n == 0)
		return;
	j->status = EXIT_INCOMPLETE;
	text_addf(&line, "%zu of %zu look-ups got no answer", n, s->answer_n);
	note(j, line.failed ? "" : line.at);
	text_release(&line);
}

static enum err resolve(struct job *j, struct lists *l)
{
	bool watched = isatty(STDERR_FILENO) == 1 && !options_has(j->o, "quiet");
	struct resolve_options ro = {.progress = watched ? show_progress : NULL};
	struct snapshot s = {0};
	const char **names = NULL;
	size_t n;

	ro.servers = options_all(j->o, "server", &ro.server_n);
	enum err e = options_duration(j->o, "timeout", &ro.timeout_us);
	if (e == ERR_OK)
		e = names_of(j, l, &names, &n);
	if (e == ERR_OK)
		e = resolve_names(names, n, &ro, &s);
	free(names);
	if (e != ERR_OK)
		return e;
	if (options_has(j->o, "format") && j->form != FORM_JSON)
		print_answers(&s, j->form, j->out.file);
	else
		e = snapshot_write(&s, l, j->out.file);
	count_silent(j, &s);
	snapshot_release(&s);
	return e;
}

/* Verbs that work on the overlay of all given lists. */
static enum err with_lists(struct job *j, enum err (*f)(struct job *, struct lists *))
{
	struct lists *l = NULL;
	enum err e = lists_read(j->o->words + 1, j->o->word_n - 1, options_last(j->o, "profile", NULL), &l);

	if (e == ERR_OK)
		e = f(j, l);
	lists_free(l);
	return e;
}

static enum err run_check(struct job *j)
{
	return with_lists(j, check);
}

static enum err run_show(struct job *j)
{
	return with_lists(j, show);
}

static enum err run_resolve(struct job *j)
{
	return with_lists(j, resolve);
}

static enum err run_diff(struct job *j)
{
	struct lists *before = NULL, *after = NULL;
	bool differ = false;

	if (j->o->word_n != 3)
		return err_fail(ERR_USAGE, "endpoints diff: two lists are compared, the old one first");
	enum err e = lists_read(j->o->words + 1, 1, NULL, &before);
	if (e == ERR_OK)
		e = lists_read(j->o->words + 2, 1, NULL, &after);
	if (e == ERR_OK)
		e = lists_diff_print(before, after, j->form, j->out.file, &differ);
	if (differ && options_has(j->o, "exit-code"))
		j->status = EXIT_MISSING;
	lists_free(before);
	lists_free(after);
	return e;
}

static void say_warning(void *context, const char *text)
{
	note(context, text);
}

static struct word_filter filter_of(const struct options *o, const char *name)
{
	struct word_filter f;

	f.words = options_all(o, name, &f.n);
	return f;
}

/* "lists/Ours 2.csv" -> "Ours 2": for formats that do not contain a name. */
static char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path, *dot = strrchr(base, '.');

	return strcmp(path, "-") == 0 ? strdup("imported")
	                              : strndup(base, dot && dot > base ? (size_t)(dot - base) : strlen(base));
}

static enum err format_read(const struct options *o, enum import_format *ret_format)
{
	int from = 0;
	enum err e = options_choice(o, "from", &from);

	for (size_t i = 0; e == ERR_OK && i < sizeof picks / sizeof picks[0]; i++)
		if (options_has(o, picks[i].name) && !(picks[i].formats >> from & 1))
			e = err_fail(ERR_USAGE, "endpoints import: --from %s takes no --%s",
			             options_last(o, "from", ""), picks[i].name);
	*ret_format = (enum import_format)from;
	return e;
}

static enum err import(struct job *j, struct import_options *io)
{
	struct draft d;
	struct text comment = {0};

	enum err e = format_read(j->o, &io->format);
	if (e == ERR_OK)
		e = draft_open(&d);
	if (e != ERR_OK)
		return e;
	e = import_read(j->o->words[1], io, &d);
	char *name = name_of(j->o->words[1]);
	d.name = options_last(j->o, "name", d.name ? d.name : name);
	text_addf(&comment, "Imported by rulegap %s (endpoints import --from %s): review it before it is used.",
	          RULEGAP_VERSION, options_last(j->o, "from", ""));
	if (e == ERR_OK)
		draft_write(&d, comment.failed ? NULL : comment.at, j->out.file);
	text_release(&comment);
	draft_release(&d);
	free(name);
	return e;
}

static enum err run_import(struct job *j)
{
	struct import_options io = {
	    .group = options_last(j->o, "group", NULL),
	    .services = filter_of(j->o, "service"),
	    .tags = filter_of(j->o, "tag"),
	    .categories = filter_of(j->o, "category"),
	    .regions = filter_of(j->o, "region"),
	    .warn = say_warning,
	    .context = j,
	};
	struct port_range *ports = NULL;

	if (j->o->word_n != 2)
		return err_fail(ERR_USAGE, "endpoints import: one file is imported (- is standard input)");
	if (!options_has(j->o, "from"))
		return err_fail(ERR_USAGE, "endpoints import: --from is needed (m365, aws, azure, csv or text)");
	if (options_has(j->o, "format"))
		return err_fail(ERR_USAGE,
		                "endpoints import: writes YAML; the format of the file is given with --from");
	enum err e = import_ports(options_last(j->o, "ports", ""), &ports, &io.port_n);
	io.ports = ports;
	if (e == ERR_OK)
		e = import(j, &io);
	free(ports);
	return e;
}

static const struct {
	const char *word;
	enum verb verb;
	enum err (*run)(struct job *j);
} verbs[] = {
	{"check", VERB_CHECK, run_check},    {"show", VERB_SHOW, run_show},          {"diff", VERB_DIFF, run_diff},
	{"import", VERB_IMPORT, run_import}, {"resolve", VERB_RESOLVE, run_resolve},
};
#define VERB_N (sizeof verbs / sizeof verbs[0])

static enum err verb_find(const struct options *o, size_t *ret_verb)
{
	const char *words[VERB_N], *near;

	if (o->word_n == 0)
		return err_fail(ERR_USAGE, "endpoints: say what to do: check, show, diff, import or resolve");
	for (size_t i = 0; i < VERB_N; i++) {
		words[i] = verbs[i].word;
		*ret_verb = i;
		if (strcmp(o->words[0], verbs[i].word) == 0)
			return ERR_OK;
	}
	near = word_near(o->words[0], words, VERB_N);
	return near ? err_fail(ERR_USAGE, "endpoints: unknown word %s (did you mean %s?)", o->words[0], near)
	            : err_fail(ERR_USAGE, "endpoints: unknown word %s (check, show, diff, import or resolve)",
	                       o->words[0]);
}

static enum err options_fit(const struct options *o, size_t verb)
{
	if (o->word_n < 2)
		return err_fail(ERR_USAGE, "endpoints %s: name a %s", o->words[0],
		                verbs[verb].verb == VERB_IMPORT
		                        ? "file (- is standard input)"
		                        : "list: a YAML file, or a shipped one such as remotespark");
	for (size_t i = 0; i < sizeof belongs / sizeof belongs[0]; i++)
		if (options_has(o, belongs[i].name) && !(belongs[i].verbs & verbs[verb].verb))
			return err_fail(ERR_USAGE, "endpoints %s: takes no --%s", o->words[0], belongs[i].name);
	return ERR_OK;
}

static int run(const struct options *o)
{
	struct job j = {.o = o, .status = EXIT_DONE};
	int form = FORM_TEXT;
	size_t verb;

	enum err e = verb_find(o, &verb);
	if (e == ERR_OK)
		e = options_fit(o, verb);
	if (e == ERR_OK)
		e = options_choice(o, "format", &form);
	if (e == ERR_OK)
		e = output_open(options_last(o, "output", NULL), &j.out);
	if (e != ERR_OK)
		return command_fail(e);
	j.form = (enum list_form)form;
	e = output_finish(&j.out, verbs[verb].run(&j));
	return e == ERR_OK ? j.status : command_fail(e);
}

const struct command command_endpoints = {
	.name = "endpoints",
	.summary = "check, show, compare, import and look up endpoint lists",
	.usage = "check|show|diff|import|resolve LIST...",
	.about =
		"check LIST... reads lists as audit does (several overlay each other) and says what is doubtful in "
		"them. show LIST... prints their groups, hosts and ports. "
		"diff OLD NEW says which rules a firewall needs for the new version of a list before it is used. "
		"import --from FORMAT FILE makes a list of Microsoft 365's endpoints (JSON), AWS' ip-ranges.json, "
		"Azure's service tags, a table (csv: a header with host, port, proto, group, need) or a text of one "
		"host, network or range a line.\n"
		"resolve LIST... asks resolvers for every name of the lists: it sends packets. What they say is "
		"written as a snapshot that audit --addresses reads.\n"
		"A LIST is a YAML file, or the name of a shipped list such as remotespark-2.0.33.",
	.rows = rows,
	.run = run,
};
