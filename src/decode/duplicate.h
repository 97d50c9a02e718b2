/* Private to decode/: packets that a mirror port (or two capture points) delivered twice. */
#ifndef DECODE_DUPLICATE_H
#define DECODE_DUPLICATE_H

#include "decode/packet.h"

#define DUPLICATE_PACKETS 4096u /* remembered; at 1 Mpps the last 4 ms */
#define DUPLICATE_HEADS 4096u   /* chains that they are in */
#define DUPLICATE_MARKS 1024u   /* words of each filter: 16 bits a packet, two of them set */

/* The last packets: a ring, chained by fingerprint. A chain runs from the newest packet to older
 * ones and ends at the first that the ring has overwritten, so nothing has to be unlinked. What is
 * remembered does not depend on the fingerprint's random key. Two Bloom filters are asked first,
 * since few packets are duplicates: one has the packets since the ring wrapped, the other those of
 * the round before; when it wraps they swap. */
struct duplicates {
	struct duplicate_packet {
		uint64_t print;
		uint32_t at;     /* microseconds, modulo 2^32 */
		uint32_t before; /* number of the next older one in the chain */
	} packets[DUPLICATE_PACKETS];
	uint32_t heads[DUPLICATE_HEADS]; /* by fingerprint: number of the newest */
	uint64_t marks[DUPLICATE_MARKS][2]; /* bits of the packets since the last change, and of those before */
	uint32_t n;                      /* numbers given, modulo 2^32, from 1 on */
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
 * in  print: fingerprint of what the transport header holds and packet.h does not
 *     stamped: the sender's own repetition would differ in a TCP time stamp */
bool duplicate_seen(struct duplicates *d, const struct packet *p, uint64_t print, bool stamped);

#endif
