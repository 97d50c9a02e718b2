/* What DNS said: which client was told which address for which name, when, and
 * over which aliases. Answers are kept beyond their TTL, since programs keep
 * using addresses that they hold.
 *
 * It is a log: a message costs one line of it for each address and nothing
 * else. It is indexed when it is asked: once, when a capture is over. */
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

/* One line: at time_us a name led to an address, perhaps over aliases. What it says of them is asked of the
 * memory below. There are as many as answers, so a line is half a line of the cache. */
struct binding {
	int64_t time_us : 56;  /* sane */
	uint8_t taint : 2;
	bool unread : 1;       /* the capture has not the addresses: server tells their family alone */
	bool v4 : 1;           /* the family of server */
	bool chained : 1;
	uint32_t server;       /* the IPv4 address; of IPv6 its number in the memory, 0: none */
	uint32_t client;       /* number of the client that was told so */
	uint32_t led;          /* the name asked for; chained: where it and its aliases are in the memory */
	uint32_t before;       /* the client's line before: number + 1 */
	uint32_t same;         /* indexed: the line before of this client and server: number + 1 */
	uint32_t others;       /* indexed: the line before of this server: number + 1 */
};
_Static_assert(sizeof(struct binding) == 32, "there are millions");

/* most: lines kept, then the oldest go; names: shared with the caller. NULL: out of memory. */
struct memory *memory_new(size_t most, struct names *names);
void memory_free(struct memory *m);

/* Numbers for clients (never 0); 0: full. */
uint32_t memory_client(struct memory *m, const struct addr *client);
/* The number of one that may have none yet: 0. And, before, ask the cache for where it stands. */
uint32_t memory_client_known(const struct memory *m, const struct addr *client);
void memory_client_prefetch(const struct memory *m, const struct addr *client);
const struct addr *memory_client_address(const struct memory *m, uint32_t client);
size_t memory_client_count(const struct memory *m);

/* What one response taught, beside its addresses. */
struct lesson {
	uint32_t client;
	name_id asked;
	const name_id *chain; /* aliases worth keeping */
	size_t chain_n;
	enum taint taint;
};

/* Log the addresses of a response; of one that the capture cut before the first, that there were some. */
void memory_learn(struct memory *m, const struct dns_message *message, const struct lesson *lesson);

/* What a client was told for a name at that time was a lie. */
void memory_taint(struct memory *m, uint32_t client, name_id asked, int64_t told_us, enum taint taint);

/* Say that this client and server will be asked about: when any were, memory_seal() may
 * leave out the lines of those that were not. */
void memory_want(struct memory *m, uint32_t client, const struct addr *server);

/* Index the log: once at the end of a capture; or, live, at the beginning, and
 * then each line as it is written. */
void memory_seal(struct memory *m);
void memory_index(struct memory *m);

/* The lines, oldest first; the names that they use. */
size_t memory_lines(const struct memory *m);
const struct binding *memory_line(const struct memory *m, size_t i);
struct names *memory_names(const struct memory *m);

/* Write the lines since a time for another run, of the newest `most` alone; text, in the order of time. */
void memory_save(const struct memory *m, int64_t since_us, size_t most, struct text *out);
/* Learn such lines; those that make no sense are left out. */
void memory_load(struct memory *m, const char *text, size_t n);

#define AT_ONCE_US (2 * SECOND_US) /* a client that asks in order to connect does so within */

/* The line that best explains why `client` talks to `server` at time_us: the
 * newest before it; else (indexed only) the first after it. NULL: none. */
const struct binding *memory_recall(const struct memory *m, uint32_t client, const struct addr *server,
                                    int64_t time_us);
/* The line before of the same client and server, while the address may be held since (indexed only). */
const struct binding *memory_recall_older(const struct memory *m, const struct binding *line, int64_t time_us);
/* The newest line of this client and server for a name (asked or in the chain). */
const struct binding *memory_recall_name(const struct memory *m, uint32_t client, const struct addr *server,
                                         name_id name);
/* The same as memory_recall from what anybody was told (indexed only). */
const struct binding *memory_recall_any(const struct memory *m, const struct addr *server, int64_t time_us);
/* Whether anybody was told that a name (asked or in the chain) is at the server (indexed only). */
bool memory_is_named(const struct memory *m, const struct addr *server, name_id name);

/* Whether a client that went to a server without a name to be seen may have meant another one than `line` (what
 * memory_recall(), or else memory_recall_any(), found): it was told for another name that it is there, or the capture
 * has not what it was told. */
bool memory_may_mean_another(const struct memory *m, uint32_t client, const struct addr *server, int64_t time_us,
                             const struct binding *line);
/* Whether the capture has not what the client was told right before. */
bool memory_unread(const struct memory *m, uint32_t client, const struct addr *server, int64_t time_us);

/* Whether the client was told an honest address for a name between two times. */
bool memory_knows(const struct memory *m, uint32_t client, name_id name, int64_t from_us, int64_t to_us);

/* Ask the cache for what a question about this client and server will need (indexed):
 * first where it is looked up, some questions later what stands there. */
void memory_prefetch(const struct memory *m, uint32_t client, const struct addr *server);
void memory_prefetch_lines(const struct memory *m, uint32_t client, const struct addr *server);

/* The name that a line's client asked for; the aliases, in order, that led on from it, and their number; whether a
 * name is one of all these; the address. */
#define CHAIN_MOST 8
name_id memory_asked(const struct memory *m, const struct binding *line);
size_t memory_chain(const struct memory *m, const struct binding *line, const name_id **ret_names);
bool memory_has_led(const struct memory *m, const struct binding *line, name_id name);
struct addr memory_server(const struct memory *m, const struct binding *line);

/* Whether clients or aliases could not be kept. */
bool memory_full(const struct memory *m);

#endif
