/* The index of the memory of DNS: which lines are about a client and a server, or about a server. */
#include <stdlib.h>
#include <string.h>

#include "attribute/memory_inside.h"
#include "base/pages.h"

#define AHEAD 16 /* lines: their slots are asked for before they are needed */
#define AHEAD_LINES 6 /* and what stands in the slots, when those have come */
#define WANTED_BITS (1u << 20) /* of hashes of servers asked about: fits a cache */
#define SLOTS_FIRST 4096u

static uint32_t wanted_bit(struct server s)
{
	return (uint32_t)server_hash(s, 0) & (WANTED_BITS - 1);
}

void memory_want(struct memory *m, const struct addr *server)
{
	struct server s = memory_number_server(m, server);

	if (!m->wanted)
		m->wanted = calloc(WANTED_BITS / 64, sizeof *m->wanted);
	if (!m->wanted)
		return; /* all is indexed then */
	m->wanted[wanted_bit(s) / 64] |= UINT64_C(1) << wanted_bit(s) % 64;
}

static bool is_wanted(const struct memory *m, struct server s)
{
	uint32_t bit = wanted_bit(s);

	return !m->wanted || (m->wanted[bit / 64] >> bit % 64 & 1);
}

/* ---- before questions */

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

/* ---- the heads */

void memory_index_free(struct memory *m)
{
	pages_free(m->told.slots, m->told.size * sizeof *m->told.slots);
	pages_free(m->any.slots, m->any.size * sizeof *m->any.slots);
	m->told = m->any = (struct heads){0};
}

/* Whether line a was written behind line b. */
static bool is_newer(const struct memory *m, uint32_t a, uint32_t b)
{
	size_t oldest = m->written < m->most ? 0 : (size_t)(m->written % m->most);

	return (a + m->most - oldest) % m->most > (b + m->most - oldest) % m->most;
}

/* Where lines were overwritten, two slots may have come to stand for one pair. */
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

static bool heads_begin(struct heads *h, size_t least)
{
	*h = (struct heads){.size = SLOTS_FIRST};
	while (h->size < least)
		h->size *= 2;
	h->slots = pages_new(h->size * sizeof *h->slots);
	return h->slots != NULL;
}

/* Room for one more. */
static bool ensure_slots(const struct memory *m, struct heads *h, bool pairs)
{
	struct heads larger;

	if (h->n < h->size / 2)
		return true;
	if (!heads_begin(&larger, h->size * 2))
		return false;
	move_heads(m, h, &larger, pairs);
	pages_free(h->slots, h->size * sizeof *h->slots);
	*h = larger;
	return true;
}

/* Returns the head before. */
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
	b->same = put_head(m, &m->told, b->client, i);
	b->others = b->taint == TAINT_NONE ? put_head(m, &m->any, 0, i) : 0;
}

/* ---- all lines */

/* The lines to be indexed, oldest first; returns their number. */
static size_t lines_wanted(const struct memory *m, uint32_t *ret_lines)
{
	size_t n = memory_lines(m), wanted = 0;

	for (size_t k = 0; k < n; k++) {
		size_t i = (size_t)((m->written - n + k) % m->most);
		if (!m->log[i].unread && is_wanted(m, server_at(&m->log[i])))
			ret_lines[wanted++] = (uint32_t)i;
	}
	return wanted;
}

/* Ask the cache for what a line coming up needs. */
static void index_prefetch(const struct memory *m, const uint32_t *lines, size_t n, size_t k)
{
	if (!m->told.slots)
		return;
	if (k + AHEAD < n) {
		const struct binding *b = &m->log[lines[k + AHEAD]];
		prefetch(m, b->client, server_at(b));
	}
	if (k + AHEAD_LINES < n) {
		const struct binding *b = &m->log[lines[k + AHEAD_LINES]];
		prefetch_lines(m, b->client, server_at(b));
	}
}

/* Index what is wanted, oldest first, so that the newest heads each list. */
static void index_all(struct memory *m)
{
	size_t bytes = (memory_lines(m) + 1) * sizeof(uint32_t);
	uint32_t *lines = pages_new(bytes);
	size_t n = lines ? lines_wanted(m, lines) : 0;

	memory_index_free(m);
	/* Most lines are about a pair of their own, and few about a server of its own. */
	if (!lines || !heads_begin(&m->told, n) || !heads_begin(&m->any, 0)) {
		m->full = true;
		m->live = false;
		memory_index_free(m);
	}
	for (size_t k = 0; k < n; k++) {
		index_prefetch(m, lines, n, k);
		memory_index_line(m, lines[k]);
	}
	pages_free(lines, bytes);
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
