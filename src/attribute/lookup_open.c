/* Which look-up a message belongs to. */
#include "attribute/lookup_inside.h"

#include <string.h>

#include "base/limits.h"
#include "base/pages.h"

static bool is_of(const struct lookup *at, const struct lookup_key *key)
{
	return at->client == key->client && at->name == key->name && at->id == key->id && at->qtype == key->qtype &&
	       at->client_port == key->client_port && at->proto == key->proto &&
	       addr_equal(&at->resolver, &key->resolver);
}

/* The slot of a key's newest look-up, or the free one where it would go. */
static struct open_slot *open_slot(const struct lookups *l, const struct lookup_key *key, uint32_t hash)
{
	size_t i = hash & (l->open_size - 1);

	while (l->open[i].number && (l->open[i].hash != hash || !is_of(&l->at[l->open[i].number - 1], key)))
		i = (i + 1) & (l->open_size - 1);
	return &l->open[i];
}

static struct lookup_key key_of(const struct lookup *at)
{
	return (struct lookup_key){.client = at->client, .name = at->name, .resolver = at->resolver,
	                           .client_port = at->client_port,
	                           .id = at->id, .qtype = at->qtype, .proto = at->proto};
}

static uint32_t hash_of(const struct lookup_key *key)
{
	return (uint32_t)hash_bytes(key, sizeof *key);
}

/* size: a power of two, as the room for look-ups is. */
static bool open_room(struct lookups *l, size_t size)
{
	struct open_slot *open = pages_new(size * sizeof *open);

	if (!open)
		return false;
	for (size_t old = 0; l->open && old < l->open_size; old++) {
		size_t i = l->open[old].hash & (size - 1);
		if (!l->open[old].number)
			continue;
		while (open[i].number)
			i = (i + 1) & (size - 1);
		open[i] = l->open[old];
	}
	pages_free(l->open, l->open_size * sizeof *l->open);
	l->open = open;
	l->open_size = size;
	return true;
}

void lookups_reopen(struct lookups *l)
{
	if (!l->open)
		return;
	memset(l->open, 0, l->open_size * sizeof *l->open);
	for (size_t i = 0; i < l->n; i++) {
		struct lookup_key key = key_of(&l->at[i]);
		uint32_t hash = hash_of(&key);
		*open_slot(l, &key, hash) = (struct open_slot){hash, (uint32_t)i + 1};
	}
}

static bool lookup_room(struct lookups *l)
{
	struct lookup *at = l->n < LOOKUPS_MOST ? pages_room(l->at, l->n, &l->room, sizeof *at) : NULL;

	if (at)
		l->at = at;
	if (at && (l->open_size >= 2 * l->room || open_room(l, 2 * l->room)))
		return true;
	l->full = true;
	return false;
}

struct lookup *lookup_of(struct lookups *l, const struct lookup_key *key, const struct dns_message *m)
{
	uint32_t hash = hash_of(key);
	const struct open_slot *known = l->open ? open_slot(l, key, hash) : NULL;
	struct lookup *last = known && known->number ? &l->at[known->number - 1] : NULL;

	/* The same ports and id minutes later are a new query. */
	if (last && (m->response || m->time_us - last->last_asked_us < MINUTE_US))
		return last;
	if (!lookup_room(l) || !l->open)
		return NULL;
	struct lookup *new = &l->at[l->n++];
	*open_slot(l, key, hash) = (struct open_slot){hash, (uint32_t)l->n};
	*new = (struct lookup){.client = key->client, .resolver = key->resolver, .name = key->name, .qtype = key->qtype,
	                       .client_port = key->client_port, .id = key->id, .proto = key->proto,
	                       .asked_us = m->time_us, .last_asked_us = m->time_us, .shift_us = m->shift_us,
	                       .rcode = -1, .ede = -1, .source = m->frame ? m->frame->source : 0,
	                       .serial = l->lookup_serial++, .case_serial = NO_CASE};
	return new;
}
