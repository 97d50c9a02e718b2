#include "attribute/list_yaml.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#define DEPTH_MOST 16   /* a list nests five levels; more only costs time */
#define ANCHORS_MOST 256 /* the search is linear */
#define NODES_MOST 3000000u /* more than lists may have entries; 300 MB */

struct anchor {
	const char *name;
	const struct node *node;
};

struct reader {
	yaml_parser_t parser;
	const char *path;
	const unsigned char *bytes;
	size_t n;
	struct arena *arena;
	struct anchor anchors[ANCHORS_MOST];
	size_t anchor_n, node_n;
};

enum err place_fail(const struct place *p, const char *format, ...)
{
	char text[768];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	return err_fail(ERR_USAGE, "%s:%u:%u: %s", p->path, p->line, p->column, text);
}

static struct place place_of(const struct reader *r, yaml_mark_t mark)
{
	return (struct place){r->path, (uint32_t)mark.line + 1, (uint32_t)mark.column + 1};
}

/* For bytes that are not text libyaml's reader gives only an offset. */
static struct place place_at(const struct reader *r, size_t offset)
{
	struct place p = {r->path, 1, 1};

	for (size_t i = 0; i < offset && i < r->n; i++) {
		if (r->bytes[i] == '\n')
			p.line++, p.column = 1;
		else if ((r->bytes[i] & 0xc0) != 0x80)
			p.column++;
	}
	return p;
}

static int byte_at(const struct reader *r, yaml_mark_t mark)
{
	/* The mark's index counts characters, not bytes: find the line, then walk to the column. */
	const unsigned char *at = r->bytes, *end = r->bytes + r->n;

	for (size_t line = 0; line < mark.line && at; line++) {
		at = memchr(at, '\n', (size_t)(end - at));
		at = at ? at + 1 : NULL;
	}
	for (size_t column = 0; at && at < end && *at != '\n'; at++) {
		if (column == mark.column)
			return *at;
		column += (at + 1 < end && (at[1] & 0xc0) != 0x80);
	}
	return -1;
}

/* Report libyaml's error, with a remedy for common mistakes. */
static enum err fail_syntax(const struct reader *r)
{
	const yaml_parser_t *p = &r->parser;
	const char *problem = p->problem ? p->problem : "not YAML";

	if (p->error == YAML_MEMORY_ERROR)
		return err_fail(ERR_MEMORY, "out of memory");
	if (p->error == YAML_READER_ERROR) {
		struct place at = place_at(r, p->problem_offset);
		return place_fail(&at, "not a text file: %s (a list is YAML in UTF-8)", problem);
	}
	struct place at = place_of(r, p->problem_mark);
	if (p->context && strstr(p->context, "scanning an alias")) {
		at = place_of(r, p->context_mark);
		return place_fail(&at, "an unquoted * begins a YAML alias (quote the wildcard: \"*.example.net\")");
	}
	if (byte_at(r, p->problem_mark) == '\t')
		return place_fail(&at, "a tab where YAML wants spaces (indent with spaces)");
	if (strstr(problem, "cannot start any token"))
		return place_fail(&at, "a text cannot begin with '%c' (quote it)", byte_at(r, p->problem_mark));
	if (strstr(problem, "unexpected ':'"))
		return place_fail(&at, "a ':' that YAML takes for the end of a key (quote the text: \"2001:db8::\")");
	if (p->context && *p->context)
		return place_fail(&at,
		                  "no YAML: %s %s, which begins in line %zu (check indentation, brackets and quotes)",
		                  problem, p->context, p->context_mark.line + 1);
	return place_fail(&at, "no YAML: %s (check indentation, brackets and quotes)", problem);
}

static enum err next_event(struct reader *r, yaml_event_t *event)
{
	return yaml_parser_parse(&r->parser, event) ? ERR_OK : fail_syntax(r);
}

static struct node *node_new(struct reader *r, enum node_kind kind, yaml_mark_t mark)
{
	struct node *n = arena_take(r->arena, 1, sizeof *n);

	if (n) {
		n->kind = kind;
		n->place = place_of(r, mark);
	}
	return n;
}

static enum err anchor_add(struct reader *r, const yaml_char_t *name, const struct node *node)
{
	if (!name)
		return ERR_OK;
	if (r->anchor_n == ANCHORS_MOST)
		return place_fail(&node->place, "more than %d anchors (write the values out)", ANCHORS_MOST);
	const char *text = (const char *)name;
	r->anchors[r->anchor_n++] = (struct anchor){arena_text(r->arena, text, strlen(text)), node};
	return ERR_OK;
}

/* An alias shares the children of its anchor, so nested aliases cost no memory here; the reader of lists counts the
 * expanded entries. */
static enum err read_alias(struct reader *r, const yaml_event_t *event, struct node **ret_node)
{
	const char *name = (const char *)event->data.alias.anchor;
	struct place at = place_of(r, event->start_mark);

