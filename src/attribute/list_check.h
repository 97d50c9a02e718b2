/* Values of a list, read from their nodes: each with its own complaint. */
#ifndef ATTRIBUTE_LIST_CHECK_H
#define ATTRIBUTE_LIST_CHECK_H

#include "attribute/list.h"
#include "attribute/list_yaml.h"

/* A value's reader; `target` is what the key's table says. */
typedef enum err key_read(void *target, const struct node *value);

struct key_row {
	const char *name;
	key_read *read;
};
#define KEYS_MOST 32

/* Read a map by a table of keys, in the order written; a null value is as good
 * as absent. *ret_seen: a bit per row that was given. what: "a group".
 * errors  ERR_USAGE: no map, unknown or repeated keys, or what a reader says */
MUSTCHECK enum err map_read(const struct node *map, const char *what, const struct key_row *rows, size_t n,
                            void *target, uint32_t *ret_seen);

/* Text; *ret_text is copied into the arena, NULL when empty. key: for complaints. */
MUSTCHECK enum err text_read(struct arena *a, const char *key, const struct node *value, const char **ret_text);
MUSTCHECK enum err bool_read(const char *key, const struct node *value, bool *ret_flag);
/* One of the words; '_' and '-' are the same, case does not count. */
MUSTCHECK enum err word_read(const char *key, const struct node *value, const char *const *words, size_t n,
                             int *ret_index);
/* A list whose items are texts: calls f for each. */
MUSTCHECK enum err items_read(const char *key, const struct node *value,
                              enum err (*f)(void *context, const struct node *item), void *context);

#endif
