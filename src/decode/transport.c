/* TCP and UDP headers.
 * source  RFC 9293 3.1, 3.2 (TCP header, options), 3.7.1 (MSS); RFC 768 (UDP);
 *         RFC 2675 4 (UDP length 0 in a jumbogram)
 * Checksums are not looked at: a host's own packets are captured before its
 * network card computes them. */
#include "decode/heads.h"

enum { OPTION_END = 0, OPTION_NOP = 1, OPTION_MSS = 2, OPTION_TIME = 8 };
#define TIME_ALONE 0x0101080au /* how an established connection's time stamps are padded, RFC 7323 app. A */
#define TIME_BYTES 12u         /* with this padding */
#define UDP_HEADER 8u

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

enum err tcp_options(struct walk *w, struct cursor *c, unsigned bytes)
{
	if (bytes == TIME_BYTES && cursor_has(c, TIME_BYTES) && !(w->p->tcp_flags & TCP_SYN)) {
		/* As nearly all are. A cursor of known size: the compiler drops its checks. */
		struct cursor time = cursor_of(c->at, TIME_BYTES, TIME_BYTES);
		uint32_t kind = cursor_u32(&time), stamp = cursor_u32(&time), echo = cursor_u32(&time);
		cursor_skip(c, TIME_BYTES);
		w->print = hash_mix(w->print ^ kind, (uint64_t)stamp << 32 | echo);
		w->stamped = kind == TIME_ALONE;
		return ERR_OK;
	}
	struct cursor options = cursor_take(c, bytes);

	if (c->err)
		return c->err;
	w->print = duplicate_options(w->print, options);
	if (w->p->tcp_flags & TCP_SYN)
		syn_options(w, options);
	else
		w->stamped = cursor_u32(&options) == TIME_ALONE;
	return ERR_OK;
}

enum err tcp_decode(struct walk *w)
{
	return tcp_head(w, &w->c);
}

enum err udp_decode(struct walk *w)
{
	struct packet *p = w->p;
	struct cursor *c = &w->c;
	enum err e;

	if (!cursor_want(c, UDP_HEADER))
		return c->err;
	uint16_t sport = cursor_peek16(c, 0), dport = cursor_peek16(c, 2);
	uint32_t length = cursor_peek16(c, 4), checksum = cursor_peek16(c, 6);
	cursor_skip(c, UDP_HEADER);
	if (length < UDP_HEADER && !(length == 0 && w->no_length))
		return ERR_MALFORMED;
	/* Longer than IP says: IP's word counts, as for receivers that are lenient. */
	if (length && length - UDP_HEADER < cursor_wire(c))
		*c = cursor_take(c, length - UDP_HEADER);
	if (tunnel_port(sport, dport) && tunnel_decode(w, sport, dport, &e))
		return e;
	p->sport = sport;
	p->dport = dport;
	payload_set(p, c);
	w->print = duplicate_payload((uint64_t)length << 16 | checksum, c);
	p->hash = flow_hash(&p->src, sport, &p->dst, dport, PROTO_UDP);
	return ERR_OK;
}
