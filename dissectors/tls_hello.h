/* Noun: what a ClientHello says in plaintext. Shared by TLS, DTLS and QUIC. */
#ifndef DISSECTORS_TLS_HELLO_H
#define DISSECTORS_TLS_HELLO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/err.h"

enum { TLS_HANDSHAKE_CLIENT_HELLO = 1, TLS_HANDSHAKE_SERVER_HELLO = 2 };

/* Spans point into the bytes that were parsed; NULL and 0 when absent. They
 * hold any bytes: no text until facts_name() or facts_text(). */
struct tls_hello {
	const uint8_t *sni; /* host_name of server_name */
	size_t sni_n;
	const uint8_t *alpn; /* the first protocol offered that is not GREASE */
	size_t alpn_n;
	uint16_t version; /* the highest offered; for DTLS as on the wire: 0xfeff 1.0, 0xfefd 1.2, 0xfefc 1.3 */
	bool ech;         /* encrypted_client_hello (or ESNI): the name seen may be the provider's */
};

/* Read a ClientHello.
 * in      body: after the handshake header (type, length; for DTLS also sequence and fragment)
 *         dtls: a cookie follows the session id, and versions count down
 * out     ret_hello: what was read before a failure, too
 * errors  ERR_TRUNCATED, ERR_MORE, ERR_MALFORMED
 * source  RFC 8446 4.1.2, 4.2.1; RFC 5246 7.4.1.2; RFC 6347 4.2.1; RFC 6066 3; RFC 7301 3.1; RFC 8701 (GREASE);
 *         RFC 9849 5 (encrypted_client_hello) */
enum err tls_client_hello_parse(struct cursor body, bool dtls, struct tls_hello *ret_hello);

#endif
