/* Private to decode/: reassembly of fragmented datagrams. */
#ifndef DECODE_FRAGMENT_H
#define DECODE_FRAGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/cursor.h"
#include "base/err.h"

struct fragments; /* opaque: datagrams that wait for the rest */

struct fragment {
	struct addr src, dst;
	uint32_t id;
	uint8_t protocol;    /* IPv6: of the header after the fragment header */
	bool v6;
	bool more;
	uint32_t offset;     /* bytes */
	struct cursor bytes; /* what it carries */
	int64_t time_us;
};

struct fragments *fragments_new(size_t bytes_most);
void fragments_free(struct fragments *f);

/* Free the buffers of the last frame's whole datagrams. */
void fragments_sweep(struct fragments *f);

/* Keep one fragment.
 * out     ret_whole, ret_protocol: the datagram, valid until fragments_sweep(); of one that the capture cut,
 *         what lies before the first cut
 * returns ERR_OK when it is whole; ERR_MORE: kept, or a duplicate of a whole one;
 *         ERR_TRUNCATED, ERR_MALFORMED, ERR_LIMIT: the datagram is given up */
MUSTCHECK enum err fragment_add(struct fragments *f, const struct fragment *in, struct cursor *ret_whole,
                                uint8_t *ret_protocol);

/* Datagrams that never became whole. */
uint64_t fragments_lost(const struct fragments *f);

#endif
