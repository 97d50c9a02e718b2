/* Frame → packet: link layers, tunnels, IP, fragments, transport, duplicates. */
#ifndef DECODE_DECODE_H
#define DECODE_DECODE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/map.h"
#include "capture/frame.h"
#include "decode/packet.h"

struct decoder; /* opaque: fragments under reassembly, the duplicate filter, counters */

struct decode_counters {
	uint64_t packets;      /* TCP, UDP and ICMP packets handed on */
	uint64_t other;        /* well-formed, but nothing that is audited (ARP, SCTP, …) */
	uint64_t duplicates;   /* dropped as duplicates from a mirror port */
	uint64_t fragments;    /* kept for or dropped with reassembly */
	uint64_t fragments_lost; /* datagrams that never became whole, or over the bound */
	uint64_t truncated, malformed, unsupported, limit; /* frames refused, by reason */
	uint64_t foreign;      /* of the unsupported: those whose link type is not known */
	uint64_t tunnelled;
	uint64_t by_error[ERR_COUNT];
};

/* fragment_bytes: bound of the memory for reassembly. NULL: out of memory. */
struct decoder *decoder_new(size_t fragment_bytes);
void decoder_free(struct decoder *d);

/* Decode one frame.
 * in      f
 * out     ret_packet; payload bytes live as long as the frame (or, reassembled,
 *         until the next decode call)
 * returns ERR_OK: ret_packet holds a TCP, UDP or ICMP packet
 *         ERR_MORE: a fragment was kept; nothing yet
 *         ERR_END: well-formed, nothing to audit in it, or a duplicate (counted)
 *         bytes' errors: counted, the frame is skipped */
MUSTCHECK enum err decode_frame(struct decoder *d, const struct frame *f, struct packet *ret_packet);

/* What is known of a frame that was decoded apart. */
struct decode_mark {
	uint64_t print;
	enum err error;
	bool stamped, foreign;
};

/* Decode one frame as far as that needs no state of other frames, so that threads can share the
 * work of one decoder. Follow it with decode_join(). */
void decode_apart(const struct frame *f, struct packet *ret_packet, struct decode_mark *ret_mark);

/* The rest of the work after decode_apart(), one frame after another in time order: reassemble
 * fragments, drop duplicates, count. Returns as decode_frame(). */
MUSTCHECK enum err decode_join(struct decoder *d, const struct decode_mark *m, struct packet *packet);

const struct decode_counters *decoder_counters(const struct decoder *d);

/* The keyed hash of a flow's addresses, ports and protocol, the same in both directions. Needs hash_init(). */
static inline uint64_t flow_hash(const struct addr *a, uint16_t a_port, const struct addr *b, uint16_t b_port,
                                 uint8_t proto)
{
	uint64_t a_half[2], b_half[2];

	memcpy(a_half, a->b, sizeof a_half);
	memcpy(b_half, b->b, sizeof b_half);
	/* Hash each end on its own, then combine the two symmetrically. */
	uint64_t x = hash_mix(a_half[0] ^ a_port, a_half[1]);
	uint64_t y = hash_mix(b_half[0] ^ b_port, b_half[1]);
	return hash_mix((x + y) ^ proto, x ^ y);
}

#endif
