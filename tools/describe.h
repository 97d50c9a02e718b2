/* What the command tables say, for other programs: manual pages and shell
 * completions. Run at build time; see describe.c. */
#ifndef TOOLS_DESCRIBE_H
#define TOOLS_DESCRIBE_H

#include "command.h"

/* The page of one command. */
void man_command(const struct command *c, FILE *out);
/* The page of the program: its commands, then the sections written by hand.
 * errors  ERR_IO with err_detail(): the file cannot be read */
MUSTCHECK enum err man_program(const char *sections, FILE *out);

/* Completion of all commands. */
void complete_bash(FILE *out);
void complete_zsh(FILE *out);

#endif
