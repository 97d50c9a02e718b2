#include "attribute/memory_inside.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/map.h"
#include "base/pages.h"

#define AHEAD 16 /* lines: their slots are asked for before they are needed */
#define AHEAD_LINES 6 /* and what stands in the slots, when those have come */
#define WANTED_BITS (1u << 20) /* of hashes of servers asked about: fits a cache */

struct memory *memory_new(size_t most, struct names *names)
{
	struct memory *m = calloc(1, sizeof *m);

	if (!m)
		return NULL;
	m->names = names;
	m->most = most;
	m->chain_n = 1; /* 0 is no chain */
	map_init(&m->numbers, sizeof(struct addr), sizeof(uint32_t), most);
	return m;
}

static void index_free(struct memory *m)
{
	pages_free(m->told, m->index_size * sizeof *m->told);
	pages_free(m->any, m->index_size * sizeof *m->any);
	m->told = m->any = NULL;
}

void memory_free(struct memory *m)
{
	if (!m)
		return;
	map_release(&m->numbers);
	pages_free(m->clients, m->client_room * sizeof *m->clients);
	pages_free(m->log, m->room * sizeof *m->log);
	free(m->chains);
	free(m->wanted);
	index_free(m);
	free(m);
}

/* ---- clients */

static bool client_room(struct memory *m)
{
	if (m->client_n + 2 <= m->client_room)
		return true;
	size_t room = m->client_room ? m->client_room * 2 : 256;
	struct client *at = pages_grow(m->clients, m->client_room * sizeof *at, room * sizeof *at);
	if (!at)
		return false;
	m->clients = at;
	m->client_room = room;
	return true;
}

uint32_t memory_client(struct memory *m, const struct addr *client)
{
	/* Messages of one client come in a row: most of its query, its answer and its flow. */
	if (m->client_n && addr_equal(&m->clients[m->client_last].address, client))
		return m->client_last;
	bool new = false;
	uint32_t *number = client_room(m) ? map_put(&m->numbers, client, &new) : NULL;

	if (!number) {
		m->full = true;
		return 0;
	}
	if (new) {
		*number = (uint32_t)++m->client_n;
		m->clients[*number] = (struct client){.address = *client};
	}
	m->client_last = *number;
	return *number;
}

uint32_t memory_client_known(const struct memory *m, const struct addr *client)
{
	const uint32_t *number = map_find(&m->numbers, client);

	return number ? *number : 0;
}

void memory_client_prefetch(const struct memory *m, const struct addr *client)
{
	map_prefetch(&m->numbers, client);
}

const struct addr *memory_client_address(const struct memory *m, uint32_t client)
{
	return &m->clients[client].address;
}

size_t memory_client_count(const struct memory *m)
{
	return m->client_n;
}

/* ---- aliases */

static uint32_t chain_add(struct memory *m, const name_id *names, size_t n)
{
	if (n == 0)
		return 0;
	if (m->chain_n + n + 1 > m->chain_room) {
		size_t room = m->chain_room ? m->chain_room * 2 : 1024;
		name_id *at = room < m->most * 4 ? realloc(m->chains, room * sizeof *at) : NULL;
		if (!at) {
			m->full = true;
			return 0;
		}
		m->chains = at;
		m->chain_room = room;
	}
	uint32_t chain = (uint32_t)m->chain_n;
	m->chains[m->chain_n++] = (name_id)n;
	memcpy(m->chains + m->chain_n, names, n * sizeof *names);
	m->chain_n += n;
	return chain;
}

size_t memory_chain(const struct memory *m, uint32_t chain, const name_id **ret_names)
{
	if (chain == 0)
		return 0;
	*ret_names = m->chains + chain + 1;
	return m->chains[chain];
}

static void index_line(struct memory *m, size_t i);

/* ---- the log */

