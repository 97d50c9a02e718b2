/* Tables: a header that names the columns, then one row per host. Rows of one group with different ports are split
 * into several groups, because a group's ports apply to each of its hosts. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "attribute/import_inside.h"
#include "attribute/list_build.h"
#include "attribute/list_check.h"

#define FIELDS_MOST 64
#define FIELD_BYTES 4096

enum column { COLUMN_HOST, COLUMN_PORT, COLUMN_PROTO, COLUMN_GROUP, COLUMN_NEED, COLUMN_NOTES, COLUMN_COUNT };

static const struct {
	const char *name;
	enum column column;
} columns[] = {
    {"host", COLUMN_HOST},         {"hosts", COLUMN_HOST},        {"hostname", COLUMN_HOST}, {"fqdn", COLUMN_HOST},
    {"destination", COLUMN_HOST},  {"address", COLUMN_HOST},      {"domain", COLUMN_HOST},   {"cidr", COLUMN_HOST},
    {"ip", COLUMN_HOST},           {"port", COLUMN_PORT},         {"ports", COLUMN_PORT},    {"proto", COLUMN_PROTO},
    {"protocol", COLUMN_PROTO},    {"transport", COLUMN_PROTO},   {"group", COLUMN_GROUP},   {"need", COLUMN_NEED},
    {"required", COLUMN_NEED},     {"notes", COLUMN_NOTES},       {"description", COLUMN_NOTES},
};

struct field {
	char text[FIELD_BYTES];
	struct place place;
};

struct table {
	struct importing *im;
	const char *at;
	struct place place;
	char separator;
	int column_of[COLUMN_COUNT]; /* -1: none */
	struct field *fields;
	size_t n;
	struct names *names;
	struct map keys; /* text that identifies a cell or a group -> index */
	struct cell *cells;
	size_t cell_n, cell_size;
};

/* One host of a group, with the ports that all its rows ask for. */
struct cell {
	const char *group, *host, *notes;
	bool required;
	struct place place;
	struct port_range *ports;
	size_t port_n, port_size;
};

static void step(struct table *t)
{
	if (*t->at == '\n')
		t->place.line++, t->place.column = 1;
	else if (((unsigned char)t->at[1] & 0xc0) != 0x80)
		t->place.column++;
	t->at++;
}

/* One field; RFC 4180 quoting. */
static enum err field_read(struct table *t, struct field *f)
{
	while (*t->at == ' ')
		step(t);
	bool quoted = *t->at == '"';
	size_t n = 0;

	f->place = t->place;
	if (quoted)
		step(t);
	while (*t->at && (quoted || (*t->at != t->separator && *t->at != '\n'))) {
		if (quoted && *t->at == '"' && t->at[1] != '"')
			break;
		if (quoted && *t->at == '"')
			step(t);
		if (n + 1 == sizeof f->text)
			return place_fail(&f->place, "a field of more than %d bytes (is a quote missing?)",
			                  FIELD_BYTES);
		f->text[n++] = *t->at;
		step(t);
	}
	if (quoted && *t->at != '"')
		return place_fail(&f->place, "a quoted field without end (close the quote)");
	if (quoted)
		step(t);
	while (n && strchr(" \t\r", f->text[n - 1]))
		n--;
	f->text[n] = '\0';
	return ERR_OK;
}

static enum err row_read(struct table *t)
{
	t->n = 0;
	for (;;) {
		if (t->n == FIELDS_MOST)
			return place_fail(&t->place, "a row of more than %d fields", FIELDS_MOST);
		enum err e = field_read(t, &t->fields[t->n++]);
		if (e != ERR_OK)
			return e;
		t->place.column += (uint32_t)strspn(t->at, " \t\r");
		t->at += strspn(t->at, " \t\r");
		if (!*t->at)
			return ERR_OK;
		if (*t->at != t->separator && *t->at != '\n')
			return place_fail(&t->place, "text behind a quoted field (double the quotes inside it)");
		bool ended = *t->at == '\n';
		step(t);
		if (ended)
			return ERR_OK;
	}
}

static bool row_is_empty(const struct table *t)
{
	return t->n == 1 && !t->fields[0].text[0];
}

static enum err header_read(struct table *t)
{
	for (size_t c = 0; c < COLUMN_COUNT; c++)
		t->column_of[c] = -1;
	enum err e = row_read(t);
	for (size_t i = 0; e == ERR_OK && i < t->n; i++) {
		const char *name = t->fields[i].text + strspn(t->fields[i].text, " \t");
		for (size_t k = 0; k < sizeof columns / sizeof columns[0]; k++)
			if (strcasecmp(name, columns[k].name) == 0 && t->column_of[columns[k].column] < 0)
				t->column_of[columns[k].column] = (int)i;
	}
	if (e == ERR_OK && t->column_of[COLUMN_HOST] < 0)
		e = place_fail(&t->fields[0].place,
		               "the header has no column host (name the columns: host,port,proto,group,need)");
	if (e == ERR_OK && t->column_of[COLUMN_PORT] < 0 && !t->im->o->port_n)
		e = place_fail(&t->fields[0].place, "the header has no column port (add it, or give --ports)");
	return e;
}

