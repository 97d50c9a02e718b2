/* rulegap diff: what a firewall change fixed, broke and left. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "command.h"
#include "command_filter.h"
#include "report/changes.h"

static const struct option_row rows[] = {
	{'d', "database", ARG_FILE, "DB", true, "the database to read; given twice: before and after"},
	{0, "before", ARG_TIME, "FROM..TO", false, "the period before the change; FROM or TO may be left out"},
	{0, "after", ARG_TIME, "FROM..TO", false, "the period after it"},
	{0, "client", ARG_TEXT, "NET", true, "only clients of this address or network"},
	{0, "group", ARG_TEXT, "ID", false, "only this group of the list"},
	{0, "host", ARG_TEXT, "GLOB", false, "only hosts like this (*.example.net)"},
	{'f', "format", ARG_CHOICE, "text|json|markdown", false, "how to print it"},
	OPTION_OUTPUT,
	{0, "exit-code", ARG_NONE, NULL, false, "exit with 1 when a rule is missing after the change"},
	{0},
};

static bool time_of(const char *text, size_t n, int64_t *ret_us)
{
	char copy[64];
	int64_t us;

	if (n == 0)
		return true;
	if (n >= sizeof copy)
		return false;
	memcpy(copy, text, n);
	copy[n] = '\0';
	if (time_parse(copy, (int64_t)time(NULL) * 1000000, &us) != ERR_OK)
		return false;
	*ret_us = us ? us : 1; /* 0 means: not given */
	return true;
}

static enum err period_option(const struct options *o, const char *name, struct gap_filter *f)
{
	const char *text = options_last(o, name, NULL), *dots = text ? strstr(text, "..") : NULL;

	if (!text)
		return ERR_OK;
	if (!dots || !time_of(text, (size_t)(dots - text), &f->from_us) ||
	    !time_of(dots + 2, strlen(dots + 2), &f->to_us))
		return err_fail(ERR_USAGE, "--%s: %s is no period FROM..TO (like 2026-11-24T08:00..24h)", name, text);
	if (f->from_us && f->to_us && f->from_us > f->to_us)
		return err_fail(ERR_USAGE, "--%s: %s ends before it begins", name, text);
	return ERR_OK;
}

static enum err read_both(const struct options *o, const struct gap_filter *common, struct gap *ret_gaps[2])
{
	struct gap_filter before = *common, after = *common;
	size_t n;
	const char *const *paths = options_all(o, "database", &n);
	bool periods = options_has(o, "before") && options_has(o, "after");

	if (n == 0 || n > 2 || (n == 1 && !periods))
		return err_fail(ERR_USAGE, "diff: give -d DB with --before and --after, or two databases");
	if (n == 2 && (options_has(o, "before") || options_has(o, "after")))
		return err_fail(ERR_USAGE, "diff: two databases are compared whole; leave out --before and --after");
	enum err e = period_option(o, "before", &before);
	if (e == ERR_OK)
		e = period_option(o, "after", &after);
	if (e == ERR_OK)
		e = gap_read(paths[0], &before, &ret_gaps[0]);
	if (e == ERR_OK)
		e = gap_read(paths[n - 1], &after, &ret_gaps[1]);
	return e;
}

static enum err write_changes(const struct options *o, const struct changes *c)
{
	static changes_function *const formats[] = {changes_print_text, changes_print_json, changes_print_markdown};
	struct output out;
	int format = 0;

	enum err e = options_choice(o, "format", &format);
	if (e == ERR_OK)
		e = output_open(options_last(o, "output", NULL), &out);
	if (e != ERR_OK)
		return e;
	struct style style = {.colour = output_is_colourful(out.file)};
	return output_finish(&out, formats[format](c, &style, out.file));
}

static int run(const struct options *o)
{
	struct gap *gaps[2] = {NULL, NULL};
	struct changes changes = {0};
	struct gap_filter filter;
	char *room = NULL;
	int status;

	enum err e = o->word_n ? err_fail(ERR_USAGE, "diff: unexpected argument %s", o->words[0]) : ERR_OK;
	if (e == ERR_OK)
		e = filter_from_options(o, &filter, &room);
	if (e == ERR_OK)
		e = read_both(o, &filter, gaps);
	if (e == ERR_OK && filter_met(o, gaps[0]) != ERR_OK)
		e = filter_met(o, gaps[1]);
	if (e == ERR_OK)
		e = changes_find(gaps[0], gaps[1], &changes);
	if (e == ERR_OK)
		e = write_changes(o, &changes);
	if (e != ERR_OK)
		status = command_fail(e);
	else
		status = gaps[0]->incomplete ? EXIT_INCOMPLETE : report_exit_status(o, gaps[1]);
	changes_release(&changes);
	gap_free(gaps[0]);
	gap_free(gaps[1]);
	free(room);
	return status;
}

const struct command command_diff = {
	.name = "diff",
	.summary = "say what a firewall change fixed, broke and left",
	.usage = "-d DB --before FROM..TO --after FROM..TO | -d BEFORE.DB -d AFTER.DB",
	.about = "Compares two periods of a database, or two databases, per rule and client: fixed, still "
	         "blocked, newly blocked, not exercised (blocked before and not tried since) and no longer "
	         "seen (worked before and not tried since). What was not tried after a change is no evidence "
	         "that the change works.",
	.rows = rows,
	.run = run,
};
