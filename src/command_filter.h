/* Options that select what of a database is shown; shared by the commands that read one. */
#ifndef COMMAND_FILTER_H
#define COMMAND_FILTER_H

#include "base/err.h"
#include "command.h"
#include "report/gap.h"

#define OPTION_DATABASE {'d', "database", ARG_FILE, "DB", false, "the database to read"}
#define OPTION_OUTPUT {'o', "output", ARG_FILE, "FILE", false, "write there instead of standard output"}
#define OPTION_EXIT_CODE {0, "exit-code", ARG_NONE, NULL, false, "exit with 1 when a rule is missing"}
/* Rows of an option table. */
#define OPTIONS_FILTER \
	{0, "from", ARG_TIME, "TIME", false, "only what was tried since (2026-11-24T08:00, 24h)"}, \
	{0, "to", ARG_TIME, "TIME", false, "only what was tried until"}, \
	{0, "client", ARG_TEXT, "NET[,NET...]", true, "only clients of this address or network"}, \
	{0, "group", ARG_TEXT, "ID", false, "only this group of the list"}, \
	{0, "host", ARG_TEXT, "GLOB", false, "only hosts like this (*.example.net)"}

/* The filter that the options describe. client_room holds the split networks; free it after the filter. ERR_USAGE
 * with err_detail(). */
MUSTCHECK enum err filter_from_options(const struct options *o, struct gap_filter *ret_filter, char **ret_client_room);

/* Check that the report has what --host asked for: otherwise a mistyped name would read "nothing is missing".
 * ERR_USAGE with err_detail(). */
MUSTCHECK enum err filter_met(const struct options *o, const struct gap *g);

/* -d, which must be given exactly once. ERR_USAGE. */
MUSTCHECK enum err database_from_options(const struct options *o, const char **ret_path);

/* The end of a command that printed g: its exit status (contract section 2). */
int report_exit_status(const struct options *o, const struct gap *g);

#endif
