/* Handshake messages of TLS to facts. Private to tls.c. */
#ifndef DISSECTORS_TLS_MESSAGE_H
#define DISSECTORS_TLS_MESSAGE_H

#include <stdint.h>

#include "base/cursor.h"
#include "base/err.h"
#include "dissectors/fact.h"

enum tls_message { TLS_CLIENT_HELLO = 1, TLS_SERVER_HELLO = 2, TLS_CERTIFICATE = 11 };

#define TLS_MESSAGE_HEADER 4u      /* type, length */
#define TLS_CERTIFICATE_PREFIX 10u /* that header, length of the list, length of the leaf */

/* ClientHello: FACT_TLS_CLIENT_HELLO, also when it could be read in part.
 * in      body: behind the message header, as in the functions below
 * errors  ERR_TRUNCATED, ERR_MALFORMED
 * source  RFC 8446 4.1.2 */
enum err tls_client_hello_read(struct cursor body, struct facts *facts);

/* ServerHello and HelloRetryRequest: FACT_TLS_SERVER_HELLO.
 * out     ret_version: the version chosen, which supported_versions may raise; untouched on failure
 * errors  ERR_TRUNCATED, ERR_MALFORMED
 * source  RFC 8446 4.1.3, 4.1.4, 4.2.1; RFC 5246 7.4.1.3 */
enum err tls_server_hello_read(struct cursor body, struct facts *facts, uint16_t *ret_version);

/* Certificate of TLS 1.2 and older: FACT_TLS_CERTIFICATE of its leaf.
 * in      body: may end after the leaf
 * errors  ERR_TRUNCATED, ERR_MALFORMED
 * source  RFC 5246 7.4.2; RFC 5280 4.1 */
enum err tls_certificate_read(struct cursor body, struct facts *facts);

#endif
