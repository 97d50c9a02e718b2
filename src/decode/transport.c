/* TCP and UDP headers.
 * source  RFC 9293 3.1, 3.2 (TCP header, options), 3.7.1 (MSS); RFC 768 (UDP);
 *         RFC 2675 4 (UDP length 0 in a jumbogram)
 * Checksums are not looked at: a host's own packets are captured before its
 * network card computes them. */
#include "decode/walk.h"

enum { OPTION_END = 0, OPTION_NOP = 1, OPTION_MSS = 2, OPTION_TIME = 8 };
#define TIME_ALONE 0x0101080au /* how an established connection's time stamps are padded, RFC 7323 app. A */
#define TIME_BYTES 12u         /* with this padding */
#define TCP_HEADER 20u
#define UDP_HEADER 8u

static inline __attribute__((always_inline)) uint32_t peek32(const struct cursor *c, size_t offset)
{
	return (uint32_t)cursor_peek(c, offset) << 24 | (uint32_t)cursor_peek(c, offset + 1) << 16 |
	       (uint32_t)cursor_peek(c, offset + 2) << 8 | cursor_peek(c, offset + 3);
}

/* Member by member: copying the struct at once right after its members were
 * written would stall. */
static void payload_set(struct packet *p, const struct cursor *c)
{
	p->payload.at = c->at;
	p->payload.left = c->left;
	p->payload.lost = c->lost;
	p->payload.err = ERR_OK;
	p->payload.open = false;
	p->payload_length = (uint32_t)cursor_wire(c);
}

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

/* The options, which are skipped. */
static enum err options_decode(struct walk *w, unsigned bytes)
{
	if (bytes == TIME_BYTES && cursor_has(&w->c, TIME_BYTES) && !(w->p->tcp_flags & TCP_SYN)) {
		/* As nearly all are. A cursor of known size: the compiler drops its checks. */
		struct cursor time = cursor_of(w->c.at, TIME_BYTES, TIME_BYTES);
		uint32_t kind = cursor_u32(&time), stamp = cursor_u32(&time), echo = cursor_u32(&time);
		cursor_skip(&w->c, TIME_BYTES);
		w->print = hash_mix(w->print ^ kind, (uint64_t)stamp << 32 | echo);
		w->stamped = kind == TIME_ALONE;
		return ERR_OK;
	}
	struct cursor options = cursor_take(&w->c, bytes);

	if (w->c.err)
		return w->c.err;
	w->print = duplicate_options(w->print, options);
	if (w->p->tcp_flags & TCP_SYN)
		syn_options(w, options);
	else
		w->stamped = cursor_u32(&options) == TIME_ALONE;
	return ERR_OK;
}

enum err tcp_decode(struct walk *w)
{
	struct packet *p = w->p;
	struct cursor *c = &w->c;

	if (!cursor_want(c, TCP_HEADER))
		return c->err;
	/* All reads before all writes: so the compiler checks the length once. */
	uint16_t sport = cursor_peek16(c, 0), dport = cursor_peek16(c, 2);
	uint32_t seq = peek32(c, 4), ack = peek32(c, 8);
	uint32_t flags_window = peek32(c, 12), checksum_urgent = peek32(c, 16);
	cursor_skip(c, TCP_HEADER);
	unsigned header = (flags_window >> 28) * 4;
	p->sport = sport;
	p->dport = dport;
	p->seq = seq;
	p->ack = ack;
	p->tcp_flags = flags_window >> 16 & 0x3f;
	p->window = (uint16_t)flags_window;
	w->print = hash_mix((uint64_t)seq << 32 | ack, (uint64_t)checksum_urgent << 32 | flags_window);
	if (__builtin_expect(header != TCP_HEADER, 0)) {
		if (header < TCP_HEADER)
			return ERR_MALFORMED;
		enum err e = options_decode(w, header - TCP_HEADER);
		if (e)
			return e;
	}
	payload_set(p, c);
	p->hash = flow_hash(&p->src, sport, &p->dst, dport, PROTO_TCP);
	return ERR_OK;
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
