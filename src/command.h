/* A command of the program, and the option table from which --help, the man page and the shell completions are
 * generated. One cmd_*.c per command; main.c has the table. */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

/* The kind of an option's argument, for completion. */
enum argument_kind {
	ARG_NONE, ARG_TEXT, ARG_FILE, ARG_FOLDER, ARG_NUMBER, ARG_TIME, ARG_CHOICE, ARG_INTERFACE, ARG_LIST,
};

struct option_row {
	char letter;          /* 0: long only */
	const char *name;     /* without "--" */
	enum argument_kind kind;
	const char *argument; /* as shown: "FILE", "text|json|…" (ARG_CHOICE: the choices); NULL for ARG_NONE */
	bool repeatable;
	const char *help;     /* one line */
};

/* What the user gave: values per row, in order, and trailing words. */
struct options {
	const struct command *command;
	const char ***values; /* values[row][i], NULL-terminated; flags: one "" per use */
	const char **words;   /* non-option arguments, NULL-terminated */
	size_t word_n;
};

struct command {
	const char *name;
	const char *summary;  /* one line, for the overview */
	const char *usage;    /* "-e LIST -r FILE [FILTER]" */
	const char *about;    /* a paragraph or two for --help and the man page */
	const struct option_row *rows; /* ends with a row whose name is NULL */
	int (*run)(const struct options *o); /* returns the exit status */
};

extern const struct command *const commands[]; /* NULL-terminated, in main.c */

/* The values given for an option by its long name. */
bool options_has(const struct options *o, const char *name);
const char *options_last(const struct options *o, const char *name, const char *otherwise);
const char *const *options_all(const struct options *o, const char *name, size_t *ret_n);
/* The value as a duration (us) or a size (bytes), neither ever 0, a count, or one of the choices of its row (index);
 * ERR_USAGE with err_detail() naming the option. `ret` is unchanged if the option was not given. */
MUSTCHECK enum err options_duration(const struct options *o, const char *name, int64_t *ret_us);
MUSTCHECK enum err options_size(const struct options *o, const char *name, uint64_t *ret_bytes);
MUSTCHECK enum err options_count(const struct options *o, const char *name, uint64_t least, uint64_t most,
                                 uint64_t *ret);
MUSTCHECK enum err options_choice(const struct options *o, const char *name, int *ret_index);

/* Parse argv (argv[0] is the command's name). --help and --version are answered here: the result is then ERR_END.
 * For an unknown option err_detail() suggests the nearest known one. */
MUSTCHECK enum err options_parse(const struct command *c, int argc, char **argv, struct options *ret_options);
void options_release(struct options *o);
void command_help(const struct command *c, FILE *out);
void program_help(FILE *out); /* the overview: one line per command */

/* Print err_detail() as the one line on standard error; returns the exit status for e (ERR_OK and ERR_END print
 * nothing and give EXIT_DONE). */
int command_fail(enum err e);

/* Whether to use colour: on a terminal, without NO_COLOR and not TERM=dumb. */
bool output_is_colourful(FILE *f);
/* Flush f and report this or an earlier write error; name is for the detail. ERR_IO. */
MUSTCHECK enum err output_flush(FILE *f, const char *name);

/* -o FILE: standard output for NULL and "-"; a file is written under a temporary name beside it and renamed on
 * close, so that a failure leaves no partial report. ERR_IO/ERR_PERMISSION with detail. */
struct output {
	FILE *file;
	const char *path;
	char *temporary;
	char *target; /* the file that a link points to; otherwise NULL */
	bool linked;
};
/* Whether output_open is likely to succeed: checked before long work, so that the work is not lost. */
MUSTCHECK enum err output_check(const char *path);
/* ERR_USAGE if a file given to -o, -w or --metrics is also an input. */
MUSTCHECK enum err output_spares_inputs(const struct options *o);
MUSTCHECK enum err output_open(const char *path, struct output *ret_output);
MUSTCHECK enum err output_close(struct output *out);
/* After writing: close it if e, the writer's result, is ERR_OK; otherwise leave the file as it was. Returns e, or
 * the result of closing. */
MUSTCHECK enum err output_finish(struct output *out, enum err e);

#endif
