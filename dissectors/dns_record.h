/* The records of one DNS message. Private to dns.c. */
#ifndef DISSECTORS_DNS_RECORD_H
#define DISSECTORS_DNS_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/err.h"
#include "dissectors/dns_name.h"
#include "dissectors/fact.h"

enum dns_section { DNS_ANSWER, DNS_AUTHORITY, DNS_ADDITIONAL, DNS_SECTIONS };

/* A message that is being read. */
struct dns_reading {
	struct dns_names names;
	struct facts *facts;
	struct fact *header; /* its RCODE is extended by the OPT record's bits */
	unsigned records;    /* read so far, questions too */
	bool has_opt, has_ns;
};

/* The offset of a cursor in the message. */
static inline size_t dns_offset(const struct dns_reading *r, const struct cursor *c)
{
	return r->names.message.left - c->left;
}

/* Read one record and step past it.
 * in      c: at its owner name
 * out     facts of addresses, aliases and service parameters (answer section), SOA (authority), OPT (additional);
 *         has_ns: the authority section names servers
 * errors  ERR_TRUNCATED, ERR_MALFORMED
 * source  RFC 1035 3.2.1, 3.3, 3.4.1; RFC 2181 8; RFC 2308 5; RFC 3596 2.2; RFC 6672 2.1; RFC 6891 6.1; RFC 8914 2;
 *         RFC 9460 2.2, 7.2, 7.3; RFC 9267 4, 5 (lengths) */
enum err dns_record_parse(struct dns_reading *r, struct cursor *c, enum dns_section section);

#endif
