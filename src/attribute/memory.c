#include "attribute/memory.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/map.h"

#define ANY_MOST 16u  /* different names kept of one address over all clients */
#define TOLD_MOST 64u /* turns kept of one client and address: names that share it are asked for in turn */

struct pair {
	uint32_t client, server;
};

/* Growing array of things known by number; number 0 is never used. */
struct numbered {
	uint8_t *at;
	size_t n, room, bytes;
};

struct memory {
	struct names *names;
	struct map clients;  /* addr → number */
	struct map servers;  /* addr → number */
	struct map told;     /* pair → head of bindings */
	struct map chains;   /* names → chain number */
	struct numbered client_addrs;
	struct numbered any;      /* by server: head of bindings of all clients */
	struct numbered bindings;
	struct numbered chain_list;
	size_t most;
	bool full;
};

struct chain_key {
	name_id names[CHAIN_MOST];
};

static void *numbered_at(const struct numbered *n, uint32_t i)
{
	return n->at + (size_t)i * n->bytes;
}

static uint32_t numbered_add(struct numbered *n, size_t most)
{
	size_t i = n->n ? n->n : 1;

	if (i > most)
		return 0;
	if (i + 1 > n->room) {
		size_t room = n->room ? n->room * 2 : 256;
		uint8_t *at = realloc(n->at, room * n->bytes);
		if (!at)
			return 0;
		n->at = at;
		n->room = room;
	}
	n->n = i + 1;
	memset(numbered_at(n, (uint32_t)i), 0, n->bytes);
	return (uint32_t)i;
}

struct memory *memory_new(size_t most, struct names *names)
{
	struct memory *m = calloc(1, sizeof *m);

	if (!m)
		return NULL;
	m->names = names;
	m->most = most;
	map_init(&m->clients, sizeof(struct addr), sizeof(uint32_t), most);
	map_init(&m->servers, sizeof(struct addr), sizeof(uint32_t), most);
	map_init(&m->told, sizeof(struct pair), sizeof(uint32_t), most);
	map_init(&m->chains, sizeof(struct chain_key), sizeof(uint32_t), most);
	m->client_addrs.bytes = sizeof(struct addr);
	m->any.bytes = sizeof(uint32_t);
	m->bindings.bytes = sizeof(struct binding);
	m->chain_list.bytes = sizeof(struct chain_key);
	return m;
}

void memory_free(struct memory *m)
{
	if (!m)
		return;
	map_release(&m->clients);
	map_release(&m->servers);
	map_release(&m->told);
	map_release(&m->chains);
	free(m->client_addrs.at);
	free(m->any.at);
	free(m->bindings.at);
	free(m->chain_list.at);
	free(m);
}

uint32_t memory_client_find(const struct memory *m, const struct addr *client)
{
	const uint32_t *number = map_find(&m->clients, client);

	return number ? *number : 0;
}

uint32_t memory_client(struct memory *m, const struct addr *client)
{
	bool new;
	uint32_t *number = map_put(&m->clients, client, &new);

	if (!number) {
		m->full = true;
		return 0;
	}
	if (new) {
		*number = numbered_add(&m->client_addrs, m->most);
		if (*number)
			memcpy(numbered_at(&m->client_addrs, *number), client, sizeof *client);
	}
	return *number;
}

const struct addr *memory_client_address(const struct memory *m, uint32_t client)
{
	return numbered_at(&m->client_addrs, client);
}

size_t memory_client_count(const struct memory *m)
{
	return m->client_addrs.n ? m->client_addrs.n - 1 : 0;
}

static uint32_t server_number(struct memory *m, const struct addr *server)
{
	bool new;
	uint32_t *number = map_put(&m->servers, server, &new);

	if (!number)
		return 0;
	if (new)
		*number = numbered_add(&m->any, m->most);
	return *number;
}

static uint32_t chain_number(struct memory *m, const name_id *names, size_t n)
{
	struct chain_key key = {0};
	bool new;

	if (n == 0)
		return 0;
	memcpy(key.names, names, n * sizeof *names);
	uint32_t *number = map_put(&m->chains, &key, &new);
	if (!number)
		return 0;
	if (new) {
		*number = numbered_add(&m->chain_list, m->most);
		if (*number)
			memcpy(numbered_at(&m->chain_list, *number), &key, sizeof key);
	}
	return *number;
}

size_t memory_chain(const struct memory *m, uint32_t chain, const name_id **ret_names)
{
	size_t n = 0;

	if (chain == 0)
		return 0;
	const struct chain_key *key = numbered_at(&m->chain_list, chain);
	while (n < CHAIN_MOST && key->names[n])
		n++;
	*ret_names = key->names;
	return n;
}

size_t memory_aliases(struct names *names, const struct facts *facts, name_id asked, name_id ret_chain[static CHAIN_MOST])
{
	const char *at = names_text(names, asked);
	size_t n = 0;

	/* Records may come in any order; a loop ends with the chain's room. */
	for (bool moved = true; moved && n < CHAIN_MOST;) {
		moved = false;
		for (unsigned i = 0; i < facts->n && !moved; i++) {
			const struct fact *f = &facts->list[i];
			if (f->kind != FACT_DNS_ALIAS || strcmp(f->name, at) != 0)
				continue;
			name_id next = names_intern(names, f->other, strlen(f->other));
			if (!next)
				return n;
			ret_chain[n++] = next;
			at = names_text(names, next);
			moved = true;
		}
	}
	return n;
}

