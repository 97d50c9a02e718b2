/* TCP and UDP headers.
 * source  RFC 9293 3.1, 3.2 (TCP header, options), 3.7.1 (MSS); RFC 768 (UDP);
 *         RFC 2675 4 (UDP length 0 in a jumbogram)
 * Checksums are not looked at: a host's own packets are captured before its
 * network card computes them. */
#include "decode/walk.h"

enum { OPTION_END = 0, OPTION_NOP = 1, OPTION_MSS = 2, OPTION_TIME = 8 };
#define TIME_ALONE 0x0101080au /* how an established connection's time stamps are padded, RFC 7323 app. A */
#define TCP_HEADER 20u
#define UDP_HEADER 8u
#define OPTIONS_MOST 40u

/* What a SYN's options say. A broken list ends them, no more. */
static void syn_options(struct walk *w, struct cursor options)
{
	while (options.left) {
		uint8_t kind = cursor_u8(&options);
		if (kind == OPTION_END)
			return;
		if (kind == OPTION_NOP)
			continue;
		uint8_t n = cursor_u8(&options);
		if (n < 2)
			return;
		if (kind == OPTION_MSS && n == 4) {
			w->p->mss = cursor_u16(&options);
		} else {
			w->stamped |= kind == OPTION_TIME;
			cursor_skip(&options, n - 2u);
		}
	}
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
			syn_options(w, options);
		else
			w->stamped = cursor_u32(&options) == TIME_ALONE;
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
