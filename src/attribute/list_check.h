/* Values of a list, read from their nodes, each with its own error message. */
#ifndef ATTRIBUTE_LIST_CHECK_H
#define ATTRIBUTE_LIST_CHECK_H

#include "attribute/list.h"
#include "attribute/list_yaml.h"

/* Reads one value; `target` is what the key table says. */
typedef enum err key_read(void *target, const struct node *value);

struct key_row {
	const char *name;
	key_read *read;
};
#define KEYS_MOST 32

/* Read a map using a table of keys, in the order written; a null value counts as absent. *ret_seen: one bit per row
 * that was given. what: "a group".
 * errors  ERR_USAGE: not a map, unknown or repeated keys, or an error from a reader */
MUSTCHECK enum err map_read(const struct node *map, const char *what, const struct key_row *rows, size_t n,
                            void *target, uint32_t *ret_seen);

/* Text; *ret_text is copied into the arena, NULL if empty. key: for error messages. */
MUSTCHECK enum err text_read(struct arena *a, const char *key, const struct node *value, const char **ret_text);
MUSTCHECK enum err bool_read(const char *key, const struct node *value, bool *ret_flag);
/* One of the words; '_' and '-' are equivalent, case is ignored. */
MUSTCHECK enum err word_read(const char *key, const struct node *value, const char *const *words, size_t n,
                             int *ret_index);
/* A list of texts: calls f for each item. */
MUSTCHECK enum err items_read(const char *key, const struct node *value,
                              enum err (*f)(void *context, const struct node *item), void *context);

#endif
