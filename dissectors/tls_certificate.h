/* The subject and the issuer of a certificate. Private to tls_message.c. */
#ifndef DISSECTORS_TLS_CERTIFICATE_H
#define DISSECTORS_TLS_CERTIFICATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/err.h"

/* Spans of the bytes that were parsed; NULL and 0 when absent. Any bytes: no
 * text until facts_text(). */
struct tls_certificate {
	const uint8_t *issuer;  /* common name, or else organization */
	size_t issuer_n;
	const uint8_t *subject; /* common name, or else the first DNS name of subjectAltName */
	size_t subject_n;
};

/* Read the names of an X.509 certificate. Nothing is verified.
 * in      der: the certificate
 * out     ret_certificate: all that was read before a failure too
 * errors  ERR_TRUNCATED, ERR_MALFORMED
 * source  RFC 5280 4.1, 4.1.2.4, 4.2.1.6; ITU-T X.690 8.1 (DER) */
enum err tls_certificate_parse(struct cursor der, struct tls_certificate *ret_certificate);

#endif
