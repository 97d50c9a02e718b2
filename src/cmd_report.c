/* rulegap report: what a database holds, of any period. */
#include <stdlib.h>

#include "command.h"
#include "command_filter.h"
#include "report/exporters.h"

static const struct option_row rows[] = {
	OPTION_DATABASE,
	OPTIONS_FILTER,
	{'f', "format", ARG_CHOICE, EXPORTER_CHOICES, false, "how to print it"},
	OPTION_OUTPUT,
	OPTION_EXIT_CODE,
	{'q', "quiet", ARG_NONE, NULL, false, "only what is missing, and the notices"},
	{0},
};

static enum err write_report(const struct options *o, const struct gap *g)
{
	const struct exporter *exporter = exporter_find(options_last(o, "format", "text"));
	struct output out;

	enum err e = output_open(options_last(o, "output", NULL), &out);
	if (e != ERR_OK)
		return e;
	struct style style = {.colour = output_is_colourful(out.file), .brief = options_has(o, "quiet"),
	                      .database = options_last(o, "database", NULL)};
	return output_finish(&out, exporter->write(g, &style, out.file));
}

static int run(const struct options *o)
{
	struct gap_filter filter;
	struct gap *gap = NULL;
	const char *path;
	char *room = NULL;
	int status = EXIT_DONE;

	enum err e = database_from_options(o, &path);
	if (e == ERR_OK && o->word_n)
		e = err_fail(ERR_USAGE, "report: unexpected argument %s", o->words[0]);
	if (e == ERR_OK)
		e = filter_from_options(o, &filter, &room);
	if (e == ERR_OK) {
		filter.details = exporter_find(options_last(o, "format", "text"))->details;
		e = gap_read(path, &filter, &gap);
	}
	if (e == ERR_OK)
		e = filter_met(o, gap);
	if (e == ERR_OK)
		e = write_report(o, gap);
	status = e == ERR_OK ? report_exit_status(o, gap) : command_fail(e);
	gap_free(gap);
	free(room);
	return status;
}

const struct command command_report = {
	.name = "report",
	.summary = "report what a database holds, of any period",
	.usage = "-d DB [--from TIME] [--to TIME] [--client NET] [--group ID] [--host GLOB]",
	.about = "Reads the attempts that audit or monitor recorded and says which rules are missing in the "
	         "period asked for. The database may be written by a monitor at the same time.\n\n"
	         "Times are RFC 3339 or YYYY-MM-DD [HH:MM[:SS]] in UTC, seconds since 1970, or a distance back "
	         "from now such as 90m, 24h or 7d.",
	.rows = rows,
	.run = run,
};
