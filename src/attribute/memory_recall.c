#include "attribute/memory_inside.h"

const struct binding *memory_recall(const struct memory *m, uint32_t client, const struct addr *server, int64_t time_us)
{
	const struct binding *after = NULL;
	bool sealed = m->told != NULL;
	uint32_t at = sealed ? *slot_of(m, m->told, client, server) : newest_of(m, client);

	for (unsigned walked = 0; at && walked < WALK_MOST; walked++) {
		const struct binding *b = &m->log[at - 1];
		if (b->client != client || (sealed && !addr_equal(&b->server, server)))
			break; /* overwritten */
		at = sealed ? b->same : b->before;
		if (!sealed && !addr_equal(&b->server, server))
			continue;
		if (b->time_us <= time_us)
			return b;
		after = b;
	}
	return sealed ? after : NULL;
}

const struct binding *memory_recall_name(const struct memory *m, uint32_t client, const struct addr *server,
                                         name_id name)
{
	bool sealed = m->told != NULL;
	uint32_t at = sealed ? *slot_of(m, m->told, client, server) : newest_of(m, client);

	for (unsigned walked = 0; at && walked < WALK_MOST; walked++) {
		const struct binding *b = &m->log[at - 1];
		if (b->client != client)
			break;
		at = sealed ? b->same : b->before;
		if (addr_equal(&b->server, server) && in_chain(m, b, name))
			return b;
	}
	return NULL;
}

const struct binding *memory_recall_any(const struct memory *m, const struct addr *server, int64_t time_us)
{
	const struct binding *after = NULL;
	uint32_t at = m->told ? *slot_of(m, m->any, 0, server) : 0;

	for (unsigned walked = 0; at && walked < WALK_MOST; walked++) {
		const struct binding *b = &m->log[at - 1];
		if (!addr_equal(&b->server, server))
			break; /* overwritten */
		at = b->others;
		if (b->taint != TAINT_NONE) /* found out later */
			continue;
		if (b->time_us <= time_us)
			return b;
		after = b;
	}
	return after;
}

bool memory_is_named(const struct memory *m, const struct addr *server, name_id name)
{
	uint32_t at = m->told ? *slot_of(m, m->any, 0, server) : 0;
	bool named = false;

	for (unsigned walked = 0; at && !named && walked < WALK_MOST; walked++) {
		const struct binding *b = &m->log[at - 1];
		named = addr_equal(&b->server, server) && in_chain(m, b, name);
		at = addr_equal(&b->server, server) ? b->others : 0;
	}
	return named;
}

bool memory_knows(const struct memory *m, uint32_t client, name_id name, int64_t from_us, int64_t to_us)
{
	uint32_t at = newest_of(m, client);

	for (unsigned walked = 0; at && walked < WALK_MOST; walked++) {
		const struct binding *b = &m->log[at - 1];
		if (b->client != client || b->time_us < from_us)
			break;
		if (b->asked == name && b->time_us <= to_us && b->taint == TAINT_NONE)
			return true;
		at = b->before;
	}
	return false;
}
