/* Names inside one DNS message, with compression. Private to dns.c. */
#ifndef DISSECTORS_DNS_NAME_H
#define DISSECTORS_DNS_NAME_H

#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/err.h"
#include "dissectors/fact.h"

#define DNS_NAMES_KEPT 8u /* names of a message remembered by offset; further ones are decoded again */

/* Zero-initialise n and set message and facts; only n entries of kept are valid. */
struct dns_names {
	struct cursor message; /* from its header on */
	struct facts *facts;   /* where text is kept */
	size_t behind; /* where the last name ends that was decoded, not found among those kept */
	unsigned n;
	struct {
		size_t offset;
		const char *text;
	} kept[DNS_NAMES_KEPT];
};

/* Step over a name without reading it.
 * errors  ERR_TRUNCATED, ERR_MALFORMED
 * source  RFC 1035 3.1, 4.1.4 */
enum err dns_name_skip_labels(struct cursor *c);
static inline enum err dns_name_skip(struct cursor *c)
{
	if (!cursor_has(c, 2) || cursor_peek(c, 0) < 0xc0)
		return dns_name_skip_labels(c);
	cursor_skip(c, 2); /* one pointer: most owners of records are written like this */
	return ERR_OK;
}

/* The name at an offset of the message as text: lower-case, escaped where it is
 * not printable, a dot inside a label as \x2e; the root is ".".
 * Pointers go strictly backwards, 128 at most; a name has 255 bytes at most.
 * errors  ERR_TRUNCATED, ERR_MALFORMED; ret_text is untouched then
 * source  RFC 1035 3.1, 4.1.4; RFC 9267 2 */
enum err dns_name_text(struct dns_names *names, size_t offset, const char **ret_text);

#endif
