/* Tunnels in UDP. A port number is only a hint: a datagram is a tunnel when its
 * header and the inner one both make sense, else it is an ordinary datagram.
 * source  RFC 7348 5 (VXLAN), draft-ietf-nvo3-vxlan-gpe-12 3 (GPE), RFC 8926 3.4
 *         (Geneve), 3GPP TS 29.281 5.1, 5.2 (GTP-U), RFC 4380 5.1.1, 5.2.9
 *         (Teredo), RFC 7510 3 (MPLS), RFC 2661 3.1 (L2TP), RFC 5415 4.3
 *         (CAPWAP), RFC 8086 3 (GRE), TaZmen Sniffer Protocol version 1, as routers
 *         that mirror send it (no RFC) */
#include "decode/walk.h"

/* The decoder for what follows a tunnel's header; NULL: no tunnel. */
typedef enum err decoder(struct walk *);

static decoder *ip_or_none(const struct cursor *c)
{
	return ip_plausible(c) ? ip_decode : NULL;
}

/* Inner frame by EtherType, as Geneve and GPE have it. */
static decoder *inner_of(const struct cursor *c, uint16_t type)
{
	switch (type) {
	case 0x0800: case 0x86dd:
		return ip_or_none(c);
	case 0x6558:
		return ethernet_plausible(c) ? ethernet_decode : NULL;
	default:
		return NULL;
	}
}

static decoder *vxlan_read(struct cursor *c)
{
	uint32_t flags = cursor_u32(c);

	/* The I flag; other bits only as in the group policy extension. */
	if (c->err || (flags & 0x7f000000) != 0x08000000 || cursor_u32(c) & 0xff)
		return NULL;
	return ethernet_plausible(c) || (flags == 0x08000000 && cursor_peek16(c, 12) <= 1500) ? ethernet_decode : NULL;
}

static decoder *gpe_read(struct cursor *c)
{
	uint32_t flags = cursor_u32(c);

	if (c->err || (flags & 0x08ffff00) != 0x08000000)
		return NULL;
	cursor_skip(c, 4);
	/* The next protocol counts even without its P flag, which some senders forget. */
	switch (flags & 0xff) {
	case 1: case 2:
		return ip_or_none(c);
	case 0: case 3:
		return inner_of(c, 0x6558);
	default:
		return NULL;
	}
}

static decoder *geneve_read(struct cursor *c)
{
	uint16_t version_length = cursor_u16(c), type = cursor_u16(c);

	if (c->err || version_length & 0xc03f || cursor_u32(c) & 0xff)
		return NULL;
	cursor_skip(c, (version_length >> 8 & 0x3fu) * 4);
	return inner_of(c, type);
}

static decoder *gtp_read(struct cursor *c)
{
	uint8_t flags = cursor_u8(c), type = cursor_u8(c);
	uint16_t length = cursor_u16(c);
	unsigned n = 0;

	if (c->err || flags >> 4 != 3 || type != 0xff || length + 4u > cursor_wire(c))
		return NULL;
	cursor_skip(c, 4);
	*c = cursor_take(c, length);
	if (flags & 7) {
		cursor_skip(c, 3);
		uint8_t next = cursor_u8(c);
		while (next && n++ < EXTENSIONS_MOST && flags & 4 && c->err == ERR_OK) {
			unsigned words = cursor_u8(c);
			if (c->err || words == 0)
				return NULL;
			cursor_skip(c, words * 4 - 2);
			next = cursor_u8(c);
		}
	}
	return ip_or_none(c);
}

static decoder *teredo_read(struct cursor *c)
{
	/* authentication: 4 bytes, client id, value, nonce (8), confirmation (1) */
	if (cursor_want(c, 4) && cursor_peek16(c, 0) == 1)
		cursor_skip(c, 4u + cursor_peek(c, 2) + cursor_peek(c, 3) + 8 + 1);
	if (cursor_want(c, 2) && cursor_peek16(c, 0) == 0)
		cursor_skip(c, 8);
	if (!cursor_want(c, 1) || cursor_peek(c, 0) >> 4 != 6)
		return NULL;
	/* 2001::/32 on one side, or a link-local router solicitation; any other
	 * addresses must fill the datagram to the byte, as a relay's would. */
	struct cursor look = *c;
	size_t filled = 40u + cursor_peek16(c, 4); /* the fixed header and its payload length */
	cursor_skip(&look, 8);
	uint32_t src = cursor_u32(&look);
	cursor_skip(&look, 12);
	uint32_t dst = cursor_u32(&look);
	bool teredo = src == 0x20010000 || dst == 0x20010000 || src >> 22 == 0xfe80 >> 6;
	if (look.err == ERR_OK && !teredo && filled != cursor_wire(c))
		return NULL;
	return ip_or_none(c);
}

