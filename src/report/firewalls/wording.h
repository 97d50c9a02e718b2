/* Text that is safe in every firewall's language. */
#ifndef REPORT_FIREWALLS_WORDING_H
#define REPORT_FIREWALLS_WORDING_H

#include "base/addr.h"
#include "report/firewalls/openings.h"

/* Add s so that it is plain text in a comment or quoted string of any of the languages: letters, digits, space and .
 * , : / ( ) * - _ = + [ ] @; a semicolon becomes a comma, every other byte %NN. At most `most` bytes. */
void plain_add(struct text *t, const char *s, size_t most);

/* Whether a name may be used in a firewall's configuration: letters, digits, dots, hyphens and underscores, in DNS
 * labels; a leading "*." makes a wildcard. */
bool name_is_plain(const char *name, bool *ret_wildcard);

/* Plain text in lines that begin with lead ("# "), wrapped between words. */
void remark_add(struct text *t, const char *lead, const char *plain);
/* The notes at the top; the remarks of an item. */
void notes_add(struct text *t, const char *lead, const struct ruleset *s);
void remarks_add(struct text *t, const char *lead, const struct item *i);

/* An object name made from any text: [a-z0-9._-], at most `most` bytes (16 or more); a hash distinguishes texts that
 * this would make equal. */
const char *label_make(struct pool *p, const char *lead, const char *raw, size_t most);
/* "rgn-10.0.0.0-24": an object's name for a network. */
#define NETWORK_LABEL 60
const char *network_label(const struct prefix *p, char ret_text[static NETWORK_LABEL]);

/* A hash that is the same on every machine and in every run, for object names. */
uint64_t stable_hash(const char *s, uint64_t seed);

/* Networks, separated by a separator. */
void networks_add(struct text *t, const struct networks *n, const char *separator);
/* An IPv4 network as "10.0.0.0 255.255.255.0"; with the mask inverted for wildcard masks. */
void network_masked_add(struct text *t, const struct prefix *p, bool inverted);
bool network_is_host(const struct prefix *p);
bool network_is_v4(const struct prefix *p);
/* With prefix length, also for a single address. */
const char *network_with_length(const struct prefix *p, char ret_text[static PREFIX_TEXT]);
/* A name that no other set of networks has: lead and 8 digits. */
void networks_name_add(struct text *t, const char *lead, const struct networks *n);
/* The address alone, without prefix length. */
const char *network_address(const struct prefix *p, char ret_text[static ADDR_TEXT]);

/* "443", or "50000-50999" with the given separator. */
void service_ports_add(struct text *t, const struct service *v, const char *separator);

#endif