/* The field of a column; "" if the row or the table does not have it. */
static const struct field *field_of(const struct table *t, enum column c)
{
	static const struct field none;
	int i = t->column_of[c];

	return i >= 0 && (size_t)i < t->n ? &t->fields[i] : &none;
}

static enum err need_read(const struct field *f, bool *ret_required)
{
	static const char *const words[] = {"", "required", "true", "yes", "optional", "recommended", "false", "no"};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (strcasecmp(f->text, words[i]) != 0)
			continue;
		*ret_required = i < 4;
		return ERR_OK;
	}
	return place_fail(&f->place, "'%.64s' is no need (required, recommended or optional)", f->text);
}

/* The transports in a text such as "TCP/UDP": bit 1 tcp, bit 2 udp; 0: none. */
static unsigned transports(const char *text)
{
	if (strcasecmp(text, "both") == 0 || strcasecmp(text, "any") == 0)
		return 3;
	return (strcasestr(text, "tcp") ? 1u : 0u) | (strcasestr(text, "udp") ? 2u : 0u);
}

static enum err port_add(struct table *t, struct cell *c, const struct field *f, const char *number, const char *proto)
{
	char one[64], reason[HOST_REASON];
	struct port_range p;

	snprintf(one, sizeof one, proto ? "%.40s/%s" : "%.40s", number, proto ? proto : "");
	if (!port_parse(one, &p, reason))
		return place_fail(&f->place, "%s", reason);
	if (c->port_n == PORTS_MOST)
		return place_fail(&f->place, "more than %u ports of one host", PORTS_MOST);
	return ports_add(&t->im->d->arena, &c->ports, &c->port_n, &c->port_size, &p);
}

/* "443", "443/tcp", "80, 443", "50000-50059", with the transport in the same cell or its own. */
static enum err ports_read(struct table *t, struct cell *c)
{
	const struct field *f = field_of(t, COLUMN_PORT), *proto = field_of(t, COLUMN_PROTO);
	unsigned which = transports(proto->text);
	enum err e = ERR_OK;
	char one[64];
	size_t n;

	for (size_t i = 0; !f->text[0] && e == ERR_OK && i < t->im->o->port_n; i++)
		e = ports_add(&t->im->d->arena, &c->ports, &c->port_n, &c->port_size, &t->im->o->ports[i]);
	for (const char *at = f->text; e == ERR_OK && *at; at += n + (at[n] != '\0')) {
		n = strcspn(at, ",; \n");
		if (n == 0)
			continue;
		snprintf(one, sizeof one, "%.*s", (int)(n < 40 ? n : 40), at);
		if (!which || strchr(one, '/'))
			e = port_add(t, c, f, one, NULL);
		else if (which & 1)
			e = port_add(t, c, f, one, "tcp");
		if (e == ERR_OK && which & 2 && !strchr(one, '/'))
			e = port_add(t, c, f, one, "udp");
	}
	if (e == ERR_OK && c->port_n == 0)
		e = place_fail(&t->fields[0].place, "a row without port (fill the column in, or give --ports)");
	return e;
}

static uint32_t *key_put(struct table *t, const char *text, bool *ret_new)
{
	uint32_t key = names_intern(t->names, text, strlen(text));

	return key ? map_put(&t->keys, &key, ret_new) : NULL;
}

static enum err fail_memory(void)
{
	return err_fail(ERR_MEMORY, "out of memory");
}

/* The cell for the row's group, whether it is required, and one of its hosts. */
static enum err cell_of(struct table *t, const char *host, struct cell **ret_cell)
{
	const char *group = field_of(t, COLUMN_GROUP)->text;
	struct text key = {0};
	bool required = true, is_new;
	enum err e = need_read(field_of(t, COLUMN_NEED), &required);

	if (e != ERR_OK)
		return e;
	if (!*group)
		group = t->im->o->group ? t->im->o->group : "imported";
	text_addf(&key, "cell\n%s\n%d\n%s", group, required, host);
	uint32_t *at = key.failed ? NULL : key_put(t, key.at, &is_new);
	text_release(&key);
	if (!at)
		return fail_memory();
	if (is_new) {
		*at = (uint32_t)t->cell_n;
		t->cells = arena_grow(&t->im->d->arena, t->cells, t->cell_n, &t->cell_size, sizeof *t->cells);
		if (!t->cells)
			return fail_memory();
		t->cells[t->cell_n++] = (struct cell){
		    .group = import_keep(t->im, group),
		    .host = import_keep(t->im, host),
		    .notes = import_keep(t->im, field_of(t, COLUMN_NOTES)->text),
		    .required = required,
		    .place = field_of(t, COLUMN_HOST)->place,
		};
	}
	*ret_cell = &t->cells[*at];
	return t->im->d->arena.failed ? fail_memory() : ERR_OK;
}

