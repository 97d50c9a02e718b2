/* From the gap to openings that one firewall can express. What it cannot express becomes a remark of the item, so
 * that it is printed and never lost. */
#include "report/firewalls/openings.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "report/firewalls/notes.h"
#include "report/firewalls/wording.h"

#define LABEL_PLACE 48
#define LABEL_OPENING 35
#define COMMENT_BYTES 60
#define NO_PLACE SIZE_MAX

static const char *const families[] = {"IPv4", "IPv6"};

/* One missing entry being reduced. */
struct cut {
	struct ruleset *s;
	const struct gap_missing *m;
	struct item *item;
	struct networks from[2], seen[2]; /* by address family */
	size_t service;
	bool is_web, has_said_seen;
};

static void PRINTF_LIKE(2, 3) remark(struct cut *c, const char *format, ...)
{
	struct item *item = c->item;
	va_list args;
	char *text;

	va_start(args, format);
	int n = vasprintf(&text, format, args);
	va_end(args);
	if (n < 0) {
		c->s->pool.failed = true;
		return;
	}
	const char *kept = plain_keep(&c->s->pool, text);
	item->remarks = pool_grow(&c->s->pool, item->remarks, item->remark_n, sizeof *item->remarks);
	if (item->remarks && kept)
		item->remarks[item->remark_n++] = kept;
	free(text);
}

/* A remark that something could not be expressed. */
#define UNSAID "NOT SAID: "
#define unsaid(c, ...) ((c)->s->unsaid++, remark((c), UNSAID __VA_ARGS__))

/* ---- things that are stated only once */

static size_t service_find(struct ruleset *s, const struct service *v)
{
	for (size_t i = 0; i < s->service_n; i++)
		if (s->services[i].low == v->low && s->services[i].high == v->high && s->services[i].udp == v->udp)
			return i;
	s->services = pool_grow(&s->pool, s->services, s->service_n, sizeof *s->services);
	if (!s->services)
		return 0;
	s->services[s->service_n] = *v;
	return s->service_n++;
}

static bool networks_equal(const struct networks *a, const struct networks *b)
{
	for (size_t i = 0; a->n == b->n && i < a->n; i++)
		if (a->at[i].bits != b->at[i].bits || !addr_equal(&a->at[i].addr, &b->at[i].addr))
			return false;
	return a->n == b->n;
}

static bool places_equal(const struct place *a, const struct place *b)
{
	return a->v6 == b->v6 && !a->name == !b->name && (!a->name || strcmp(a->name, b->name) == 0) &&
	       strcmp(a->label, b->label) == 0 && networks_equal(&a->networks, &b->networks);
}

static uint64_t place_hash(const struct place *p)
{
	uint64_t hash = hash_bytes(p->label, strlen(p->label)) ^ p->v6;

	for (size_t i = 0; i < p->networks.n; i++)
		hash = hash_mix(hash + p->networks.at[i].bits,
		                hash_bytes(&p->networks.at[i].addr, sizeof(struct addr)));
	return p->name ? hash_mix(hash, hash_bytes(p->name, strlen(p->name))) : hash;
}

static size_t place_find(struct ruleset *s, const struct place *p)
{
	uint64_t hash = place_hash(p);
	bool new = false;

	/* chained where hashes are the same */
	size_t *first = map_put(&s->place_of, &hash, &new);
	for (size_t i = first && !new ? *first : NO_PLACE; i != NO_PLACE; i = s->places[i].next)
		if (places_equal(&s->places[i], p))
			return i;
	s->places = first ? pool_grow(&s->pool, s->places, s->place_n, sizeof *s->places) : NULL;
	if (!s->places) {
		s->pool.failed = true;
		return 0;
	}
	s->places[s->place_n] = *p;
	s->places[s->place_n].next = new ? NO_PLACE : *first;
	*first = s->place_n;
	return s->place_n++;
}

