/* Interning: each different name is stored once and known by a small number.
 * Bounded; when full, intern gives 0 and `full` is set.
 *
 * One thread interns. Another may call names_text() for ids that it was given (through a lock or a
 * barrier) at the same time: names never move. */
#ifndef BASE_NAMES_H
#define BASE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint32_t name_id; /* 0: no name */

struct names;

/* most_bytes: bound of the text kept. NULL: out of memory. */
struct names *names_new(size_t most_bytes);
void names_free(struct names *n);
/* The id of text (n bytes, no NUL), added when new. 0: empty, or table full. */
name_id names_intern(struct names *n, const char *text, size_t bytes);
/* The id that `to` has for a name of `from`; added when new. */
name_id names_carry(struct names *to, const struct names *from, name_id id);
/* 0: not there. */
name_id names_find(const struct names *n, const char *text, size_t bytes);
/* NUL-terminated; "" for 0. Valid as long as the table; id is one that it gave. */
const char *names_text(const struct names *n, name_id id);
size_t names_count(const struct names *n);
/* Bytes of text kept. */
size_t names_bytes(const struct names *n);
bool names_full(const struct names *n);

#endif
