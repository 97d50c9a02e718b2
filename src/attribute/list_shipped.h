/* The lists that come with the program, by name. */
#ifndef ATTRIBUTE_LIST_SHIPPED_H
#define ATTRIBUTE_LIST_SHIPPED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/text.h"

struct shipped_list {
	const char *name; /* "remotespark-2.0.33" */
	const unsigned char *bytes;
	size_t n;
};
/* Generated from schema/endpoints/ at build time; ends with a NULL name. */
extern const struct shipped_list shipped_lists[];

/* Whether a word names a list rather than a file: no slash, no file extension. */
bool shipped_is_name(const char *word);
/* Whether the first n bytes of word are the whole name of a shipped list. */
bool shipped_has(const char *word, size_t n);

/* Find a list by name: in the folder $RULEGAP_LISTS, in the installed folder, in the program itself. A name without
 * version means the newest.
 * out     path: the file to read, or "shipped:NAME" and *ret_list
 * errors  ERR_USAGE: no such name; the detail lists those that exist */
MUSTCHECK enum err shipped_find(const char *word, struct text *path, const struct shipped_list **ret_list);

#endif
