/* RTP and RTCP by their shape: that media flows, and in which direction.
 * Source: RFC 3550 5.1, 6.1, A.1; RFC 5761 4 (both on one port); RFC 7983 7. */
#include "dissectors/dissector.h"

#define HEADER_BYTES 12
#define RTCP_HEADER_BYTES 8 /* with the sender's SSRC */

/* RFC 5761 4: a second byte in this range is RTCP's packet type. */
static bool is_rtcp(uint8_t second)
{
	return second >= 192 && second <= 223;
}

/* A compound packet begins with a report (RFC 5506: with any packet); each length counts words. */
static bool is_rtcp_shaped(struct cursor c)
{
	struct cursor ahead = c;

	cursor_skip(&ahead, 2);
	size_t unit = 4 * ((size_t)cursor_u16(&ahead) + 1);
	return ahead.err == ERR_OK && unit >= RTCP_HEADER_BYTES && unit <= cursor_wire(&c);
}

static bool is_rtp_shaped(struct cursor c)
{
	uint8_t first = cursor_u8(&c);

	cursor_skip(&c, HEADER_BYTES - 1);
	cursor_take(&c, 4 * (size_t)(first & 0x0f)); /* contributing sources */
	if (first & 0x10) {
		cursor_skip(&c, 2);
		cursor_take(&c, 4 * (size_t)cursor_u16(&c));
	}
	return c.err == ERR_OK || c.err == ERR_TRUNCATED;
}

static bool is_shaped(const struct cursor *c)
{
	if (c->left < 2 || cursor_peek(c, 0) >> 6 != 2)
		return false;
	return is_rtcp(cursor_peek(c, 1)) ? is_rtcp_shaped(*c) : is_rtp_shaped(*c);
}

static enum probe probe(struct cursor bytes, enum side side)
{
	(void)side;
	return is_shaped(&bytes) ? PROBE_MAYBE : PROBE_NO;
}

static enum err parse(void *state, struct cursor *bytes, enum side side, struct facts *facts)
{
	uint8_t second = cursor_peek(bytes, 1);

	(void)state;
	(void)side;
	if (!is_shaped(bytes))
		return ERR_UNSUPPORTED;
	facts_add(facts, FACT_RTP)->code = is_rtcp(second) ? second : second & 0x7f;
	cursor_take(bytes, cursor_wire(bytes));
	return ERR_OK;
}

/* Media is on the ports of STUN; 5004 and 5005 are registered. */
static const uint16_t ports[] = {3478,  3479,  3480,  3481,  5004,  5005,  19302, 19303,
				 19304, 19305, 19306, 19307, 19308, 19309, 0};

const struct dissector dissector_rtp = {
	.name = "rtp",
	.transport = OVER_UDP,
	.ports = ports,
	.probe = probe,
	.first = {0x80, 0xbf},
	.parse = parse,
	.source = "RFC 3550 5.1, 6.1, A.1; RFC 5761 4; RFC 7983 7",
};
