/* rulegap rules: the missing rules in a firewall's own language. */
#include <stdlib.h>
#include <string.h>

#include "base/word.h"
#include "command.h"
#include "command_filter.h"
#include "report/firewalls/firewalls.h"

static const struct option_row rows[] = {
	OPTION_DATABASE,
	{0, "for", ARG_TEXT, "FIREWALL", false, "nftables, panos, ...; list: which there are"},
	{0, "into", ARG_TEXT, "NAME", false, "the chain or access list that the rules go into"},
	{0, "inside", ARG_TEXT, "NAME", false, "the zone or interface of the clients"},
	{0, "outside", ARG_TEXT, "NAME", false, "the zone or interface of the internet"},
	OPTIONS_FILTER,
	OPTION_OUTPUT,
	OPTION_EXIT_CODE,
	{0},
};

static enum err write_rules(const struct options *o, const struct firewall *f, const struct gap *g)
{
	struct firewall_places places = {options_last(o, "into", NULL), options_last(o, "inside", NULL),
	                                 options_last(o, "outside", NULL)};
	struct output out;

	enum err e = output_open(options_last(o, "output", NULL), &out);
	if (e != ERR_OK)
		return e;
	return output_finish(&out, firewall_write(f, g, &places, out.file));
}

static enum err unknown(const char *name)
{
	const char *names[32] = {"list"};
	size_t n = 1;

	for (; firewalls[n - 1].name && n < sizeof names / sizeof names[0]; n++)
		names[n] = firewalls[n - 1].name;
	const char *near = word_near(name, names, n);
	if (near)
		return err_fail(ERR_USAGE, "--for: unknown firewall %s (did you mean %s?)", name, near);
	return err_fail(ERR_USAGE, "--for: unknown firewall %s (--for list tells which there are)", name);
}

static int list(const struct options *o)
{
	struct output out;
	enum err e = output_open(options_last(o, "output", NULL), &out);

	if (e == ERR_OK) {
		firewalls_list(out.file);
		e = output_close(&out);
	}
	return command_fail(e);
}

static int run(const struct options *o)
{
	const char *name = options_last(o, "for", NULL), *path;
	struct gap_filter filter;
	struct gap *gap = NULL;
	char *room = NULL;
	enum err e = ERR_OK;

	if (name && strcmp(name, "list") == 0)
		return list(o);
	if (!name)
		e = err_fail(ERR_USAGE, "no firewall given: --for NAME (--for list tells which there are)");
	else if (!firewall_find(name))
		e = unknown(name);
	if (e == ERR_OK)
		e = database_from_options(o, &path);
	if (e == ERR_OK && o->word_n)
		e = err_fail(ERR_USAGE, "rules: unexpected argument %s", o->words[0]);
	if (e == ERR_OK)
		e = filter_from_options(o, &filter, &room);
	if (e == ERR_OK)
		e = gap_read(path, &filter, &gap);
	if (e == ERR_OK)
		e = filter_met(o, gap);
	if (e == ERR_OK)
		e = write_rules(o, firewall_find(name), gap);
	int status = e == ERR_OK ? report_exit_status(o, gap) : command_fail(e);
	gap_free(gap);
	free(room);
	return status;
}

const struct command command_rules = {
	.name = "rules",
	.summary = "the missing rules in a firewall's own language",
	.usage = "-d DB --for FIREWALL [--into NAME] [--from TIME] [--to TIME] [--client NET] [--group ID] "
	         "[--host GLOB]",
	.about =
		"Writes what a firewall has to open, for exactly the clients that were blocked: by name where the "
                "product "
		"looks names up itself, else by the addresses seen. What a product cannot say is printed as a comment, "
		"and so is what somebody else has to change (resolver, proxy, TLS inspection).\n\n"
		"Nothing is sent anywhere and nothing is loaded: read the output, then load it as its first lines say.",
	.rows = rows,
	.run = run,
};
