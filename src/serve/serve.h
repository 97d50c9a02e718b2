/* The web server behind `rulegap serve`. It answers from a snapshot of the
 * database that one thread makes anew when the database changed: no request
 * ever reads the database, however many there are. The one door to libmicrohttpd. */
#ifndef SERVE_SERVE_H
#define SERVE_SERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"

struct serve_options {
	const char *database;
	struct addr address;
	uint16_t port;                /* 0: any */
	const char *token;            /* NULL: none asked for */
	const char *const *names;     /* by which the server is called, beside its address */
	size_t name_n;
};

/* What a snapshot is shown as. */
enum serve_page { SERVE_DATA, SERVE_REPORT, SERVE_METRICS, SERVE_PAGE_COUNT };

struct serve_snapshot {
	int users;              /* of it; the server itself is one */
	char *body[SERVE_PAGE_COUNT];
	size_t bytes[SERVE_PAGE_COUNT];
	char tag[24];           /* of what is in it: quoted, for ETag */
};

/* Read the database once. ERR_USAGE, ERR_DATABASE, ERR_MEMORY. (snapshot.c) */
MUSTCHECK enum err serve_snapshot_read(const char *database, struct serve_snapshot **ret_snapshot);
void serve_snapshot_free(struct serve_snapshot *s);

struct server; /* opaque */

/* Listen, with `first` to answer from. ERR_USAGE (address in use), ERR_PERMISSION, ERR_IO. */
MUSTCHECK enum err server_start(const struct serve_options *options, struct serve_snapshot *first,
                                struct server **ret_server);
uint16_t server_port(const struct server *s);
/* Answer from `fresh` from now on; NULL: it could not be read, and what there is gets old. */
void server_renew(struct server *s, struct serve_snapshot *fresh);
void server_stop(struct server *s);

/* Whether "Host: said" means this server: its address, a loopback name when it
 * listens there, or one of its names; with or without a port. A page of another
 * site that has its name point here says its own name (DNS rebinding).
 * source  RFC 9110 7.2 */
bool serve_host_is_ours(const struct serve_options *o, const char *said);
/* Whether text may be a token: 16 to 256 letters, digits and "-._~". */
bool serve_token_is_good(const char *text);
/* Equal, in a time that does not depend on where they differ. */
bool serve_token_equal(const char *a, const char *b, size_t b_bytes);
bool serve_address_is_loopback(const struct addr *a);

#endif