/* Only whole frames of the data channel that are not in DTLS. */
static decoder *capwap_read(struct cursor *c)
{
	uint32_t header = cursor_u32(c);
	size_t bytes = (header >> 19 & 0x1f) * 4;
	bool native = header >> 8 & 1, fragment = header >> 7 & 1;

	if (c->err || header >> 24 != 0 || bytes < 8 || fragment)
		return NULL;
	cursor_skip(c, bytes - 4);
	if (native)
		return wlan_plausible(c) ? wlan_decode : NULL;
	return inner_of(c, 0x6558);
}

static decoder *l2tp_read(struct cursor *c)
{
	uint16_t flags = cursor_u16(c);

	if (c->err || (flags & 0x800f) != 2)
		return NULL;
	cursor_skip(c, (flags & 0x4000 ? 2u : 0) + 4 + (flags & 0x0800 ? 4u : 0));
	if (flags & 0x0200)
		cursor_skip(c, cursor_u16(c));
	return ppp_plausible(c) ? ppp_decode : NULL;
}

static decoder *mpls_read(struct cursor *c)
{
	struct cursor look = *c;
	unsigned n = 0;

	while (!(cursor_u32(&look) & 0x100) && look.err == ERR_OK && n++ < TAGS_MOST)
		;
	return ip_plausible(&look) ? mpls_decode : NULL;
}

/* Checksum, key and sequence number as in GRE; no routing, version 0. */
static decoder *gre_read(struct cursor *c)
{
	uint16_t flags = cursor_u16(c), type = cursor_u16(c);

	if (c->err || flags & 0x4fff)
		return NULL;
	cursor_skip(c, (flags & 0x8000 ? 4u : 0) + (flags & 0x2000 ? 4u : 0) + (flags & 0x1000 ? 4u : 0));
	return inner_of(c, type);
}

enum { TZSP_RECEIVED = 0, TZSP_TO_SEND = 1, TZSP_ETHERNET = 1, TZSP_WLAN = 18, TZSP_PADDING = 0, TZSP_END = 1 };

/* Version, type, encapsulated protocol, and tags of type, length and value. */
static decoder *tzsp_read(struct cursor *c)
{
	uint8_t version = cursor_u8(c), type = cursor_u8(c);
	uint16_t what = cursor_u16(c);

	if (c->err || version != 1 || type > TZSP_TO_SEND)
		return NULL;
	for (unsigned n = 0; n < TAGS_MOST * 2 && c->err == ERR_OK; n++) {
		uint8_t tag = cursor_u8(c);
		if (c->err == ERR_OK && tag == TZSP_END) {
			if (what == TZSP_WLAN)
				return wlan_plausible(c) ? wlan_decode : NULL;
			return what == TZSP_ETHERNET ? inner_of(c, 0x6558) : NULL;
		}
		if (tag != TZSP_PADDING)
			cursor_skip(c, cursor_u8(c));
	}
	return NULL;
}

static decoder *tunnel_read(struct cursor *c, uint16_t port)
{
	switch (port) {
	case PORT_L2TP:
		return l2tp_read(c);
	case PORT_GTP:
		return gtp_read(c);
	case PORT_TEREDO:
		return teredo_read(c);
	case PORT_VXLAN: case PORT_VXLAN_LINUX:
		return vxlan_read(c);
	case PORT_GPE:
		return gpe_read(c);
	case PORT_CAPWAP:
		return capwap_read(c);
	case PORT_GENEVE:
		return geneve_read(c);
	case PORT_MPLS:
		return mpls_read(c);
	case PORT_GRE:
		return gre_read(c);
	case PORT_TZSP:
		return tzsp_read(c);
	default:
		return NULL;
	}
}

bool tunnel_decode(struct walk *w, uint16_t sport, uint16_t dport, enum err *ret_err)
{
	struct cursor c = w->c;
	decoder *inner = tunnel_read(&c, dport);

	if (!inner && c.err != ERR_TRUNCATED) {
		c = w->c;
		inner = tunnel_read(&c, sport);
	}
	/* A header that ends too early is no tunnel. One that the capture cut may be one, and then
	 * nobody can tell whose packet it is. */
	if (c.err == ERR_TRUNCATED) {
		*ret_err = ERR_TRUNCATED;
		return true;
	}
	if (!inner || c.err)
		return false;
	w->c = c;
	*ret_err = walk_tunnel(w) ? inner(w) : ERR_LIMIT;
	return true;
}
