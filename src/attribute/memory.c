#include "attribute/memory_inside.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/pages.h"

struct memory *memory_new(size_t most, struct names *names)
{
	struct memory *m = calloc(1, sizeof *m);

	if (!m)
		return NULL;
	m->names = names;
	m->most = most;
	m->chain_n = 1; /* 0 is no chain */
	map_init(&m->numbers, sizeof(struct addr), sizeof(uint32_t), most);
	map_init(&m->six, sizeof(struct addr), sizeof(uint32_t), most);
	return m;
}

void memory_free(struct memory *m)
{
	if (!m)
		return;
	map_release(&m->numbers);
	map_release(&m->six);
	pages_free(m->sixes, m->six_room * sizeof *m->sixes);
	pages_free(m->clients, m->client_room * sizeof *m->clients);
	pages_free(m->log, m->room * sizeof *m->log);
	free(m->chains);
	free(m->wanted);
	memory_index_free(m);
	free(m);
}

/* ---- aliases */

/* Store the name and the aliases that follow; returns their position, 0: not stored. */
static uint32_t chain_add(struct memory *m, name_id asked, const name_id *names, size_t n)
{
	if (n == 0)
		return 0;
	if (m->chain_n + n + 2 > m->chain_room) {
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
	m->chains[m->chain_n++] = asked;
	memcpy(m->chains + m->chain_n, names, n * sizeof *names);
	m->chain_n += n;
	return chain;
}

name_id memory_asked(const struct memory *m, const struct binding *line)
{
	return line->chained ? m->chains[line->led + 1] : line->led;
}

size_t memory_chain(const struct memory *m, const struct binding *line, const name_id **ret_names)
{
	if (!line->chained)
		return 0;
	*ret_names = m->chains + line->led + 2;
	return m->chains[line->led];
}

bool memory_has_led(const struct memory *m, const struct binding *line, name_id name)
{
	const name_id *names = NULL;
	size_t n = memory_chain(m, line, &names);

	for (size_t i = 0; i < n; i++)
		if (names[i] == name)
			return true;
	return memory_asked(m, line) == name;
}

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

/* Inlined so that the line is written once, directly to its final place. */
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
		memory_index_line(m, (size_t)((m->written - 1) % m->most));
	if (m->live && m->written % m->most == 0)
		memory_index(m); /* the ring wrapped: unlink what pointed to overwritten lines */
	return true;
}

/* The capture cut a successful answer before its first address. One truncated by the sender (TC) gave the client
 * none. */
static void learn_unread(struct memory *m, const struct dns_message *message, const struct lesson *lesson)
{
	const struct fact *header = facts_find(message->facts, FACT_DNS_HEADER);
	const struct fact *question = facts_find(message->facts, FACT_DNS_QUESTION);
	struct binding line = {.time_us = message->time_us, .client = lesson->client, .led = lesson->asked,
	                       .unread = true};

	if (!header || header->code || header->number || !question || (question->code != 1 && question->code != 28))
		return;
	line.v4 = question->code == 1;
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
			chain = chain_add(m, lesson->asked, lesson->chain, lesson->chain_n);
		first = false;
		struct server server = memory_number_server(m, &f->address);
		struct binding line = {.time_us = message->time_us, .taint = (uint8_t)lesson->taint, .v4 = server.v4,
		                       .chained = chain != 0, .server = server.number, .client = lesson->client,
		                       .led = chain ? chain : lesson->asked};
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
		if (memory_asked(m, b) == asked && b->time_us == told_us)
			b->taint = (uint8_t)taint;
		at = b->before;
	}
}

/* ---- for saving and loading (memory_text.c) */

size_t memory_lines(const struct memory *m)
{
	return lines_kept(m);
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
	return m->full || (!m->live && m->written > m->most);
}
