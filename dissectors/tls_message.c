#include "dissectors/tls_message.h"

#include <string.h>

#include "dissectors/tls_certificate.h"
#include "dissectors/tls_hello.h"

#define RANDOM_BYTES 32u
#define SESSION_ID_MOST 32u
#define EXTENSION_SUPPORTED_VERSIONS 43u

/* SHA-256 of "HelloRetryRequest": RFC 8446 4.1.3. */
static const uint8_t retry_random[RANDOM_BYTES] = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

enum err tls_client_hello_read(struct cursor body, struct facts *facts)
{
	struct tls_hello hello;

	enum err e = tls_client_hello_parse(body, false, &hello);
	if (e == ERR_MALFORMED && !hello.sni)
		return e;
	struct fact *fact = facts_add(facts, FACT_TLS_CLIENT_HELLO);
	fact->name = facts_name(facts, hello.sni, hello.sni_n);
	fact->other = facts_text(facts, hello.alpn, hello.alpn_n);
	fact->number = hello.version;
	fact->flag = hello.ech;
	fact->n = e == ERR_TRUNCATED && !hello.ech;
	return e;
}

static enum err server_extensions(struct cursor c, uint16_t *version)
{
	while (cursor_wire(&c) && c.err == ERR_OK) {
		uint16_t type = cursor_u16(&c);
		struct cursor value = cursor_take(&c, cursor_u16(&c));
		if (c.err != ERR_OK || type != EXTENSION_SUPPORTED_VERSIONS)
			continue;
		uint16_t chosen = cursor_u16(&value);
		if (value.err != ERR_OK)
			return value.err;
		*version = chosen;
	}
	return c.err;
}

enum err tls_server_hello_read(struct cursor body, struct facts *facts, uint16_t *ret_version)
{
	struct cursor c = body;
	uint16_t version = cursor_u16(&c);
	const uint8_t *random = cursor_bytes(&c, RANDOM_BYTES);
	uint8_t session_n = cursor_u8(&c);

	if (c.err == ERR_OK && (session_n > SESSION_ID_MOST || version >> 8 != 3))
		return ERR_MALFORMED;
	cursor_skip(&c, session_n);
	cursor_skip(&c, 3); /* cipher suite, compression */
	if (c.err == ERR_OK && cursor_wire(&c)) {
		struct cursor extensions = cursor_take(&c, cursor_u16(&c));
		enum err e = c.err == ERR_OK ? server_extensions(extensions, &version) : c.err;
		if (e != ERR_OK)
			return e;
	}
	if (c.err != ERR_OK)
		return c.err;
	struct fact *fact = facts_add(facts, FACT_TLS_SERVER_HELLO);
	fact->number = version;
	fact->flag = memcmp(random, retry_random, RANDOM_BYTES) == 0;
	*ret_version = version;
	return ERR_OK;
}

enum err tls_certificate_read(struct cursor body, struct facts *facts)
{
	struct tls_certificate certificate;
	struct cursor c = body;

	cursor_skip(&c, 3); /* length of the list */
	struct cursor leaf = cursor_take(&c, cursor_u24(&c));
	if (c.err != ERR_OK)
		return c.err;
	enum err e = tls_certificate_parse(leaf, &certificate);
	if (!certificate.issuer && !certificate.subject)
		return e;
	struct fact *fact = facts_add(facts, FACT_TLS_CERTIFICATE);
	fact->name = facts_name(facts, certificate.subject, certificate.subject_n);
	fact->other = facts_text(facts, certificate.issuer, certificate.issuer_n);
	return e;
}