static void networks_put(struct pool *p, struct networks *n, const struct prefix *one)
{
	n->at = pool_grow(p, n->at, n->n, sizeof *n->at);
	if (n->at)
		n->at[n->n++] = *one;
}

/* ---- one opening */

static const char *comment_of(struct cut *c)
{
	struct text t = {0};
	const char *id = c->m->rule ? c->m->rule : c->m->host, *why = signature_name(c->m->signature);

	plain_add(&t, "rulegap ", COMMENT_BYTES);
	plain_add(&t, id, COMMENT_BYTES - t.n);
	if (t.n + 1 + strlen(why) <= COMMENT_BYTES) {
		text_add(&t, " ");
		plain_add(&t, why, COMMENT_BYTES - t.n);
	}
	const char *kept = t.failed ? NULL : pool_text(&c->s->pool, t.at);
	c->s->pool.failed |= t.failed;
	text_release(&t);
	return kept;
}

static void opening_add(struct cut *c, const struct place *p)
{
	struct ruleset *s = c->s;
	struct opening o = {.from = c->from[p->v6],
	                    .seen = c->seen[p->v6],
	                    .service = c->service,
	                    .critical = c->m->critical,
	                    .is_web = c->is_web};
	struct text raw = {0};

	/* Another set of clients or addresses gets another name: loading it never widens an old rule. */
	text_addf(&raw, "%s|%s|", c->m->rule ? c->m->rule : "", p->label);
	networks_add(&raw, &o.from, " ");
	networks_add(&raw, &p->networks, " ");
	o.label = raw.failed ? NULL : label_make(&s->pool, "rg-", raw.at, LABEL_OPENING);
	s->pool.failed |= raw.failed;
	text_release(&raw);
	o.comment = comment_of(c);
	o.rule = plain_keep(&s->pool, c->m->rule ? c->m->rule : c->m->host);
	if (s->pool.failed)
		return;
	o.place = place_find(s, p);
	s->openings = pool_grow(&s->pool, s->openings, s->opening_n, sizeof o);
	if (!s->openings)
		return;
	s->openings[s->opening_n++] = o;
	c->item->n++;
}

static void open_name(struct cut *c, const char *name, bool is_wildcard, bool v6)
{
	struct place p = {.name = pool_text(&c->s->pool, name), .is_wildcard = is_wildcard, .v6 = v6};

	p.host = p.name;
	p.label = label_make(&c->s->pool, is_wildcard ? "rga-" : "rg-", is_wildcard ? name + 2 : name, LABEL_PLACE);
	if (!c->s->pool.failed)
		opening_add(c, &p);
}

static void open_networks(struct cut *c, const char *host, const struct networks *n, bool v6)
{
	struct place p = {.v6 = v6, .networks = *n};
	bool is_wildcard = false;

	if (name_is_plain(host, &is_wildcard))
		p.host = pool_text(&c->s->pool, host);
	p.label = label_make(&c->s->pool, is_wildcard ? "rga-" : "rg-", is_wildcard ? host + 2 : host, LABEL_PLACE);
	if (!c->s->pool.failed)
		opening_add(c, &p);
}

/* ---- destinations */

static bool reaches(const struct cut *c, enum reach r)
{
	return r == REACH_ALWAYS || (r == REACH_WEB && c->is_web);
}

static bool can_name(const struct cut *c, const char *name)
{
	const struct firewall *f = c->s->firewall;

	return reaches(c, f->names) && (f->underscores || !strchr(name, '_'));
}

static void say_seen(struct cut *c, const char *advice)
{
	struct text t = {0};

	if (c->has_said_seen)
		return;
	c->has_said_seen = true;
	networks_add(&t, &c->seen[0], ", ");
	if (c->seen[0].n && c->seen[1].n)
		text_add(&t, ", ");
	networks_add(&t, &c->seen[1], ", ");
	if (t.n)
		remark(c, "Addresses seen: %s. %s", t.at, advice);
	c->s->pool.failed |= t.failed;
	text_release(&t);
}

