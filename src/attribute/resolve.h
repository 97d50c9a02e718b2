/* Active look-ups with c-ares; the one door to it. Only `endpoints resolve` and `audit --resolve` may call it:
 * nothing else in the program sends packets. */
#ifndef ATTRIBUTE_RESOLVE_H
#define ATTRIBUTE_RESOLVE_H

#include "attribute/snapshot.h"

struct resolve_options {
	const char *const *servers; /* "192.0.2.53", "192.0.2.53:5353", "[2001:db8::1]:53"; none: the machine's own */
	size_t server_n;
	int64_t timeout_us;         /* of one try; a second try takes twice as long. 0: 2 s */
	unsigned tries;             /* 0: 2 */
	/* Called after each answer; NULL: no progress is shown. */
	void (*progress)(void *context, size_t done, size_t all);
	void *context;
};

#define RESOLVE_SERVERS_MOST 16
#define RESOLVE_TOGETHER 64 /* questions under way at each server: what resolvers bear without dropping; one that
                               answers none of so many is asked no further */

/* Ask every server for A and AAAA of every name (each once; A-labels).
 * out     the answers, including the empty ones; taken_us is now
 * errors  ERR_USAGE: a server's address is wrong; ERR_IO, ERR_MEMORY: nothing could be asked */
MUSTCHECK enum err resolve_names(const char *const *names, size_t n, const struct resolve_options *o,
                                 struct snapshot *ret_snapshot);

#endif
