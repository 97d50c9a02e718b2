/* IEEE 802.11 data frames that are not encrypted.
 * source  IEEE 802.11-2020 9.2.3, 9.2.4.1, 9.3.2.1 (frame, control, data); radiotap.org
 *         (header) */
#include "decode/walk.h"

enum { FRAME_DATA = 2, SUBTYPE_NULL = 4, SUBTYPE_QOS = 8 };
enum { FLAG_TO = 1, FLAG_FROM = 2, FLAG_MORE = 4, FLAG_PROTECTED = 0x40, FLAG_ORDER = 0x80 };

/* Frame control of a readable data frame: not encrypted and not a fragment. */
static bool is_clear_data(uint8_t control, uint8_t flags)
{
	return (control & 3) == 0 && (control >> 2 & 3) == FRAME_DATA && !(control >> 4 & SUBTYPE_NULL) &&
	       !(flags & (FLAG_PROTECTED | FLAG_MORE));
}

bool wlan_plausible(const struct cursor *c)
{
	uint8_t first = cursor_peek(c, 0), second = cursor_peek(c, 1);

	return is_clear_data(first, second) || is_clear_data(second, first) || (!cursor_has(c, 2) && c->lost);
}

static uint16_t field(struct cursor *c, bool swapped)
{
	return swapped ? cursor_u16(c) : cursor_u16le(c);
}

enum err wlan_decode(struct walk *w)
{
	struct cursor *c = &w->c;
	/* Some wireless controllers tunnel the fields in the other byte order. */
	bool swapped = w->p->tunnels && is_clear_data(cursor_peek(c, 1), cursor_peek(c, 0));
	uint16_t frame_control = field(c, swapped);
	uint8_t control = (uint8_t)frame_control, flags = (uint8_t)(frame_control >> 8);

	if (c->err)
		return c->err;
	if (!is_clear_data(control, flags))
		return ERR_END;
	cursor_skip(c, 20);
	uint16_t sequence = field(c, swapped);
	if (c->err)
		return c->err;
	if (sequence & 15)
		return ERR_END; /* the rest of a fragmented frame */
	if ((flags & FLAG_TO) && (flags & FLAG_FROM))
		cursor_skip(c, 6);
	if (control >> 4 & SUBTYPE_QOS) {
		uint16_t qos = field(c, swapped);
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
