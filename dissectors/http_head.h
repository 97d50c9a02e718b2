/* Start line and header fields of HTTP/1.x. Private to http.c. */
#ifndef DISSECTORS_HTTP_HEAD_H
#define DISSECTORS_HTTP_HEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/err.h"

/* Cursors are spans of the bytes that were parsed; left is 0 when absent. */
struct http_head {
	bool response;
	bool http2;           /* its connection preface, which looks like a request */
	/* request */
	struct cursor method;
	struct cursor host;   /* of CONNECT and an absolute URI; else of the Host field; without port and brackets */
	uint16_t port;        /* 0: none given */
	bool absolute;        /* absolute URI */
	/* response */
	uint16_t status;
	struct cursor reason;
	bool proxy;           /* Via, X-Cache or Proxy-… */
	/* body */
	bool has_length, chunked;
	bool coded;           /* Transfer-Encoding, whatever it is */
	uint64_t length;
};

/* Take the next line off c, without its end; a bare LF ends one too. False:
 * there is none. */
bool http_line(struct cursor *c, struct cursor *ret_line);

/* Whether a span is a word, in any case. */
bool http_is(const struct cursor *span, const char *word);

/* Read a message's head.
 * in      block: the start line and as many lines of fields as there are
 * out     ret_head: all that was read before a failure too
 * errors  ERR_MALFORMED
 * source  RFC 9112 2.1, 2.2, 3, 4, 5, 6; RFC 9110 5.6.2, 7.2, 9.3.6 */
enum err http_head_parse(struct cursor block, struct http_head *ret_head);

#endif
