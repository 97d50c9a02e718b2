#include "attribute/list_draft.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "attribute/host.h"
#include "attribute/list_build.h"
#include "base/limits.h"
#include "base/text.h"

#define IDS UINT32_MAX /* the "group" part of the keys for ids */
#define ID_TEXT 128
#define LINE_WIDTH 110

enum err draft_open(struct draft *d)
{
	*d = (struct draft){.names = names_new(NAMES_MOST_BYTES)};
	map_init(&d->keys, 2 * sizeof(uint32_t), sizeof(uint32_t), (size_t)2 * ENTRIES_MOST);
	return d->names ? ERR_OK : err_fail(ERR_MEMORY, "out of memory");
}

void draft_release(struct draft *d)
{
	arena_release(&d->arena);
	map_release(&d->keys);
	if (d->names)
		names_free(d->names);
	*d = (struct draft){0};
}

/* Letters and digits in lower case, a single hyphen for anything else. */
static void id_of(const char *label, char id[static ID_TEXT])
{
	size_t n = 0;

	for (; *label && n + 1 < ID_TEXT; label++) {
		if (isascii((unsigned char)*label) && isalnum((unsigned char)*label))
			id[n++] = (char)tolower((unsigned char)*label);
		else if (n && id[n - 1] != '-')
			id[n++] = '-';
	}
	while (n && id[n - 1] == '-')
		n--;
	if (!n)
		memcpy(id, "group", n = 5);
	id[n] = '\0';
}

static uint32_t *key_put(struct draft *d, uint32_t group, const char *text, bool *ret_new)
{
	uint32_t key[2] = {group, names_intern(d->names, text, strlen(text))};

	return key[1] ? map_put(&d->keys, key, ret_new) : NULL;
}

ptrdiff_t draft_group(struct draft *d, const char *label)
{
	char id[ID_TEXT];
	bool is_new;

	id_of(label, id);
	uint32_t *at = key_put(d, IDS, id, &is_new);
	if (!at)
		return -1;
	if (!is_new)
		return (ptrdiff_t)*at;
	d->groups = arena_grow(&d->arena, d->groups, d->group_n, &d->group_size, sizeof *d->groups);
	const char *copy = arena_text(&d->arena, id, strlen(id));
	if (d->arena.failed)
		return -1;
	d->groups[d->group_n] = (struct draft_group){.id = copy, .role = ROLE_OTHER, .required = true};
	*at = (uint32_t)d->group_n++;
	return (ptrdiff_t)*at;
}

enum err draft_host(struct draft *d, size_t group, const char *host)
{
	struct draft_group *g = &d->groups[group];
	bool is_new;

	if (!key_put(d, (uint32_t)group, host, &is_new))
		return err_fail(ERR_MEMORY, "out of memory, or too many hosts");
	if (!is_new)
		return ERR_OK;
	g->hosts = arena_grow(&d->arena, g->hosts, g->host_n, &g->host_size, sizeof *g->hosts);
	const char *copy = arena_text(&d->arena, host, strlen(host));
	if (d->arena.failed)
		return err_fail(ERR_MEMORY, "out of memory");
	g->hosts[g->host_n++] = copy;
	return ERR_OK;
}

enum err draft_port(struct draft *d, size_t group, const struct port_range *p)
{
	struct draft_group *g = &d->groups[group];

	return ports_add(&d->arena, &g->ports, &g->port_n, &g->port_size, p);
}

/* Unquoted only if every YAML reader takes it for the same text. */
static bool is_plain(const char *text)
{
	static const char *const words[] = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"};

	if (!isascii((unsigned char)*text) || !isalpha((unsigned char)*text))
		return false;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcasecmp(text, words[i]) == 0)
			return false;
	for (const char *c = text; *c; c++)
		if (!isascii((unsigned char)*c) || (!isalnum((unsigned char)*c) && !strchr(" ._/()-", *c)) ||
		    (*c == ' ' && !c[1]))
			return false;
	return true;
}

static void write_text(FILE *f, const char *text)
{
	struct text doubled = {0}, quoted = {0};

	if (is_plain(text)) {
		fputs(text, f);
		return;
	}
	for (const char *c = text; *c; c++)
		text_addf(&doubled, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
	if (doubled.n)
		text_add_escaped(&quoted, doubled.at); /* its \xNN is YAML's too */
	fprintf(f, "\"%s\"", quoted.n ? quoted.at : "");
	text_release(&doubled);
	text_release(&quoted);
}

static void write_key(FILE *f, const char *indent, const char *key, const char *value)
{
	if (!value || !*value)
		return;
	fprintf(f, "%s%s: ", indent, key);
	write_text(f, value);
	fputc('\n', f);
}

/* A few go on one line, many on one line each. */
static void write_hosts(FILE *f, const struct draft_group *g)
{
	size_t width = 0;

	for (size_t i = 0; i < g->host_n; i++)
		width += strlen(g->hosts[i]) + 4;
	bool is_short = width < LINE_WIDTH;
	fputs(is_short ? "    hosts: [" : "    hosts:\n", f);
	for (size_t i = 0; i < g->host_n; i++) {
		bool quote = !isalnum((unsigned char)g->hosts[i][0]) || strchr(g->hosts[i], ':');
		fputs(!is_short ? "      - " : i ? ", " : "", f);
		fprintf(f, quote ? "\"%s\"" : "%s", g->hosts[i]);
		if (!is_short)
			fputc('\n', f);
	}
	if (is_short)
		fputs("]\n", f);
}

static void write_ports(FILE *f, const struct draft_group *g)
{
	char port[PORT_TEXT];

	fputs("    ports: [", f);
	for (size_t i = 0; i < g->port_n; i++)
		fprintf(f, "%s%s", i ? ", " : "", port_show(&g->ports[i], port));
	fputs("]\n", f);
}

static void write_group(FILE *f, const struct draft_group *g)
{
	fprintf(f, "  - id: ");
	if (isalpha((unsigned char)g->id[0]))
		write_text(f, g->id);
	else
		fprintf(f, "\"%s\"", g->id);
	fprintf(f, "\n    role: %s\n", role_text(g->role));
	write_key(f, "    ", "description", g->description);
	write_key(f, "    ", "region", g->region);
	if (!g->required)
		fputs("    required: false\n", f);
	write_hosts(f, g);
	if (g->port_n)
		write_ports(f, g);
	if (g->ports_inferred)
		fputs("    ports_basis: inferred\n", f);
	write_key(f, "    ", "notes", g->notes);
}

void draft_write(const struct draft *d, const char *comment, FILE *f)
{
	if (comment)
		fprintf(f, "# %s\n", comment);
	write_key(f, "", "name", d->name);
	write_key(f, "", "vendor", d->vendor);
	write_key(f, "", "version", d->version);
	write_key(f, "", "published", d->published);
	write_key(f, "", "source", d->source);
	write_key(f, "", "notes", d->notes);
	fputs(d->group_n ? "groups:\n" : "groups: []\n", f);
	for (size_t i = 0; i < d->group_n; i++)
		write_group(f, &d->groups[i]);
}
