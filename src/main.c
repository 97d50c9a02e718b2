/* The commands, and which one is meant. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/heap.h"
#include "base/word.h"
#include "command.h"

extern const struct command command_audit, command_monitor, command_report, command_incidents, command_evidence;
extern const struct command command_rules, command_diff, command_endpoints, command_learn, command_merge;
extern const struct command command_serve;

const struct command *const commands[] = {
	&command_audit,
	&command_monitor,
	&command_report,
	&command_incidents,
	&command_evidence,
	&command_rules,
	&command_diff,
	&command_endpoints,
	&command_learn,
	&command_merge,
	&command_serve,
	NULL,
};

static const struct command *command_find(const char *name)
{
	for (size_t i = 0; commands[i]; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static int unknown(const char *name)
{
	const char *names[64];
	size_t n = 0;

	for (; n < sizeof names / sizeof names[0] && commands[n]; n++)
		names[n] = commands[n]->name;
	const char *near = word_near(name, names, n);
	if (name[0] == '-')
		return command_fail(err_fail(ERR_USAGE, "unknown option %s (see rulegap --help)", name));
	if (near)
		return command_fail(err_fail(ERR_USAGE, "unknown command %s (did you mean %s?)", name, near));
	return command_fail(err_fail(ERR_USAGE, "unknown command %s (see rulegap --help)", name));
}

static int help(const char *name)
{
	const struct command *c = name ? command_find(name) : NULL;

	if (name && !c)
		return unknown(name);
	if (c)
		command_help(c, stdout);
	else
		program_help(stdout);
	return command_fail(output_flush(stdout, "standard output"));
}

static bool is_one_of(const char *word, const char *a, const char *b, const char *c)
{
	return strcmp(word, a) == 0 || strcmp(word, b) == 0 || strcmp(word, c) == 0;
}

/* If the caller closed a standard descriptor, a file opened by us must not take its number: messages would then be
 * written into it. */
static void standard_descriptors_exist(void)
{
	int fd;

	/* read-only, so that output to a closed standard output fails visibly */
	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= 2);
	if (fd > 2)
		close(fd);
}

/* The last resort: out of memory that no stage reported. */
static int whole(int status)
{
	if (!heap_ran_out())
		return status;
	err_say("memory ran out, something may be missing in the answer");
	return EXIT_INCOMPLETE;
}

int main(int argc, char **argv)
{
	heap_begin();
	standard_descriptors_exist();
	signal(SIGXFSZ, SIG_IGN); /* what cannot be written because of a limit is said like a full disk */
	if (argc < 2)
		return command_fail(err_fail(ERR_USAGE, "no command given (see rulegap --help)"));
	if (is_one_of(argv[1], "--version", "-V", "version")) {
		printf("rulegap %s\n", RULEGAP_VERSION);
		return command_fail(output_flush(stdout, "standard output"));
	}
	if (is_one_of(argv[1], "--help", "-h", "help"))
		return help(argc > 2 ? argv[2] : NULL);
	const struct command *c = command_find(argv[1]);
	if (!c)
		return unknown(argv[1]);
	struct options o = {0};
	enum err e = options_parse(c, argc - 1, argv + 1, &o);
	int status = e == ERR_OK ? c->run(&o) : command_fail(e);
	options_release(&o);
	return status == EXIT_DONE || status == EXIT_MISSING ? whole(status) : status;
}
