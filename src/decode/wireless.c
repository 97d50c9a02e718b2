/* IEEE 802.11 data frames that are not encrypted.
 * source  IEEE 802.11-2020 9.2.3, 9.2.4.1, 9.3.2.1 (frame, control, data); radiotap.org
 *         (header) */
#include "decode/walk.h"

enum { FRAME_DATA = 2, SUBTYPE_NULL = 4, SUBTYPE_QOS = 8 };
enum { FLAG_TO = 1, FLAG_FROM = 2, FLAG_MORE = 4, FLAG_PROTECTED = 0x40, FLAG_ORDER = 0x80 };

enum err wlan_decode(struct walk *w)
{
	struct cursor *c = &w->c;
	uint8_t control = cursor_u8(c), flags = cursor_u8(c);
	unsigned subtype = control >> 4;

	cursor_skip(c, 20);
	uint16_t sequence = cursor_u16le(c);
	if (c->err)
		return (control >> 2 & 3) == FRAME_DATA || c->err == ERR_TRUNCATED ? c->err : ERR_END;
	/* A fragment of a frame is rare, and then small: it is not put together. */
	if ((control >> 2 & 3) != FRAME_DATA || subtype & SUBTYPE_NULL || flags & (FLAG_PROTECTED | FLAG_MORE) ||
	    sequence & 15)
		return ERR_END;
	if ((flags & FLAG_TO) && (flags & FLAG_FROM))
		cursor_skip(c, 6);
	if (subtype & SUBTYPE_QOS) {
		uint16_t qos = cursor_u16le(c);
		cursor_skip(c, flags & FLAG_ORDER ? 4 : 0);
		if (qos & 0x80)
			return ERR_UNSUPPORTED; /* several frames in one */
	}
	return c->err ? c->err : llc_decode(w);
}

enum err radiotap_decode(struct walk *w)
{
	cursor_skip(&w->c, 2);
	uint16_t length = cursor_u16le(&w->c);

	if (w->c.err == ERR_OK && length < 4)
		return ERR_MALFORMED;
	cursor_skip(&w->c, length - 4u);
	return w->c.err ? w->c.err : wlan_decode(w);
}
