#include "attribute/import.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attribute/import_inside.h"

#define INPUT_MOST_BYTES ((size_t)64 << 20) /* Azure's file of all tags is 5 MB */

static enum err fail_memory(void)
{
	return err_fail(ERR_MEMORY, "out of memory");
}

static enum err input_take(const char *path, FILE *f, struct text *input)
{
	static char block[1 << 16];
	size_t n;

	while ((n = fread(block, 1, sizeof block, f)) > 0) {
		text_add_n(input, block, n);
		if (input->failed)
			return fail_memory();
		if (input->n > INPUT_MOST_BYTES)
			return err_fail(ERR_USAGE, "%s: larger than 64 MiB (no endpoint list is)", path);
	}
	if (ferror(f))
		return err_fail(errno == EISDIR ? ERR_USAGE : ERR_IO, "%s: %s", path, err_reason(errno));
	return ERR_OK;
}

static enum err input_read(const char *path, struct text *input)
{
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *f = is_stdin ? stdin : fopen(path, "rbe");

	if (!f)
		return err_fail(errno == EACCES ? ERR_PERMISSION : ERR_USAGE, "%s: %s", path, err_reason(errno));
	enum err e = input_take(path, f, input);
	if (!is_stdin)
		fclose(f);
	if (e == ERR_OK && input->n == 0)
		e = err_fail(ERR_USAGE, "%s: empty, there is nothing to import", is_stdin ? "standard input" : path);
	if (e == ERR_OK && memchr(input->at, '\0', input->n))
		e = err_fail(ERR_USAGE, "%s: not a text file (it has NUL bytes)", path);
	return e;
}

enum err import_read(const char *path, const struct import_options *o, struct draft *d)
{
	static enum err (*const formats[])(struct importing *) = {
	    [IMPORT_M365] = import_m365, [IMPORT_AWS] = import_aws,   [IMPORT_AZURE] = import_azure,
	    [IMPORT_CSV] = import_csv,   [IMPORT_TEXT] = import_text,
	};
	struct text input = {0};
	enum err e = input_read(path, &input);
	struct importing im = {.o = o, .d = d, .path = path, .bytes = input.at, .n = input.n};

	if (e == ERR_OK)
		e = formats[o->format](&im);
	if (e == ERR_OK && d->arena.failed)
		e = fail_memory();
	if (e == ERR_OK && d->group_n == 0)
		e = import_nothing(&im);
	text_release(&input);
	return e;
}

enum err import_ports(const char *text, struct port_range **ret_ports, size_t *ret_n)
{
	struct port_range *ports = *ret_ports;
	char one[32], reason[HOST_REASON];
	size_t n;

	for (; *text; text += n + (text[n] != '\0')) {
		n = strcspn(text, ", ");
		if (n == 0)
			continue;
		struct port_range *grown = realloc(ports, (*ret_n + 1) * sizeof *ports);
		if (!grown)
			return fail_memory();
		*ret_ports = ports = grown;
		snprintf(one, sizeof one, "%.*s", (int)n, text);
		if (n >= sizeof one || !port_parse(one, &ports[*ret_n], reason))
			return err_fail(ERR_USAGE, "--ports: %s", n >= sizeof one ? "no ports" : reason);
		++*ret_n;
	}
	return ERR_OK;
}
