/* TCP and UDP headers.
 * source  RFC 9293 3.1, 3.2 (TCP header, options), 3.7.1 (MSS); RFC 768 (UDP);
 *         RFC 2675 4 (UDP length 0 in a jumbogram)
 * Checksums are not looked at: a host's own packets are captured before its
 * network card computes them. */
#include "decode/walk.h"

enum { OPTION_END = 0, OPTION_NOP = 1, OPTION_MSS = 2 };
#define TCP_HEADER 20u
#define UDP_HEADER 8u
#define OPTIONS_MOST 40u

/* The MSS option's value, or 0. A broken list of options ends it, no more. */
static uint16_t mss_find(struct cursor options)
{
	while (options.left) {
		uint8_t kind = cursor_u8(&options);
		if (kind == OPTION_END)
			return 0;
		if (kind == OPTION_NOP)
			continue;
		uint8_t n = cursor_u8(&options);
		if (n < 2)
			return 0;
		if (kind == OPTION_MSS && n == 4)
			return cursor_u16(&options);
		cursor_skip(&options, n - 2u);
	}
	return 0;
}

enum err tcp_decode(struct walk *w)
{
	struct packet *p = w->p;
	struct cursor c = w->c;

	if (!cursor_want(&c, TCP_HEADER))
		return c.err;
	p->sport = cursor_u16(&c);
	p->dport = cursor_u16(&c);
	p->seq = cursor_u32(&c);
	p->ack = cursor_u32(&c);
	uint16_t offset_flags = cursor_u16(&c);
	p->tcp_flags = offset_flags & 0x3f;
	p->window = cursor_u16(&c);
	uint32_t checksum_urgent = cursor_u32(&c);
	unsigned header = (unsigned)(offset_flags >> 12) * 4;
	if (header < TCP_HEADER)
		return ERR_MALFORMED;

	w->print = hash_mix((uint64_t)p->seq << 32 | p->ack,
	                    (uint64_t)checksum_urgent << 32 | (uint32_t)offset_flags << 16 | p->window);
	if (header > TCP_HEADER) {
		struct cursor options = cursor_take(&c, header - TCP_HEADER);
		if (c.err)
			return c.err;
		w->print = duplicate_mix(w->print, options, OPTIONS_MOST);
		if (p->tcp_flags & TCP_SYN)
			p->mss = mss_find(options);
	}
	p->payload = c;
	p->payload_length = (uint32_t)cursor_wire(&c);
	p->hash = flow_hash(&p->src, p->sport, &p->dst, p->dport, PROTO_TCP);
	return ERR_OK;
}

enum err udp_decode(struct walk *w)
{
	struct packet *p = w->p;
	struct cursor c = w->c;
	enum err e;

	if (!cursor_want(&c, UDP_HEADER))
		return c.err;
	uint16_t sport = cursor_u16(&c), dport = cursor_u16(&c);
	uint32_t length = cursor_u16(&c), checksum = cursor_u16(&c);
	if (length < UDP_HEADER && !(length == 0 && w->no_length))
		return ERR_MALFORMED;
	/* Longer than IP says: IP's word counts, as for receivers that are lenient. */
	if (length && length - UDP_HEADER < cursor_wire(&c))
		c = cursor_take(&c, length - UDP_HEADER);
	if (tunnel_decode(w, c, sport, dport, &e))
		return e;
	p->sport = sport;
	p->dport = dport;
	p->payload = c;
	p->payload_length = (uint32_t)cursor_wire(&c);
	w->print = duplicate_payload(hash_mix(length, checksum), c);
	p->hash = flow_hash(&p->src, sport, &p->dst, dport, PROTO_UDP);
	return ERR_OK;
}
