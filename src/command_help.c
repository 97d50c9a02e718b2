/* The --help texts, built from the same tables as the options. */
#include <string.h>

#include "command.h"

#define WIDTH 79
#define HELP_AT 30 /* column where an option's help begins */

/* Columns taken by n bytes of UTF-8: our help has no wide or combining characters. */
static size_t columns(const char *text, size_t n)
{
	size_t wide = 0;

	for (size_t i = 0; i < n; i++)
		wide += ((unsigned char)text[i] & 0xc0) != 0x80;
	return wide;
}

/* Wrap the words of text at WIDTH, each line indented; begins at column `at`. */
static void wrap(FILE *out, const char *text, size_t indent, size_t at)
{
	while (*text) {
		size_t n = strcspn(text, " \n");
		size_t wide = columns(text, n);
		if (at > indent && at + 1 + wide > WIDTH) {
			fputc('\n', out);
			at = 0;
		}
		if (at < indent)
			fprintf(out, "%*s", (int)(indent - at), "");
		else if (at > indent)
			fputc(' ', out);
		at = (at < indent ? indent : at + (at > indent)) + wide;
		fwrite(text, 1, n, out);
		text += n;
		if (*text == '\n') {
			fputc('\n', out);
			at = 0;
		}
		text += *text != '\0';
	}
	fputc('\n', out);
}

static void option_line(FILE *out, const struct option_row *r)
{
	char letter[8] = "    ";
	int n;

	if (r->letter)
		snprintf(letter, sizeof letter, "-%c, ", r->letter);
	if (r->kind == ARG_NONE)
		n = fprintf(out, "  %s--%s", letter, r->name);
	else if (r->kind == ARG_CHOICE)
		n = fprintf(out, "  %s--%s WORD", letter, r->name);
	else
		n = fprintf(out, "  %s--%s %s", letter, r->name, r->argument) -
		    (int)(strlen(r->argument) - columns(r->argument, strlen(r->argument)));
	if (n + 2 > HELP_AT) {
		fputc('\n', out);
		n = 0;
	}
	fprintf(out, "%*s", HELP_AT - n, "");
	wrap(out, r->help, HELP_AT, HELP_AT);
	if (r->kind == ARG_CHOICE)
		fprintf(out, "%*s(%s)\n", HELP_AT, "", r->argument);
}

void command_help(const struct command *c, FILE *out)
{
	static const struct option_row common[] = {
		{'h', "help", ARG_NONE, NULL, false, "show this and exit"},
		{'V', "version", ARG_NONE, NULL, false, "show the version and exit"},
	};

	fprintf(out, "Usage: rulegap %s %s\n\n", c->name, c->usage);
	wrap(out, c->about, 0, 0);
	fputs("\nOptions:\n", out);
	for (const struct option_row *r = c->rows; r->name; r++)
		option_line(out, r);
	option_line(out, &common[0]);
	option_line(out, &common[1]);
}

void program_help(FILE *out)
{
	fputs("Usage: rulegap COMMAND [options]\n\n", out);
	fputs("Tells which firewall rules an application is missing, by looking at its traffic.\n\nCommands:\n", out);
	for (size_t i = 0; commands[i]; i++)
		fprintf(out, "  %-11s %s\n", commands[i]->name, commands[i]->summary);
	fputs("\n'rulegap help COMMAND' or 'rulegap COMMAND --help' says more.\n"
	      "Exit status: 0 done; 1 a rule is missing (with --exit-code); 2 wrong usage or\n"
	      "input; 3 done, but the answer is incomplete; 4 the system failed.\n", out);
}
