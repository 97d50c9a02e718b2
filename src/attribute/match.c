/* Which pattern a name or address matches, in time independent of the size of the lists: names and wildcards by
 * hashes of their suffixes, networks by one hash per prefix length in use. */
#include <netinet/in.h>
#include <string.h>

#include "attribute/list_match.h"
#include "base/map.h"

#define NOTHING UINT32_MAX
#define LABELS_MOST 128 /* a name of 253 characters has no more; longer ones match nothing */

struct entry {
	uint64_t hash;
	struct host_hit hit;
	uint32_t same; /* next entry of the same pattern, in list order */
	uint32_t last; /* in the first entry: the last of its chain */
};

/* Open addressing; a slot holds the first entry of a pattern. */
struct table {
	uint32_t *slots;
	size_t mask;
};

struct matcher {
	struct entry *entries;
	uint32_t entry_n;
	struct table names, wildcards, prefixes;
	uint64_t *ends; /* bits by the hash of the endings of names and wildcards; all set if an ending is unknown */
	size_t ends_mask;
	size_t wildcard_longest; /* length of the part after "*." */
	uint8_t v4_bits[33], v6_bits[129]; /* prefix lengths in use (of 128 bits), longest first */
	size_t v4_n, v6_n;
	uint32_t *first_rule; /* per group; NOTHING: inactive */
	uint8_t wanted[2][65536 / 8];
};

/* The last two labels. A pattern of two or more labels shares them with every name it matches, so a name with
 * another ending (most names) needs no look-up of its suffixes. */
static uint64_t hash_end(const char *name, size_t n)
{
	const char *dot = memrchr(name, '.', n);
	const char *end = dot ? memrchr(name, '.', (size_t)(dot - name)) : NULL;

	end = end ? end + 1 : name;
	return hash_bytes(end, n - (size_t)(end - name));
}

static void end_add(struct matcher *m, const char *pattern)
{
	uint64_t bit = hash_end(pattern, strlen(pattern)) & m->ends_mask;

	if (strchr(pattern, '.'))
		m->ends[bit / 64] |= UINT64_C(1) << bit % 64;
	else
		memset(m->ends, 0xff, (m->ends_mask + 1) / 8);
}

/* Whether some pattern may have the same ending as a name of n bytes. */
static bool end_known(const struct matcher *m, const char *name, size_t n)
{
	uint64_t bit = hash_end(name, n) & m->ends_mask;

	return m->ends[bit / 64] >> bit % 64 & 1;
}

static struct prefix prefix_of(const struct addr *a, uint8_t bits)
{
	struct prefix p = {.addr = *a, .bits = bits};

	for (unsigned i = 0; i < 16; i++) {
		unsigned keep = bits > i * 8 ? bits - i * 8 : 0;
		if (keep < 8)
			p.addr.b[i] &= (uint8_t)(0xff00 >> keep);
	}
	return p;
}

static uint64_t hash_prefix(const struct prefix *p)
{
	uint64_t halves[2];

	memcpy(halves, p->addr.b, sizeof halves);
	return hash_mix(hash_mix(halves[0], halves[1] + 1), p->bits);
}

/* An IPv4 network (those within ::ffff:0:0/96); ::/0 contains no IPv4 address. */
static bool is_v4(const struct prefix *p)
{
	return p->bits >= 96 && addr_is_v4(&p->addr);
}

static const struct host *host_of(const struct lists *l, struct host_hit hit)
{
	return &l->groups[hit.group].hosts[hit.host];
}

static bool same_pattern(const struct host *a, const struct host *b)
{
	if (a->kind != HOST_PREFIX)
		return strcmp(a->text, b->text) == 0;
	return a->prefix.bits == b->prefix.bits && addr_equal(&a->prefix.addr, &b->prefix.addr);
}

static bool table_init(struct table *t, size_t n, struct arena *a)
{
	size_t size = 16;

	while (size < n * 2)
		size *= 2;
	t->slots = arena_take(a, size, sizeof *t->slots);
	t->mask = size - 1;
	for (size_t i = 0; t->slots && i < size; i++)
		t->slots[i] = NOTHING;
	return t->slots != NULL;
}

