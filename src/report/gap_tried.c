/* Collects attempts from the database (gap_attempts.c) or the ledger (gap_ledger.c). */
#include <string.h>

#include "base/pages.h"
#include "report/reading.h"

/* Not from the pool, which would keep each outgrown array. */
enum err incidents_reserve(struct gap *g, size_t n)
{
	size_t bytes = g->incident_room * sizeof *g->incidents, room = g->incident_room ? g->incident_room : 256;

	if (n <= g->incident_room)
		return ERR_OK;
	while (room < n)
		room *= 2;
	struct gap_incident *grown = pages_grow(g->incidents, bytes, room * sizeof *grown);
	if (!grown)
		return memory_failed();
	g->incidents = grown;
	g->incident_room = room;
	return ERR_OK;
}

/* The Community IDs are collected right away: they are not kept per attempt. */
enum err community_add(struct reading *r, struct gap_incident *n, const char *community)
{
	if (!*community || n->community_n >= COMMUNITY_IDS_MOST)
		return ERR_OK;
	for (size_t i = 0; i < n->community_n; i++)
		if (strcmp(n->community_ids[i], community) == 0)
			return ERR_OK;
	n->community_ids = pool_grow(r->pool, n->community_ids, n->community_n, sizeof *n->community_ids);
	const char *copy = pool_text(r->pool, community);
	if (!n->community_ids || !copy)
		return memory_failed();
	n->community_ids[n->community_n++] = copy;
	return ERR_OK;
}

enum err tried_add(struct reading *r, const struct tried *t)
{
	struct tried *grown = pages_room(r->tried, r->tried_n, &r->tried_room, sizeof *grown);

	if (!grown)
		return memory_failed();
	r->tried = grown;
	r->tried[r->tried_n++] = *t;
	r->looked_up |= t->by_lookup;
	return ERR_OK;
}
