/* One group of a list. */
#include <stdio.h>
#include <string.h>

#include "attribute/host.h"
#include "attribute/list_build.h"
#include "attribute/list_check.h"

#define ID_KEY UINT32_MAX /* the "group" part of the keys for ids in build.keys */

static const char *const roles[] = {"web",        "storage",   "cdn", "traffic-manager",
                                    "datacentre", "stun-turn", "dns", "other"};
static const char *const statuses[] = {"given", "missing", "ask-vendor"};
static const char *const bases[] = {"stated", "inferred"};

const char *role_text(enum role r)
{
	return (unsigned)r < sizeof roles / sizeof roles[0] ? roles[r] : "other";
}

const char *hosts_status_text(enum hosts_status s)
{
	return (unsigned)s < sizeof statuses / sizeof statuses[0] ? statuses[s] : "missing";
}

/* A group as one file writes it. */
struct reading {
	struct build *build;
	struct arena *arena;
	const struct node *id, *hosts, *ports, *works, *fallback, *suffixes;
	struct group seen; /* its plain values */
	int role, status, basis;
	uint32_t group;
};

#define NODE_KEY(name)                                                         \
	static enum err key_##name(void *target, const struct node *value)     \
	{                                                                      \
		((struct reading *)target)->name = value;                      \
		return ERR_OK;                                                 \
	}
NODE_KEY(id)
NODE_KEY(hosts)
NODE_KEY(ports)
NODE_KEY(works)
NODE_KEY(fallback)
NODE_KEY(suffixes)

