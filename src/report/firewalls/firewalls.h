/* The firewalls whose language rules can be written in; firewalls.c is the table. */
#ifndef REPORT_FIREWALLS_FIREWALLS_H
#define REPORT_FIREWALLS_FIREWALLS_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "base/text.h"
#include "report/gap.h"

struct ruleset;

/* Which destinations a firewall accepts by name. */
enum reach {
	REACH_NEVER,
	REACH_WEB, /* only where it reads the name itself: TLS and HTTP on their standard ports */
	REACH_ALWAYS,
};

/* Writes a ruleset. All it prints from the capture are names, numbers and comments that openings.c has checked. A
 * failed allocation shows in t. */
typedef void firewall_function(const struct ruleset *s, struct text *t);

struct firewall {
	const char *name;  /* of --for */
	const char *title; /* "Cisco ASA" */
	enum reach names, wildcards;
	bool underscores; /* in names */
	bool v6;
	const char *into, *inside, *outside; /* defaults of --into, --inside, --outside; NULL: it has none */
	const char *into_is;                 /* what --into names: "access list" */
	firewall_function *write;
};

extern const struct firewall firewalls[]; /* ends with a NULL name */

/* NULL: no such firewall. */
const struct firewall *firewall_find(const char *name);

/* Names from the user's configuration that the rules refer to; NULL: the default. */
struct firewall_places {
	const char *into, *inside, *outside;
};

/* Write the missing rules of g for a firewall. Write errors stay in the FILE.
 * ERR_USAGE (a place that is not a plain name, or that the firewall does not have), ERR_MEMORY. */
MUSTCHECK enum err firewall_write(const struct firewall *f, const struct gap *g, const struct firewall_places *places,
                                  FILE *out);
/* The table for people: name, title, what it can express. */
void firewalls_list(FILE *out);

firewall_function firewall_nftables, firewall_iptables, firewall_cisco_ios, firewall_cisco_asa, firewall_panos,
	firewall_fortios, firewall_junos_srx, firewall_azure, firewall_aws, firewall_windows, firewall_suricata,
	firewall_csv, firewall_json;

#endif