static void open_seen(struct cut *c, bool v6)
{
	if (c->seen[v6].n == 0) {
		unsaid(c, "no %s address of %s was seen, and %s cannot open it by that name.", families[v6], c->m->host,
		       c->s->firewall->title);
		return;
	}
	say_seen(c, "They are what the clients tried: the addresses of a name change, look them up again from time to "
	            "time.");
	open_networks(c, c->m->host, &c->seen[v6], v6);
}

static bool is_under(const char *name, const char *wildcard)
{
	size_t n = strlen(name), suffix = strlen(wildcard + 1);

	return n > suffix && strcasecmp(name + n - suffix, wildcard + 1) == 0;
}

/* A wildcard on a firewall that has none: the names that were tried under it. */
static bool open_tried_names(struct cut *c, bool v6)
{
	bool any = false, is_wildcard;

	for (size_t i = 0; i < c->m->name_n; i++) {
		const char *name = c->m->names[i];
		if (!name_is_plain(name, &is_wildcard) || is_wildcard || !is_under(name, c->m->host) ||
		    !can_name(c, name)) {
			unsaid(c, "%s is no name that can be written here, its address is among those seen.", name);
			continue;
		}
		open_name(c, name, false, v6);
		any = true;
	}
	if (any)
		remark(c, "%s has no wildcards here: only the names that were tried under %s are opened.",
		       c->s->firewall->title, c->m->host);
	return any;
}

static void open_host(struct cut *c, bool v6)
{
	static const char looks_up[] = "The firewall looks the name up itself and may find others than the clients do.";
	const char *host = c->m->host;
	bool is_wildcard;

	if (!name_is_plain(host, &is_wildcard)) {
		if (strcmp(host, "*") == 0)
			remark(c, "The list allows any server; only those that were tried are opened.");
		else
			unsaid(c, "%s is no name that can be written here.", host);
		open_seen(c, v6);
	} else if (is_wildcard && reaches(c, c->s->firewall->wildcards) && can_name(c, host)) {
		say_seen(c, "A wildcard fits only what the firewall sees being looked up or asked for.");
		open_name(c, host, true, v6);
	} else if (!is_wildcard && can_name(c, host)) {
		say_seen(c, looks_up);
		open_name(c, host, false, v6);
	} else if (is_wildcard && reaches(c, c->s->firewall->names) && open_tried_names(c, v6)) {
		say_seen(c, looks_up);
	} else {
		open_seen(c, v6);
	}
}

static void open_family(struct cut *c, bool v6)
{
	struct prefix p;

	if (c->from[v6].n == 0)
		return;
	if (v6 && !c->s->firewall->v6) {
		struct text t = {0};
		networks_add(&t, &c->from[v6], ", ");
		unsaid(c, "%s has no IPv6: clients %s.", c->s->firewall->title, t.at ? t.at : "");
		text_release(&t);
	} else if (prefix_parse(c->m->host, &p) != ERR_OK) {
		open_host(c, v6);
	} else if (network_is_v4(&p) == !v6) {
		struct networks one = {0};
		networks_put(&c->s->pool, &one, &p);
		open_networks(c, c->m->host, &one, v6);
	} else {
		unsaid(c, "%s clients cannot reach %s.", families[v6], c->m->host);
	}
}

/* ---- one missing entry */

static void addresses_read(struct cut *c, const char *const *texts, size_t n, struct networks by_family[2])
{
	for (size_t i = 0; i < n; i++) {
		struct prefix p = {.bits = 128};
		if (addr_parse(texts[i], &p.addr))
			networks_put(&c->s->pool, &by_family[!addr_is_v4(&p.addr)], &p);
		else
			unsaid(c, "%s is no address.", texts[i]);
	}
	networks_aggregate(&by_family[0]);
	networks_aggregate(&by_family[1]);
}

