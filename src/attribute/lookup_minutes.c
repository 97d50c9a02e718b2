/* How each resolver treats each client, minute by minute. */
#include "attribute/lookup_inside.h"

#include "base/array.h"
#include "base/limits.h"

/* ---- resolvers */

static struct resolver_minute *minute_of(struct lookups *l, uint32_t client, const struct dns_message *m)
{
	struct minute_key key = {.client = client, .proto = m->proto, .resolver = m->resolver,
	                         .minute = m->time_us / MINUTE_US};
	uint32_t *index = map_put(&l->minutes, &key, NULL);

	if (!index) {
		l->full = true;
		return NULL;
	}
	if (*index)
		return &l->minute[*index - 1];
	struct resolver_minute *at = array_grow(l->minute, l->minute_n, &l->minute_room, sizeof *at);
	if (!at)
		return NULL;
	l->minute = at;
	*index = (uint32_t)++l->minute_n;
	struct resolver_minute *new = &l->minute[l->minute_n - 1];
	*new = (struct resolver_minute){.client = client, .resolver = m->resolver, .first_us = m->time_us,
	                                .shift_us = m->shift_us, .proto = m->proto, .serial = l->minute_serial++};
	return new;
}

void lookup_minute(struct lookups *l, uint32_t client, const struct dns_message *m, unsigned rcode)
{
	struct resolver_minute *at = l->counts_minutes ? minute_of(l, client, m) : NULL;

	if (!at)
		return;
	at->last_us = m->time_us;
	if (!m->response) {
		if (at->queries++ == 0 && l->minute_n < MINUTES_PROVED)
			at->frames[0] = lookup_frame(l, m);
		at->last_query_us = m->time_us;
	} else if (rcode == 5) {
		if (at->refused++ == 0 && l->minute_n < MINUTES_PROVED)
			at->frames[1] = lookup_frame(l, m);
	} else {
		struct minute_key any = {.client = client, .minute = m->time_us / MINUTE_US};
		at->answers++;
		map_put(&l->answered, &any, NULL);
	}
}

size_t lookups_minutes(const struct lookups *l)
{
	return l->minute_n;
}

const struct resolver_minute *lookups_minute(const struct lookups *l, size_t i)
{
	return &l->minute[i];
}

const struct resolver_minute *lookups_minute_beside(const struct lookups *l, const struct resolver_minute *m,
                                                    int distance)
{
	struct minute_key key = {.client = m->client, .proto = m->proto, .resolver = m->resolver,
	                         .minute = m->first_us / MINUTE_US + distance};
	const uint32_t *index = map_find(&l->minutes, &key);

	return index ? &l->minute[*index - 1] : NULL;
}

bool lookups_answered(const struct lookups *l, uint32_t client, int64_t time_us)
{
	for (int distance = -1; distance <= 1; distance++) {
		struct minute_key any = {.client = client, .minute = time_us / MINUTE_US + distance};
		if (map_find(&l->answered, &any))
			return true;
	}
	return false;
}
