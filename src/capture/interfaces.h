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
	uint64_t ticks_n;   /* of its clock in a second */
	bool binary;        /* which is a power of 2 */
	int64_t offset_s;
	uint64_t dropped;   /* last said */
	const struct filter_program *program; /* NULL: the filter does not fit its link type */
};

struct interfaces {
	struct interface *at;
	size_t n, size;
};

/* Add the interface that a description block's body tells of.
 * source  pcapng 4.2; if_tsresol, if_tsoffset
 * errors  ERR_MALFORMED; ERR_LIMIT; ERR_MEMORY */
MUSTCHECK enum err interfaces_add(struct interfaces *s, struct cursor body, bool little, struct filter *filter,
                                  struct interface **ret_interface);

/* How many more packets a statistics block says were dropped (isb_ifdrop,
 * isb_osdrop). What is wrong in it counts nothing.
 * source  pcapng 4.6 */
uint64_t interfaces_statistics(struct interfaces *s, struct cursor body, bool little);

static inline const struct interface *interfaces_find(const struct interfaces *s, uint32_t id)
{
	return id < s->n ? &s->at[id] : NULL;
}

/* A time stamp in microseconds since 1970, cut as libpcap cuts it. */
int64_t interface_time(const struct interface *i, uint64_t ticks);

void interfaces_clear(struct interfaces *s);
void interfaces_release(struct interfaces *s);

#endif
