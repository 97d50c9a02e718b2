/* Private to decode/: the headers that nearly every frame has. Inline, so that
 * quick.c reads all of them off one cursor in registers, and the walk the same.
 * source  RFC 791 3.1 (IPv4), RFC 8200 3 (IPv6), RFC 9293 3.1 (TCP) */
#ifndef DECODE_HEADS_H
#define DECODE_HEADS_H

#include "decode/walk.h"

#define IP4_HEADER 20u
#define IP6_HEADER 40u
#define TCP_HEADER 20u

/* An IP header without what goes into the packet. */
struct ip_head {
	uint8_t version, protocol; /* IPv6: of the next header */
	unsigned header;           /* bytes that it says it has */
	uint16_t length;           /* IPv4: with the header, IPv6: without */
	uint16_t flags_offset;     /* IPv4 */
};

/* The caller saw to IP4_HEADER bytes, which are skipped. All reads come before all
 * writes, as nothing tells the compiler that the packet is not among the bytes. */
static inline __attribute__((always_inline)) struct ip_head ip4_head(struct packet *p, struct cursor *c)
{
	struct cursor h = cursor_head(c, IP4_HEADER);
	uint16_t version_header = cursor_peek16(&h, 0), total = cursor_peek16(&h, 2), id = cursor_peek16(&h, 4);
	uint16_t flags_offset = cursor_peek16(&h, 6), ttl_protocol = cursor_peek16(&h, 8);
	cursor_skip(&h, 12);
	struct addr src = addr_of_v4(h.at);
	cursor_skip(&h, 4);
	struct addr dst = addr_of_v4(h.at);
	p->src = src;
	p->dst = dst;
	p->ip_id = id;
	p->ttl = (uint8_t)(ttl_protocol >> 8);
	return (struct ip_head){.version = (uint8_t)(version_header >> 12),
	                        .protocol = (uint8_t)ttl_protocol,
	                        .header = (version_header >> 8 & 15u) * 4,
	                        .length = total,
	                        .flags_offset = flags_offset};
}

/* The same for IP6_HEADER bytes. */
static inline __attribute__((always_inline)) struct ip_head ip6_head(struct packet *p, struct cursor *c)
{
	struct cursor h = cursor_head(c, IP6_HEADER);
	uint8_t version = cursor_peek(&h, 0) >> 4;
	uint16_t length = cursor_peek16(&h, 4);
	uint8_t next = cursor_peek(&h, 6), hops = cursor_peek(&h, 7);
	cursor_skip(&h, 8);
	struct addr src = addr_of_v6(h.at);
	cursor_skip(&h, 16);
	struct addr dst = addr_of_v6(h.at);
	p->src = src;
	p->dst = dst;
	p->ttl = hops;
	p->ip_id = 0;
	return (struct ip_head){.version = version, .protocol = next, .header = IP6_HEADER, .length = length};
}

/* Member by member: copying the struct at once right after its members were
 * written would stall. */
static inline void payload_set(struct packet *p, const struct cursor *c)
{
	p->payload.at = c->at;
	p->payload.left = c->left;
	p->payload.lost = c->lost;
	p->payload.err = ERR_OK;
	p->payload.open = false;
	p->payload_length = (uint32_t)cursor_wire(c);
}

static inline __attribute__((always_inline)) uint32_t peek32(const struct cursor *c, size_t offset)
{
	return (uint32_t)cursor_peek16(c, offset) << 16 | cursor_peek16(c, offset + 2);
}

/* transport.c: the options of a TCP header, which are skipped. */
enum err tcp_options(struct walk *w, struct cursor *c, unsigned bytes);

static inline __attribute__((always_inline)) enum err tcp_head(struct walk *w, struct cursor *c)
{
	struct packet *p = w->p;

	/* Copies: what is passed on by address leaves its registers. */
	if (!cursor_has(c, TCP_HEADER)) {
		struct cursor cut = *c;
		cursor_fail(&cut, TCP_HEADER);
		return cut.err;
	}
	struct cursor h = cursor_head(c, TCP_HEADER);
	uint16_t sport = cursor_peek16(&h, 0), dport = cursor_peek16(&h, 2);
	uint32_t seq = peek32(&h, 4), ack = peek32(&h, 8);
	uint32_t flags_window = peek32(&h, 12), checksum_urgent = peek32(&h, 16);
	unsigned header = (flags_window >> 28) * 4;
	p->sport = sport;
	p->dport = dport;
	p->seq = seq;
	p->ack = ack;
	p->tcp_flags = flags_window >> 16 & 0x3f;
	p->window = (uint16_t)flags_window;
	w->print = hash_mix((uint64_t)seq << 32 | ack, (uint64_t)checksum_urgent << 32 | flags_window);
	if (header != TCP_HEADER) {
		if (header < TCP_HEADER)
			return ERR_MALFORMED;
		struct cursor options = *c;
		enum err e = tcp_options(w, &options, header - TCP_HEADER);
		if (e)
			return e;
		*c = options;
	}
	payload_set(p, c);
	p->hash = flow_hash(&p->src, sport, &p->dst, dport, PROTO_TCP);
	return ERR_OK;
}

#endif
