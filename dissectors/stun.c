/* STUN and TURN over UDP and TCP: transactions, their errors, relayed data.
 * Source: RFC 8489 (STUN), RFC 8656 (TURN), RFC 8445 7.1 (ICE checks), RFC 3489 (classic). */
#include "base/map.h"
#include "dissectors/dissector.h"

#define COOKIE 0x2112a442u
#define HEADER_BYTES 20
#define CHANNEL_HEADER_BYTES 4
#define TRANSACTION_BYTES 16 /* with the cookie, which was part of it in RFC 3489 */
#define TEXT_MOST 763        /* RFC 8489 14: no text attribute is longer */
#define CHANNEL_PLAUSIBLE 2048 /* longer ChannelData does not begin a stream */
#define FACTS_ENOUGH (FACTS_MOST / 2) /* per call; a message adds only a few more */

enum {
	ATTRIBUTE_MAPPED_ADDRESS = 0x0001,
	ATTRIBUTE_USERNAME = 0x0006,
	ATTRIBUTE_ERROR_CODE = 0x0009,
	ATTRIBUTE_XOR_PEER_ADDRESS = 0x0012,
	ATTRIBUTE_REALM = 0x0014,
	ATTRIBUTE_XOR_RELAYED_ADDRESS = 0x0016,
	ATTRIBUTE_XOR_MAPPED_ADDRESS = 0x0020,
	ATTRIBUTE_PRIORITY = 0x0024,
	ATTRIBUTE_USE_CANDIDATE = 0x0025,
	ATTRIBUTE_SOFTWARE = 0x8022,
	ATTRIBUTE_ALTERNATE_SERVER = 0x8023,
	ATTRIBUTE_ICE_CONTROLLED = 0x8029,
	ATTRIBUTE_ICE_CONTROLLING = 0x802a,
};

struct message {
	uint16_t type;
	uint16_t length; /* of the attributes */
	uint8_t transaction[TRANSACTION_BYTES]; /* begins with the cookie */
	bool cookie;
};

/* Source: RFC 8489 5, figures 2 and 3 (class bits are interleaved with the method's). */
static uint16_t method_of(uint16_t type)
{
	return (uint16_t)((type & 0x000f) | (type & 0x00e0) >> 1 | (type & 0x3e00) >> 2);
}

static uint32_t class_of(uint16_t type)
{
	return (uint32_t)((type & 0x0100) >> 7 | (type & 0x0010) >> 4);
}

static bool is_channel(uint16_t number)
{
	return number >= 0x4000 && number <= 0x4fff;
}

static size_t padding_of(size_t n)
{
	return (4 - n % 4) % 4;
}

static struct message parse_header(struct cursor *c)
{
	struct message m = {.type = cursor_u16(c)};
	struct cursor ahead;

	m.length = cursor_u16(c);
	ahead = *c;
	m.cookie = cursor_u32(&ahead) == COOKIE;
	cursor_copy(c, m.transaction, sizeof m.transaction);
	return m;
}

/* ---- attributes */

/* Source: RFC 8489 14.1, 14.2 (the XOR with cookie and transaction id) */
static void parse_address(struct cursor *c, const struct message *m, bool xored, struct fact *fact)
{
	uint8_t bytes[16];

	cursor_skip(c, 1);
	uint8_t family = cursor_u8(c);
	uint16_t port = cursor_u16(c);
	size_t n = family == 2 ? 16 : 4;
	if (c->err == ERR_OK && family != 1 && family != 2)
		cursor_refuse(c);
	cursor_copy(c, bytes, n);
	if (c->err != ERR_OK)
		return;
	for (size_t i = 0; xored && i < n; i++)
		bytes[i] ^= m->transaction[i];
	fact->address = n == 16 ? addr_of_v6(bytes) : addr_of_v4(bytes);
	fact->number = xored ? port ^ COOKIE >> 16 : port;
}

/* Source: RFC 8489 14.8 */
static void parse_error(struct cursor *c, struct facts *facts)
{
	cursor_skip(c, 2);
	uint8_t hundreds = cursor_u8(c) & 7;
	uint8_t number = cursor_u8(c);
	if (c->err == ERR_OK && (hundreds < 3 || hundreds > 6 || number > 99))
		cursor_refuse(c);
	if (c->err != ERR_OK)
		return;
	struct fact *fact = facts_add(facts, FACT_STUN_ERROR);
	fact->code = (uint16_t)(hundreds * 100 + number);
	fact->other = facts_text(facts, c->at, c->left < TEXT_MOST ? c->left : TEXT_MOST);
}

