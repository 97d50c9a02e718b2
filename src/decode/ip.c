/* IPv4, and the protocols inside of both IPs.
 * source  RFC 791 3.1, 3.2; RFC 1122 3.2.1; RFC 2003 (IP in IP), RFC 4213 3
 *         (6in4), RFC 4302 2 (AH), RFC 3378 3 (EtherIP), IANA protocol numbers */
#include "decode/heads.h"

enum {
	PROTO_IPIP = 4, PROTO_IP6 = 41, PROTO_GRE = 47, PROTO_AH = 51, PROTO_ETHERIP = 97, PROTO_MPLS = 137,
	PROTO_ETHERNET = 143,
};

bool ip_plausible(const struct cursor *c)
{
	size_t wire = cursor_wire(c);
	uint8_t first = cursor_peek(c, 0);

	if (wire < IP4_HEADER || !cursor_has(c, 1))
		return wire >= IP4_HEADER;
	if (first >> 4 == 4) {
		size_t header = (first & 15u) * 4, total = cursor_peek16(c, 2);
		return header >= IP4_HEADER && (!cursor_has(c, 4) || (total >= header && total <= wire));
	}
	if (first >> 4 == 6)
		return wire >= IP6_HEADER && (!cursor_has(c, 6) || cursor_peek16(c, 4) + IP6_HEADER <= wire);
	return false;
}

enum err ip_decode(struct walk *w)
{
	if (!cursor_want(&w->c, 1))
		return w->c.err;
	switch (cursor_peek(&w->c, 0) >> 4) {
	case 4:
		return ip4_decode(w);
	case 6:
		return ip6_decode(w);
	default:
		return ERR_MALFORMED;
	}
}

static enum err authenticated(struct walk *w)
{
	uint8_t next = 0;

	(void)extension_skip(&w->c, PROTO_AH, &next);
	return w->c.err ? w->c.err : protocol_decode(w, next);
}

/* Version 3 and twelve reserved bits. */
static enum err etherip(struct walk *w)
{
	uint16_t head = cursor_u16(&w->c);

	if (w->c.err)
		return w->c.err;
	return head == 0x3000 ? ethernet_decode(w) : ERR_UNSUPPORTED;
}

enum err protocol_decode(struct walk *w, uint8_t protocol)
{
	w->p->proto = protocol;
	switch (protocol) {
	case PROTO_TCP:
		return tcp_decode(w);
	case PROTO_UDP:
		return udp_decode(w);
	case PROTO_ICMP:
	case PROTO_ICMP6:
		return icmp_decode(w, protocol);
	case PROTO_IPIP:
	case PROTO_IP6:
		return walk_tunnel(w) ? ip_decode(w) : ERR_LIMIT;
	case PROTO_GRE:
		return gre_decode(w);
	case PROTO_AH:
		return walk_tag(w) ? authenticated(w) : ERR_LIMIT;
	case PROTO_MPLS:
		return walk_tunnel(w) ? mpls_decode(w) : ERR_LIMIT;
	case PROTO_ETHERIP:
		return walk_tunnel(w) ? etherip(w) : ERR_LIMIT;
	case PROTO_ETHERNET:
		return walk_tunnel(w) ? ethernet_decode(w) : ERR_LIMIT;
	default:
		return ERR_END;
	}
}

enum err fragment_decode(struct walk *w, const struct fragment *in, uint8_t *ret_protocol)
{
	struct decoder *d = w->d;

	if (!d)
		return ERR_MORE; /* decode_join() will */
	enum err e = fragment_add(d->fragments, in, &w->c, ret_protocol);

	d->counters.fragments++;
	d->counters.fragments_lost = fragments_lost(d->fragments);
	if (e == ERR_OK)
		d->holds_whole = w->p->reassembled = true;
	return e;
}

/* Out of line, so that its stack frame does not burden the common path. */
static __attribute__((noinline)) enum err fragment_take(struct walk *w, uint16_t flags_offset, uint8_t protocol)
{
	struct packet *p = w->p;
	struct fragment in = {
	    .src = p->src,
	    .dst = p->dst,
	    .id = p->ip_id,
	    .protocol = protocol,
	    .more = flags_offset & 0x2000,
	    .offset = (flags_offset & 0x1fffu) * 8,
	    .bytes = w->c,
	    .time_us = p->time_us,
	};
	enum err e = fragment_decode(w, &in, &protocol);

	return e ? e : protocol_decode(w, protocol);
}

enum err ip4_decode(struct walk *w)
{
	struct cursor *c = &w->c;

	if (!cursor_want(c, IP4_HEADER))
		return c->err;
	size_t wire = cursor_wire(c);
	struct ip_head h = ip4_head(w->p, c);
	/* Segmentation offload writes no length: 16 bits cannot hold it. */
	w->no_length = h.length == 0;
	if (h.version != 4 || h.header < IP4_HEADER || (h.length != 0 && h.length < h.header))
		return ERR_MALFORMED;
	if (h.header > IP4_HEADER)
		cursor_skip(c, h.header - IP4_HEADER);
	if (c->err)
		return c->err;
	if (h.length != 0 && h.length != wire)
		walk_end(c, h.length - h.header);
	if (__builtin_expect((h.flags_offset & 0x3fff) != 0, 0))
		return fragment_take(w, h.flags_offset, h.protocol);
	return protocol_decode(w, h.protocol);
}
