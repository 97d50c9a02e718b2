/* Manual pages in the man macros. source  groff_man(7) */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "describe.h"

/* One character of text. Hyphens are minus signs: most are of options, and those are copied from the page. */
static void put(char c, FILE *out)
{
	if (c == '\\')
		fputs("\\e", out);
	else if (c == '-')
		fputs("\\-", out);
	else
		fputc(c, out);
}

/* Text as a paragraph of its own lines; none of them is a request. */
static void text(const char *s, FILE *out)
{
	bool begins = true;

	for (; *s; s++) {
		if (begins && (*s == '.' || *s == '\''))
			fputs("\\&", out);
		if (begins && *s == ' ')
			continue;
		if (begins && *s == '\n') {
			fputs(".PP\n", out);
			continue;
		}
		begins = *s == '\n';
		put(*s, out);
	}
	fputc('\n', out);
}

static void upper(const char *s, FILE *out)
{
	for (; *s; s++)
		put((char)toupper((unsigned char)*s), out);
}

static void head(const char *command, FILE *out)
{
	fputs(".\\\" Made by tools/describe.c from the program's own tables.\n.TH RULEGAP", out);
	if (command) {
		fputs("\\-", out);
		upper(command, out);
	}
	fprintf(out, " 1 \"\" \"rulegap %s\" \"rulegap\"\n", RULEGAP_VERSION);
}

static void option(const struct option_row *r, FILE *out)
{
	fputs(".TP\n", out);
	if (r->letter)
		fprintf(out, "\\fB\\-%c\\fR, ", r->letter);
	fputs("\\fB\\-\\-", out);
	for (const char *s = r->name; *s; s++)
		put(*s, out);
	fputs("\\fR", out);
	if (r->kind != ARG_NONE) {
		fputs(" \\fI", out);
		for (const char *s = r->kind == ARG_CHOICE ? "WORD" : r->argument; *s; s++)
			put(*s, out);
		fputs("\\fR", out);
	}
	fputc('\n', out);
	text(r->help, out);
	if (r->kind == ARG_CHOICE) {
		fputs("(", out);
		for (const char *s = r->argument; *s; s++)
			*s == '|' ? (void)fputs(", ", out) : put(*s, out);
		fputs(")\n", out);
	}
	if (r->repeatable)
		fputs("(may be given several times)\n", out);
}

void man_command(const struct command *c, FILE *out)
{
	head(c->name, out);
	fprintf(out, ".SH NAME\nrulegap\\-%s \\- ", c->name);
	text(c->summary, out);
	fprintf(out, ".SH SYNOPSIS\n\\fBrulegap %s\\fR ", c->name);
	text(c->usage, out);
	fputs(".SH DESCRIPTION\n", out);
	text(c->about, out);
	fputs(".SH OPTIONS\n", out);
	for (const struct option_row *r = c->rows; r->name; r++)
		option(r, out);
	option(&(struct option_row){'h', "help", ARG_NONE, NULL, false, "show a summary and exit"}, out);
	option(&(struct option_row){'V', "version", ARG_NONE, NULL, false, "show the version and exit"}, out);
	fputs(".SH EXIT STATUS\n0 done; 1 a rule is missing (with \\-\\-exit\\-code); 2 wrong usage or input; "
	      "3 done, but the answer is incomplete; 4 the system failed.\n"
	      ".SH SEE ALSO\n.BR rulegap (1)\n",
	      out);
}

/* The sections written by hand are in the man macros already. */
static enum err copy(const char *path, FILE *out)
{
	FILE *f = fopen(path, "r");
	char part[4096];
	size_t n;

	if (!f)
		return err_fail(ERR_IO, "%s: %s", path, strerror(errno));
	while ((n = fread(part, 1, sizeof part, f)) > 0)
		fwrite(part, 1, n, out);
	bool failed = ferror(f) != 0;
	fclose(f);
	return failed ? err_fail(ERR_IO, "%s: cannot be read", path) : ERR_OK;
}

enum err man_program(const char *sections, FILE *out)
{
	head(NULL, out);
	fputs(".SH NAME\nrulegap \\- tells which firewall rules an application is missing, by looking at its traffic\n"
	      ".SH SYNOPSIS\n\\fBrulegap\\fR \\fICOMMAND\\fR [options]\n.SH COMMANDS\n",
	      out);
	for (size_t i = 0; commands[i]; i++) {
		fprintf(out, ".TP\n.BR rulegap\\-%s (1)\n", commands[i]->name);
		text(commands[i]->summary, out);
	}
	return copy(sections, out);
}
