/* The results of active look-ups, kept in a file: `endpoints resolve` writes it, `audit --addresses` reads it
 * without sending a packet. */
#ifndef ATTRIBUTE_SNAPSHOT_H
#define ATTRIBUTE_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "attribute/list.h"
#include "attribute/list_arena.h"
#include "base/addr.h"
#include "base/err.h"

enum answer_status {
	ANSWER_OK,
	ANSWER_NXDOMAIN,
	ANSWER_NODATA,
	ANSWER_SERVFAIL,
	ANSWER_REFUSED,
	ANSWER_TIMEOUT,
	ANSWER_FAILED
};
const char *answer_status_text(enum answer_status s); /* "nxdomain" */

struct answer_address {
	struct addr address;
	uint32_t ttl_s;
};

/* One query to one server. */
struct answer {
	const char *name;    /* asked for: A-labels, lower case, no trailing dot */
	const char *server;  /* "192.0.2.53:53"; "system" for the machine's own resolvers */
	bool six;            /* AAAA; else A */
	enum answer_status status;
	const char **aliases; /* the CNAME chain that follows from name, in order */
	size_t alias_n;
	struct answer_address *addresses;
	size_t address_n;
	size_t alias_size, address_size; /* capacity of the arrays */
};

struct snapshot {
	struct arena arena;  /* of all texts and arrays */
	int64_t taken_us;
	struct answer *answers; /* by name, then server, A before AAAA */
	size_t answer_n, answer_size;
};

void snapshot_release(struct snapshot *s);

/* Write it as JSON, with the names and versions of the lists. ERR_MEMORY; write errors stay in f. */
MUSTCHECK enum err snapshot_write(const struct snapshot *s, const struct lists *l, FILE *f);

/* Read a whole snapshot ("-": standard input).
 * errors  ERR_USAGE "FILE:LINE:COLUMN: …" or "FILE: …", ERR_IO, ERR_MEMORY */
MUSTCHECK enum err snapshot_load(const char *path, struct snapshot *ret_snapshot);

/* Called for each name and address; returning false stops. */
typedef bool snapshot_take(void *context, const char *name, const struct addr *address, uint32_t ttl_s);
/* Read a snapshot one address at a time: each pair of name and address once, with its longest TTL. name is valid
 * during the call. Errors as for snapshot_load. */
MUSTCHECK enum err snapshot_read(const char *path, snapshot_take *take, void *context);

#endif