static void table_add(struct table *t, const struct lists *l, uint32_t index)
{
	struct matcher *m = l->matcher;
	struct entry *e = &m->entries[index];
	size_t i = e->hash & t->mask;

	for (; t->slots[i] != NOTHING; i = (i + 1) & t->mask) {
		struct entry *first = &m->entries[t->slots[i]];
		if (first->hash != e->hash || !same_pattern(host_of(l, first->hit), host_of(l, e->hit)))
			continue;
		m->entries[first->last].same = index;
		first->last = index;
		return;
	}
	t->slots[i] = index;
}

static struct table *table_of(struct matcher *m, const struct host *h)
{
	if (h->kind == HOST_PREFIX)
		return &m->prefixes;
	return h->kind == HOST_NAME ? &m->names : &m->wildcards;
}

/* The suffix of names that a name or wildcard pattern stands for. */
static const char *suffix_of(const struct host *h)
{
	return h->kind == HOST_WILDCARD ? h->text + 2 : h->text;
}

static uint64_t hash_host(const struct host *h)
{
	if (h->kind == HOST_PREFIX)
		return hash_prefix(&h->prefix);
	return hash_bytes(suffix_of(h), strlen(suffix_of(h)));
}

static void index_host(struct lists *l, struct host_hit hit, bool used_v4[static 129], bool used_v6[static 129])
{
	struct matcher *m = l->matcher;
	const struct host *h = host_of(l, hit);
	uint32_t index = m->entry_n;

	if (h->kind == HOST_ANY)
		return;
	m->entries[m->entry_n++] = (struct entry){.hash = hash_host(h), .hit = hit, .same = NOTHING, .last = index};
	table_add(table_of(m, h), l, index);
	if (h->kind == HOST_PREFIX)
		(is_v4(&h->prefix) ? used_v4 : used_v6)[h->prefix.bits] = true;
	else
		end_add(m, suffix_of(h));
	if (h->kind == HOST_WILDCARD && strlen(suffix_of(h)) > m->wildcard_longest)
		m->wildcard_longest = strlen(suffix_of(h));
}

static void index_lengths(struct matcher *m, const bool used_v4[static 129], const bool used_v6[static 129])
{
	for (int bits = 128; bits >= 0; bits--) {
		if (used_v4[bits])
			m->v4_bits[m->v4_n++] = (uint8_t)bits;
		if (used_v6[bits])
			m->v6_bits[m->v6_n++] = (uint8_t)bits;
	}
}

static void want(struct matcher *m, const struct port_range *p)
{
	uint8_t *bits = m->wanted[p->proto == IPPROTO_UDP];

	for (unsigned port = p->low; port <= p->high; port++)
		bits[port >> 3] |= (uint8_t)(1u << (port & 7));
}

static void index_group(struct lists *l, uint32_t g, uint32_t *rule, bool used_v4[static 129], bool used_v6[static 129])
{
	struct matcher *m = l->matcher;
	const struct group *group = &l->groups[g];

	m->first_rule[g] = NOTHING;
	if (!group->active)
		return;
	m->first_rule[g] = *rule;
	*rule += (uint32_t)(group->host_n * group->port_n);
	for (uint32_t h = 0; h < group->host_n; h++)
		index_host(l, (struct host_hit){g, h}, used_v4, used_v6);
	for (size_t p = 0; group->host_n && p < group->port_n; p++)
		want(m, &group->ports[p]);
}

static bool ends_init(struct matcher *m, size_t patterns, struct arena *a)
{
	size_t bits = 8192; /* large enough that with a short list few names pass by chance */

	while (bits < patterns * 16)
		bits *= 2;
	m->ends = arena_take(a, bits / 64, sizeof *m->ends);
	m->ends_mask = bits - 1;
	return m->ends != NULL;
}

enum err matcher_build(struct lists *l, struct arena *a)
{
	size_t counts[HOST_ANY + 1] = {0}, all = 0;
	bool used_v4[129] = {false}, used_v6[129] = {false};
	struct matcher *m = l->matcher = arena_take(a, 1, sizeof *m);
	uint32_t rule = 0;

