/* What DNS said: which client was told which address for which name, when, and
 * over which aliases. Answers are kept beyond their TTL, since programs keep
 * using addresses that they hold. */
#ifndef ATTRIBUTE_MEMORY_H
#define ATTRIBUTE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/names.h"
#include "flow/lookup_message.h"

struct memory; /* opaque */

/* Why an address is not what it seems. */
enum taint { TAINT_NONE, TAINT_SINKHOLE, TAINT_FORGED };

/* One answer: `asked` led over the chain to an address. Times are sane. */
struct binding {
	uint32_t next;
	name_id asked;
	uint32_t chain;   /* aliases between, memory_chain(); 0 none */
	uint32_t client;  /* number of the client that was told so */
	int64_t first_us, last_us;
	uint32_t ttl_s;
	uint8_t taint;
};

/* most: bindings kept; names: shared with the caller. NULL: out of memory. */
struct memory *memory_new(size_t most, struct names *names);
void memory_free(struct memory *m);

/* Numbers for addresses of clients and servers (never 0); 0: full. */
uint32_t memory_client(struct memory *m, const struct addr *client);
uint32_t memory_client_find(const struct memory *m, const struct addr *client);
const struct addr *memory_client_address(const struct memory *m, uint32_t client);
size_t memory_client_count(const struct memory *m);

/* Learn the answer that a response holds; messages without addresses teach nothing. */
void memory_learn(struct memory *m, const struct dns_message *message, enum taint taint);

/* The binding that best explains why `client` talks to `server` at time_us: the
 * name asked for last before it; else the first asked for after it (an answer
 * that the capture shows later), unless before_only. NULL: none. */
const struct binding *memory_recall(const struct memory *m, const struct addr *client, const struct addr *server,
                                    int64_t time_us, bool before_only);
/* The binding of this client and server for a name (asked or in the chain). */
const struct binding *memory_recall_name(const struct memory *m, const struct addr *client, const struct addr *server,
                                         name_id name);
/* The same as memory_recall from what other clients were told: the newest before, else the next. */
const struct binding *memory_recall_any(const struct memory *m, const struct addr *server, int64_t time_us);

/* The aliases of a binding, in order; returns their number. */
#define CHAIN_MOST 8
size_t memory_chain(const struct memory *m, uint32_t chain, const name_id **ret_names);

/* Whether something could not be kept. */
bool memory_full(const struct memory *m);

/* Follow the aliases of a response from the name asked for, in order. */
size_t memory_aliases(struct names *names, const struct facts *facts, name_id asked, name_id ret_chain[static CHAIN_MOST]);

#endif