static enum err row_take(struct table *t)
{
	const struct field *f = field_of(t, COLUMN_HOST);
	char host[FIELD_BYTES];
	enum err e = ERR_OK;
	size_t n;

	if (!filter_fits(&t->im->o->services, field_of(t, COLUMN_GROUP)->text))
		return ERR_OK;
	if (!f->text[strspn(f->text, " ")])
		return place_fail(f->place.line ? &f->place : &t->fields[0].place, "a row without host");
	for (const char *at = f->text; e == ERR_OK && *at; at += n + (at[n] != '\0')) {
		struct cell *c = NULL;
		n = strcspn(at, ",;\n");
		size_t lead = strspn(at, " \t"), end = n;
		while (end > lead && strchr(" \t\r", at[end - 1]))
			end--;
		if (end <= lead)
			continue;
		snprintf(host, sizeof host, "%.*s", (int)(end - lead), at + lead);
		e = cell_of(t, host, &c);
		if (e == ERR_OK)
			e = ports_read(t, c);
	}
	return e;
}

static int compare_ports(const void *a, const void *b)
{
	const struct port_range *x = a, *y = b;

	if (x->proto != y->proto)
		return x->proto < y->proto ? -1 : 1;
	if (x->low != y->low)
		return x->low < y->low ? -1 : 1;
	return (x->high > y->high) - (x->high < y->high);
}

/* A new group "label", or "label-2", "label-3" if that is taken. */
static ptrdiff_t group_new(struct table *t, const char *label)
{
	struct draft *d = t->im->d;

	for (unsigned number = 1;; number++) {
		struct text text = {0};
		size_t before = d->group_n;
		text_addf(&text, number > 1 ? "%s-%u" : "%s", label, number);
		ptrdiff_t g = text.failed ? -1 : draft_group(d, text.at);
		text_release(&text);
		if (g < 0 || d->group_n > before)
			return g;
	}
}

static enum err group_of(struct table *t, struct cell *c, size_t *ret_group)
{
	struct text key = {0};
	char port[PORT_TEXT];
	bool is_new;
	enum err e = ERR_OK;

	qsort(c->ports, c->port_n, sizeof *c->ports, compare_ports);
	text_addf(&key, "group\n%s\n%d", c->group, c->required);
	for (size_t i = 0; i < c->port_n; i++)
		text_addf(&key, "\n%s", port_show(&c->ports[i], port));
	uint32_t *at = key.failed ? NULL : key_put(t, key.at, &is_new);
	text_release(&key);
	if (!at)
		return fail_memory();
	if (is_new) {
		ptrdiff_t g = group_new(t, c->group);
		if (g < 0)
			return fail_memory();
		*at = (uint32_t)g;
		t->im->d->groups[g].required = c->required;
		t->im->d->groups[g].notes = c->notes;
		for (size_t i = 0; e == ERR_OK && i < c->port_n; i++)
			e = draft_port(t->im->d, (size_t)g, &c->ports[i]);
	}
	*ret_group = *at;
	return e;
}

static enum err cells_place(struct table *t)
{
	char reason[HOST_REASON];
	enum err e = ERR_OK;
	size_t g = 0;

	for (size_t i = 0; e == ERR_OK && i < t->cell_n; i++) {
		e = group_of(t, &t->cells[i], &g);
		if (e != ERR_OK)
			return e;
		e = import_host(t->im, g, t->cells[i].host, reason);
		if (e == ERR_USAGE)
			e = place_fail(&t->cells[i].place, "%s", reason);
	}
	return e;
}

/* The separator that occurs most often in the header. */
static char separator_of(const char *text)
{
	static const char candidates[] = "\t;,";
	size_t length = strcspn(text, "\n"), counts[3] = {0};
	char best = ',';

	for (size_t i = 0; i < length; i++)
		for (size_t k = 0; k < 3; k++)
			counts[k] += text[i] == candidates[k];
	for (size_t k = 0, most = 0; k < 3; k++)
		if (counts[k] > most) {
			most = counts[k];
			best = candidates[k];
		}
	return best;
}

enum err import_csv(struct importing *im)
{
	struct table t = {.im = im, .at = im->bytes, .place = {im->path, 1, 1}};

	if (strncmp(t.at, "\xef\xbb\xbf", 3) == 0)
		t.at += 3;
	t.separator = separator_of(t.at);
	t.fields = calloc(FIELDS_MOST, sizeof *t.fields);
	t.names = names_new((size_t)256 << 20);
	map_init(&t.keys, sizeof(uint32_t), sizeof(uint32_t), (size_t)2 * ENTRIES_MOST);
	enum err e = t.fields && t.names ? header_read(&t) : fail_memory();
	while (e == ERR_OK && *t.at) {
		e = row_read(&t);
		if (e == ERR_OK && !row_is_empty(&t))
			e = row_take(&t);
	}
	if (e == ERR_OK)
		e = cells_place(&t);
	map_release(&t.keys);
	if (t.names)
		names_free(t.names);
	free(t.fields);
	return e;
}
