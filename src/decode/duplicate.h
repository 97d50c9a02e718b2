/* Private to decode/: packets that a mirror (or two capture points) delivered twice. */
#ifndef DECODE_DUPLICATE_H
#define DECODE_DUPLICATE_H

#include "decode/packet.h"

#define DUPLICATE_SLOTS 4096u /* 32 KiB, so that it stays cached; at 1 Mpps the last 4 ms */

/* Direct-mapped: a newer packet takes an older one's slot. */
struct duplicates {
	struct duplicate_slot {
		uint32_t print; /* the fingerprint's other half; 0: empty */
		uint32_t at;    /* microseconds, modulo 2^32 */
	} slots[DUPLICATE_SLOTS];
};

/* Fingerprint of TCP options after another one. */
static inline uint64_t duplicate_options(uint64_t print, struct cursor options)
{
	while (cursor_has(&options, 4))
		print = (print ^ cursor_u32(&options)) * UINT64_C(0x9e3779b97f4a7c15);
	return print;
}

/* Fingerprint of a datagram's payload: its first and last 32 captured bytes. */
uint64_t duplicate_payload(uint64_t print, const struct cursor *payload);

/* Whether the same packet went by a moment ago; remembers it.
 * in  print: of what its transport header holds and packet.h does not
 *     stamped: the sender's own repetition would differ in a TCP time stamp */
bool duplicate_seen(struct duplicates *d, const struct packet *p, uint64_t print, bool stamped);

#endif
