/* ICMP and ICMPv6, and the packet that an error quotes.
 * source  RFC 792 (ICMP), RFC 1122 3.2.2 (which are errors and what they quote),
 *         RFC 4443 2.1, 3 (ICMPv6), RFC 4884 4 (more of the packet, extensions) */
#include "decode/walk.h"

#define ICMP_HEADER 8u
#define PORTS 4u

static bool is_error(uint8_t protocol, uint8_t type)
{
	if (protocol == PROTO_ICMP6)
		return type >= 1 && type <= 4;
	return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

/* Down to the transport header of a quoted IPv4 packet; its lengths are not trusted (RFC 1812
 * 4.3.2.3: routers quote what they have changed). */
static bool quoted_ip4(struct cursor *c, struct quoted *q)
{
	uint8_t first = cursor_u8(c);
	unsigned header = (first & 15u) * 4;

	cursor_skip(c, 5);
	uint16_t fragment = cursor_u16(c);
	cursor_skip(c, 1);
	q->proto = cursor_u8(c);
	cursor_skip(c, 2);
	if (!cursor_has(c, 8) || header < 20)
		return false;
	q->src = addr_of_v4(c->at);
	cursor_skip(c, 4);
	q->dst = addr_of_v4(c->at);
	cursor_skip(c, 4);
	cursor_skip(c, header - 20u);
	return c->err == ERR_OK && (fragment & 0x1fff) == 0;
}

static bool quoted_ip6(struct cursor *c, struct quoted *q)
{
	uint8_t next;

	cursor_skip(c, 6);
	q->proto = cursor_u8(c);
	cursor_skip(c, 1);
	if (!cursor_has(c, 32))
		return false;
	q->src = addr_of_v6(c->at);
	cursor_skip(c, 16);
	q->dst = addr_of_v6(c->at);
	cursor_skip(c, 16);
	for (unsigned i = 0; i < EXTENSIONS_MOST; i++) {
		bool later = q->proto == 44 && (cursor_peek16(c, 2) & 0xfff8) != 0;
		if (later || !extension_skip(c, q->proto, &next))
			break;
		q->proto = next;
	}
	return c->err == ERR_OK;
}

static void quoted_read(struct cursor c, uint8_t protocol, struct quoted *ret_quoted)
{
	struct quoted q = {.present = true};
	uint8_t version = cursor_peek(&c, 0) >> 4;

	if (version != (protocol == PROTO_ICMP6 ? 6 : 4) || !(version == 4 ? quoted_ip4(&c, &q) : quoted_ip6(&c, &q)))
		return;
	if ((q.proto != PROTO_TCP && q.proto != PROTO_UDP) || !cursor_has(&c, PORTS))
		return;
	q.sport = cursor_u16(&c);
	q.dport = cursor_u16(&c);
	q.has_seq = q.proto == PROTO_TCP && cursor_has(&c, 4);
	q.seq = q.has_seq ? cursor_u32(&c) : 0;
	*ret_quoted = q;
}

enum err icmp_decode(struct walk *w, uint8_t protocol)
{
	struct packet *p = w->p;
	struct cursor c = w->c;

	if (!cursor_want(&c, ICMP_HEADER))
		return c.err;
	w->imprint.print = duplicate_payload(protocol, &c);
	p->icmp_type = cursor_u8(&c);
	p->icmp_code = cursor_u8(&c);
	cursor_skip(&c, ICMP_HEADER - 2);
	p->payload = c;
	p->payload_length = (uint32_t)cursor_wire(&c);
	p->quoted = (struct quoted){.present = false};
	if (is_error(protocol, p->icmp_type))
		quoted_read(c, protocol, &p->quoted);
	const struct quoted *q = &p->quoted;
	p->hash = q->present ? flow_hash(&q->src, q->sport, &q->dst, q->dport, q->proto)
	                     : flow_hash(&p->src, 0, &p->dst, 0, protocol);
	return ERR_OK;
}