#define TEXT_KEY(name)                                                         \
	static enum err key_##name(void *target, const struct node *value)     \
	{                                                                      \
		struct reading *r = target;                                    \
		return text_read(r->arena, #name, value, &r->seen.name);       \
	}
TEXT_KEY(description)
TEXT_KEY(region)
TEXT_KEY(notes)
TEXT_KEY(symptom)
TEXT_KEY(profile)

static enum err key_role(void *target, const struct node *value)
{
	return word_read("role", value, roles, sizeof roles / sizeof roles[0], &((struct reading *)target)->role);
}

static enum err key_status(void *target, const struct node *value)
{
	return word_read("hosts_status", value, statuses, 3, &((struct reading *)target)->status);
}

static enum err key_basis(void *target, const struct node *value)
{
	return word_read("ports_basis", value, bases, 2, &((struct reading *)target)->basis);
}

static enum err key_required(void *target, const struct node *value)
{
	return bool_read("required", value, &((struct reading *)target)->seen.required);
}

static enum err key_learn(void *target, const struct node *value)
{
	static const struct key_row rows[] = {{"suffixes", key_suffixes}};
	uint32_t seen;

	return map_read(value, "learn", rows, 1, target, &seen);
}

enum group_key { KEY_ID, KEY_ROLE, KEY_REQUIRED };
static const struct key_row group_keys[] = {
    [KEY_ID] = {"id", key_id},
    [KEY_ROLE] = {"role", key_role},
    [KEY_REQUIRED] = {"required", key_required},
    {"description", key_description},
    {"region", key_region},
    {"hosts", key_hosts},
    {"hosts_status", key_status},
    {"ports", key_ports},
    {"ports_basis", key_basis},
    {"works_if_any", key_works},
    {"fallback_for", key_fallback},
    {"profile", key_profile},
    {"symptom", key_symptom},
    {"learn", key_learn},
    {"notes", key_notes},
};

/* The value of {group, text} in build.keys; NULL: out of memory. */
static uint32_t *key_put(struct build *b, uint32_t group, const char *text, bool *ret_new)
{
	uint32_t key[2] = {group, names_intern(b->names, text, strlen(text))};

	return key[1] ? map_put(&b->keys, key, ret_new) : NULL;
}

uint32_t build_group_find(const struct build *b, const char *id)
{
	uint32_t key[2] = {ID_KEY, names_find(b->names, id, strlen(id))};
	const uint32_t *at = key[1] ? map_find(&b->keys, key) : NULL;

	return at ? *at : UINT32_MAX;
}

static enum err fail_memory(void)
{
	return err_fail(ERR_MEMORY, "out of memory");
}

static enum err id_check(const struct node *id, const struct node *group)
{
	char meant[64];
	size_t n = 0;

	if (!id)
		return place_fail(&group->place, "a group without id (add \"id: name\")");
	if (id->kind != NODE_TEXT || !id->length)
		return place_fail(&id->place, "id has to be a text of a-z, 0-9 and -");
	if (strspn(id->text, "abcdefghijklmnopqrstuvwxyz0123456789-") == id->length)
		return ERR_OK;
	for (; n + 1 < sizeof meant && id->text[n]; n++) {
		unsigned char c = (unsigned char)id->text[n];
		meant[n] = (c >= 'A' && c <= 'Z')                           ? (char)(c + 32)
		         : (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? (char)c
		                                                            : '-';
	}
	meant[n] = '\0';
	return place_fail(&id->place, "the id '%.64s' has other characters than a-z, 0-9 and - (write %s)", id->text,
	                  meant);
}

static enum err group_add(struct build *b, const struct node *id, uint32_t index)
{
	struct lists *l = b->lists;

	l->groups = arena_grow(b->arena, l->groups, index, &b->group_size, sizeof *l->groups);
	b->drafts = arena_grow(b->arena, b->drafts, index, &b->draft_size, sizeof *b->drafts);
	if (b->arena->failed)
		return fail_memory();
	l->groups[index] = (struct group){
	    .id = arena_text(b->arena, id->text, id->length),
	    .role = ROLE_OTHER,
	    .required = true,
	    .hosts_status = HOSTS_MISSING,
	    .list = l->source_n,
	};
	b->drafts[index] = (struct group_draft){.place = id->place};
	l->group_n++;
	return ERR_OK;
}

static enum err group_enter(struct build *b, const struct node *id, uint32_t *ret_index)
{
	bool is_new;
	uint32_t *at = key_put(b, ID_KEY, id->text, &is_new);

	if (!at)
		return fail_memory();
	if (is_new) {
		*at = (uint32_t)b->lists->group_n;
		enum err e = group_add(b, id, *at);
		if (e != ERR_OK)
			return e;
	}
	struct group_draft *d = &b->drafts[*at];
	if (d->first_line)
		return place_fail(&id->place,
		                  "the group '%.64s' is there twice, first in line %u (join them or rename one)",
		                  id->text, d->first_line);
	d->first_line = id->place.line;
	*ret_index = *at;
	return ERR_OK;
}

/* With aliases a small file can expand to many entries: count them expanded. */
static enum err count_entry(struct reading *r, const struct node *item)
{
	if (++r->build->entry_n <= ENTRIES_MOST)
		return ERR_OK;
	return place_fail(&item->place, "more than %u entries in all (split the lists and audit them one by one)",
	                  ENTRIES_MOST);
}

static enum err add_host(void *context, const struct node *item)
{
	struct reading *r = context;
	struct build *b = r->build;
	struct group *g = &b->lists->groups[r->group];
	char text[HOST_TEXT], reason[HOST_REASON];
	struct host h;
	bool is_new;
	enum err e = count_entry(r, item);

	if (e != ERR_OK)
		return e;
	if (!host_parse(item->text, &h, text, reason))
		return place_fail(&item->place, "%s", reason);
	if (!key_put(b, r->group, text, &is_new))
		return fail_memory();
	if (!is_new)
		return ERR_OK;
	g->hosts = arena_grow(b->arena, g->hosts, g->host_n, &b->drafts[r->group].host_size, sizeof *g->hosts);
	h.text = arena_text(b->arena, text, strlen(text));
	if (b->arena->failed)
		return fail_memory();
	g->hosts[g->host_n++] = h;
	return ERR_OK;
}

enum err ports_add(struct arena *a, struct port_range **ports, size_t *n, size_t *size, const struct port_range *p)
{
	for (size_t i = 0; i < *n; i++) {
		const struct port_range *q = &(*ports)[i];
		if (q->low == p->low && q->high == p->high && q->proto == p->proto)
			return ERR_OK;
	}
	*ports = arena_grow(a, *ports, *n, size, sizeof **ports);
	if (!*ports)
		return fail_memory();
	(*ports)[(*n)++] = *p;
	return ERR_OK;
}

enum err list_port_read(const struct node *item, struct port_range *ret_port)
{
	char reason[HOST_REASON];

	return port_parse(item->text, ret_port, reason) ? ERR_OK : place_fail(&item->place, "%s", reason);
}

static enum err add_port(void *context, const struct node *item)
{
	struct reading *r = context;
	struct group *g = &r->build->lists->groups[r->group];
	struct port_range p;
	enum err e = count_entry(r, item);

	if (e == ERR_OK)
		e = list_port_read(item, &p);
	if (e == ERR_OK && g->port_n == PORTS_MOST)
		return place_fail(&item->place, "more than %u ports in a group (use ranges: 50000-50999/udp)",
		                  PORTS_MOST);
	return e != ERR_OK ? e : ports_add(r->arena, &g->ports, &g->port_n, &r->build->drafts[r->group].port_size, &p);
}

static enum err mention_add(struct reading *r, const struct node *item, const char *text, struct port_range port)
{
	struct build *b = r->build;

	b->mentions = arena_grow(b->arena, b->mentions, b->mention_n, &b->mention_size, sizeof *b->mentions);
	if (!b->mentions)
		return fail_memory();
	b->mentions[b->mention_n++] = (struct mention){item->place, r->group, text, port};
	return ERR_OK;
}

static enum err add_works(void *context, const struct node *item)
{
	struct reading *r = context;
	struct group *g = &r->build->lists->groups[r->group];
	struct port_range p;
	enum err e = count_entry(r, item);

	if (e == ERR_OK)
		e = list_port_read(item, &p);
	if (e == ERR_OK && g->works_n == PORTS_MOST)
		return place_fail(&item->place, "more than %u alternatives (use ranges: 50000-50999/udp)", PORTS_MOST);
	if (e == ERR_OK)
		e = ports_add(r->arena, &g->works_if_any, &g->works_n, &r->build->drafts[r->group].works_size, &p);
	return e == ERR_OK ? mention_add(r, item, NULL, p) : e;
}

/* Append a text to an array of texts if it is not yet there. */
static enum err texts_add(struct arena *a, const char ***texts, size_t *n, size_t *size, const char *text)
{
	for (size_t i = 0; i < *n; i++)
		if (strcmp((*texts)[i], text) == 0)
			return ERR_OK;
	*texts = arena_grow(a, *texts, *n, size, sizeof **texts);
	const char *copy = arena_text(a, text, strlen(text));
	if (!*texts || !copy)
		return fail_memory();
	(*texts)[(*n)++] = copy;
	return ERR_OK;
}

#define TEXTS_MOST 256u /* names in fallback_for and learn: the search is linear */

static enum err add_fallback(void *context, const struct node *item)
{
	struct reading *r = context;
	struct group *g = &r->build->lists->groups[r->group];
	enum err e = count_entry(r, item);

	if (e != ERR_OK)
		return e;
	if (g->fallback_n == TEXTS_MOST)
		return place_fail(&item->place, "more than %u groups in fallback_for", TEXTS_MOST);
	if (strcmp(item->text, g->id) == 0)
		return place_fail(&item->place, "the group '%.64s' is a fallback for itself (name another group)",
		                  g->id);
	e = texts_add(r->arena, &g->fallback_for, &g->fallback_n, &r->build->drafts[r->group].fallback_size,
	              item->text);
	return e == ERR_OK
	         ? mention_add(r, item, arena_text(r->arena, item->text, item->length), (struct port_range){0})
	         : e;
}

static enum err add_suffix(void *context, const struct node *item)
{
	struct reading *r = context;
	struct group *g = &r->build->lists->groups[r->group];
	char text[HOST_TEXT], reason[HOST_REASON];
	enum err e = count_entry(r, item);

	if (e != ERR_OK)
		return e;
	if (g->learn_n == TEXTS_MOST)
		return place_fail(&item->place, "more than %u suffixes", TEXTS_MOST);
	if (strncmp(item->text, "*.", 2) == 0)
		return place_fail(&item->place, "a suffix has no wildcard (write %.200s)", item->text + 2);
	if (!host_name_parse(item->text, text, reason))
		return place_fail(&item->place, "%s", reason);
	return texts_add(r->arena, &g->learn_suffixes, &g->learn_n, &r->build->drafts[r->group].learn_size, text);
}

/* What a later list says about a known group overrides what an earlier one said. */
static void overlay_values(struct group *g, const struct reading *r, uint32_t seen)
{
	const struct group *s = &r->seen;

	if (seen & 1u << KEY_ROLE)
		g->role = (enum role)r->role;
	if (seen & 1u << KEY_REQUIRED)
		g->required = s->required;
	if (r->status >= 0)
		g->hosts_status = (enum hosts_status)r->status;
	if (r->basis >= 0)
		g->ports_inferred = r->basis == 1;
	g->description = s->description ? s->description : g->description;
	g->region = s->region ? s->region : g->region;
	g->notes = s->notes ? s->notes : g->notes;
	g->symptom = s->symptom ? s->symptom : g->symptom;
	g->profile = s->profile ? s->profile : g->profile;
}

/* A list's ports are those of its servers; a resolver has its own port. */
static void inherit_ports(struct reading *r, const struct list_ports *ports)
{
	struct group *g = &r->build->lists->groups[r->group];

	if (r->ports || g->port_n || g->role == ROLE_DNS)
		return;
	/* Shared until a later list adds to them: a full array moves when it grows. */
	g->ports = ports->at;
	g->port_n = r->build->drafts[r->group].port_size = ports->n;
}

enum err build_group(struct build *b, const struct node *node, const struct list_ports *ports)
{
	struct reading r = {.build = b, .arena = b->arena, .status = -1, .basis = -1};
	uint32_t seen;
	enum err e = map_read(node, "a group", group_keys, sizeof group_keys / sizeof group_keys[0], &r, &seen);

	if (e == ERR_OK)
		e = id_check(r.id, node);
	if (e == ERR_OK)
		e = group_enter(b, r.id, &r.group);
	if (e != ERR_OK)
		return e;
	overlay_values(&b->lists->groups[r.group], &r, seen);
	if (r.hosts)
		e = items_read("hosts", r.hosts, add_host, &r);
	if (e == ERR_OK && r.ports)
		e = items_read("ports", r.ports, add_port, &r);
	if (e == ERR_OK)
		inherit_ports(&r, ports);
	if (e == ERR_OK && r.works)
		e = items_read("works_if_any", r.works, add_works, &r);
	if (e == ERR_OK && r.fallback)
		e = items_read("fallback_for", r.fallback, add_fallback, &r);
	if (e == ERR_OK && r.suffixes)
		e = items_read("suffixes", r.suffixes, add_suffix, &r);
	return e;
}
