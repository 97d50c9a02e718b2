/* Private to attribute/: what the memory of DNS is made of. memory.c writes the log, memory_numbers.c
 * numbers clients and servers, memory_index.c keeps the index, memory_recall.c answers from both. */
#ifndef ATTRIBUTE_MEMORY_INSIDE_H
#define ATTRIBUTE_MEMORY_INSIDE_H

#include <string.h>

#include "attribute/memory.h"
#include "base/map.h"

#define WALK_MOST 4096u /* most lines walked back for one query */

struct client {
	struct addr address;
	uint32_t newest; /* number of its newest line + 1 */
};

/* A hash table: the newest line, + 1, of a client and server pair, or of a server. At least a quarter of the slots
 * are free. */
struct heads {
	uint32_t *slots; /* NULL: not indexed */
	size_t size, n;
};

/* Bits by the hash of what will be queried; they fit the CPU cache. */
#define WANTED_BITS (1u << 20)
struct wanted {
	uint64_t pairs[WANTED_BITS / 64], servers[WANTED_BITS / 64];
};

struct memory {
	struct names *names;
	struct map numbers;     /* addr → number of a client */
	struct client *clients; /* by number */
	size_t client_room, client_n;
	struct {
		struct addr address;
		uint32_t number;
	} last; /* client of the last request */
	struct map six;         /* addr → number of an IPv6 server */
	struct addr *sixes;     /* by number; 0 is none */
	size_t six_room;
	struct binding *log; /* a ring once it is full */
	size_t room, most;
	uint64_t written;
	name_id *chains; /* number of aliases, name asked for, aliases, number, … */
	size_t chain_n, chain_room;
	struct heads told, any;
	struct wanted *wanted; /* NULL: all lines are */
	bool live; /* each line is indexed as it is written */
	bool full;
};

/* A server in the form that lines store. */
struct server {
	uint32_t number; /* UINT32_MAX: IPv6, and no line has it */
	bool v4;
};

static inline struct server server_at(const struct binding *b)
{
	return (struct server){b->server, b->v4};
}

static inline bool is_at(const struct binding *b, struct server s)
{
	return b->server == s.number && b->v4 == s.v4;
}

/* The server's stored form, if there is one already. */
static inline struct server server_of(const struct memory *m, const struct addr *a)
{
	struct server s = {UINT32_MAX, addr_is_v4(a)};

	if (s.v4) {
		memcpy(&s.number, a->b + 12, sizeof s.number);
		return s;
	}
	const uint32_t *number = map_find(&m->six, a);
	if (number)
		s.number = *number;
	return s;
}

static inline size_t lines_kept(const struct memory *m)
{
	return m->written < m->most ? (size_t)m->written : m->most;
}

static inline uint32_t newest_of(const struct memory *m, uint32_t client)
{
	return client <= m->client_n ? m->clients[client].newest : 0;
}

static inline uint64_t server_hash(struct server s, uint32_t client)
{
	return hash_mix((uint64_t)client << 32 | s.number, 0x9e3779b97f4a7c15u + s.v4);
}

static inline size_t head_home(const struct heads *h, uint32_t client, struct server s)
{
	return server_hash(s, client) & (h->size - 1);
}

/* The slot of a pair (client 0: of a server): it holds the newest line, or is free. */
static inline uint32_t *slot_of(const struct memory *m, const struct heads *h, uint32_t client, struct server s)
{
	size_t i = head_home(h, client, s);

	for (; h->slots[i]; i = (i + 1) & (h->size - 1)) {
		const struct binding *b = &m->log[h->slots[i] - 1];
		if (is_at(b, s) && (client == 0 || b->client == client))
			break;
	}
	return &h->slots[i];
}

/* memory_numbers.c: the stored form, assigned on first use. */
struct server memory_number_server(struct memory *m, const struct addr *a);
/* memory_index.c: index a new line; free the index. */
void memory_index_line(struct memory *m, size_t i);
void memory_index_free(struct memory *m);

#endif
