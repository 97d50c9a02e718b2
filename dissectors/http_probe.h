/* What HTTP/1.x begins with. Private to http.c. */
#ifndef DISSECTORS_HTTP_PROBE_H
#define DISSECTORS_HTTP_PROBE_H

#include "dissectors/dissector.h"

/* Whether a flow, or a message in one, that begins like this is HTTP/1.x.
 * source  RFC 9112 3, 4 */
enum probe http_probe(struct cursor bytes, enum side side);

#endif
