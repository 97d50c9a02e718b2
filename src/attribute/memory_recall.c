/* Queries to the memory of DNS: why a client talks to a server, and what else it may mean there. */
#include "attribute/memory_inside.h"
#include "base/limits.h"
#include "flow/story.h"

#define AT_ONCE_US (2 * SECOND_US)   /* a client that looks a name up in order to connect does so within this time */
#define NEXT_US (SECOND_US * 3 / 10)  /* from a look-up made in order to connect to the first connection */
#define HELD_US (10 * MINUTE_US)     /* how long an address may be used without asking again */

bool memory_told_at_once(const struct binding *line, int64_t time_us)
{
	return line->time_us <= time_us + OVERTAKE_MS * 1000 && time_us - line->time_us <= AT_ONCE_US;
}

/* The newest line that may be about a client and a server. */
static uint32_t first_told(const struct memory *m, uint32_t client, struct server server)
{
	return m->told.slots ? *slot_of(m, &m->told, client, server) : newest_of(m, client);
}

/* The newest indexed line about a server. */
static uint32_t first_any(const struct memory *m, struct server server)
{
	return m->any.slots ? *slot_of(m, &m->any, 0, server) : 0;
}

const struct binding *memory_recall(const struct memory *m, uint32_t client, const struct addr *address,
                                    int64_t time_us)
{
	const struct binding *after = NULL;
	const struct server server = server_of(m, address);
	bool sealed = m->told.slots != NULL;
	uint32_t at = first_told(m, client, server);

	for (unsigned walked = 0; at && walked < WALK_MOST; walked++) {
		const struct binding *b = &m->log[at - 1];
		if (b->client != client || (sealed && !is_at(b, server)))
			break; /* overwritten */
		at = sealed ? b->same : b->before;
		if (!sealed && !is_at(b, server))
			continue;
		if (b->time_us <= time_us) /* a connection may overtake the answer that it is made for */
			return after && time_us - b->time_us > NEXT_US && memory_told_at_once(after, time_us) ? after
			                                                                                     : b;
		after = b;
	}
	return sealed ? after : NULL;
}

const struct binding *memory_recall_older(const struct memory *m, const struct binding *line, int64_t time_us)
{
	const struct binding *b = m->told.slots && line->same ? &m->log[line->same - 1] : NULL;
	bool same = b && b->client == line->client && is_at(b, server_at(line)); /* else overwritten */

	return same && b->time_us >= time_us - HELD_US ? b : NULL;
}

const struct binding *memory_recall_name(const struct memory *m, uint32_t client, const struct addr *address,
                                         name_id name)
{
	const struct server server = server_of(m, address);
	bool sealed = m->told.slots != NULL;
	uint32_t at = first_told(m, client, server);

	for (unsigned walked = 0; at && walked < WALK_MOST; walked++) {
		const struct binding *b = &m->log[at - 1];
		if (b->client != client)
			break;
		at = sealed ? b->same : b->before;
		if (is_at(b, server) && memory_has_led(m, b, name))
			return b;
	}
	return NULL;
}

const struct binding *memory_recall_any(const struct memory *m, const struct addr *address, int64_t time_us)
{
	const struct binding *after = NULL;
	const struct server server = server_of(m, address);
	uint32_t at = first_any(m, server);

	for (unsigned walked = 0; at && walked < WALK_MOST; walked++) {
		const struct binding *b = &m->log[at - 1];
		if (!is_at(b, server))
			break; /* overwritten */
		at = b->others;
		if (b->taint != TAINT_NONE) /* known only later */
			continue;
		if (b->time_us <= time_us)
			return b;
		after = b;
	}
	return after;
}

bool memory_is_named(const struct memory *m, const struct addr *address, name_id name)
{
	const struct server server = server_of(m, address);
	uint32_t at = first_any(m, server);
	bool named = false;

	for (unsigned walked = 0; at && !named && walked < WALK_MOST; walked++) {
		const struct binding *b = &m->log[at - 1];
		named = is_at(b, server) && memory_has_led(m, b, name);
		at = is_at(b, server) ? b->others : 0;
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
		if (memory_asked(m, b) == name && b->time_us <= to_us && b->taint == TAINT_NONE && !b->unread)
			return true;
		at = b->before;
	}
	return false;
}

#define TOGETHER_US (SECOND_US / 2)  /* parallel queries are answered within this time */

/* Whether a line may be why a client talks to a server. */
static bool may_lead(const struct binding *b, struct server server)
{
	return b->unread ? b->v4 == server.v4 : is_at(b, server);
}

bool memory_may_mean_another(const struct memory *m, uint32_t client, const struct addr *address, int64_t time_us,
                             const struct binding *line)
{
	const struct server server = server_of(m, address);
	const name_id asked = memory_asked(m, line);
	bool at_once = line->client == client && memory_told_at_once(line, time_us);
	int64_t since_us = at_once ? line->time_us - TOGETHER_US : time_us - HELD_US;
	uint32_t at = newest_of(m, client);

	for (unsigned walked = 0; at && walked < WALK_MOST; walked++) {
		const struct binding *b = &m->log[at - 1];
		if (b->client != client || b->time_us < since_us)
			break;
		if (b->time_us <= time_us && memory_asked(m, b) != asked && may_lead(b, server))
			return true;
		at = b->before;
	}
	return false;
}

bool memory_unread(const struct memory *m, uint32_t client, const struct addr *address, int64_t time_us)
{
	const struct server server = server_of(m, address);
	uint32_t at = newest_of(m, client);

	for (unsigned walked = 0; at && walked < WALK_MOST; walked++) {
		const struct binding *b = &m->log[at - 1];
		if (b->client != client || b->time_us < time_us - NEXT_US)
			break;
		if (b->time_us <= time_us && b->unread && may_lead(b, server))
			return true;
		at = b->before;
	}
	return false;
}
