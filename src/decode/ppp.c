/* Serial links: PPP, PPPoE, Cisco HDLC, Frame Relay.
 * source  RFC 1661 2, 6.5, 6.6 (PPP, compressed fields), RFC 1662 3.1 (address and
 *         control), RFC 2516 4, 6 (PPPoE), RFC 1547 (Cisco HDLC), RFC 2427 3, 4
 *         (Frame Relay) */
#include "decode/walk.h"

enum { PPP_IPV4 = 0x0021, PPP_IPV6 = 0x0057, PPP_MPLS = 0x0281 };
#define ADDRESS 0xffu

/* The protocol field: one byte if its first byte is odd. Address and control may be left out; no
 * protocol begins with the address's value (RFC 1661 6.5). */
static uint16_t protocol_read(struct cursor *c)
{
	if (cursor_peek(c, 0) == ADDRESS)
		cursor_skip(c, 2);
	return cursor_peek(c, 0) & 1 ? cursor_u8(c) : cursor_u16(c);
}

bool ppp_plausible(const struct cursor *c)
{
	struct cursor look = *c;
	uint16_t protocol = protocol_read(&look);

	if (look.err)
		return look.err == ERR_TRUNCATED;
	return (protocol == PPP_IPV4 || protocol == PPP_IPV6) && ip_plausible(&look);
}

enum err ppp_decode(struct walk *w)
{
	uint16_t first = cursor_peek16(&w->c, 0);

	/* LINKTYPE_PPP and _PPP_HDLC also carry Cisco's framing. */
	if (first == 0x0f00 || first == 0x8f00)
		return hdlc_decode(w);
	uint16_t protocol = protocol_read(&w->c);
	if (w->c.err)
		return w->c.err;
	switch (protocol) {
	case PPP_IPV4:
		return ip4_decode(w);
	case PPP_IPV6:
		return ip6_decode(w);
	case PPP_MPLS:
		return mpls_decode(w);
	default:
		return ERR_END;
	}
}

enum err pppoe_decode(struct walk *w)
{
	uint8_t version_type = cursor_u8(&w->c), code = cursor_u8(&w->c);

	cursor_skip(&w->c, 2);
	uint16_t length = cursor_u16(&w->c);
	if (w->c.err)
		return w->c.err;
	if (version_type != 0x11)
		return ERR_MALFORMED;
	if (code != 0)
		return ERR_END;
	walk_end(&w->c, length);
	return ppp_decode(w);
}

enum err hdlc_decode(struct walk *w)
{
	cursor_skip(&w->c, 2);
	uint16_t type = cursor_u16(&w->c);

	return w->c.err ? w->c.err : ethertype_decode(w, type);
}

enum err frame_relay_decode(struct walk *w)
{
	struct cursor *c = &w->c;
	unsigned n = 0;

	/* Q.922 address: 2 to 4 bytes, the last one is odd */
	while (n++ < 4 && !(cursor_u8(c) & 1) && c->err == ERR_OK)
		;
	if (c->err)
		return c->err;
	if (n < 2 || n > 4)
		return ERR_MALFORMED;
	if (cursor_peek(c, 0) != 0x03) {
		uint16_t type = cursor_u16(c); /* Cisco's encapsulation */
		return c->err ? c->err : ethertype_decode(w, type);
	}
	cursor_skip(c, 1);
	if (cursor_peek(c, 0) == 0)
		cursor_skip(c, 1);
	uint8_t network = cursor_u8(c);
	if (c->err)
		return c->err;
	if (network == 0xcc)
		return ip4_decode(w);
	if (network == 0x8e)
		return ip6_decode(w);
	if (network != 0x80)
		return ERR_END;
	uint32_t organisation = cursor_u24(c);
	uint16_t type = cursor_u16(c);
	if (c->err)
		return c->err;
	return organisation == 0 ? ethertype_decode(w, type) : ERR_END;
}