static void parse_attribute(uint16_t type, struct cursor *c, const struct message *m, struct facts *facts)
{
	struct fact fact = {0};

	switch (type) {
	case ATTRIBUTE_ERROR_CODE:
		parse_error(c, facts);
		return;
	case ATTRIBUTE_MAPPED_ADDRESS:
	case ATTRIBUTE_ALTERNATE_SERVER:
		parse_address(c, m, false, &fact);
		break;
	case ATTRIBUTE_XOR_PEER_ADDRESS:
	case ATTRIBUTE_XOR_RELAYED_ADDRESS:
	case ATTRIBUTE_XOR_MAPPED_ADDRESS:
		parse_address(c, m, true, &fact);
		break;
	case ATTRIBUTE_USERNAME:
	case ATTRIBUTE_REALM:
	case ATTRIBUTE_SOFTWARE:
		fact.other = facts_text(facts, c->at, c->left < TEXT_MOST ? c->left : TEXT_MOST);
		break;
	case ATTRIBUTE_PRIORITY:
	case ATTRIBUTE_USE_CANDIDATE:
	case ATTRIBUTE_ICE_CONTROLLED:
	case ATTRIBUTE_ICE_CONTROLLING:
		break;
	default:
		return;
	}
	if (c->err != ERR_OK)
		return;
	struct fact *kept = facts_add(facts, FACT_STUN_ATTRIBUTE);
	kept->code = type;
	kept->address = fact.address;
	kept->number = fact.number;
	kept->other = fact.other ? fact.other : "";
}

/* Attributes are independent: a broken one does not hide the next. Some old clients do not pad the last one. */
static enum err parse_attributes(struct cursor c, const struct message *m, struct facts *facts)
{
	enum err first = ERR_OK;

	while (cursor_wire(&c) && c.err == ERR_OK) {
		uint16_t type = cursor_u16(&c);
		uint16_t length = cursor_u16(&c);
		struct cursor value = cursor_take(&c, length);
		if (c.err != ERR_OK)
			break;
		parse_attribute(type, &value, m, facts);
		if (first == ERR_OK)
			first = value.err != ERR_OK ? value.err : value.lost ? ERR_TRUNCATED : ERR_OK;
		size_t padding = padding_of(length);
		cursor_skip(&c, padding < cursor_wire(&c) ? padding : cursor_wire(&c));
	}
	return first != ERR_OK ? first : c.err;
}

/* ---- messages */

/* Parse one STUN message; the cursor fails when its length is wrong. */
static enum err parse_message(struct cursor *c, struct facts *facts)
{
	struct message m = parse_header(c);
	struct cursor attributes = cursor_take(c, m.length);

	if (c->err != ERR_OK)
		return c->err;
	struct fact *fact = facts_add(facts, FACT_STUN_MESSAGE);
	fact->code = method_of(m.type);
	fact->number = class_of(m.type);
	fact->flag = m.cookie;
	fact->id = hash_bytes(m.transaction, sizeof m.transaction);
	return parse_attributes(attributes, &m, facts);
}

/* Source: RFC 8656 12.4, 12.5 (padded to four bytes over streams) */
static enum err parse_channel(struct cursor *c, enum transport over, struct facts *facts)
{
	uint16_t channel = cursor_u16(c);
	uint16_t length = cursor_u16(c);
	struct cursor data = cursor_take(c, length);

	if (over == OVER_TCP)
		cursor_skip(c, padding_of(length));
	if (c->err != ERR_OK)
		return c->err;
	struct fact *fact = facts_add(facts, FACT_TURN_CHANNEL);
	fact->code = channel;
	fact->number = length;
	return data.lost ? ERR_TRUNCATED : ERR_OK;
}

/* ---- UDP */

static bool is_classic_type(uint16_t type)
{
	uint16_t method = method_of(type);

	return (type & 0xc000) == 0 && (method == 1 || method == 2) && class_of(type) != 1;
}

/* RFC 3489 had no cookie, so the whole datagram must be plausible. */
static bool is_classic(struct cursor c, const struct message *m)
{
	if (!is_classic_type(m->type) || m->length % 4 != 0 || cursor_wire(&c) != m->length)
		return false;
	while (cursor_wire(&c) && c.err == ERR_OK) {
		uint16_t type = cursor_u16(&c);
		uint16_t length = cursor_u16(&c);
		bool known = (type >= ATTRIBUTE_MAPPED_ADDRESS && type <= 0x000b) || type >= 0x8000;
		if (c.err == ERR_OK && (!known || length % 4 != 0))
			return false;
		cursor_take(&c, length);
	}
	return c.err != ERR_MALFORMED;
}

