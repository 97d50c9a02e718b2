/* Which names are listed, which lead to listed ones through aliases, and which are next to them. */
#include "attribute/lookup_inside.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

/* ---- matching names, each only once */

static struct match *match_room(struct lookups *l, name_id name)
{
	if (name >= l->match_room) {
		size_t room = l->match_room ? l->match_room : 1024;
		while (room <= name)
			room *= 2;
		struct match *at = realloc(l->matches, room * sizeof *at);
		if (!at)
			return NULL;
		memset(at + l->match_room, 0, (room - l->match_room) * sizeof *at);
		l->matches = at;
		l->match_room = room;
	}
	return &l->matches[name];
}

/* How many patterns match a name. */
unsigned lookup_patterns(struct lookups *l, name_id name)
{
	struct host_hit hits[HOST_HITS];
	struct match *m = match_room(l, name);

	if (!m) {
		l->full = true;
		return 0;
	}
	if (!m->known) {
		m->n = (uint8_t)lists_match_name(l->o.lists, names_text(l->o.names, name), hits);
		m->known = 1;
	}
	return m->n;
}

/* ---- neighbours */

static void add_neighbour(struct lookups *l, name_id name, name_id listed, bool alias)
{
	bool new = false;

	if (!name || lookup_patterns(l, name) || !map_put(&l->beside, &name, &new) || !new)
		return;
	l->neighbours[l->neighbour_n++] = (struct neighbour){name, listed, alias};
}

static bool under(const char *name, const char *suffix)
{
	size_t n = strlen(name), s = strlen(suffix);

	return n > s + 1 && name[n - s - 1] == '.' && strcmp(name + n - s, suffix) == 0;
}

static void learn_suffixes(struct lookups *l, name_id asked)
{
	const char *name = names_text(l->o.names, asked);

	for (size_t g = 0; g < l->o.lists->group_n; g++)
		for (size_t s = 0; s < l->o.lists->groups[g].learn_n; s++) {
			const char *suffix = l->o.lists->groups[g].learn_suffixes[s];
			if (under(name, suffix))
				add_neighbour(l, asked, names_intern(l->o.names, suffix, strlen(suffix)), false);
		}
}

bool lookup_is_listed(const struct lookups *l, const char *name)
{
	struct host_hit hits[HOST_HITS];

	return lists_match_name(l->o.lists, name, hits) > 0;
}

static bool has_listed_alias(const struct lookups *l, const struct facts *facts)
{
	for (unsigned i = 0; i < facts->n; i++)
		if (facts->list[i].kind == FACT_DNS_ALIAS && lookup_is_listed(l, facts->list[i].other))
			return true;
	return false;
}

/* The aliases that follow from a name, in order. */
static size_t aliases_of(const struct facts *facts, const char *name, const char *ret_aliases[static CHAIN_MOST])
{
	size_t n = 0;

	/* Records may come in any order; the length limit also ends loops. */
	for (bool moved = true; moved && n < CHAIN_MOST;) {
		moved = false;
		for (unsigned i = 0; i < facts->n && !moved; i++) {
			const struct fact *f = &facts->list[i];
			if (f->kind != FACT_DNS_ALIAS || strcmp(f->name, name) != 0)
				continue;
			name = ret_aliases[n++] = f->other;
			moved = true;
		}
	}
	return n;
}

size_t lookup_chain(struct names *names, const struct facts *facts, name_id asked,
                    name_id ret_chain[static CHAIN_MOST])
{
	const char *aliases[CHAIN_MOST];
	size_t n = aliases_of(facts, names_text(names, asked), aliases);

	for (size_t i = 0; i < n; i++) {
		ret_chain[i] = names_intern(names, aliases[i], strlen(aliases[i]));
		if (!ret_chain[i])
			return i;
	}
	return n;
}

/* Where the aliases end, if that name is already known; 0: unknown, so nothing refers to it. */
static name_id known_end(const struct lookups *l, const struct facts *facts, name_id asked)
{
	const char *aliases[CHAIN_MOST];
	size_t n = aliases_of(facts, names_text(l->o.names, asked), aliases);

	return n ? names_find(l->o.names, aliases[n - 1], strlen(aliases[n - 1])) : 0;
}

/* The aliases of an answer: those of a listed name may be neighbours, and those that are listed themselves are
 * attempted along with the name. Other chains are irrelevant. */
size_t lookup_aliases(struct lookups *l, const struct dns_message *m, name_id asked, bool listed,
                            name_id chain[static CHAIN_MOST])
{
	bool wanted = facts_have(m->facts, FACT_DNS_ALIAS) && (listed || has_listed_alias(l, m->facts));
	size_t n = wanted ? lookup_chain(l->o.names, m->facts, asked, chain) : 0;
	bool leads = false;

	for (size_t i = 0; i < n; i++) {
		if (listed)
			add_neighbour(l, chain[i], asked, true);
		leads |= lookup_patterns(l, chain[i]) > 0;
	}
	if (leads && !listed)
		map_put(&l->leads, &asked, NULL);
	if (!listed && l->learns)
		learn_suffixes(l, asked);
	return listed || leads ? n : 0;
}

/* ---- aliases that clients follow themselves */

#define FOLLOW_US (2 * MINUTE_US) /* as long as an answer counts for "the same minutes" */

static struct follow *follow_of(const struct lookups *l, const struct follow_key *key)
{
	/* The name's flag is already in the CPU cache; the map would not be. */
	bool marked = key->alias < l->match_room && l->matches[key->alias].followed;

	return marked ? map_find(&l->follows, key) : NULL;
}

static void follow_put(struct lookups *l, const struct follow_key *key, const struct follow *follow)
{
	struct match *m = match_room(l, key->alias);
	struct follow *f = m ? map_put(&l->follows, key, NULL) : NULL;

	if (!f)
		return;
	*f = *follow;
	m->followed = true;
}

name_id lookup_follow(struct lookups *l, const struct dns_message *m, uint32_t client, name_id asked, bool listed)
{
	struct follow_key key = {client, asked};
	const struct follow *followed = listed ? NULL : follow_of(l, &key);
	bool recent = followed && m->time_us - followed->at_us <= FOLLOW_US;
	name_id origin = listed ? asked : recent ? followed->asked : 0, chain[CHAIN_MOST];

	if (origin && !listed)
		map_put(&l->leads, &asked, NULL);
	if (facts_have(m->facts, FACT_DNS_ADDRESS) || !facts_have(m->facts, FACT_DNS_ALIAS))
		return listed ? 0 : origin;
	/* An alias belongs to the name that led to it last. */
	size_t n = origin ? lookup_chain(l->o.names, m->facts, asked, chain) : 0;
	if (origin)
		key.alias = n ? chain[n - 1] : 0;
	else
		key.alias = l->follows.n ? known_end(l, m->facts, asked) : 0;
	if (key.alias && (origin || follow_of(l, &key)))
		follow_put(l, &key, &(struct follow){m->time_us, origin});
	return 0;
}

size_t lookups_neighbours(const struct lookups *l)
{
	return l->neighbour_n;
}

const struct neighbour *lookups_neighbour(const struct lookups *l, size_t i)
{
	return &l->neighbours[i];
}
