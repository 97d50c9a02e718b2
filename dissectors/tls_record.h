/* What TLS records begin with. Private to tls.c. */
#ifndef DISSECTORS_TLS_RECORD_H
#define DISSECTORS_TLS_RECORD_H

#include <stdbool.h>

#include "dissectors/dissector.h"

#define TLS_RECORD_MOST 18432u /* RFC 5246 6.2.3: 2^14 + 2048 */
#define VERSION_TLS13 0x0304

enum record_type {
	RECORD_NONE, /* the rest of this record is ignored */
	RECORD_CCS = 20,
	RECORD_ALERT,
	RECORD_HANDSHAKE,
	RECORD_APPLICATION,
	RECORD_HEARTBEAT,
};

/* Whether a flow that begins like this is TLS.
 * source  RFC 8446 5.1; RFC 5246 E.2 */
enum probe tls_probe(struct cursor bytes, enum side side);

/* Whether a record of a TLS flow begins here; in the middle of a record the bytes look like this
 * once in a million.
 * source  RFC 8446 5.1 */
bool tls_record_begins(struct cursor bytes);

#endif
