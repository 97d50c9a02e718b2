/* The first bytes after a transport header, in a few words. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "report/packet_summary.h"

struct word {
	uint16_t value;
	const char *text;
};

/* NULL: no such row. Tables end with a row whose text is NULL. */
static const char *word_of(const struct word *table, uint16_t value)
{
	for (; table->text; table++)
		if (table->value == value)
			return table->text;
	return NULL;
}

/* A name without compression, which the first question of a message never uses. */
static size_t dns_name(struct cursor *c, char *out, size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	for (uint8_t label = cursor_u8(c); label && label < 64 && c->err == ERR_OK; label = cursor_u8(c)) {
		const uint8_t *bytes = cursor_bytes(c, label);
		if (!bytes || n + 2 >= size)
			break;
		if (n)
			out[n++] = '.';
		n += text_presentation(bytes, label, out + n, size - n);
	}
	return n;
}

static bool dns_words(struct cursor c, bool is_tcp, char *text, size_t size)
{
	static const struct word types[] = {{1, "A"}, {28, "AAAA"}, {5, "CNAME"}, {65, "HTTPS"}, {15, "MX"},
	                                    {16, "TXT"}, {33, "SRV"}, {12, "PTR"}, {6, "SOA"}, {2, "NS"}, {0, NULL}};
	static const struct word codes[] = {{0, "answer"}, {1, "FORMERR"}, {2, "SERVFAIL"}, {3, "NXDOMAIN"},
	                                    {4, "NOTIMP"}, {5, "REFUSED"}, {0, NULL}};
	char name[96], number[16], code[16];

	if (is_tcp)
		cursor_skip(&c, 2);
	cursor_skip(&c, 2);
	unsigned flags = cursor_u16(&c), questions = cursor_u16(&c), answers = cursor_u16(&c);
	cursor_skip(&c, 4);
	if (c.err != ERR_OK || questions > 1)
		return false;
	dns_name(&c, name, sizeof name);
	uint16_t type = cursor_u16(&c);
	if (c.err != ERR_OK)
		type = 0;
	snprintf(number, sizeof number, "type %u", type);
	snprintf(code, sizeof code, "RCODE %u", flags & 15);
	const char *asked = word_of(types, type), *result = word_of(codes, flags & 15);
	if (!(flags & 0x8000))
		snprintf(text, size, "DNS query %s %s", asked ? asked : number, name);
	else
		snprintf(text, size, "DNS %s %s %s (%u record%s)", result ? result : code, asked ? asked : number, name,
		         answers, answers == 1 ? "" : "s");
	return true;
}

static bool tls_words(struct cursor c, char *text, size_t size)
{
	static const struct word messages[] = {{1, "ClientHello"}, {2, "ServerHello"}, {4, "NewSessionTicket"},
	                                       {11, "Certificate"}, {12, "ServerKeyExchange"},
	                                       {13, "CertificateRequest"}, {14, "ServerHelloDone"},
	                                       {15, "CertificateVerify"}, {16, "ClientKeyExchange"},
	                                       {20, "Finished"}, {0, NULL}};
	uint8_t type = cursor_u8(&c), major = cursor_u8(&c);

	cursor_skip(&c, 1);
	uint16_t length = cursor_u16(&c);
	if (c.err != ERR_OK || major != 3 || length > 18432 || type < 20 || type > 23)
		return false;
	uint8_t first = cursor_peek(&c, 0), second = cursor_peek(&c, 1);
	const char *message = word_of(messages, first);
	if (type == 22)
		snprintf(text, size, "TLS %s", message ? message : "handshake");
	else if (type == 21 && length == 2)
		snprintf(text, size, "TLS %s alert %u", first == 2 ? "fatal" : "warning", second);
	else
		snprintf(text, size, "TLS %s", type == 20 ? "ChangeCipherSpec" : type == 21 ? "alert" : "data");
	return true;
}

static bool stun_words(struct cursor c, char *text, size_t size)
{
	static const struct word methods[] = {{1, "Binding"}, {3, "Allocate"}, {4, "Refresh"}, {6, "Send"}, {7, "Data"},
	                                      {8, "CreatePermission"}, {9, "ChannelBind"}, {0, NULL}};
	static const char *const classes[] = {"request", "indication", "success", "error"};
	uint16_t type = cursor_u16(&c);

	cursor_skip(&c, 2);
	if (cursor_u32(&c) != 0x2112a442 || c.err != ERR_OK || type & 0xc000)
		return false;
	const char *method = word_of(methods, (uint16_t)((type & 0xf) | (type & 0xe0) >> 1 | (type & 0x3e00) >> 2));
	snprintf(text, size, "STUN %s %s", method ? method : "method", classes[(type >> 4 & 1) | (type >> 7 & 2)]);
	return true;
}

static bool quic_words(struct cursor c, char *text, size_t size)
{
	static const char *const kinds[] = {"Initial", "0-RTT", "Handshake", "Retry"};
	uint8_t first = cursor_u8(&c);
	uint32_t version = cursor_u32(&c);

	if (c.err != ERR_OK || (first & 0x80) == 0)
		return false;
	if (version == 0)
		snprintf(text, size, "QUIC Version Negotiation");
	else if (version == 1 && first & 0x40)
		snprintf(text, size, "QUIC %s", kinds[first >> 4 & 3]);
	else if (version == 0x6b3343cf && first & 0x40) /* version 2 shifts the types by one: RFC 9369 3.2 */
		snprintf(text, size, "QUIC %s", kinds[((first >> 4 & 3) + 3) % 4]);
	else
		return false;
	return true;
}

static bool http_words(struct cursor c, char *text, size_t size)
{
	static const char *const starts[] = {"GET ", "POST ", "HEAD ", "PUT ", "CONNECT ", "OPTIONS ", "HTTP/1."};
	uint8_t line[72];
	size_t n = 0;
	bool known = false;

	while (n < sizeof line && n < c.left && cursor_peek(&c, n) != '\r' && cursor_peek(&c, n) != '\n') {
		line[n] = cursor_peek(&c, n);
		n++;
	}
	for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
		known |= n >= strlen(starts[i]) && memcmp(line, starts[i], strlen(starts[i])) == 0;
	if (known)
		text_sentence(line, n, text, size);
	return known;
}

bool payload_summary(const struct cursor *payload, const struct packet_summary *about, char *text, size_t size)
{
	bool is_dns = about->from_port == 53 || about->to_port == 53;

	if (payload->err != ERR_OK || payload->left == 0)
		return false;
	if (is_dns && dns_words(*payload, about->is_tcp, text, size))
		return true;
	if (stun_words(*payload, text, size))
		return true;
	if (about->is_tcp)
		return tls_words(*payload, text, size) || http_words(*payload, text, size);
	if ((about->from_port == 443 || about->to_port == 443) && quic_words(*payload, text, size))
		return true;
	return false;
}
