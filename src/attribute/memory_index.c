/* The index of the memory of DNS: which lines are about a client and a server, or about a server. */
#include <stdlib.h>

#include "attribute/memory_inside.h"
#include "base/pages.h"

#define AHEAD 16 /* lines: prefetch distance for their slots */
#define AHEAD_LINES 6 /* and for what the slots point to, when those have arrived */
#define SLOTS_FIRST 4096u

static void want(uint64_t *bits, uint64_t hash)
{
	uint64_t bit = hash & (WANTED_BITS - 1);

	bits[bit / 64] |= UINT64_C(1) << bit % 64;
}

static bool is_wanted(const uint64_t *bits, uint64_t hash)
{
	uint64_t bit = hash & (WANTED_BITS - 1);

	return bits[bit / 64] >> bit % 64 & 1;
}

void memory_want(struct memory *m, uint32_t client, const struct addr *server)
{
	struct server s = memory_number_server(m, server);

	if (!m->wanted)
		m->wanted = calloc(1, sizeof *m->wanted);
	if (!m->wanted)
		return; /* everything is indexed then */
	want(m->wanted->pairs, server_hash(s, client));
	want(m->wanted->servers, server_hash(s, 0));
}

static bool is_pair_wanted(const struct memory *m, const struct binding *b)
{
	return !m->wanted || is_wanted(m->wanted->pairs, server_hash(server_at(b), b->client));
}

static bool is_server_wanted(const struct memory *m, const struct binding *b)
{
	return !m->wanted || is_wanted(m->wanted->servers, server_hash(server_at(b), 0));
}

/* ---- before queries */

static void prefetch(const struct memory *m, uint32_t client, struct server s)
{
	__builtin_prefetch(&m->told.slots[head_home(&m->told, client, s)], 1);
	__builtin_prefetch(&m->any.slots[head_home(&m->any, 0, s)], 1);
}

static void prefetch_lines(const struct memory *m, uint32_t client, struct server s)
{
	uint32_t told = m->told.slots[head_home(&m->told, client, s)];
	uint32_t any = m->any.slots[head_home(&m->any, 0, s)];

	if (told)
		__builtin_prefetch(&m->log[told - 1]);
	if (any)
		__builtin_prefetch(&m->log[any - 1]);
}

void memory_prefetch(const struct memory *m, uint32_t client, const struct addr *server)
{
	if (m->told.slots)
		prefetch(m, client, server_of(m, server));
}

void memory_prefetch_lines(const struct memory *m, uint32_t client, const struct addr *server)
{
	if (m->told.slots)
		prefetch_lines(m, client, server_of(m, server));
}

/* ---- the heads of the lists */

void memory_index_free(struct memory *m)
{
	pages_free(m->told.slots, m->told.size * sizeof *m->told.slots);
	pages_free(m->any.slots, m->any.size * sizeof *m->any.slots);
	m->told = m->any = (struct heads){0};
}

/* Whether line a was written after line b. */
static bool is_newer(const struct memory *m, uint32_t a, uint32_t b)
{
	size_t oldest = m->written < m->most ? 0 : (size_t)(m->written % m->most);

	return (a + m->most - oldest) % m->most > (b + m->most - oldest) % m->most;
}

/* After lines were overwritten, two slots may stand for the same pair. */
static void move_heads(const struct memory *m, const struct heads *from, struct heads *to, bool pairs)
{
	for (size_t i = 0; i < from->size; i++) {
		if (!from->slots[i])
			continue;
		uint32_t line = from->slots[i] - 1;
		const struct binding *b = &m->log[line];
		uint32_t *slot = slot_of(m, to, pairs ? b->client : 0, server_at(b));
		to->n += *slot == 0;
		if (*slot == 0 || is_newer(m, line, *slot - 1))
			*slot = line + 1;
	}
}

static bool heads_new(struct heads *h, size_t size)
{
	*h = (struct heads){.size = size, .slots = pages_new(size * sizeof *h->slots)};
	return h->slots != NULL;
}

/* Make room for one more. */
static bool ensure_slots(const struct memory *m, struct heads *h, bool pairs)
{
	struct heads larger;

	if (h->n < h->size / 4 * 3)
		return true;
	if (!heads_new(&larger, h->size * 2))
		return false;
	move_heads(m, h, &larger, pairs);
	pages_free(h->slots, h->size * sizeof *h->slots);
	*h = larger;
	return true;
}

/* Returns the previous head. */
static uint32_t put_head(const struct memory *m, struct heads *h, uint32_t client, size_t line)
{
	uint32_t *slot = slot_of(m, h, client, server_at(&m->log[line])), before = *slot;

	h->n += before == 0;
	*slot = (uint32_t)line + 1;
	return before;
}

void memory_index_line(struct memory *m, size_t i)
{
	struct binding *b = &m->log[i];

	if (!m->told.slots)
		return;
	if (!ensure_slots(m, &m->told, true) || !ensure_slots(m, &m->any, false)) {
		m->full = true;
		m->live = false;
		memory_index_free(m);
		return;
	}
	b->same = is_pair_wanted(m, b) ? put_head(m, &m->told, b->client, i) : 0;
	b->others = b->taint == TAINT_NONE ? put_head(m, &m->any, 0, i) : 0;
}

/* ---- all lines */

/* The k-th line after the oldest. */
static size_t line_at(const struct memory *m, size_t lines, size_t k)
{
	size_t i = (size_t)(m->written % m->most) + k;

	return lines < m->most ? k : i < m->most ? i : i - m->most;
}

/* Prefetch what an upcoming line needs. */
static void index_prefetch(const struct memory *m, size_t lines, size_t k)
{
	if (k + AHEAD >= lines)
		return;
	const struct binding *far = &m->log[line_at(m, lines, k + AHEAD)];
	const struct binding *nearer = &m->log[line_at(m, lines, k + AHEAD_LINES)];
	if (is_server_wanted(m, far))
		prefetch(m, far->client, server_at(far));
	if (is_server_wanted(m, nearer))
		prefetch_lines(m, nearer->client, server_at(nearer));
}

/* Index the wanted lines, oldest first, so that the newest is the head of each list. */
static void index_all(struct memory *m)
{
	size_t lines = lines_kept(m);

	memory_index_free(m);
	if (!heads_new(&m->told, SLOTS_FIRST) || !heads_new(&m->any, SLOTS_FIRST)) {
		m->full = true;
		m->live = false;
		memory_index_free(m);
	}
	for (size_t k = 0; m->told.slots && k < lines; k++) {
		index_prefetch(m, lines, k);
		size_t i = line_at(m, lines, k);
		if (!m->log[i].unread && is_server_wanted(m, &m->log[i]))
			memory_index_line(m, i);
	}
}

void memory_seal(struct memory *m)
{
	m->live = false;
	index_all(m);
}

void memory_index(struct memory *m)
{
	m->live = true;
	index_all(m);
}
