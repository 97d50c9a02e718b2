/* DTLS records: which name a client asks for, whether the server answers, alerts.
 * Source: RFC 6347 (1.2), RFC 4347 (1.0), RFC 9147 (1.3), RFC 9146 (connection ids), RFC 7983 (shared ports). */
#include "dissectors/dissector.h"
#include "dissectors/tls_hello.h"

#define RECORDS_MOST 32 /* of one datagram; further ones are ignored */

enum {
	TYPE_CCS = 20,
	TYPE_ALERT = 21,
	TYPE_HANDSHAKE = 22,
	TYPE_CID = 25,
	TYPE_ACK = 26,
	TYPE_LAST = 26,
	TYPE_UNIFIED = 32, /* to 63: encrypted records of 1.3 */
};

/* The first handshake message of a record: a header, and the fragment of a body. */
struct handshake {
	uint8_t type;
	uint32_t length, from;
	struct cursor fragment;
};

/* Source: RFC 6347 4.2.2 */
static struct handshake parse_handshake(struct cursor *c)
{
	struct handshake h = {.type = cursor_u8(c)};

	h.length = cursor_u24(c);
	cursor_skip(c, 2);
	h.from = cursor_u24(c);
	uint32_t n = cursor_u24(c);
	if (c->err == ERR_OK && (h.from > h.length || n > h.length - h.from))
		cursor_refuse(c);
	h.fragment = cursor_take(c, n);
	return h;
}

/* Of a fragmented ClientHello only the first fragment is read; the rest counts as not captured. */
static enum err say_client_hello(struct handshake *h, struct facts *facts)
{
	struct tls_hello hello;

	if (h->from != 0)
		return ERR_OK;
	bool whole = cursor_wire(&h->fragment) == h->length;
	enum err e = tls_client_hello_parse(cursor_of(h->fragment.at, h->fragment.left, h->length), true, &hello);
	struct fact *fact = facts_add(facts, FACT_DTLS_HELLO);
	fact->name = facts_name(facts, hello.sni, hello.sni_n);
	return e == ERR_TRUNCATED && !whole ? ERR_OK : e;
}

static void say_record(struct facts *facts, uint8_t type, uint32_t number)
{
	struct fact *fact = facts_add(facts, FACT_DTLS_RECORD);

	fact->code = type;
	fact->number = number;
}

static enum err say_handshake(struct cursor *c, struct facts *facts)
{
	struct handshake h = parse_handshake(c);

	if (c->err != ERR_OK)
		return c->err;
	if (h.type == TLS_HANDSHAKE_CLIENT_HELLO)
		return say_client_hello(&h, facts);
	if (h.type == TLS_HANDSHAKE_SERVER_HELLO && h.from == 0)
		facts_add(facts, FACT_DTLS_HELLO)->flag = true;
	else
		say_record(facts, TYPE_HANDSHAKE, 0);
	return ERR_OK;
}

/* A plaintext alert is two bytes; an encrypted one tells nothing. */
static enum err say_alert(struct cursor *c, struct facts *facts)
{
	uint32_t alert = cursor_wire(c) == 2 ? cursor_u16(c) : 0;

	if (c->err == ERR_OK)
		say_record(facts, TYPE_ALERT, alert);
	return c->err;
}

/* An encrypted record of 1.3; without a length it takes the rest of the datagram.
 * Source: RFC 9147 4 figure 3 (bits 001CSLEE). The length of a connection id is not in the record,
 * so nothing after one is read. */
static enum err parse_unified(struct cursor *c, struct facts *facts)
{
	uint8_t bits = cursor_u8(c);

	if ((bits & 0x14) == 0x04) {
		cursor_skip(c, bits & 0x08 ? 2 : 1);
		cursor_take(c, cursor_u16(c));
	} else {
		cursor_take(c, cursor_wire(c));
	}
	if (c->err == ERR_OK)
		say_record(facts, bits, 0);
	return c->err;
}

/* Source: RFC 6347 4.1; RFC 9146 4 (a connection id, whose length is unknown, ends the parsing) */
static enum err parse_record(struct cursor *bytes, struct facts *facts)
{
	if (cursor_peek(bytes, 0) >= TYPE_UNIFIED)
		return parse_unified(bytes, facts);
	uint8_t type = cursor_u8(bytes);
	cursor_skip(bytes, 2);
	uint16_t epoch = cursor_u16(bytes);
	cursor_skip(bytes, 6);
	if (bytes->err == ERR_OK && type == TYPE_CID) {
		cursor_take(bytes, cursor_wire(bytes));
		say_record(facts, type, 0);
		return ERR_OK;
	}
	struct cursor body = cursor_take(bytes, cursor_u16(bytes));
	if (bytes->err != ERR_OK)
		return bytes->err;
	if (epoch == 0 && type == TYPE_HANDSHAKE)
		return say_handshake(&body, facts);
	if (epoch == 0 && type == TYPE_ALERT)
		return say_alert(&body, facts);
	say_record(facts, type, 0);
	return ERR_OK;
}

static enum err parse(void *state, struct cursor *bytes, enum side side, struct facts *facts)
{
	enum err first = ERR_OK;

	(void)state;
	(void)side;
	for (unsigned i = 0; i < RECORDS_MOST && cursor_wire(bytes) && bytes->err == ERR_OK; i++) {
		enum err e = parse_record(bytes, facts);
		first = first != ERR_OK ? first : e;
	}
	return first;
}

/* Source: RFC 7983 7 (20 to 63); a record of 1.3 has no version, so the port decides. */
static enum probe probe(struct cursor bytes, enum side side)
{
	struct cursor c = bytes;
	uint8_t type = cursor_u8(&c);
	uint16_t version = cursor_u16(&c);

	(void)side;
	if (c.err != ERR_OK)
		return PROBE_NO;
	if (type >= TYPE_UNIFIED && type < 64)
		return PROBE_MAYBE;
	bool known = version == 0xfeff || version == 0xfefd || version == 0x0100; /* OpenSSL's before RFC 4347 */
	if (type < TYPE_CCS || type > TYPE_LAST || !known)
		return PROBE_NO;
	cursor_skip(&c, 8);
	if (type != TYPE_CID)
		cursor_take(&c, cursor_u16(&c));
	return c.err == ERR_OK || c.err == ERR_TRUNCATED ? PROBE_YES : PROBE_NO;
}

/* TURN over DTLS, CoAP over DTLS */
static const uint16_t ports[] = {5349, 5684, 0};

const struct dissector dissector_dtls = {
	.name = "dtls",
	.transport = OVER_UDP,
	.ports = ports,
	.probe = probe,
	.first = {TYPE_CCS, 63},
	.parse = parse,
	.source = "RFC 6347 4.1, 4.2; RFC 9147 4; RFC 7983 7",
};