static struct binding *log_line(struct memory *m)
{
	if (m->written < m->most && m->written == m->room) {
		size_t room = m->room ? m->room * 2 : 4096;
		if (room > m->most)
			room = m->most;
		struct binding *at = pages_grow(m->log, m->room * sizeof *at, room * sizeof *at);
		if (!at) {
			m->full = true;
			return NULL;
		}
		m->log = at;
		m->room = room;
	}
	return &m->log[m->written++ % m->most];
}

/* Inline: what is filled in for it is written once, to where it stays. */
static inline __attribute__((always_inline)) bool log_add(struct memory *m, const struct binding *line)
{
	struct binding *b = log_line(m);

	if (!b)
		return false;
	struct client *client = &m->clients[line->client];
	*b = *line;
	b->before = client->newest;
	client->newest = (uint32_t)((m->written - 1) % m->most) + 1;
	if (m->live && !b->unread)
		index_line(m, (size_t)((m->written - 1) % m->most));
	if (m->live && m->written % m->most == 0)
		memory_index(m); /* the ring went round: forget what pointed to overwritten lines */
	return true;
}

/* The capture cut a good answer before its first address. One that its sender cut (TC) gave the client none. */
static void learn_unread(struct memory *m, const struct dns_message *message, const struct lesson *lesson)
{
	const struct fact *header = facts_find(message->facts, FACT_DNS_HEADER);
	const struct fact *question = facts_find(message->facts, FACT_DNS_QUESTION);
	static const uint8_t v4_mapped[12] = {[10] = 0xff, [11] = 0xff};
	struct binding line = {.time_us = message->time_us, .client = lesson->client, .asked = lesson->asked,
	                       .unread = true};

	if (!header || header->code || header->number || !question || (question->code != 1 && question->code != 28))
		return;
	if (question->code == 1)
		memcpy(line.server.b, v4_mapped, sizeof v4_mapped);
	log_add(m, &line);
}

void memory_learn(struct memory *m, const struct dns_message *message, const struct lesson *lesson)
{
	uint32_t chain = 0;
	bool first = true;

	for (unsigned i = 0; facts_have(message->facts, FACT_DNS_ADDRESS) && i < message->facts->n; i++) {
		const struct fact *f = &message->facts->list[i];
		if (f->kind != FACT_DNS_ADDRESS)
			continue;
		if (first)
			chain = chain_add(m, lesson->chain, lesson->chain_n);
		first = false;
		struct binding line = {.server = f->address, .time_us = message->time_us, .client = lesson->client,
		                       .asked = lesson->asked, .chain = chain, .taint = (uint8_t)lesson->taint};
		if (!log_add(m, &line))
			return;
	}
	if (first && message->cut)
		learn_unread(m, message, lesson);
}

void memory_taint(struct memory *m, uint32_t client, name_id asked, int64_t told_us, enum taint taint)
{
	uint32_t at = newest_of(m, client);

	for (unsigned walked = 0; at && walked < WALK_MOST; walked++) {
		struct binding *b = &m->log[at - 1];
		if (b->client != client || b->time_us < told_us)
			break;
		if (b->asked == asked && b->time_us == told_us)
			b->taint = (uint8_t)taint;
		at = b->before;
	}
}

/* ---- the index */

static uint32_t wanted_bit(const struct addr *server)
{
	return (uint32_t)hash_bytes(server, sizeof *server) & (WANTED_BITS - 1);
}

void memory_want(struct memory *m, const struct addr *server)
{
	if (!m->wanted)
		m->wanted = calloc(WANTED_BITS / 64, sizeof *m->wanted);
	if (!m->wanted)
		return; /* all is indexed then */
	m->wanted[wanted_bit(server) / 64] |= UINT64_C(1) << wanted_bit(server) % 64;
}

static bool is_wanted(const struct memory *m, const struct addr *server)
{
	uint32_t bit = wanted_bit(server);

	return !m->wanted || (m->wanted[bit / 64] >> bit % 64 & 1);
}

