/* Private to attribute/: what the memory of DNS is made of. memory.c writes it and keeps
 * the index, memory_recall.c answers from both. */
#ifndef ATTRIBUTE_MEMORY_INSIDE_H
#define ATTRIBUTE_MEMORY_INSIDE_H

#include <string.h>

#include "attribute/memory.h"
#include "base/map.h"

#define WALK_MOST 4096u /* lines walked back at most for one question */

struct client {
	struct addr address;
	uint32_t newest; /* number of its newest line + 1 */
};

struct memory {
	struct names *names;
	struct map numbers;     /* addr → number of a client */
	struct client *clients; /* by number */
	size_t client_room, client_n;
	uint32_t client_last; /* asked for most lately */
	struct binding *log; /* a ring once it is full */
	size_t room, most;
	uint64_t written;
	name_id *chains; /* count, names, count, names, … */
	size_t chain_n, chain_room;
	uint32_t *told, *any; /* indexed: by hash, the newest line of a pair or server + 1 */
	size_t index_size;
	uint64_t *wanted; /* bits by hash of a server; NULL: all are wanted */
	bool live; /* each line is indexed as it is written */
	bool full;
};

static inline uint32_t newest_of(const struct memory *m, uint32_t client)
{
	return client <= m->client_n ? m->clients[client].newest : 0;
}

static inline bool in_chain(const struct memory *m, const struct binding *b, name_id name)
{
	const name_id *names = NULL;
	size_t n = memory_chain(m, b->chain, &names);

	for (size_t i = 0; i < n; i++)
		if (names[i] == name)
			return true;
	return b->asked == name;
}

static inline size_t pair_slot(const struct memory *m, uint32_t client, const struct addr *server)
{
	uint64_t a, b;

	memcpy(&a, server->b, 8);
	memcpy(&b, server->b + 8, 8);
	return hash_mix(a + client, b) & (m->index_size - 1);
}

/* The slot of a pair (client 0: of a server): where its newest line stands, or nothing. */
static inline uint32_t *slot_of(const struct memory *m, uint32_t *index, uint32_t client, const struct addr *server)
{
	size_t i = pair_slot(m, client, server);

	for (; index[i]; i = (i + 1) & (m->index_size - 1)) {
		const struct binding *b = &m->log[index[i] - 1];
		if (addr_equal(&b->server, server) && (client == 0 || b->client == client))
			break;
	}
	return &index[i];
}

#endif
