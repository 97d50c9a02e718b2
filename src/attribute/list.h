/* The endpoint list (contract section 3) and its matcher. The one door to YAML. */
#ifndef ATTRIBUTE_LIST_H
#define ATTRIBUTE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"

enum role { ROLE_WEB, ROLE_STORAGE, ROLE_CDN, ROLE_TRAFFIC_MANAGER, ROLE_DATACENTRE, ROLE_STUN_TURN, ROLE_DNS,
           ROLE_OTHER };
const char *role_text(enum role r); /* "traffic-manager" */

enum hosts_status { HOSTS_GIVEN, HOSTS_MISSING, HOSTS_ASK_VENDOR };
const char *hosts_status_text(enum hosts_status s); /* "ask-vendor" */

enum host_kind {
	HOST_NAME,     /* exact name */
	HOST_WILDCARD, /* *.name: one or more labels in front */
	HOST_PREFIX,   /* address or CIDR */
	HOST_ANY,      /* role dns without hosts: any resolver; text "*" */
};

struct host {
	enum host_kind kind;
	const char *text; /* A-label, lower case, as in rule ids ("*." before wildcards; no brackets) */
	struct prefix prefix;
};

struct port_range {
	uint16_t low, high; /* inclusive */
	uint8_t proto;      /* PROTO_TCP 6, PROTO_UDP 17 */
};

struct group {
	const char *id;
	enum role role;
	const char *description, *region, *notes, *symptom, *profile; /* NULL when absent */
	bool required;
	enum hosts_status hosts_status;
	bool ports_inferred;
	struct host *hosts;
	size_t host_n;
	struct port_range *ports;
	size_t port_n;
	struct port_range *works_if_any; /* alternatives for the function; may be empty */
	size_t works_n;
	const char **fallback_for; /* ids of groups */
	size_t fallback_n;
	const char **learn_suffixes;
	size_t learn_n;
	bool active; /* false: its profile was not asked for; its rules do not exist */
	size_t list; /* index of the list that it first came from */
};

struct rule {
	const char *id; /* GROUP/HOST:PORT/TRANSPORT */
	uint32_t group; /* index in groups */
	uint32_t host;  /* index in the group's hosts */
	struct port_range port;
};

struct list_source {
	const char *name, *vendor, *version, *published, *source, *notes; /* NULL when absent */
	const char *path;      /* the file read */
	char sha256[65];       /* of the file, hex */
};

/* All lists given, overlaid, in order. Visible: it is data. Owned by lists_free. */
struct lists {
	struct list_source *sources;
	size_t source_n;
	struct group *groups; /* in the order of their first appearance */
	size_t group_n;
	struct rule *rules; /* list order: group, host, port */
	size_t rule_n;
	struct matcher *matcher;
	void *memory;
};

/* Read and overlay lists. A name without slash or file extension is looked up among the shipped lists (the newest
 * version of that name; "remotespark-2.0.33" exactly).
 * profile: NULL or the deployment choice of --profile.
 * ERR_USAGE: err_detail() is "FILE:LINE:COLUMN: reason (remedy)". */
MUSTCHECK enum err lists_read(const char *const *paths, size_t n, const char *profile, struct lists **ret_lists);
void lists_free(struct lists *l);

/* Which host pattern a name or address matches: its index, most specific first (exact name, longer wildcard, shorter
 * wildcard; address, longer prefix). A pattern may be in several groups: each is its own hit.
 * All hits of the most specific pattern are returned; the time does not depend on the number of patterns. */
struct host_hit {
	uint32_t group, host;
};
#define HOST_HITS 16
/* name: lower case, no trailing dot, A-labels. Returns the number of hits. */
size_t lists_match_name(const struct lists *l, const char *name, struct host_hit ret_hits[static HOST_HITS]);
size_t lists_match_address(const struct lists *l, const struct addr *a, struct host_hit ret_hits[static HOST_HITS]);

/* The rule of a hit at a port and transport, with the narrowest matching port range.
 * NULL: that host has no rule for it. */
const struct rule *lists_rule_at(const struct lists *l, struct host_hit hit, uint16_t port, uint8_t proto);
/* The rules that own an attempt: those of the most specific pattern that has rules for the port. */
size_t lists_rules_for_name(const struct lists *l, const char *name, uint16_t port, uint8_t proto,
                            const struct rule *ret_rules[static HOST_HITS]);
size_t lists_rules_for_address(const struct lists *l, const struct addr *a, uint16_t port, uint8_t proto,
                               const struct rule *ret_rules[static HOST_HITS]);
/* The rules of one host: a contiguous run of l->rules. */
const struct rule *lists_rules_of(const struct lists *l, struct host_hit hit, size_t *ret_n);

/* Whether any active rule asks for this port and transport. O(1). */
bool lists_wants_port(const struct lists *l, uint16_t port, uint8_t proto);

#endif
