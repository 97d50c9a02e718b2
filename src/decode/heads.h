/* Private to decode/: the headers that nearly every frame has. Inline, so that quick.h reads
 * them all through one cursor in registers; the layer walk uses the same code. Checksums are
 * not verified: a host's own packets are captured before its network card computes them.
 * source  RFC 791 3.1 (IPv4), RFC 8200 3 (IPv6), RFC 9293 3.1 (TCP), RFC 768 (UDP); RFC 2675 4
 *         (UDP length 0 in a jumbogram) */
#ifndef DECODE_HEADS_H
#define DECODE_HEADS_H

#include "decode/walk.h"

#define IP4_HEADER 20u
#define IP6_HEADER 40u
#define TCP_HEADER 20u
#define UDP_HEADER 8u

#define TIME_ALONE 0x0101080au /* how an established connection's time stamps are padded, RFC 7323 app. A */
#define TIME_BYTES 12u         /* with this padding */

/* The fields of an IP header that do not go into the packet. */
struct ip_head {
	uint8_t version, protocol; /* IPv6: of the next header */
	unsigned header;           /* header length that it states, in bytes */
	uint16_t length;           /* IPv4: including the header, IPv6: without it */
	uint16_t flags_offset;     /* IPv4 */
};

/* The caller has checked that IP4_HEADER bytes are there; they are skipped. All reads come before
 * all writes, because the compiler must assume that the packet may overlap the bytes. */
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
enum err tcp_options(struct packet *p, struct cursor *c, unsigned bytes, struct imprint *of);

static inline __attribute__((always_inline)) enum err tcp_head(struct packet *p, struct cursor *c, struct imprint *of)
{
	/* Copies: a cursor whose address is passed on would leave its registers. */
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
	of->print = hash_mix((uint64_t)seq << 32 | ack, (uint64_t)checksum_urgent << 32 | flags_window);
	if (header == TCP_HEADER + TIME_BYTES && cursor_has(c, TIME_BYTES) && !(p->tcp_flags & TCP_SYN)) {
		struct cursor time = cursor_head(c, TIME_BYTES); /* as nearly all options are */
		uint32_t kind = peek32(&time, 0);
		of->print = hash_mix(of->print ^ kind, (uint64_t)peek32(&time, 4) << 32 | peek32(&time, 8));
		of->stamped = kind == TIME_ALONE;
	} else if (header != TCP_HEADER) {
		if (header < TCP_HEADER)
			return ERR_MALFORMED;
		struct cursor options = *c;
		struct imprint more = *of;
		enum err e = tcp_options(p, &options, header - TCP_HEADER, &more);
		if (e)
			return e;
		*c = options;
		*of = more;
	}
	payload_set(p, c);
	p->hash = flow_hash(&p->src, sport, &p->dst, dport, PROTO_TCP);
	return ERR_OK;
}

struct udp_head {
	uint16_t sport, dport;
	uint32_t length, checksum;
};

/* no_length: the IP header gives none either. The cursor moves to the payload. */
static inline __attribute__((always_inline)) enum err udp_head(struct cursor *c, bool no_length, struct udp_head *ret)
{
	if (!cursor_has(c, UDP_HEADER)) {
		struct cursor cut = *c;
		cursor_fail(&cut, UDP_HEADER);
		return cut.err;
	}
	struct cursor h = cursor_head(c, UDP_HEADER);
	*ret = (struct udp_head){.sport = cursor_peek16(&h, 0), .dport = cursor_peek16(&h, 2),
	                         .length = cursor_peek16(&h, 4), .checksum = cursor_peek16(&h, 6)};
	if (ret->length < UDP_HEADER && !(ret->length == 0 && no_length))
		return ERR_MALFORMED;
	/* If longer than IP says, IP's length counts, as for lenient receivers. */
	if (ret->length && ret->length - UDP_HEADER < cursor_wire(c)) {
		struct cursor rest = *c;
		*c = cursor_take(&rest, ret->length - UDP_HEADER);
	}
	return ERR_OK;
}

static inline __attribute__((always_inline)) void udp_end(struct packet *p, const struct cursor *c,
                                                          const struct udp_head *h, struct imprint *of)
{
	p->sport = h->sport;
	p->dport = h->dport;
	payload_set(p, c);
	of->print = duplicate_payload((uint64_t)h->length << 16 | h->checksum, &p->payload);
	p->hash = flow_hash(&p->src, h->sport, &p->dst, h->dport, PROTO_UDP);
}

#endif
