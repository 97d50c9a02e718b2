/* Completion for bash and zsh. Values are completed where the tables know them:
 * files, choices, interfaces, shipped lists, signatures, firewalls. */
#include <string.h>

#include "attribute/list_shipped.h"
#include "describe.h"
#include "judge/verdict.h"
#include "report/firewalls/firewalls.h"

static void signatures(FILE *out)
{
	for (enum signature s = SIG_NONE + 1; s < SIGNATURE_COUNT; s++)
		fprintf(out, "%s%s", s > SIG_NONE + 1 ? " " : "", signature_name(s));
}

static void firewall_names(FILE *out)
{
	for (const struct firewall *f = firewalls; f->name; f++)
		fprintf(out, "%s ", f->name);
	fputs("list", out);
}

static void shipped(FILE *out)
{
	for (const struct shipped_list *l = shipped_lists; l->name; l++)
		fprintf(out, "%s%s", l > shipped_lists ? " " : "", l->name);
}

static void choices(const char *argument, FILE *out)
{
	for (; *argument; argument++)
		fputc(*argument == '|' ? ' ' : *argument, out);
}

static bool is_of(const struct command *c, const struct option_row *r, const char *command, const char *name)
{
	return strcmp(r->name, name) == 0 && (!command || strcmp(c->name, command) == 0);
}

/* The words that a value can be, divided by spaces; false: the table knows none. */
static bool words_of(const struct command *c, const struct option_row *r, FILE *out)
{
	if (r->kind == ARG_CHOICE)
		choices(r->argument, out);
	else if (is_of(c, r, "rules", "for"))
		firewall_names(out);
	else if (is_of(c, r, NULL, "signature"))
		signatures(out);
	else
		return false;
	return true;
}

static bool has_words(const struct command *c, const struct option_row *r)
{
	return r->kind == ARG_CHOICE || is_of(c, r, "rules", "for") || is_of(c, r, NULL, "signature");
}

/* Verbs stand first in the usage: "check|show LIST…". */
static size_t verbs_of(const struct command *c)
{
	size_t n = strcspn(c->usage, " ");

	return c->usage[0] != '-' && memchr(c->usage, '|', n) ? n : 0;
}

/* ---- bash */

static void bash_value(const struct command *c, const struct option_row *r, FILE *out)
{
	fputs("\t\t", out);
	if (r->letter)
		fprintf(out, "-%c|", r->letter);
	fprintf(out, "--%s) ", r->name);
	if (has_words(c, r)) {
		fputs("COMPREPLY=($(compgen -W '", out);
		words_of(c, r, out);
		fputs("' -- \"$cur\"))", out);
	} else if (r->kind == ARG_FILE) {
		fputs("_rulegap_files \"$cur\"", out);
	} else if (r->kind == ARG_FOLDER) {
		fputs("_rulegap_files \"$cur\" -d", out);
	} else if (r->kind == ARG_LIST) {
		fputs("_rulegap_files \"$cur\"; COMPREPLY+=($(compgen -W '", out);
		shipped(out);
		fputs("' -- \"$cur\"))", out);
	} else if (r->kind == ARG_INTERFACE) {
		fputs("COMPREPLY=($(compgen -W \"$(ls /sys/class/net 2>/dev/null) any\" -- \"$cur\"))", out);
	} else {
		fputs(":", out); /* a number, a time, a name: anything */
	}
	fputs("; return ;;\n", out);
}

static void bash_command(const struct command *c, FILE *out)
{
	size_t verbs = verbs_of(c);

	fprintf(out, "\t%s)\n\t\tcase $prev in\n", c->name);
	for (const struct option_row *r = c->rows; r->name; r++)
		if (r->kind != ARG_NONE)
			bash_value(c, r, out);
	fputs("\t\tesac\n\t\toptions='--help --version", out);
	for (const struct option_row *r = c->rows; r->name; r++)
		fprintf(out, " --%s", r->name);
	fputs("'\n", out);
	if (verbs) {
		fputs("\t\tif ((COMP_CWORD == 2)); then options+=' ", out);
		for (size_t i = 0; i < verbs; i++)
			fputc(c->usage[i] == '|' ? ' ' : c->usage[i], out);
		fputs("'; COMPREPLY=($(compgen -W \"$options\" -- \"$cur\")); return; fi\n", out);
	}
	fputs("\t\t;;\n", out);
}