void memory_prefetch(const struct memory *m, uint32_t client, const struct addr *server)
{
	if (!m->told)
		return;
	__builtin_prefetch(&m->told[pair_slot(m, client, server)], 1);
	__builtin_prefetch(&m->any[pair_slot(m, 0, server)], 1);
}

void memory_prefetch_lines(const struct memory *m, uint32_t client, const struct addr *server)
{
	uint32_t told = m->told ? m->told[pair_slot(m, client, server)] : 0;
	uint32_t any = m->told ? m->any[pair_slot(m, 0, server)] : 0;

	if (told)
		__builtin_prefetch(&m->log[told - 1]);
	if (any)
		__builtin_prefetch(&m->log[any - 1]);
}

/* Ask the cache for what a line coming up needs. */
static void index_prefetch(const struct memory *m, const uint32_t *lines, size_t n, size_t k)
{
	if (k + AHEAD < n) {
		const struct binding *b = &m->log[lines[k + AHEAD]];
		memory_prefetch(m, b->client, &b->server);
	}
	if (k + AHEAD_LINES < n) {
		const struct binding *b = &m->log[lines[k + AHEAD_LINES]];
		memory_prefetch_lines(m, b->client, &b->server);
	}
}

static void index_line(struct memory *m, size_t i)
{
	struct binding *b = &m->log[i];
	uint32_t *slot = slot_of(m, m->told, b->client, &b->server);

	b->same = *slot;
	*slot = (uint32_t)i + 1;
	b->others = 0;
	if (b->taint != TAINT_NONE)
		return;
	slot = slot_of(m, m->any, 0, &b->server);
	b->others = *slot;
	*slot = (uint32_t)i + 1;
}

/* The lines to be indexed, oldest first; returns their number. */
static size_t lines_wanted(const struct memory *m, uint32_t *ret_lines)
{
	size_t n = m->written < m->most ? m->written : m->most, wanted = 0;

	for (size_t k = 0; k < n; k++) {
		size_t i = (size_t)((m->written - n + k) % m->most);
		if (!m->log[i].unread && is_wanted(m, &m->log[i].server))
			ret_lines[wanted++] = (uint32_t)i;
	}
	return wanted;
}

static bool index_new(struct memory *m, size_t room)
{
	index_free(m);
	for (m->index_size = 64; m->index_size < room; m->index_size *= 2)
		;
	m->told = pages_new(m->index_size * sizeof *m->told);
	m->any = pages_new(m->index_size * sizeof *m->any);
	return m->told && m->any;
}

/* Index what is wanted, oldest first, so that the newest heads each list.
 * room: of slots at least; 0: as many as the lines need. */
static void index_all(struct memory *m, size_t room)
{
	size_t n = m->written < m->most ? m->written : m->most;
	size_t bytes = (n + 1) * sizeof(uint32_t);
	uint32_t *lines = pages_new(bytes);

	n = lines ? lines_wanted(m, lines) : 0;
	if (!lines || !index_new(m, room ? room : n * 2)) {
		m->full = true;
		m->live = false;
		index_free(m);
		pages_free(lines, bytes);
		return;
	}
	for (size_t k = 0; k < n; k++) {
		index_prefetch(m, lines, n, k);
		index_line(m, lines[k]);
	}
	pages_free(lines, bytes);
}

void memory_seal(struct memory *m)
{
	m->live = false;
	index_all(m, 0);
}

void memory_index(struct memory *m)
{
	m->live = true;
	/* Until the ring has gone round once more, the slots of two rounds are taken. */
	index_all(m, m->most * 4);
}

/* ---- for who writes it down (memory_text.c) */

size_t memory_lines(const struct memory *m)
{
	return m->written < m->most ? (size_t)m->written : m->most;
}

const struct binding *memory_line(const struct memory *m, size_t i)
{
	return &m->log[(m->written - memory_lines(m) + i) % m->most];
}

struct names *memory_names(const struct memory *m)
{
	return m->names;
}

bool memory_full(const struct memory *m)
{
	return m->full;
}
