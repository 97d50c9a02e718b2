/* The interfaces that a section of a pcapng file describes. */
#ifndef CAPTURE_INTERFACES_H
#define CAPTURE_INTERFACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/err.h"
#include "capture/filter.h"

#define INTERFACES_MOST 65536u /* of a section; beyond, the file is taken for damaged */

struct interface {
	uint16_t dlt;
	uint32_t snaplen;
	uint64_t ticks_n;   /* ticks of its clock per second */
	bool binary;        /* ticks_n is a power of 2 */
	int64_t offset_s;
	uint64_t dropped;   /* the last value reported */
	const struct filter_program *program; /* NULL: the filter does not fit its link type */
};

struct interfaces {
	struct interface *at;
	size_t n, size;
};

/* Add the interface that an interface description block describes.
 * source  pcapng 4.2; if_tsresol, if_tsoffset
 * errors  ERR_MALFORMED; ERR_LIMIT; ERR_MEMORY */
MUSTCHECK enum err interfaces_add(struct interfaces *s, struct cursor body, bool little, struct filter *filter,
                                  struct interface **ret_interface);

/* How many more dropped packets a statistics block reports (isb_ifdrop, isb_osdrop). A malformed
 * part of it counts as 0.
 * source  pcapng 4.6 */
uint64_t interfaces_statistics(struct interfaces *s, struct cursor body, bool little);

static inline const struct interface *interfaces_find(const struct interfaces *s, uint32_t id)
{
	return id < s->n ? &s->at[id] : NULL;
}

/* A time stamp in microseconds since 1970, truncated as libpcap does. */
int64_t interface_time(const struct interface *i, uint64_t ticks);

void interfaces_clear(struct interfaces *s);
void interfaces_release(struct interfaces *s);

#endif
