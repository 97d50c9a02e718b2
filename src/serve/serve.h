/* The web server behind `rulegap serve`. It answers from a snapshot of the database that one thread renews when the
 * database has changed: no request ever reads the database, however many there are. The one door to libmicrohttpd. */
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
	const char *token;            /* NULL: no token required */
	const char *const *names;     /* names of the server, besides its address */
	size_t name_n;
};

/* The forms in which a snapshot is served. */
enum serve_page { SERVE_DATA, SERVE_REPORT, SERVE_METRICS, SERVE_PAGE_COUNT };

struct serve_snapshot {
	int users;              /* references; the server itself holds one */
	char *body[SERVE_PAGE_COUNT];
	size_t bytes[SERVE_PAGE_COUNT];
	char tag[24];           /* of its content: quoted, for ETag */
};

/* Read the database once. ERR_USAGE, ERR_DATABASE, ERR_MEMORY. (snapshot.c) */
MUSTCHECK enum err serve_snapshot_read(const char *database, struct serve_snapshot **ret_snapshot);
void serve_snapshot_free(struct serve_snapshot *s);

struct server; /* opaque */

/* Listen, answering from `first` to begin with. ERR_USAGE (address in use), ERR_PERMISSION, ERR_IO. */
MUSTCHECK enum err server_start(const struct serve_options *options, struct serve_snapshot *first,
                                struct server **ret_server);
uint16_t server_port(const struct server *s);
/* Answer from `fresh` from now on; NULL: the database could not be read, and the old snapshot ages. */
void server_renew(struct server *s, struct serve_snapshot *fresh);
void server_stop(struct server *s);

/* Whether "Host: said" means this server: its address, a loopback name if it listens there, or one of its names; with
 * or without a port. A page of another site whose name was made to point here sends its own name (DNS rebinding).
 * source  RFC 9110 7.2 */
bool serve_host_is_ours(const struct serve_options *o, const char *said);
/* Whether text is valid as a token: 16 to 256 letters, digits and "-._~". */
bool serve_token_is_good(const char *text);
/* Equality, in a time that does not depend on where they differ. */
bool serve_token_equal(const char *a, const char *b, size_t b_bytes);
bool serve_address_is_loopback(const struct addr *a);

#endif