void complete_bash(FILE *out)
{
	fputs("# bash completion for rulegap, made by tools/describe.c\n"
	      "_rulegap_files()\n{\n"
	      "\tlocal IFS=$'\\n'\n"
	      "\tcompopt -o filenames 2>/dev/null\n"
	      "\tCOMPREPLY=($(compgen ${2:--f} -- \"$1\"))\n}\n\n"
	      "_rulegap()\n{\n"
	      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} options\n"
	      "\tCOMPREPLY=()\n"
	      "\tif ((COMP_CWORD == 1)); then\n"
	      "\t\tCOMPREPLY=($(compgen -W 'help --help --version",
	      out);
	for (size_t i = 0; commands[i]; i++)
		fprintf(out, " %s", commands[i]->name);
	fputs("' -- \"$cur\"))\n\t\treturn\n\tfi\n\tcase ${COMP_WORDS[1]} in\n", out);
	for (size_t i = 0; commands[i]; i++)
		bash_command(commands[i], out);
	fputs("\thelp)\n\t\tCOMPREPLY=($(compgen -W '", out);
	for (size_t i = 0; commands[i]; i++)
		fprintf(out, "%s%s", i ? " " : "", commands[i]->name);
	fputs("' -- \"$cur\"))\n\t\treturn\n\t\t;;\n\t*)\n\t\treturn\n\t\t;;\n\tesac\n"
	      "\tif [[ $cur == -* ]]; then\n\t\tCOMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n"
	      "\telse\n\t\t_rulegap_files \"$cur\"\n\tfi\n}\ncomplete -F _rulegap rulegap\n",
	      out);
}

/* ---- zsh */

/* Within a quoted argument of _arguments. */
static void zsh_text(const char *s, FILE *out)
{
	for (; *s; s++) {
		if (*s == '\'')
			fputs("'\\''", out);
		else if (strchr("[]:\\", *s))
			fprintf(out, "\\%c", *s);
		else
			fputc(*s, out);
	}
}

static void zsh_action(const struct command *c, const struct option_row *r, FILE *out)
{
	if (has_words(c, r)) {
		fputc('(', out);
		words_of(c, r, out);
		fputc(')', out);
	} else if (r->kind == ARG_FILE) {
		fputs("_files", out);
	} else if (r->kind == ARG_FOLDER) {
		fputs("_files -/", out);
	} else if (r->kind == ARG_LIST) {
		fputs("_rulegap_lists", out);
	} else if (r->kind == ARG_INTERFACE) {
		fputs("_net_interfaces", out);
	} else {
		fputc(' ', out);
	}
}

static void zsh_option(const struct command *c, const struct option_row *r, FILE *out)
{
	const char *joined = r->kind == ARG_NONE ? "" : "=";

	fputs("\t\t\t", out);
	if (r->repeatable)
		fputs("'*'", out);
	else if (r->letter)
		fprintf(out, "'(-%c --%s)'", r->letter, r->name);
	if (r->letter)
		fprintf(out, "{-%c%s,--%s%s}'[", r->letter, *joined ? "+" : "", r->name, joined);
	else
		fprintf(out, "'--%s%s[", r->name, joined);
	zsh_text(r->help, out);
	fputc(']', out);
	if (r->kind != ARG_NONE) {
		fputc(':', out);
		zsh_text(r->kind == ARG_CHOICE ? "WORD" : r->argument, out);
		fputc(':', out);
		zsh_action(c, r, out);
	}
	fputs("' \\\n", out);
}

static void zsh_command(const struct command *c, FILE *out)
{
	size_t verbs = verbs_of(c);

	fprintf(out, "\t%s)\n\t\t_arguments -s -S \\\n", c->name);
	for (const struct option_row *r = c->rows; r->name; r++)
		zsh_option(c, r, out);
	fputs("\t\t\t'(- *)'{-h,--help}'[show a summary and exit]' \\\n"
	      "\t\t\t'(- *)'{-V,--version}'[show the version and exit]' \\\n",
	      out);
	if (verbs) {
		fputs("\t\t\t'1:verb:(", out);
		for (size_t i = 0; i < verbs; i++)
			fputc(c->usage[i] == '|' ? ' ' : c->usage[i], out);
		fputs(")' \\\n", out);
	}
	fprintf(out, "\t\t\t'*:%s:_files'\n\t\t;;\n", verbs ? "list" : "argument");
}

void complete_zsh(FILE *out)
{
	fputs("#compdef rulegap\n# zsh completion for rulegap, made by tools/describe.c\n"
	      "_rulegap_lists()\n{\n\t_alternative 'lists:shipped list:(",
	      out);
	shipped(out);
	fputs(")' 'files:file:_files'\n}\n\n_rulegap()\n{\n\tlocal -a names\n\tnames=(\n", out);
	for (size_t i = 0; commands[i]; i++) {
		fprintf(out, "\t\t'%s:", commands[i]->name);
		zsh_text(commands[i]->summary, out);
		fputs("'\n", out);
	}
	fputs("\t)\n\tif ((CURRENT == 2)); then\n\t\t_describe command names\n\t\treturn\n\tfi\n"
	      "\tlocal command=$words[2]\n\tshift words\n\t((CURRENT--))\n\tcase $command in\n",
	      out);
	for (size_t i = 0; commands[i]; i++)
		zsh_command(commands[i], out);
	fputs("\tesac\n}\n\n_rulegap \"$@\"\n", out);
}
