#include "command.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/word.h"

#define ROWS_MOST 64
#define LONG_ONLY 256 /* row i has the getopt value LONG_ONLY + i */
#define VALUE_HELP (LONG_ONLY + ROWS_MOST)
#define VALUE_VERSION (VALUE_HELP + 1)

static size_t row_count(const struct command *c)
{
	size_t n = 0;

	while (c->rows[n].name)
		n++;
	return n < ROWS_MOST ? n : ROWS_MOST;
}

static ptrdiff_t row_find(const struct command *c, const char *name)
{
	for (size_t i = 0; i < row_count(c); i++)
		if (strcmp(c->rows[i].name, name) == 0)
			return (ptrdiff_t)i;
	return -1;
}

static const char **given(const struct options *o, const char *name)
{
	ptrdiff_t row = row_find(o->command, name);

	return row < 0 || !o->values ? NULL : o->values[row];
}

bool options_has(const struct options *o, const char *name)
{
	return given(o, name) != NULL;
}

const char *const *options_all(const struct options *o, const char *name, size_t *ret_n)
{
	static const char *const none[] = {NULL};
	const char **values = given(o, name);

	*ret_n = 0;
	if (!values)
		return none;
	while (values[*ret_n])
		++*ret_n;
	return values;
}

const char *options_last(const struct options *o, const char *name, const char *otherwise)
{
	size_t n;
	const char *const *values = options_all(o, name, &n);

	return n ? values[n - 1] : otherwise;
}

enum err options_duration(const struct options *o, const char *name, int64_t *ret_us)
{
	const char *text = options_last(o, name, NULL);
	int64_t us = 0;

	if (!text)
		return ERR_OK;
	if (duration_parse(text, &us) == ERR_OK && us > 0) {
		*ret_us = us;
		return ERR_OK;
	}
	return err_fail(ERR_USAGE, "--%s: %s is no duration (like 30s, 15m, 8h, 30d)", name, text);
}

enum err options_size(const struct options *o, const char *name, uint64_t *ret_bytes)
{
	const char *text = options_last(o, name, NULL);
	uint64_t bytes = 0;

	if (!text)
		return ERR_OK;
	if (size_parse(text, &bytes) == ERR_OK && bytes > 0) {
		*ret_bytes = bytes;
		return ERR_OK;
	}
	return err_fail(ERR_USAGE, "--%s: %s is no size (like 4096, 64M, 2G)", name, text);
}

enum err options_count(const struct options *o, const char *name, uint64_t least, uint64_t most, uint64_t *ret)
{
	const char *text = options_last(o, name, NULL);
	char *end;

	if (!text)
		return ERR_OK;
	unsigned long long v = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end || strlen(text) > 19)
		return err_fail(ERR_USAGE, "--%s: %s is no whole number", name, text);
	if (v < least || v > most)
		return err_fail(ERR_USAGE, "--%s: %s is not within %llu to %llu", name, text, (unsigned long long)least,
		                (unsigned long long)most);
	*ret = v;
	return ERR_OK;
}

/* The index of text in "a|b|c"; -1: not in it. */
static int choice_find(const char *choices, const char *text)
{
	size_t n = strlen(text);

	for (int i = 0;; i++) {
		size_t length = strcspn(choices, "|");
		if (length == n && strncmp(choices, text, n) == 0)
			return i;
		if (!choices[length])
			return -1;
		choices += length + 1;
	}
}

enum err options_choice(const struct options *o, const char *name, int *ret_index)
{
	const char *text = options_last(o, name, NULL);

	if (!text)
		return ERR_OK;
	const char *choices = o->command->rows[row_find(o->command, name)].argument;
	int at = choice_find(choices, text);
	if (at < 0)
		return err_fail(ERR_USAGE, "--%s: %s is none of %s", name, text, choices);
	*ret_index = at;
	return ERR_OK;
}

static enum err unknown_option(const struct command *c, const char *token)
{
	const char *names[ROWS_MOST + 2] = {"help", "version"};
	size_t n = 2, like = 0;
	char typed[64];

	for (size_t i = 0; i < row_count(c); i++)
		names[n++] = c->rows[i].name;
	snprintf(typed, sizeof typed, "%.*s", (int)strcspn(token + 2, "="), token + 2);
	for (size_t i = 0; i < n; i++)
		like += strncmp(names[i], typed, strlen(typed)) == 0;
	if (like > 1)
		return err_fail(ERR_USAGE, "%s: option --%s is ambiguous (see rulegap %s --help)", c->name, typed,
				c->name);
	const char *near = word_near(typed, names, n);
	if (near)
		return err_fail(ERR_USAGE, "%s: unknown option --%s (did you mean --%s?)", c->name, typed, near);
	return err_fail(ERR_USAGE, "%s: unknown option --%s (see rulegap %s --help)", c->name, typed, c->name);
}

/* Explain getopt's rejection, from its result, the token before the next one, and its optopt: a letter, a value of
 * the long options, or 0 for an unknown long one. */
static enum err refused(const struct command *c, int result, const char *token, int what)
{
	bool is_long = what == 0 || what >= LONG_ONLY;

	if (result == ':')
		return is_long ? err_fail(ERR_USAGE, "%s: option %s needs a value", c->name, token)
		               : err_fail(ERR_USAGE, "%s: option -%c needs a value", c->name, what);
	if (what == 0)
		return unknown_option(c, token);
	if (is_long)
		return err_fail(ERR_USAGE, "%s: option %.*s takes no value", c->name, (int)strcspn(token, "="), token);
	return err_fail(ERR_USAGE, "%s: unknown option -%c (see rulegap %s --help)", c->name, what, c->name);
}