	hash_init();
	for (size_t g = 0; g < l->group_n; g++)
		for (size_t h = 0; l->groups[g].active && h < l->groups[g].host_n; h++, all++)
			counts[l->groups[g].hosts[h].kind]++;
	if (!m || !table_init(&m->names, counts[HOST_NAME], a) ||
	    !table_init(&m->wildcards, counts[HOST_WILDCARD], a) ||
	    !table_init(&m->prefixes, counts[HOST_PREFIX], a) ||
	    !ends_init(m, counts[HOST_NAME] + counts[HOST_WILDCARD], a))
		return err_fail(ERR_MEMORY, "out of memory");
	m->entries = arena_take(a, all, sizeof *m->entries);
	m->first_rule = arena_take(a, l->group_n, sizeof *m->first_rule);
	if (a->failed)
		return err_fail(ERR_MEMORY, "out of memory");
	for (uint32_t g = 0; g < l->group_n; g++)
		index_group(l, g, &rule, used_v4, used_v6);
	index_lengths(m, used_v4, used_v6);
	return ERR_OK;
}

static size_t hits_from(const struct matcher *m, uint32_t first, struct host_hit ret_hits[static HOST_HITS])
{
	size_t n = 0;

	for (uint32_t i = first; i != NOTHING && n < HOST_HITS; i = m->entries[i].same)
		ret_hits[n++] = m->entries[i].hit;
	return n;
}

/* The first entry of a name or a wildcard pattern; its suffix is the n bytes of text. */
static uint32_t find_text(const struct lists *l, const struct table *t, const char *text, size_t n)
{
	const struct matcher *m = l->matcher;
	uint64_t hash = hash_bytes(text, n);

	for (size_t i = hash & t->mask; t->slots[i] != NOTHING; i = (i + 1) & t->mask) {
		const struct entry *e = &m->entries[t->slots[i]];
		if (e->hash == hash && strcmp(suffix_of(host_of(l, e->hit)), text) == 0)
			return t->slots[i];
	}
	return NOTHING;
}

/* All patterns that a name matches, most specific first: the name itself, then its suffixes. */
struct name_walk {
	const char *at;   /* the name, or the last suffix tried */
	const char *rest; /* where the dot before the next suffix may be */
	const char *end;
	bool exact_next;
};

static bool has_many_labels(const char *name, size_t n)
{
	size_t dots = 0;

	for (size_t i = 1; i < n && n > LABELS_MOST; i++)
		dots += name[i] == '.';
	return dots > LABELS_MOST;
}

/* False: no pattern matches. */
static bool name_walk_begin(struct name_walk *w, const struct lists *l, const char *name)
{
	size_t n = strlen(name);

	/* A leading dot has no label before it. */
	*w = (struct name_walk){.at = name, .rest = name + (n > 0), .end = name + n, .exact_next = true};
	return end_known(l->matcher, name, n) && !has_many_labels(name, n);
}

static bool name_walk_shorten(struct name_walk *w)
{
	const char *dot = memchr(w->rest, '.', (size_t)(w->end - w->rest));

	if (!dot)
		return false;
	w->at = w->rest = dot + 1;
	return true;
}

/* The first entry of the next matching pattern; NOTHING: there are no more. */
static uint32_t name_walk_next(struct name_walk *w, const struct lists *l)
{
	const struct matcher *m = l->matcher;
	uint32_t found = NOTHING;

	if (w->exact_next)
		found = find_text(l, &m->names, w->at, (size_t)(w->end - w->at));
	w->exact_next = false;
	while (found == NOTHING && name_walk_shorten(w)) {
		size_t n = (size_t)(w->end - w->at);
		if (n <= m->wildcard_longest)
			found = find_text(l, &m->wildcards, w->at, n);
	}
	return found;
}

size_t lists_match_name(const struct lists *l, const char *name, struct host_hit ret_hits[static HOST_HITS])
{
	struct name_walk w;

	return name_walk_begin(&w, l, name) ? hits_from(l->matcher, name_walk_next(&w, l), ret_hits) : 0;
}

