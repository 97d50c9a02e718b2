/* Hosts as lists write them: names, wildcards, addresses, networks. */
#ifndef ATTRIBUTE_HOST_H
#define ATTRIBUTE_HOST_H

#include <stdbool.h>
#include <stddef.h>

#include "attribute/list.h"

#define HOST_TEXT 256   /* bytes of a host in its canonical form, NUL included */
#define HOST_REASON 384 /* bytes of a reason, NUL included */

/* Read a host.
 * in      text: a name (U-labels are accepted), "*.name", address or CIDR, brackets allowed round IPv6
 * out     host: kind and prefix, its text is ret_text; ret_text: the form that rule ids show.
 *         On failure ret_reason: what is wrong and, in brackets, what to write instead
 * source  RFC 5891 5 with UTS #46 non-transitional mapping (A-labels); RFC 1035 2.3.4 (lengths) */
bool host_parse(const char *text, struct host *ret_host, char ret_text[static HOST_TEXT],
                char ret_reason[static HOST_REASON]);

/* The same for a plain name only (no wildcard, no address). */
bool host_name_parse(const char *text, char ret_text[static HOST_TEXT], char ret_reason[static HOST_REASON]);

/* Read "443/tcp" or "50000-50999/udp"; failure as for host_parse. */
bool port_parse(const char *text, struct port_range *ret_port, char ret_reason[static HOST_REASON]);

/* The text of a host as rule ids show it: IPv6 in brackets. */
#define HOST_SHOWN (HOST_TEXT + 2)
const char *host_show(const struct host *h, char ret_text[static HOST_SHOWN]);

/* "443/tcp", "50000-50999/udp"; the same without transport. */
#define PORT_TEXT 20
const char *port_show(const struct port_range *p, char ret_text[static PORT_TEXT]);
const char *port_number_show(const struct port_range *p, char ret_text[static PORT_TEXT]);
const char *port_transport(const struct port_range *p);

#endif
