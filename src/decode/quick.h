/* Private to decode/: the common frame in one pass: Ethernet, up to two VLAN tags, IPv4 without
 * options or fragments or IPv6 without extension headers, TCP or UDP. The result is the same as
 * that of the layer walk, which takes all other frames.
 * source  IEEE 802.3 3.2.6, IEEE 802.1Q 9.6, RFC 791 3.1, RFC 8200 3 */
#ifndef DECODE_QUICK_H
#define DECODE_QUICK_H

#include "decode/heads.h"

enum { TYPE_IPV4 = 0x0800, TYPE_VLAN = 0x8100, TYPE_IPV6 = 0x86dd, TYPE_QINQ = 0x88a8 };
#define MACS 12u
#define TAGS_QUICK 2u

/* Cuts the rest to IP's length; false: not a common frame. */
static inline __attribute__((always_inline)) bool ip_take(struct packet *p, struct cursor *c, uint16_t type,
                                                          uint8_t *ret_protocol)
{
	struct ip_head h;
	size_t rest;

	if (type == TYPE_IPV4 && cursor_has(c, IP4_HEADER)) {
		h = ip4_head(p, c);
		if (h.version != 4 || h.header != IP4_HEADER || (h.flags_offset & 0x3fff) || h.length < IP4_HEADER)
			return false;
		rest = h.length - IP4_HEADER;
	} else if (type == TYPE_IPV6 && cursor_has(c, IP6_HEADER)) {
		h = ip6_head(p, c);
		if (h.version != 6 || h.length == 0)
			return false;
		rest = h.length;
	} else {
		return false;
	}
	walk_end(c, rest);
	*ret_protocol = h.protocol;
	return true;
}

/* False: not a common frame; what was written to the packet is then meaningless. */
static inline __attribute__((always_inline)) bool quick_decode(const struct frame *f, struct packet *p,
                                                               struct imprint *of, enum err *ret_err)
{
	struct cursor c = cursor_of(f->bytes, f->captured, f->length);
	uint8_t protocol;
	struct udp_head h = {0};

	if (f->link != LINK_ETHERNET || !cursor_has(&c, MACS + 2))
		return false;
	struct cursor head = cursor_head(&c, MACS + 2);
	uint16_t type = cursor_peek16(&head, MACS);
	for (unsigned tags = 0; tags < TAGS_QUICK && (type == TYPE_VLAN || type == TYPE_QINQ); tags++) {
		if (!cursor_has(&c, 4))
			return false;
		head = cursor_head(&c, 4);
		type = cursor_peek16(&head, 2);
	}
	if (!ip_take(p, &c, type, &protocol) || (protocol != PROTO_TCP && protocol != PROTO_UDP))
		return false;
	p->proto = protocol;
	if (__builtin_expect(protocol == PROTO_TCP, 1)) {
		*ret_err = tcp_head(p, &c, of);
		return true;
	}
	*ret_err = udp_head(&c, false, &h);
	if (*ret_err != ERR_OK)
		return true;
	if (tunnel_port(h.sport, h.dport))
		return false;
	udp_end(p, &c, &h, of);
	return true;
}

#endif