/* Source: RFC 8489 6.3 (checks on reception), RFC 7983 7 */
static enum probe probe_udp(struct cursor bytes, enum side side)
{
	struct cursor c = bytes;
	struct message m = parse_header(&c);

	(void)side;
	if (is_channel(cursor_peek16(&bytes, 0)) && cursor_has(&bytes, CHANNEL_HEADER_BYTES)) {
		size_t unit = CHANNEL_HEADER_BYTES + (size_t)cursor_peek16(&bytes, 2);
		return unit <= cursor_wire(&bytes) && cursor_wire(&bytes) - unit < 4 ? PROBE_MAYBE : PROBE_NO;
	}
	if (c.err != ERR_OK || (m.type & 0xc000) != 0)
		return PROBE_NO;
	if (m.cookie) /* some messengers do not pad: then the length must be the datagram's */
		return m.length % 4 == 0 || m.length == cursor_wire(&c) ? PROBE_YES : PROBE_NO;
	return is_classic(c, &m) ? PROBE_MAYBE : PROBE_NO;
}

static enum err parse_udp(void *state, struct cursor *bytes, enum side side, struct facts *facts)
{
	(void)state;
	(void)side;
	if (is_channel(cursor_peek16(bytes, 0)))
		return parse_channel(bytes, OVER_UDP, facts);
	if (cursor_peek(bytes, 0) & 0xc0)
		return ERR_UNSUPPORTED;
	return parse_message(bytes, facts);
}

/* ---- TCP */

/* Whether the bytes so far agree with a STUN header. */
static bool begins_message(const struct cursor *c)
{
	static const uint8_t cookie[] = {0x21, 0x12, 0xa4, 0x42};

	if (cursor_peek(c, 0) & 0xc0 || (c->left > 3 && cursor_peek(c, 3) % 4 != 0))
		return false;
	for (size_t i = 0; i < sizeof cookie && 4 + i < c->left; i++)
		if (cursor_peek(c, 4 + i) != cookie[i])
			return false;
	return true;
}

static enum probe probe_tcp(struct cursor bytes, enum side side)
{
	(void)side;
	if (is_channel((uint16_t)(cursor_peek(&bytes, 0) << 8))) {
		if (bytes.left < CHANNEL_HEADER_BYTES)
			return PROBE_MORE;
		return cursor_peek16(&bytes, 2) <= CHANNEL_PLAUSIBLE ? PROBE_MAYBE : PROBE_NO;
	}
	if (!begins_message(&bytes))
		return PROBE_NO;
	return bytes.left >= HEADER_BYTES ? PROBE_YES : PROBE_MORE;
}

/* One unit; the cursor does not move while it is not whole. */
static enum err parse_unit(struct cursor *bytes, struct facts *facts)
{
	struct cursor c = *bytes;
	enum err e;

	if (is_channel((uint16_t)(cursor_peek(&c, 0) << 8)))
		e = parse_channel(&c, OVER_TCP, facts);
	else if (!begins_message(&c))
		return ERR_MALFORMED;
	else
		e = parse_message(&c, facts);
	if (c.err != ERR_MORE)
		*bytes = c;
	return e;
}

/* Source: RFC 8489 6.2.2 (streams: the header's length frames the message) */
static enum err parse_tcp(void *state, struct cursor *bytes, enum side side, struct facts *facts)
{
	enum err e = ERR_OK;

	(void)state;
	(void)side;
	if (bytes->left == 0)
		return bytes->lost ? ERR_TRUNCATED : ERR_MORE;
	while (e == ERR_OK && bytes->left && facts->n < FACTS_ENOUGH)
		e = parse_unit(bytes, facts);
	return e;
}

/* 3478 and 5349 are registered; Google's and Microsoft's are next to them. */
static const uint16_t ports[] = {3478, 3479, 3480, 3481, 5349, 5350, 19302, 19303, 19304, 19305, 19306, 19307, 19308,
				 19309, 0};

const struct dissector dissector_stun_udp = {
	.name = "stun",
	.transport = OVER_UDP,
	.ports = ports,
	.probe = probe_udp,
	.first = {0, 0x4f},
	.parse = parse_udp,
	.source = "RFC 8489 5, 6.3, 14; RFC 8656 12, 18; RFC 3489 11",
};

const struct dissector dissector_stun_tcp = {
	.name = "stun",
	.transport = OVER_TCP,
	.ports = ports,
	.probe = probe_tcp,
	.parse = parse_tcp,
	.source = "RFC 8489 5, 6.2.2, 14; RFC 8656 12.5",
};