/* Append value to its own NULL-terminated array. */
static enum err append(const char ***array, const char *value)
{
	size_t n = 0;

	while (*array && (*array)[n])
		n++;
	const char **grown = realloc(*array, (n + 2) * sizeof *grown);
	if (!grown)
		return err_fail(ERR_MEMORY, "out of memory");
	grown[n] = value;
	grown[n + 1] = NULL;
	*array = grown;
	return ERR_OK;
}

static enum err take(struct options *o, size_t row, const char *value)
{
	const struct option_row *r = &o->command->rows[row];

	if (r->kind != ARG_NONE && !*value)
		return err_fail(ERR_USAGE, "%s: --%s: an empty value (is a variable of the shell unset?)",
		                o->command->name, r->name);
	if (r->kind == ARG_CHOICE && choice_find(r->argument, value) < 0)
		return err_fail(ERR_USAGE, "%s: --%s: %s is none of %s", o->command->name, r->name, value, r->argument);
	/* Of other options the last one counts; but a file that was given and is silently not used misleads. */
	if (r->kind == ARG_FILE && !r->repeatable && o->values[row])
		return err_fail(ERR_USAGE, "%s: --%s: given twice (%s and %s), and one is meant", o->command->name,
		                r->name, o->values[row][0], value);
	return append(&o->values[row], value);
}

/* Build getopt's two tables from the rows; -h and -V are common to all commands unless a row uses the letter. */
static void tables(const struct command *c, struct option *longs, char *shorts)
{
	size_t n = row_count(c);

	*shorts++ = ':';
	for (size_t i = 0; i < n; i++) {
		const struct option_row *r = &c->rows[i];
		longs[i] = (struct option){r->name, r->kind == ARG_NONE ? no_argument : required_argument, NULL,
		                           LONG_ONLY + (int)i};
		if (!r->letter)
			continue;
		*shorts++ = r->letter;
		if (r->kind != ARG_NONE)
			*shorts++ = ':';
	}
	longs[n++] = (struct option){"help", no_argument, NULL, VALUE_HELP};
	longs[n++] = (struct option){"version", no_argument, NULL, VALUE_VERSION};
	longs[n] = (struct option){0};
	*shorts++ = 'h';
	*shorts++ = 'V';
	*shorts = '\0';
}

static ptrdiff_t row_of(const struct command *c, int result)
{
	if (result >= LONG_ONLY)
		return result - LONG_ONLY;
	for (size_t i = 0; i < row_count(c); i++)
		if (c->rows[i].letter == result)
			return (ptrdiff_t)i;
	return -1;
}

static enum err answer(const struct command *c, bool version)
{
	if (version)
		printf("rulegap %s\n", RULEGAP_VERSION);
	else
		command_help(c, stdout);
	enum err e = output_flush(stdout, "standard output");
	return e == ERR_OK ? ERR_END : e;
}

static enum err parse(struct options *o, int argc, char **argv)
{
	struct option longs[ROWS_MOST + 3];
	char shorts[ROWS_MOST * 2 + 4];
	enum err e = ERR_OK;

	tables(o->command, longs, shorts);
	optind = 0; /* glibc: reinitialise */
	opterr = 0;
	while (e == ERR_OK) {
		int result = getopt_long(argc, argv, shorts, longs, NULL);
		if (result == -1)
			break;
		if (result == '?' || result == ':')
			return refused(o->command, result, argv[optind - 1], optopt);
		ptrdiff_t row = row_of(o->command, result);
		if (row < 0 || result >= VALUE_HELP)
			return answer(o->command, result == VALUE_VERSION || result == 'V');
		e = take(o, (size_t)row, optarg ? optarg : "");
	}
	for (; e == ERR_OK && optind < argc; optind++, o->word_n++)
		e = append(&o->words, argv[optind]);
	return e;
}

enum err options_parse(const struct command *c, int argc, char **argv, struct options *ret_options)
{
	struct options o = {.command = c, .values = calloc(row_count(c) + 1, sizeof *o.values)};

	if (!o.values)
		return err_fail(ERR_MEMORY, "out of memory");
	enum err e = parse(&o, argc, argv);
	if (e == ERR_OK && !o.words) {
		o.words = calloc(1, sizeof *o.words);
		e = o.words ? ERR_OK : err_fail(ERR_MEMORY, "out of memory");
	}
	if (e == ERR_OK)
		e = output_spares_inputs(&o);
	if (e != ERR_OK) {
		options_release(&o);
		return e;
	}
	*ret_options = o;
	return ERR_OK;
}

void options_release(struct options *o)
{
	for (size_t i = 0; o->values && i < row_count(o->command); i++)
		free(o->values[i]);
	free(o->values);
	free(o->words);
	*o = (struct options){0};
}

int command_fail(enum err e)
{
	struct text line = {0};

	if (e == ERR_OK || e == ERR_END)
		return EXIT_DONE;
	/* Details quote the user or a file: reduced to one line, whatever they contain. */
	text_add_escaped(&line, err_detail()[0] ? err_detail() : err_text(e));
	err_say("%s", line.failed ? err_text(e) : line.at);
	text_release(&line);
	return (int)err_exit_status(e);
}