	for (size_t i = r->anchor_n; i-- > 0;) {
		if (!r->anchors[i].name || strcmp(r->anchors[i].name, name) != 0)
			continue;
		struct node *copy = node_new(r, NODE_TEXT, event->start_mark);
		if (copy) {
			*copy = *r->anchors[i].node;
			copy->place = at;
			copy->next = NULL;
		}
		*ret_node = copy;
		return ERR_OK;
	}
	return place_fail(&at,
	                  "an unquoted * begins a YAML alias, and no anchor &%.64s is defined before "
	                  "(quote the wildcard: \"*.example.net\")",
	                  name);
}

static enum err read_text(struct reader *r, const yaml_event_t *event, struct node **ret_node)
{
	struct node *n = node_new(r, NODE_TEXT, event->start_mark);
	const char *value = (const char *)event->data.scalar.value;

	if (!n)
		return err_fail(ERR_MEMORY, "out of memory");
	n->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	n->length = event->data.scalar.length;
	if (memchr(value, '\0', n->length))
		return place_fail(&n->place, "a text with a NUL character (leave it out)");
	n->text = arena_text(r->arena, value, n->length);
	*ret_node = n;
	return anchor_add(r, event->data.scalar.anchor, n);
}

static enum err read_node(struct reader *r, const yaml_event_t *event, unsigned depth, struct node **ret_node);

static enum err read_children(struct reader *r, struct node *parent, yaml_event_type_t end, unsigned depth)
{
	struct node **last = &parent->first;

	for (;;) {
		yaml_event_t event;
		enum err e = next_event(r, &event);
		if (e != ERR_OK)
			return e;
		if (event.type == end) {
			yaml_event_delete(&event);
			return ERR_OK;
		}
		e = read_node(r, &event, depth, last);
		yaml_event_delete(&event);
		if (e != ERR_OK || r->arena->failed)
			return e != ERR_OK ? e : err_fail(ERR_MEMORY, "out of memory");
		last = &(*last)->next;
	}
}

static enum err read_node(struct reader *r, const yaml_event_t *event, unsigned depth, struct node **ret_node)
{
	struct place at = place_of(r, event->start_mark);

	if (++r->node_n > NODES_MOST)
		return place_fail(&at, "more than %u values (no endpoint list has so many)", NODES_MOST);
	if (event->type == YAML_ALIAS_EVENT)
		return read_alias(r, event, ret_node);
	if (event->type == YAML_SCALAR_EVENT)
		return read_text(r, event, ret_node);
	bool map = event->type == YAML_MAPPING_START_EVENT;
	struct node *n = node_new(r, map ? NODE_MAP : NODE_LIST, event->start_mark);
	if (!n)
		return err_fail(ERR_MEMORY, "out of memory");
	if (depth == DEPTH_MOST)
		return place_fail(&n->place, "nested deeper than %d levels (an endpoint list needs five)", DEPTH_MOST);
	enum err e = read_children(r, n, map ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT, depth + 1);
	*ret_node = n;
	if (e != ERR_OK)
		return e;
	/* Only now: a node that contained itself would never end. */
	return anchor_add(r, map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor, n);
}

static enum err read_documents(struct reader *r, struct node **ret_root)
{
	bool seen = false;

	*ret_root = NULL;
	for (;;) {
		yaml_event_t event;
		enum err e = next_event(r, &event);
		if (e != ERR_OK)
			return e;
		yaml_event_type_t type = event.type;
		struct place at = place_of(r, event.start_mark);
		if (type == YAML_DOCUMENT_START_EVENT && seen)
			e = place_fail(&at, "a second YAML document (one file is one list: split it)");
		else if (type == YAML_ALIAS_EVENT || type == YAML_SCALAR_EVENT || type == YAML_SEQUENCE_START_EVENT ||
		         type == YAML_MAPPING_START_EVENT)
			e = read_node(r, &event, 0, ret_root);
		seen |= type == YAML_DOCUMENT_START_EVENT;
		yaml_event_delete(&event);
		if (e != ERR_OK || type == YAML_STREAM_END_EVENT)
			return e;
	}
}

enum err yaml_read(const char *path, const unsigned char *bytes, size_t n, struct arena *a, struct node **ret_root)
{
	struct reader r = {.path = path, .bytes = bytes, .n = n, .arena = a};
	struct node *root;

	if (!yaml_parser_initialize(&r.parser))
		return err_fail(ERR_MEMORY, "out of memory");
	yaml_parser_set_input_string(&r.parser, bytes, n);
	enum err e = read_documents(&r, &root);
	yaml_parser_delete(&r.parser);
	if (e == ERR_OK && a->failed)
		e = err_fail(ERR_MEMORY, "out of memory");
	if (e == ERR_OK)
		*ret_root = root;
	return e;
}

bool node_is_null(const struct node *n)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};

	if (n->kind != NODE_TEXT || !n->plain)
		return false;
	for (size_t i = 0; i < sizeof nulls / sizeof nulls[0]; i++)
		if (strcmp(n->text, nulls[i]) == 0)
			return true;
	return false;
}
