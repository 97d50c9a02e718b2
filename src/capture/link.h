/* Link types, as libpcap sees them. */
#ifndef CAPTURE_LINK_H
#define CAPTURE_LINK_H

#include <stdint.h>

#include "base/err.h"

struct link {
	uint16_t dlt;          /* what libpcap calls the file's link type; 65535: none that fits */
	uint32_t snaplen_most; /* libpcap treats longer frames as damage */
};

/* The DLT of a file's LINKTYPE and its longest frame: asked of libpcap, so that
 * they are the same in every version. */
MUSTCHECK enum err link_find(uint32_t linktype, struct link *ret_link);

/* A DLT as frames carry it. */
static inline uint16_t link_short(int dlt)
{
	return dlt >= 0 && dlt < UINT16_MAX ? (uint16_t)dlt : UINT16_MAX;
}

/* libpcap's name, "unknown" where it has none. The text lives for ever. */
const char *link_name(uint16_t dlt);

#endif
