/* What lies between the link and the network: EtherTypes, VLAN tags, MPLS.
 * source  IEEE 802.1Q 9.6 (VLAN tags), 802.1BR 11 (E-TAG), 802.1ah (I-TAG),
 *         RFC 3032 2 (MPLS), RFC 4385 3 (control word), RFC 4448 4 (Ethernet over
 *         MPLS), RFC 8300 2 (NSH), IANA ieee-802-numbers */
#include "decode/walk.h"

enum {
	TYPE_IPV4 = 0x0800, TYPE_BRIDGE = 0x6558, TYPE_VLAN = 0x8100, TYPE_IPV6 = 0x86dd, TYPE_MPLS = 0x8847,
	TYPE_MPLS_UPSTREAM = 0x8848, TYPE_PPPOE = 0x8864, TYPE_QINQ = 0x88a8, TYPE_BACKBONE = 0x88e7,
	TYPE_FABRICPATH = 0x8903, TYPE_METADATA = 0x8909, TYPE_VNTAG = 0x8926, TYPE_ETAG = 0x893f, TYPE_NSH = 0x894f,
	TYPE_QINQ_OLD = 0x9100, TYPE_QINQ_OLDER = 0x9200, TYPE_LENGTH_MOST = 1500,
};

enum err mpls_decode(struct walk *w)
{
	uint32_t label;

	do {
		if (!walk_tag(w))
			return ERR_LIMIT;
		label = cursor_u32(&w->c);
		if (w->c.err)
			return w->c.err;
	} while (!(label & 0x100));
	/* Nothing says what the last label carries. It is taken for IP only if the header's length
	 * fits, as a MAC address may begin with 4 or 6 as well. */
	if (ip_plausible(&w->c) && cursor_has(&w->c, 1))
		return ip_decode(w);
	if (cursor_peek(&w->c, 0) >> 4 == 0) {
		struct cursor word = w->c;
		cursor_skip(&word, 4);
		if (ethernet_plausible(&word)) {
			w->c = word;
			return ethernet_decode(w);
		}
	}
	return ethernet_plausible(&w->c) ? ethernet_decode(w) : w->c.lost ? ERR_TRUNCATED : ERR_END;
}

/* Network Service Header: its length is in 4-byte words. */
static enum err nsh_decode(struct walk *w)
{
	size_t words = cursor_u16(&w->c) & 0x3f;

	cursor_skip(&w->c, 1);
	uint8_t next = cursor_u8(&w->c);
	if (w->c.err == ERR_OK && words < 2)
		return ERR_MALFORMED;
	cursor_skip(&w->c, words * 4 - 4);
	if (w->c.err)
		return w->c.err;
	switch (next) {
	case 1:
		return ip4_decode(w);
	case 2:
		return ip6_decode(w);
	case 3:
		return walk_tunnel(w) ? ethernet_decode(w) : ERR_LIMIT;
	case 5:
		return mpls_decode(w);
	default:
		return ERR_END;
	}
}

/* An EtherType that is a length: IEEE 802.2 follows, then padding. */
static enum err length_decode(struct walk *w, uint16_t length)
{
	walk_end(&w->c, length);
	return llc_decode(w);
}

/* Bytes of a tag before the next EtherType; 0: it is no tag. */
static unsigned tag_bytes(uint16_t type)
{
	switch (type) {
	case TYPE_VLAN: case TYPE_QINQ: case TYPE_QINQ_OLD: case TYPE_QINQ_OLDER:
		return 2;
	case TYPE_VNTAG:
		return 4;
	case TYPE_ETAG: case TYPE_METADATA:
		return 6;
	default:
		return 0;
	}
}

enum err ethertype_decode(struct walk *w, uint16_t type)
{
	unsigned n;

	while ((n = tag_bytes(type)) != 0) {
		if (!walk_tag(w))
			return ERR_LIMIT;
		cursor_skip(&w->c, n);
		type = cursor_u16(&w->c);
		if (w->c.err)
			return w->c.err;
	}
	switch (type) {
	case TYPE_IPV4:
		return ip4_decode(w);
	case TYPE_IPV6:
		return ip6_decode(w);
	case TYPE_MPLS: case TYPE_MPLS_UPSTREAM:
		return mpls_decode(w);
	case TYPE_PPPOE:
		return pppoe_decode(w);
	case TYPE_BRIDGE:
		return walk_tunnel(w) ? ethernet_decode(w) : ERR_LIMIT;
	case TYPE_BACKBONE:
		cursor_skip(&w->c, 4);
		return walk_tunnel(w) ? ethernet_decode(w) : ERR_LIMIT;
	case TYPE_FABRICPATH:
		cursor_skip(&w->c, 2);
		return walk_tunnel(w) ? ethernet_decode(w) : ERR_LIMIT;
	case TYPE_NSH:
		return nsh_decode(w);
	default:
		return type <= TYPE_LENGTH_MOST ? length_decode(w, type) : ERR_END;
	}
}
