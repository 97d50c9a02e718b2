/* What DNS said: which client was told which address for which name, when, and through which aliases. Answers are kept
 * beyond their TTL because programs keep using addresses they hold.
 *
 * It is a log: a message costs one line per address and nothing else. It is indexed when it is queried: once, at the
 * end of a capture. */
#ifndef ATTRIBUTE_MEMORY_H
#define ATTRIBUTE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/limits.h"
#include "base/names.h"
#include "base/text.h"
#include "flow/lookup_message.h"

struct memory; /* opaque */

/* Why an address is not what it seems. */
enum taint { TAINT_NONE, TAINT_SINKHOLE, TAINT_FORGED };

/* One line: at time_us a name led to an address, perhaps through aliases. Its parts are read with the functions
 * below. There are as many lines as answers, so a line is half a cache line. */
struct binding {
	int64_t time_us : 56;  /* sane */
	uint8_t taint : 2;
	bool unread : 1;       /* the capture does not have the addresses: server gives only their family */
	bool v4 : 1;           /* the family of server */
	bool chained : 1;
	uint32_t server;       /* the IPv4 address; for IPv6 its number in the memory, 0: none */
	uint32_t client;       /* number of the client that received it */
	uint32_t led;          /* the name asked for; if chained: where it and its aliases are in the memory */
	uint32_t before;       /* the client's previous line: number + 1 */
	uint32_t same;         /* indexed: the previous line of this client and server: number + 1 */
	uint32_t others;       /* indexed: the previous line of this server: number + 1 */
};
_Static_assert(sizeof(struct binding) == 32, "there are millions");

/* most: lines kept before the oldest are dropped; names: shared with the caller. NULL: out of memory. */
struct memory *memory_new(size_t most, struct names *names);
void memory_free(struct memory *m);

/* The number of a client (never 0), assigned on first use; 0: full. */
uint32_t memory_client(struct memory *m, const struct addr *client);
/* The number of a client, or 0 if it has none yet. Before that, prefetch where the number is stored. */
uint32_t memory_client_known(const struct memory *m, const struct addr *client);
void memory_client_prefetch(const struct memory *m, const struct addr *client);
const struct addr *memory_client_address(const struct memory *m, uint32_t client);
size_t memory_client_count(const struct memory *m);

/* What one response taught, besides its addresses. */
struct lesson {
	uint32_t client;
	name_id asked;
	const name_id *chain; /* aliases worth keeping */
	size_t chain_n;
	enum taint taint;
};

/* Log the addresses of a response; if the capture cut it before the first one, log that there were some. */
void memory_learn(struct memory *m, const struct dns_message *message, const struct lesson *lesson);

/* What the client was told for a name at that time was false. */
void memory_taint(struct memory *m, uint32_t client, name_id asked, int64_t told_us, enum taint taint);

/* Announce a query about this client and server: if there are any announcements, memory_seal() may leave out the
 * lines of other pairs. */
void memory_want(struct memory *m, uint32_t client, const struct addr *server);

/* Index the log: once, at the end of a capture; or live, at the start, and then each line as it is written. */
void memory_seal(struct memory *m);
void memory_index(struct memory *m);

/* The lines, oldest first; the names that they use. */
size_t memory_lines(const struct memory *m);
const struct binding *memory_line(const struct memory *m, size_t i);
struct names *memory_names(const struct memory *m);

/* Write the lines since a time for another run, at most the newest `most`, as text in time order. */
void memory_save(const struct memory *m, int64_t since_us, size_t most, struct text *out);
/* Load such lines; malformed ones are skipped. */
void memory_load(struct memory *m, const char *text, size_t n);

/* Whether a client may have been told this in order to connect at that time. */
bool memory_told_at_once(const struct binding *line, int64_t time_us);

/* The line that best explains why `client` talks to `server` at time_us: the newest before it, or one that it
 * overtook; otherwise (indexed only) the first after it. NULL: none. */
const struct binding *memory_recall(const struct memory *m, uint32_t client, const struct addr *server,
                                    int64_t time_us);
/* The previous line of the same client and server, while the client may still hold the address (indexed only). */
const struct binding *memory_recall_older(const struct memory *m, const struct binding *line, int64_t time_us);
/* The newest line of this client and server for a name (asked for, or in the chain). */
const struct binding *memory_recall_name(const struct memory *m, uint32_t client, const struct addr *server,
                                         name_id name);
/* Like memory_recall, from what any client was told (indexed only). */
const struct binding *memory_recall_any(const struct memory *m, const struct addr *server, int64_t time_us);
/* Whether any client was told that a name (asked for, or in the chain) is at the server (indexed only). */
bool memory_is_named(const struct memory *m, const struct addr *server, name_id name);

/* Whether a client whose connection shows no name may have meant another one than `line` (what memory_recall(), or
 * else memory_recall_any(), found): it was given the same address for another name, or the capture misses an answer
 * it received. */
bool memory_may_mean_another(const struct memory *m, uint32_t client, const struct addr *server, int64_t time_us,
                             const struct binding *line);
/* Whether the capture misses what the client was told just before. */
bool memory_unread(const struct memory *m, uint32_t client, const struct addr *server, int64_t time_us);

/* Whether the client was told a genuine address for a name between two times. */
bool memory_knows(const struct memory *m, uint32_t client, name_id name, int64_t from_us, int64_t to_us);

/* Prefetch what a query about this client and server will need (indexed): first the hash table slots, then, some
 * queries later, the lines they point to. */
void memory_prefetch(const struct memory *m, uint32_t client, const struct addr *server);
void memory_prefetch_lines(const struct memory *m, uint32_t client, const struct addr *server);

/* The name that a line's client asked for; the aliases that followed from it, in order, and their number; whether a
 * name is one of all these; the address. */
#define CHAIN_MOST 8
name_id memory_asked(const struct memory *m, const struct binding *line);
size_t memory_chain(const struct memory *m, const struct binding *line, const name_id **ret_names);
bool memory_has_led(const struct memory *m, const struct binding *line, name_id name);
struct addr memory_server(const struct memory *m, const struct binding *line);

/* Whether some clients or aliases could not be stored or, unless live, lines were dropped: of a capture's any may be
 * asked for. */
bool memory_full(const struct memory *m);

#endif
