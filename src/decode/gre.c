/* Generic Routing Encapsulation and what vendors put into it.
 * source  RFC 2784 2, RFC 2890 2 (key, sequence number), RFC 2637 4.1 (PPTP's
 *         version 1), draft-foschiano-erspan-03 4 (ERSPAN), RFC 7637 3.2 (NVGRE),
 *         draft-wilson-wrec-wccp-v2-01 4.12 (redirect header) */
#include "decode/walk.h"

enum { FLAG_CHECKSUM = 0x8000, FLAG_ROUTING = 0x4000, FLAG_KEY = 0x2000, FLAG_SEQUENCE = 0x1000, FLAG_ACK = 0x0080 };
enum {
	TYPE_PPP = 0x880b, TYPE_WCCP = 0x883e, TYPE_ERSPAN = 0x88be, TYPE_ERSPAN3 = 0x22eb,
};

/* Version 1: PPP frames; the key's upper half is their length. */
static enum err pptp_decode(struct walk *w, uint16_t flags)
{
	uint16_t length = cursor_u16(&w->c);

	cursor_skip(&w->c, 2u + (flags & FLAG_SEQUENCE ? 4 : 0) + (flags & FLAG_ACK ? 4 : 0));
	if (w->c.err)
		return w->c.err;
	if (!(flags & FLAG_SEQUENCE) || length == 0)
		return ERR_END; /* an acknowledgement only */
	walk_end(&w->c, length);
	return ppp_decode(w);
}

/* Type I has no header of its own, type II 8 bytes and a sequence number. */
static enum err erspan_decode(struct walk *w, uint16_t flags)
{
	if (flags & FLAG_SEQUENCE)
		cursor_skip(&w->c, 8);
	return ethernet_decode(w);
}

/* Type III: 12 bytes, and 8 more when the last bit says so. */
static enum err erspan3_decode(struct walk *w)
{
	cursor_skip(&w->c, 8);
	uint32_t last = cursor_u32(&w->c);

	if (last & 1)
		cursor_skip(&w->c, 8);
	/* P (bit 15) and frame type (bits 14 to 10): 0 is Ethernet, 2 is IP */
	if (w->c.err)
		return w->c.err;
	return (last >> 10 & 0x1f) == 2 ? ip_decode(w) : ethernet_decode(w);
}

enum err gre_decode(struct walk *w)
{
	uint16_t flags = cursor_u16(&w->c), type = cursor_u16(&w->c);

	if (w->c.err)
		return w->c.err;
	if (!walk_tunnel(w))
		return ERR_LIMIT;
	if ((flags & 7) == 1 && type == TYPE_PPP)
		return pptp_decode(w, flags);
	if ((flags & 7) != 0 || flags & FLAG_ROUTING)
		return ERR_UNSUPPORTED;
	cursor_skip(&w->c, (flags & FLAG_CHECKSUM ? 4u : 0) + (flags & FLAG_KEY ? 4u : 0) +
	                       (flags & FLAG_SEQUENCE ? 4u : 0));
	if (w->c.err)
		return w->c.err;
	switch (type) {
	case TYPE_ERSPAN:
		return erspan_decode(w, flags);
	case TYPE_ERSPAN3:
		return erspan3_decode(w);
	case 0x6558:
		return ethernet_decode(w);
	case TYPE_PPP:
		return ppp_decode(w);
	case TYPE_WCCP:
		/* version 2 has 4 bytes before IP, version 1 none */
		if (!ip_plausible(&w->c))
			cursor_skip(&w->c, 4);
		return ip_decode(w);
	default:
		return type >= 0x0600 ? ethertype_decode(w, type) : ERR_END;
	}
}