static uint32_t find_prefix(const struct lists *l, const struct prefix *p)
{
	const struct matcher *m = l->matcher;
	uint64_t hash = hash_prefix(p);

	for (size_t i = hash & m->prefixes.mask; m->prefixes.slots[i] != NOTHING; i = (i + 1) & m->prefixes.mask) {
		const struct entry *e = &m->entries[m->prefixes.slots[i]];
		const struct prefix *q = &host_of(l, e->hit)->prefix;
		if (e->hash == hash && q->bits == p->bits && addr_equal(&q->addr, &p->addr))
			return m->prefixes.slots[i];
	}
	return NOTHING;
}

/* The first entry of the longest matching prefix from *at on; *at moves past it. */
static uint32_t prefix_walk_next(const struct lists *l, const struct addr *a, size_t *at)
{
	const struct matcher *m = l->matcher;
	bool v4 = addr_is_v4(a);
	const uint8_t *bits = v4 ? m->v4_bits : m->v6_bits;
	size_t n = v4 ? m->v4_n : m->v6_n;
	uint32_t found = NOTHING;

	while (found == NOTHING && *at < n) {
		struct prefix p = prefix_of(a, bits[(*at)++]);
		found = find_prefix(l, &p);
	}
	return found;
}

size_t lists_match_address(const struct lists *l, const struct addr *a, struct host_hit ret_hits[static HOST_HITS])
{
	size_t at = 0;

	return hits_from(l->matcher, prefix_walk_next(l, a, &at), ret_hits);
}

const struct rule *lists_rules_of(const struct lists *l, struct host_hit hit, size_t *ret_n)
{
	uint32_t first = l->matcher->first_rule[hit.group];

	*ret_n = first == NOTHING ? 0 : l->groups[hit.group].port_n;
	return *ret_n ? &l->rules[first + hit.host * *ret_n] : NULL;
}

const struct rule *lists_rule_at(const struct lists *l, struct host_hit hit, uint16_t port, uint8_t proto)
{
	size_t n;
	const struct rule *rules = lists_rules_of(l, hit, &n), *best = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct port_range *p = &rules[i].port;
		if (p->proto != proto || port < p->low || port > p->high)
			continue;
		if (!best || p->high - p->low < best->port.high - best->port.low)
			best = &rules[i];
	}
	return best;
}

/* The rules of one pattern at a port. */
static size_t rules_from(const struct lists *l, uint32_t first, uint16_t port, uint8_t proto,
                         const struct rule *ret_rules[static HOST_HITS])
{
	struct host_hit hits[HOST_HITS];
	size_t n = 0, hit_n = hits_from(l->matcher, first, hits);

	for (size_t i = 0; i < hit_n; i++) {
		const struct rule *rule = lists_rule_at(l, hits[i], port, proto);
		if (rule)
			ret_rules[n++] = rule;
	}
	return n;
}

size_t lists_rules_for_name(const struct lists *l, const char *name, uint16_t port, uint8_t proto,
                            const struct rule *ret_rules[static HOST_HITS])
{
	struct name_walk w;
	size_t n = 0;

	if (!name_walk_begin(&w, l, name))
		return 0;
	for (uint32_t at = name_walk_next(&w, l); at != NOTHING && n == 0; at = name_walk_next(&w, l))
		n = rules_from(l, at, port, proto, ret_rules);
	return n;
}

size_t lists_rules_for_address(const struct lists *l, const struct addr *a, uint16_t port, uint8_t proto,
                               const struct rule *ret_rules[static HOST_HITS])
{
	size_t at = 0, n = 0;

	for (uint32_t e = prefix_walk_next(l, a, &at); e != NOTHING && n == 0; e = prefix_walk_next(l, a, &at))
		n = rules_from(l, e, port, proto, ret_rules);
	return n;
}

bool lists_wants_port(const struct lists *l, uint16_t port, uint8_t proto)
{
	if (proto != IPPROTO_TCP && proto != IPPROTO_UDP)
		return false;
	return l->matcher->wanted[proto == IPPROTO_UDP][port >> 3] >> (port & 7) & 1;
}
