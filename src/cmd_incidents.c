/* rulegap incidents: one line or object per incident. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "command_filter.h"
#include "report/exporters.h"

static const struct option_row rows[] = {
	OPTION_DATABASE,
	OPTIONS_FILTER,
	{0, "signature", ARG_TEXT, "NAME", false, "only incidents with this signature (tcp-syn-timeout)"},
	{'f', "format", ARG_CHOICE, "text|json|ndjson|csv", false, "how to print them"},
	OPTION_OUTPUT,
	OPTION_EXIT_CODE,
	{0},
};

static enum err write_incidents(const struct options *o, const struct gap *g)
{
	static exporter_function *const formats[] = {incidents_text, incidents_json, incidents_ndjson, incidents_csv};
	struct output out;
	int format = 0;

	enum err e = options_choice(o, "format", &format);
	if (e == ERR_OK)
		e = output_open(options_last(o, "output", NULL), &out);
	if (e != ERR_OK)
		return e;
	struct style style = {.colour = output_is_colourful(out.file)};
	return output_finish(&out, formats[format](g, &style, out.file));
}

static int run(const struct options *o)
{
	struct gap_filter filter;
	struct gap *gap = NULL;
	const char *path;
	char *room = NULL;

	enum err e = database_from_options(o, &path);
	if (e == ERR_OK && o->word_n)
		e = err_fail(ERR_USAGE, "incidents: unexpected argument %s", o->words[0]);
	if (e == ERR_OK)
		e = filter_from_options(o, &filter, &room);
	if (e == ERR_OK)
		e = gap_read(path, &filter, &gap);
	if (e == ERR_OK)
		e = write_incidents(o, gap);
	if (e == ERR_OK && gap->incident_n == 0 && strcmp(options_last(o, "format", "text"), "text") == 0)
		err_say("%s: no incident fits", path);
	int status = e == ERR_OK ? report_exit_status(o, gap) : command_fail(e);
	gap_free(gap);
	free(room);
	return status;
}

const struct command command_incidents = {
	.name = "incidents",
	.summary = "list what was blocked or reset, one line an incident",
	.usage = "-d DB [--from TIME] [--to TIME] [--client NET] [--group ID] [--host GLOB] [--signature NAME]",
	.about = "An incident is the attempts of one client against one host, port and transport that ended in "
	         "the same way. Its number is what rulegap evidence takes.",
	.rows = rows,
	.run = run,
};