static bool in_chain(const struct memory *m, uint32_t chain, name_id name)
{
	const name_id *names = NULL;
	size_t n = memory_chain(m, chain, &names);

	for (size_t i = 0; i < n; i++)
		if (names[i] == name)
			return true;
	return false;
}

/* Add or refresh a binding in a list of at most `most`. In turns, only the
 * newest is refreshed: the list is the history of who was asked for when. */
static void bind(struct memory *m, uint32_t *head, const struct binding *b, size_t most, bool turns)
{
	size_t seen = 0;
	struct binding *oldest = NULL;

	for (uint32_t i = *head; i; seen++) {
		struct binding *at = numbered_at(&m->bindings, i);
		if (at->asked == b->asked && at->chain == b->chain && at->taint == b->taint && (!turns || seen == 0)) {
			at->last_us = b->last_us;
			at->client = b->client;
			if (b->ttl_s > at->ttl_s)
				at->ttl_s = b->ttl_s;
			return;
		}
		if (!oldest || at->last_us < oldest->last_us)
			oldest = at;
		i = at->next;
	}
	if (seen >= most) {
		uint32_t next = oldest->next;
		*oldest = *b;
		oldest->next = next;
		return;
	}
	uint32_t new = numbered_add(&m->bindings, m->most);
	if (!new) {
		m->full = true;
		return;
	}
	struct binding *at = numbered_at(&m->bindings, new);
	*at = *b;
	at->next = *head;
	*head = new;
}

static void learn_address(struct memory *m, const struct addr *client, const struct addr *server, const struct binding *b)
{
	struct pair pair = {b->client, server_number(m, server)};

	if (!pair.server || !pair.client || addr_is_none(client)) {
		m->full = true;
		return;
	}
	uint32_t *head = map_put(&m->told, &pair, NULL);
	if (!head) {
		m->full = true;
		return;
	}
	bind(m, head, b, TOLD_MOST, true);
	if (b->taint == TAINT_NONE)
		bind(m, numbered_at(&m->any, pair.server), b, ANY_MOST, false);
}

void memory_learn(struct memory *m, const struct dns_message *message, enum taint taint)
{
	const struct fact *question = facts_find(message->facts, FACT_DNS_QUESTION);
	name_id chain[CHAIN_MOST];

	if (!message->response || !question || !facts_find(message->facts, FACT_DNS_ADDRESS))
		return;
	name_id asked = names_intern(m->names, question->name, strlen(question->name));
	if (!asked) {
		m->full = true;
		return;
	}
	size_t n = memory_aliases(m->names, message->facts, asked, chain);
	struct binding b = {
	    .asked = asked,
	    .chain = chain_number(m, chain, n),
	    .client = memory_client(m, &message->client),
	    .first_us = message->time_us,
	    .last_us = message->time_us,
	    .taint = (uint8_t)taint,
	};
	for (unsigned i = 0; i < message->facts->n; i++) {
		const struct fact *f = &message->facts->list[i];
		if (f->kind != FACT_DNS_ADDRESS)
			continue;
		b.ttl_s = f->number;
		learn_address(m, &message->client, &f->address, &b);
	}
}

/* Of a list: the newest asked for before, else the earliest after. A name that
 * was asked for again counts with its last time before. */
static const struct binding *best_at(const struct memory *m, uint32_t head, int64_t time_us, bool before_only)
{
	const struct binding *before = NULL, *after = NULL;

	for (uint32_t i = head; i;) {
		const struct binding *b = numbered_at(&m->bindings, i);
		i = b->next;
		if (b->first_us <= time_us) {
			int64_t at = b->last_us <= time_us ? b->last_us : b->first_us;
			int64_t best = !before ? INT64_MIN : before->last_us <= time_us ? before->last_us : before->first_us;
			if (!before || at > best)
				before = b;
		} else if (!after || b->first_us < after->first_us) {
			after = b;
		}
	}
	return before || before_only ? before : after;
}

static uint32_t told_head(const struct memory *m, const struct addr *client, const struct addr *server)
{
	const uint32_t *number = map_find(&m->servers, server);
	struct pair pair = {memory_client_find(m, client), number ? *number : 0};
	const uint32_t *head = pair.client && pair.server ? map_find(&m->told, &pair) : NULL;

	return head ? *head : 0;
}

const struct binding *memory_recall(const struct memory *m, const struct addr *client, const struct addr *server,
                                    int64_t time_us, bool before_only)
{
	return best_at(m, told_head(m, client, server), time_us, before_only);
}

const struct binding *memory_recall_name(const struct memory *m, const struct addr *client, const struct addr *server,
                                         name_id name)
{
	for (uint32_t i = told_head(m, client, server); i;) {
		const struct binding *b = numbered_at(&m->bindings, i);
		if (b->asked == name || in_chain(m, b->chain, name))
			return b;
		i = b->next;
	}
	return NULL;
}

const struct binding *memory_recall_any(const struct memory *m, const struct addr *server, int64_t time_us)
{
	const uint32_t *number = map_find(&m->servers, server);
	const uint32_t *head = number && *number ? numbered_at(&m->any, *number) : NULL;

	return head ? best_at(m, *head, time_us, false) : NULL;
}

bool memory_full(const struct memory *m)
{
	return m->full;
}
