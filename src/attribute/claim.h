/* Which rules a connection tried: what its server was called, by whom, and which patterns of the lists match. */
#ifndef ATTRIBUTE_CLAIM_H
#define ATTRIBUTE_CLAIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attribute/list.h"
#include "attribute/lookup.h"
#include "attribute/memory.h"

/* What a connection reveals about its server. Names are those of the attempt side's table. */
struct evidence_of_name {
	struct addr server;
	uint32_t client_number; /* memory_client() */
	uint16_t port;          /* of the intended service: behind a proxy, the port requested of it */
	uint8_t proto;
	int64_t time_us;        /* sane, when it began */
	name_id sni, http_host, connect_host;
	struct addr connect_address;
	bool connect;           /* requested of an explicit proxy */
	bool ech;               /* the SNI may be the provider's public name */
	bool ech_unseen;        /* the capture cut the ClientHello before ECH: DNS tells whether it may be there */
	bool proxied;           /* the address is the proxy's, not the server's */
	bool unread;            /* the capture may have cut off the name */
};

struct claim {
	int32_t rule;           /* index in lists; -1: no rule */
	name_id host;           /* what the server is called; 0 unknown */
	enum attributed_by_code {
		CLAIM_NONE, CLAIM_SNI, CLAIM_HTTP, CLAIM_CONNECT, CLAIM_DNS, CLAIM_DNS_OTHER, CLAIM_ADDRESS,
		CLAIM_RESOLVED,
	} by;                   /* the contract's attributed_by, in its order */
	uint8_t taint;          /* enum taint: the address came from a false answer */
	bool unsure;            /* the client may have meant another name at this address, which the capture cut */
	bool more;              /* the first claim's: there were more than CLAIMS_MOST, in the lists' order */
};

struct claims_context {
	const struct lists *lists;
	struct names *names;
	const struct memory *memory;   /* what the capture's DNS said */
	const struct memory *resolved; /* what active look-ups said; NULL */
	const struct lookups *lookups;
};

#define CLAIMS_MOST 8u /* of more the first ones count, which is said (table-full) */
/* At least one claim (its rule may be -1); returns their number. */
size_t claims_of(const struct claims_context *c, const struct evidence_of_name *e,
                 struct claim ret_claims[static CLAIMS_MOST]);

#endif
