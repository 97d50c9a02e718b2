/* IPv6 and its extension headers.
 * source  RFC 8200 3, 4 (header, extension headers), 4.5 (fragments); RFC 6946
 *         (atomic fragments); RFC 4302 2.2 (AH's length); RFC 2675 (jumbograms:
 *         payload length 0, the rest is taken) */
#include "decode/heads.h"

enum { NEXT_HOP = 0, NEXT_ROUTING = 43, NEXT_FRAGMENT = 44, NEXT_AH = 51, NEXT_DESTINATION = 60 };

bool extension_skip(struct cursor *c, uint8_t header, uint8_t *ret_next)
{
	switch (header) {
	case NEXT_HOP:
	case NEXT_ROUTING:
	case NEXT_DESTINATION:
		*ret_next = cursor_u8(c);
		cursor_skip(c, cursor_u8(c) * 8u + 6);
		return true;
	case NEXT_FRAGMENT:
		*ret_next = cursor_u8(c);
		cursor_skip(c, 7);
		return true;
	case NEXT_AH:
		*ret_next = cursor_u8(c);
		cursor_skip(c, (cursor_u8(c) + 2u) * 4 - 2);
		return true;
	default:
		return false;
	}
}

/* A fragment header, out of line. ERR_OK: walk.c is behind it, or is the whole datagram. */
static __attribute__((noinline)) enum err fragment_take(struct walk *w, uint8_t *ret_next)
{
	struct packet *p = w->p;
	uint8_t next = cursor_u8(&w->c);

	cursor_skip(&w->c, 1);
	uint16_t offset_more = cursor_u16(&w->c);
	uint32_t id = cursor_u32(&w->c);
	if (w->c.err)
		return w->c.err;
	*ret_next = next;
	if ((offset_more & 0xfff9) == 0)
		return ERR_OK;
	struct fragment in = {
	    .src = p->src,
	    .dst = p->dst,
	    .id = id,
	    .protocol = next,
	    .v6 = true,
	    .more = offset_more & 1,
	    .offset = offset_more & 0xfff8u,
	    .bytes = w->c,
	    .time_us = p->time_us,
	};
	return fragment_decode(w, &in, ret_next);
}

static enum err extensions_decode(struct walk *w, uint8_t next)
{
	for (unsigned i = 0; i <= EXTENSIONS_MOST; i++) {
		if (next == NEXT_FRAGMENT) {
			enum err e = fragment_take(w, &next);
			if (e)
				return e;
		} else if (!extension_skip(&w->c, next, &next)) {
			return protocol_decode(w, next);
		}
		if (w->c.err)
			return w->c.err;
	}
	return ERR_LIMIT;
}

enum err ip6_decode(struct walk *w)
{
	struct cursor *c = &w->c;

	if (!cursor_want(c, IP6_HEADER))
		return c->err;
	struct ip_head h = ip6_head(w->p, c);
	if (h.version != 6)
		return ERR_MALFORMED;
	w->no_length = h.length == 0;
	if (h.length != 0 && h.length != cursor_wire(c))
		walk_end(c, h.length);
	return extensions_decode(w, h.protocol);
}
