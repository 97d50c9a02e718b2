#include "dissectors/tls_hello.h"

enum {
	EXTENSION_SERVER_NAME = 0,
	EXTENSION_ALPN = 16,
	EXTENSION_SUPPORTED_VERSIONS = 43,
	EXTENSION_ECH = 0xfe0d,
	EXTENSION_ESNI = 0xffce, /* the draft before ECH: there is no server_name beside it */
};

#define SESSION_ID_MOST 32
#define RANDOM_BYTES 32

/* RFC 8701: 0x0a0a, 0x1a1a … mean nothing. */
static bool is_grease(uint16_t v)
{
	return (v & 0x0f0f) == 0x0a0a && v >> 8 == (v & 0xff);
}

/* Whether a is the later version. DTLS counts down from 0xfeff; there, values below 0xfe00 are not versions. */
static bool is_later(uint16_t a, uint16_t b, bool dtls)
{
	if (dtls)
		return a >= 0xfe00 && (b < 0xfe00 || a < b);
	return a > b && a >> 8 == 3;
}

static enum err parse_server_name(struct cursor c, struct tls_hello *h)
{
	struct cursor list = cursor_take(&c, cursor_u16(&c));

	while (cursor_wire(&list) && list.err == ERR_OK) {
		uint8_t type = cursor_u8(&list);
		struct cursor name = cursor_take(&list, cursor_u16(&list));
		if (type != 0 || h->sni || name.err != ERR_OK || name.lost)
			continue;
		h->sni = name.at;
		h->sni_n = name.left;
	}
	return list.err;
}

static enum err parse_alpn(struct cursor c, struct tls_hello *h)
{
	struct cursor list = cursor_take(&c, cursor_u16(&c));

	while (cursor_wire(&list) && list.err == ERR_OK && !h->alpn) {
		struct cursor name = cursor_take(&list, cursor_u8(&list));
		bool grease = name.left == 2 && is_grease(cursor_peek16(&name, 0));
		if (name.err != ERR_OK || name.lost || name.left == 0 || grease)
			continue;
		h->alpn = name.at;
		h->alpn_n = name.left;
	}
	return list.err;
}

static enum err parse_versions(struct cursor c, bool dtls, struct tls_hello *h)
{
	struct cursor list = cursor_take(&c, cursor_u8(&c));

	while (cursor_wire(&list) && list.err == ERR_OK) {
		uint16_t version = cursor_u16(&list);
		if (!is_grease(version) && is_later(version, h->version, dtls))
			h->version = version;
	}
	return list.err;
}

static enum err parse_extension(uint16_t type, struct cursor c, bool dtls, struct tls_hello *h)
{
	switch (type) {
	case EXTENSION_SERVER_NAME:
		return parse_server_name(c, h);
	case EXTENSION_ALPN:
		return parse_alpn(c, h);
	case EXTENSION_SUPPORTED_VERSIONS:
		return parse_versions(c, dtls, h);
	case EXTENSION_ECH:
	case EXTENSION_ESNI:
		h->ech = true;
		return ERR_OK;
	default:
		return ERR_OK;
	}
}

/* A broken extension does not hide the next ones: the first error is kept. */
static enum err parse_extensions(struct cursor c, bool dtls, struct tls_hello *h)
{
	enum err first = ERR_OK;

	while (cursor_wire(&c) && c.err == ERR_OK) {
		uint16_t type = cursor_u16(&c);
		struct cursor body = cursor_take(&c, cursor_u16(&c));
		if (c.err != ERR_OK)
			break;
		enum err e = parse_extension(type, body, dtls, h);
		if (first == ERR_OK)
			first = e;
	}
	return c.err != ERR_OK ? c.err : first;
}

enum err tls_client_hello_parse(struct cursor body, bool dtls, struct tls_hello *ret_hello)
{
	struct cursor c = body;

	*ret_hello = (struct tls_hello){.version = cursor_u16(&c)};
	cursor_skip(&c, RANDOM_BYTES);
	uint8_t session_n = cursor_u8(&c);
	if (c.err == ERR_OK && session_n > SESSION_ID_MOST)
		return ERR_MALFORMED;
	cursor_skip(&c, session_n);
	if (dtls)
		cursor_skip(&c, cursor_u8(&c));
	cursor_skip(&c, cursor_u16(&c));
	cursor_skip(&c, cursor_u8(&c));
	if (c.err != ERR_OK || cursor_wire(&c) == 0)
		return c.err;
	return parse_extensions(cursor_take(&c, cursor_u16(&c)), dtls, ret_hello);
}
