/* The numbers by which lines of the memory name clients, and servers of IPv6. */
#include "attribute/memory_inside.h"

#include "base/pages.h"

/* ---- clients */

/* Room for the next number: numbers begin at 1. */
static bool client_room(struct memory *m)
{
	struct client *at = pages_room(m->clients, m->client_n + 1, &m->client_room, sizeof *at);

	if (at)
		m->clients = at;
	return at != NULL;
}

uint32_t memory_client(struct memory *m, const struct addr *client)
{
	/* Messages of one client come in a row, typically its query, its answer and its flow. */
	if (m->last.number && addr_equal(&m->last.address, client))
		return m->last.number;
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
	m->last.number = *number;
	m->last.address = *client;
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

/* ---- servers */

static bool six_room(struct memory *m)
{
	struct addr *at = pages_room(m->sixes, m->six.n + 1, &m->six_room, sizeof *at);

	if (at)
		m->sixes = at;
	m->full |= !at;
	return at != NULL;
}

struct server memory_number_server(struct memory *m, const struct addr *a)
{
	struct server s = server_of(m, a);

	if (s.v4 || s.number != UINT32_MAX)
		return s;
	s.number = 0;
	if (addr_is_none(a) || !six_room(m))
		return s;
	uint32_t *number = map_put(&m->six, a, NULL);
	if (!number) {
		m->full = true;
		return s;
	}
	s.number = *number = (uint32_t)m->six.n;
	m->sixes[s.number] = *a;
	return s;
}

struct addr memory_server(const struct memory *m, const struct binding *line)
{
	uint8_t bytes[4];

	if (!line->v4)
		return line->server ? m->sixes[line->server] : (struct addr){0};
	memcpy(bytes, &line->server, sizeof bytes);
	return addr_of_v4(bytes);
}
