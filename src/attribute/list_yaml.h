/* A YAML document as a tree in which every value knows its place.
 *
 * It uses libyaml's events rather than libcyaml: half of the errors in a list (a host, a port, a reference to a
 * missing group) are found only when its values are interpreted, and by then libcyaml's values have lost their
 * place. */
#ifndef ATTRIBUTE_LIST_YAML_H
#define ATTRIBUTE_LIST_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attribute/list_arena.h"
#include "base/err.h"

/* Where a value stands, for people: line and column both count from 1. */
struct place {
	const char *path;
	uint32_t line, column;
};

/* Sets err_detail() to "PATH:LINE:COLUMN: " and the formatted text; ERR_USAGE. */
enum err place_fail(const struct place *p, const char *format, ...) PRINTF_LIKE(2, 3);

enum node_kind { NODE_TEXT, NODE_LIST, NODE_MAP };

struct node {
	enum node_kind kind;
	struct place place;
	bool plain;         /* text that was not quoted */
	const char *text;   /* of NODE_TEXT, NUL-terminated, without NULs inside */
	size_t length;
	struct node *first; /* items of a list; of a map key, value, key, value … */
	struct node *next;
};

/* Read a document of n bytes; path is used in places and must live as long as the nodes.
 * out     the root; NULL for a document without content
 * errors  ERR_USAGE with place, ERR_MEMORY; undefined aliases, nesting deeper than any list needs
 *         and a second document are refused
 * life    nodes live in the arena */
MUSTCHECK enum err yaml_read(const char *path, const unsigned char *bytes, size_t n, struct arena *a,
                             struct node **ret_root);

/* No value was written: "key:", "~" or "null". */
bool node_is_null(const struct node *n);

#endif
