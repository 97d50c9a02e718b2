/* NTP: a client asks, a server answers.
 * Source: RFC 5905 7.3 (header), 3 (modes); RFC 4330 4 (SNTP). */
#include "dissectors/dissector.h"

#define HEADER_BYTES 48

enum { MODE_CLIENT = 3, MODE_SERVER = 4 };

/* 48 bytes, then extension fields and a MAC, all in words. */
static bool is_ntp(const struct cursor *c)
{
	uint8_t first = cursor_peek(c, 0);
	unsigned version = first >> 3 & 7, mode = first & 7;

	return c->left && cursor_wire(c) >= HEADER_BYTES && cursor_wire(c) % 4 == 0 && version >= 1 && version <= 4 &&
	       (mode == MODE_CLIENT || mode == MODE_SERVER);
}

static enum probe probe(struct cursor bytes, enum side side)
{
	(void)side;
	return is_ntp(&bytes) ? PROBE_MAYBE : PROBE_NO;
}

static enum err parse(void *state, struct cursor *bytes, enum side side, struct facts *facts)
{
	(void)state;
	(void)side;
	if (!is_ntp(bytes))
		return ERR_UNSUPPORTED;
	facts_add(facts, FACT_NTP)->code = cursor_u8(bytes) & 7;
	cursor_take(bytes, cursor_wire(bytes));
	return ERR_OK;
}

static const uint16_t ports[] = {123, 0};

const struct dissector dissector_ntp = {
	.name = "ntp",
	.transport = OVER_UDP,
	.ports = ports,
	.probe = probe,
	.parse = parse,
	.source = "RFC 5905 7.3; RFC 4330 4",
};
