/* rulegap merge: databases of several sensors into one. */
#include "command.h"
#include "record/merge.h"

static const struct option_row rows[] = {
	{'d', "database", ARG_FILE, "OUT", false, "the database to merge into; made when it is not there"},
	{'q', "quiet", ARG_NONE, NULL, false, "do not say what was merged"},
	{0},
};

#define COUNTED(n) (unsigned long long)(n), (n) == 1 ? "" : "s"

static int run(const struct options *o)
{
	const char *out = options_last(o, "database", NULL);
	struct merged m;
	enum err e = ERR_OK;

	if (!out)
		e = err_fail(ERR_USAGE, "merge: no database to merge into was given (-d OUT)");
	else if (o->word_n == 0)
		e = err_fail(ERR_USAGE, "merge: no database to merge was given");
	if (!e)
		e = merge_databases(o->words, o->word_n, out, &m);
	if (e)
		return command_fail(e);
	if (!options_has(o, "quiet"))
		printf("%llu database%s merged: %llu run%s, %llu attempt%s; %llu incident%s in %s\n",
		       COUNTED(m.databases), COUNTED(m.runs), COUNTED(m.attempts), COUNTED(m.incidents), out);
	return command_fail(output_flush(stdout, "standard output"));
}

const struct command command_merge = {
	.name = "merge",
	.summary = "databases of several sensors into one",
	.usage = "DB... -d OUT",
	.about =
		"Copies all runs of the databases into OUT. Runs get new numbers and say in run.origin where they came "
		"from; incidents of the same client, host, port, transport, signature and rule become one. The "
                "databases "
		"may be written meanwhile: what they hold at that moment is merged. A database whose runs OUT holds "
		"already is refused: they would count twice.",
	.rows = rows,
	.run = run,
};
