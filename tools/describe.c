/* Writes manual pages and shell completions from the tables that the program
 * itself parses its options by:
 *   describe man FILE        the page of the program; FILE: its sections written by hand
 *   describe man-COMMAND     the page of a command
 *   describe bash | zsh      completions */
#include <string.h>

#include "describe.h"

static int run(const char *what, const char *file)
{
	if (strcmp(what, "man") == 0 && file)
		return command_fail(man_program(file, stdout));
	if (strcmp(what, "bash") == 0) {
		complete_bash(stdout);
		return EXIT_DONE;
	}
	if (strcmp(what, "zsh") == 0) {
		complete_zsh(stdout);
		return EXIT_DONE;
	}
	for (size_t i = 0; commands[i] && strncmp(what, "man-", 4) == 0; i++) {
		if (strcmp(commands[i]->name, what + 4) != 0)
			continue;
		man_command(commands[i], stdout);
		return EXIT_DONE;
	}
	return command_fail(err_fail(ERR_USAGE, "describe: %s: no such thing", what));
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return command_fail(err_fail(ERR_USAGE, "usage: describe man FILE | man-COMMAND | bash | zsh"));
	int status = run(argv[1], argc > 2 ? argv[2] : NULL);
	return status == EXIT_DONE ? command_fail(output_flush(stdout, "standard output")) : status;
}
