/* Internet addresses and prefixes of both families in one shape.
 * Source: RFC 4291 2.5.5.2 (IPv4-mapped addresses), RFC 5952 (text form). */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"

/* Network byte order; IPv4 is ::ffff:a.b.c.d. All zero means "none". */
struct addr {
	uint8_t b[16];
};

/* An address and how many leading bits count, in the 128-bit form: an IPv4
 * /24 has bits 120. Host bits are zero. */
struct prefix {
	struct addr addr;
	uint8_t bits;
};

#define ADDR_TEXT 48   /* bytes for addr_format, NUL included */
#define PREFIX_TEXT 52 /* bytes for prefix_format */

/* Half of an address, built from its two words as they lie in memory. It is stored in one piece: an
 * 8-byte load from two separate 4-byte stores would stall the processor. */
static inline uint64_t addr_half(uint32_t first, uint32_t second)
{
	if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
		return (uint64_t)first << 32 | second;
	return (uint64_t)second << 32 | first;
}

/* The word in front of an IPv4 address in its mapped form. */
static inline uint32_t addr_v4_mark(void)
{
	static const uint8_t bytes[4] = {0, 0, 0xff, 0xff};
	uint32_t mark;

	memcpy(&mark, bytes, sizeof mark);
	return mark;
}

static inline struct addr addr_of_v4(const uint8_t bytes[static 4])
{
	uint64_t halves[2] = {0};
	uint32_t low;
	struct addr a;

	memcpy(&low, bytes, sizeof low);
	halves[1] = addr_half(addr_v4_mark(), low);
	memcpy(a.b, halves, sizeof a.b);
	return a;
}

static inline struct addr addr_of_v6(const uint8_t bytes[static 16])
{
	struct addr a;
	memcpy(a.b, bytes, 16);
	return a;
}

static inline bool addr_is_none(const struct addr *a)
{
	static const struct addr none;
	return memcmp(a, &none, sizeof none) == 0;
}

static inline bool addr_equal(const struct addr *a, const struct addr *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

static inline int addr_compare(const struct addr *a, const struct addr *b)
{
	return memcmp(a, b, sizeof *a);
}

/* Whether it is an IPv4 address (in the 128-bit form). */
bool addr_is_v4(const struct addr *a);

/* Text of an address (IPv4 dotted, IPv6 as RFC 5952); "" for none. Returns ret_text. */
const char *addr_format(const struct addr *a, char ret_text[static ADDR_TEXT]);

/* An IPv4 or IPv6 literal (brackets allowed round IPv6, no zone). False: neither. */
bool addr_parse(const char *text, struct addr *ret_addr);

/* Address or CIDR; a lone address has all bits. ERR_USAGE when it is neither or
 * its length is out of range. Host bits that are set are cleared. */
MUSTCHECK enum err prefix_parse(const char *text, struct prefix *ret_prefix);
const char *prefix_format(const struct prefix *p, char ret_text[static PREFIX_TEXT]);
/* IPv6 prefixes contain no IPv4 address, not even ::/0. */
bool prefix_contains(const struct prefix *p, const struct addr *a);

/* The IPv4 address that a translator between the families (NAT64) reaches for an IPv6 one of the well-known prefix
 * 64:ff9b::/96. False: it is none of these. source RFC 6052 2.1 */
bool addr_translated(const struct addr *a, struct addr *ret_v4);

/* Unspecified or loopback of either family: where no server can be. */
bool addr_is_nowhere(const struct addr *a);
/* Link-local, multicast or broadcast: never a unicast server elsewhere. */
bool addr_is_local_scope(const struct addr *a);

#endif
