/* Link, IP and transport of a stored frame in a few words. */
#include "report/packet_summary.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum {
	LINK_NULL = 0, LINK_ETHERNET = 1, LINK_RAW_BSD = 12, LINK_RAW_OPENBSD = 14, LINK_RAW = 101, LINK_LOOP = 108,
	LINK_SLL = 113, LINK_IPV4 = 228, LINK_IPV6 = 229, LINK_SLL2 = 276,
};
enum { TYPE_IPV4 = 0x0800, TYPE_IPV6 = 0x86dd };
enum { NEXT_HOP = 0, NEXT_ICMP = 1, NEXT_TCP = 6, NEXT_UDP = 17, NEXT_ROUTING = 43, NEXT_FRAGMENT = 44,
       NEXT_ICMPV6 = 58, NEXT_OPTIONS = 60 };
#define TAGS_MOST 4       /* VLAN tags, IPv6 extension headers: normal packets do not have more */
#define EXTENSIONS_MOST 8

/* The EtherType of the payload, after any tags. */
static uint16_t type_behind_tags(struct cursor *c)
{
	uint16_t type = cursor_u16(c);

	for (int i = 0; i < TAGS_MOST && (type == 0x8100 || type == 0x88a8 || type == 0x9100); i++) {
		cursor_skip(c, 2);
		type = cursor_u16(c);
	}
	return type;
}

static uint16_t type_by_version(const struct cursor *c)
{
	return cursor_peek(c, 0) >> 4 == 6 ? TYPE_IPV6 : TYPE_IPV4;
}

/* 0: unknown link type. */
static uint16_t link_read(uint16_t link, struct cursor *c)
{
	uint16_t type;

	switch (link) {
	case LINK_ETHERNET:
		cursor_skip(c, 12);
		return type_behind_tags(c);
	case LINK_SLL:
		cursor_skip(c, 14);
		return type_behind_tags(c);
	case LINK_SLL2:
		type = cursor_u16(c);
		cursor_skip(c, 18);
		return type;
	case LINK_NULL:
	case LINK_LOOP:
		cursor_skip(c, 4);
		return type_by_version(c);
	case LINK_RAW:
	case LINK_RAW_BSD:
	case LINK_RAW_OPENBSD:
	case LINK_IPV4:
	case LINK_IPV6:
		return type_by_version(c);
	default:
		return 0;
	}
}

/* Both leave c at the transport header; false: there is none that can be read. */
static bool ipv4_read(struct cursor *c, struct packet_summary *s, uint8_t *ret_next)
{
	uint8_t head[20];
	struct cursor fields;

	cursor_copy(c, head, sizeof head);
	fields = cursor_of(head, sizeof head, sizeof head);
	size_t header = (size_t)(cursor_u8(&fields) & 15) * 4;
	cursor_skip(&fields, 1);
	size_t total = cursor_u16(&fields);
	cursor_skip(&fields, 2);
	uint16_t fragment = cursor_u16(&fields) & 0x1fff;
	cursor_skip(&fields, 1);
	*ret_next = cursor_u8(&fields);
	if (c->err != ERR_OK || header < sizeof head)
		return false;
	s->from = addr_of_v4(head + 12);
	s->to = addr_of_v4(head + 16);
	cursor_skip(c, header - sizeof head);
	if (total >= header) /* 0 with segmentation offload: then only the frame's own length is known */
		*c = cursor_take_quoted(c, total - header);
	return c->err == ERR_OK && fragment == 0;
}

static bool ipv6_read(struct cursor *c, struct packet_summary *s, uint8_t *ret_next)
{
	uint8_t addresses[32];
	uint16_t fragment = 0;

	cursor_skip(c, 4);
	size_t length = cursor_u16(c);
	uint8_t next = cursor_u8(c);
	cursor_skip(c, 1);
	cursor_copy(c, addresses, sizeof addresses);
	if (c->err != ERR_OK)
		return false;
	s->from = addr_of_v6(addresses);
	s->to = addr_of_v6(addresses + 16);
	if (length)
		*c = cursor_take_quoted(c, length);
	for (int i = 0; i < EXTENSIONS_MOST; i++) {
		if (next != NEXT_HOP && next != NEXT_ROUTING && next != NEXT_OPTIONS && next != NEXT_FRAGMENT)
			break;
		bool is_fragment = next == NEXT_FRAGMENT;
		next = cursor_u8(c);
		size_t more = (size_t)cursor_u8(c) * 8;
		fragment |= is_fragment ? cursor_peek16(c, 0) & 0xfff8 : 0;
		cursor_skip(c, is_fragment ? 6 : more + 6);
	}
	*ret_next = next;
	return c->err == ERR_OK && fragment == 0;
}