static bool service_read(const struct gap_missing *m, struct service *v)
{
	unsigned long low, high;
	char *end;

	if (!m->port || !m->transport || !isdigit((unsigned char)m->port[0]))
		return false;
	low = high = strtoul(m->port, &end, 10);
	if (*end == '-' && isdigit((unsigned char)end[1]))
		high = strtoul(end + 1, &end, 10);
	if (*end || low == 0 || high > 65535 || low > high)
		return false;
	v->udp = strcmp(m->transport, "udp") == 0;
	if (!v->udp && strcmp(m->transport, "tcp") != 0)
		return false;
	v->low = (uint16_t)low;
	v->high = (uint16_t)high;
	snprintf(v->label, sizeof v->label, low == high ? "%s-%lu" : "%s-%lu-%lu", m->transport, low, high);
	return true;
}

/* TLS or HTTP on the port where a firewall expects it; TURN over 443 is neither. */
static bool is_web(const struct gap_missing *m, const struct service *v)
{
	if (v->udp || v->low != v->high || (v->low != 443 && v->low != 80))
		return false;
	return !m->role || strcmp(m->role, "stun-turn") != 0;
}

static void item_build(struct ruleset *s, const struct gap_missing *m)
{
	struct cut c = {.s = s, .m = m};
	struct service v = {0};

	s->items = pool_grow(&s->pool, s->items, s->item_n, sizeof *s->items);
	if (!s->items)
		return;
	c.item = &s->items[s->item_n++];
	*c.item = (struct item){.first = s->opening_n};
	remark(&c, "%s (%s, confidence %s)", m->rule ? m->rule : m->host, m->critical ? "critical" : "degraded",
	       confidence_text(m->confidence));
	remark(&c, "%s", m->why ? m->why : "");
	if (m->dies_at_name)
		remark(&c, "The connection opens and dies at its name: a filter that reads names has to let it pass as "
		           "well.");
	addresses_read(&c, m->from, m->from_n, c.from);
	addresses_read(&c, m->addresses, m->address_n, c.seen);
	if (!service_read(m, &v)) {
		unsaid(&c, "port %s, transport %s.", m->port ? m->port : "", m->transport ? m->transport : "");
		return;
	}
	c.is_web = is_web(m, &v);
	c.service = service_find(s, &v);
	if (c.from[0].n + c.from[1].n == 0)
		unsaid(&c, "no client is known.");
	open_family(&c, false);
	open_family(&c, true);
}

/* Each network once, not aggregated: they are separate objects. */
static void networks_collect(struct ruleset *s)
{
	struct networks all = {0};

	for (size_t i = 0; i < s->opening_n; i++)
		for (size_t k = 0; k < s->openings[i].from.n; k++)
			networks_put(&s->pool, &all, &s->openings[i].from.at[k]);
	for (size_t i = 0; i < s->place_n; i++)
		for (size_t k = 0; k < s->places[i].networks.n; k++)
			networks_put(&s->pool, &all, &s->places[i].networks.at[k]);
	if (!s->pool.failed)
		networks_unique(&all);
	s->networks = all;
}

enum err ruleset_build(const struct firewall *f, const struct gap *g, struct ruleset *ret_set)
{
	struct ruleset *s = ret_set;

	*s = (struct ruleset){.firewall = f};
	map_init(&s->place_of, sizeof(uint64_t), sizeof(size_t), SIZE_MAX);
	for (size_t i = 0; i < g->missing_n && !s->pool.failed; i++)
		if (missing_is_opening(&g->missing[i]))
			item_build(s, &g->missing[i]);
	if (!s->pool.failed)
		networks_collect(s);
	if (!s->pool.failed)
		notes_build(s, g);
	return s->pool.failed ? err_fail(ERR_MEMORY, "out of memory") : ERR_OK;
}

void ruleset_release(struct ruleset *s)
{
	map_release(&s->place_of);
	pool_release(&s->pool);
}