static void tcp_words(struct packet_summary *s, uint8_t flags)
{
	static const struct { uint8_t bit; const char *word; } names[] = {
		{0x02, "SYN"}, {0x04, "RST"}, {0x01, "FIN"}, {0x08, "PSH"}, {0x10, "ACK"}, {0x20, "URG"},
	};
	size_t n = 0;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (flags & names[i].bit)
			n += (size_t)snprintf(s->text + n, sizeof s->text - n, "%s%s", n ? " " : "", names[i].word);
	if (n == 0)
		snprintf(s->text, sizeof s->text, "no flags");
}

static void add_payload(struct packet_summary *s, const struct cursor *payload, const char *otherwise)
{
	char said[sizeof s->text - 32];
	size_t n = strlen(s->text);

	if (payload_summary(payload, s, said, sizeof said))
		snprintf(s->text + n, sizeof s->text - n, "%s%s", n ? ", " : "", said);
	else if (*otherwise)
		snprintf(s->text + n, sizeof s->text - n, "%s", otherwise);
}

static bool tcp_read(struct cursor *c, struct packet_summary *s)
{
	s->from_port = cursor_u16(c);
	s->to_port = cursor_u16(c);
	s->seq = cursor_u32(c);
	s->ack = cursor_u32(c);
	size_t header = (size_t)(cursor_u8(c) >> 4) * 4;
	uint8_t flags = cursor_u8(c);
	if (c->err != ERR_OK)
		return false;
	s->is_tcp = true;
	s->has_ack = flags & 0x10;
	tcp_words(s, flags);
	cursor_skip(c, header > 14 ? header - 14 : 0);
	if (c->err != ERR_OK)
		return true;
	s->payload_bytes = (uint32_t)cursor_wire(c);
	if (s->payload_bytes)
		add_payload(s, c, "");
	return true;
}

static bool udp_read(struct cursor *c, struct packet_summary *s)
{
	s->from_port = cursor_u16(c);
	s->to_port = cursor_u16(c);
	cursor_skip(c, 4);
	if (c->err != ERR_OK)
		return false;
	s->payload_bytes = (uint32_t)cursor_wire(c);
	s->text[0] = '\0';
	add_payload(s, c, "UDP");
	return true;
}

static const char *icmp_words(bool v6, uint8_t type, uint8_t code)
{
	static const struct { bool v6; uint8_t type, code; const char *words; } known[] = {
		{false, 3, 0, "network unreachable"}, {false, 3, 1, "host unreachable"},
		{false, 3, 2, "protocol unreachable"}, {false, 3, 3, "port unreachable"},
		{false, 3, 4, "fragmentation needed"}, {false, 3, 9, "network prohibited"},
		{false, 3, 10, "host prohibited"}, {false, 3, 13, "communication prohibited"},
		{false, 11, 0, "time to live exceeded"}, {false, 8, 0, "echo request"}, {false, 0, 0, "echo reply"},
		{true, 1, 0, "no route"}, {true, 1, 1, "communication prohibited"}, {true, 1, 3, "address unreachable"},
		{true, 1, 4, "port unreachable"}, {true, 1, 5, "source address refused by policy"},
		{true, 1, 6, "route rejected"}, {true, 2, 0, "packet too big"}, {true, 3, 0, "hop limit exceeded"},
		{true, 128, 0, "echo request"}, {true, 129, 0, "echo reply"},
	};

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (known[i].v6 == v6 && known[i].type == type && known[i].code == code)
			return known[i].words;
	return "message";
}

static bool icmp_read(struct cursor *c, struct packet_summary *s, bool v6)
{
	uint8_t type = cursor_u8(c), code = cursor_u8(c);

	if (c->err != ERR_OK)
		return false;
	snprintf(s->text, sizeof s->text, "ICMP%s %s (%u/%u)", v6 ? "v6" : "", icmp_words(v6, type, code), type, code);
	return true;
}

static bool transport_read(struct cursor *c, struct packet_summary *s, uint8_t next)
{
	switch (next) {
	case NEXT_TCP:
		return tcp_read(c, s);
	case NEXT_UDP:
		return udp_read(c, s);
	case NEXT_ICMP:
	case NEXT_ICMPV6:
		return icmp_read(c, s, next == NEXT_ICMPV6);
	default:
		return false;
	}
}

void packet_summary_read(uint16_t link, const void *bytes, size_t captured, size_t length,
                         struct packet_summary *ret_summary)
{
	struct cursor c = cursor_of(bytes, captured, length);
	struct packet_summary s = {.is_tcp = false};
	uint16_t type = link_read(link, &c);
	uint8_t next = 0;
	bool understood = false;

	if (type == TYPE_IPV4)
		understood = ipv4_read(&c, &s, &next);
	else if (type == TYPE_IPV6)
		understood = ipv6_read(&c, &s, &next);
	if (!understood || !transport_read(&c, &s, next))
		snprintf(s.text, sizeof s.text, "%zu bytes", length);
	*ret_summary = s;
}
