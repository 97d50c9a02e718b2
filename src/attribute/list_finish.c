/* After all lists are read: references between them, defaults, rules. */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "attribute/host.h"
#include "attribute/list_build.h"
#include "attribute/list_check.h"
#include "base/text.h"
#include "base/word.h"

static enum err fail_memory(void)
{
	return err_fail(ERR_MEMORY, "out of memory");
}

static enum err check_fallback(const struct build *b, const struct mention *m)
{
	const char *ids[64], *near;
	size_t n = 0;

	if (build_group_find(b, m->text) != UINT32_MAX)
		return ERR_OK;
	for (; n < b->lists->group_n && n < sizeof ids / sizeof ids[0]; n++)
		ids[n] = b->lists->groups[n].id;
	near = word_near(m->text, ids, n);
	if (near)
		return place_fail(&m->place,
		                  "fallback_for names the group '%.64s', which does not exist (did you mean %s?)",
		                  m->text, near);
	return place_fail(&m->place,
	                  "fallback_for names the group '%.64s', which does not exist (add it, or give its list too)",
	                  m->text);
}

static enum err check_works(const struct build *b, const struct mention *m)
{
	const struct group *g = &b->lists->groups[m->group];
	char port[PORT_TEXT];

	for (size_t i = 0; i < g->port_n; i++)
		if (g->ports[i].proto == m->port.proto && g->ports[i].low <= m->port.low &&
		    m->port.high <= g->ports[i].high)
			return ERR_OK;
	return place_fail(&m->place, "works_if_any has %s, which is not among the group's ports (add it there)",
	                  port_show(&m->port, port));
}

static enum err default_dns(struct build *b, struct group *g, struct group_draft *d)
{
	const struct port_range dns = {53, 53, IPPROTO_UDP};

	if (g->port_n == 0 && ports_add(b->arena, &g->ports, &g->port_n, &d->port_size, &dns) != ERR_OK)
		return fail_memory();
	if (g->host_n > 0)
		return ERR_OK;
	g->hosts = arena_take(b->arena, 1, sizeof *g->hosts);
	if (!g->hosts)
		return fail_memory();
	g->hosts[g->host_n++] = (struct host){.kind = HOST_ANY, .text = "*"};
	return ERR_OK;
}

static enum err finish_group(struct build *b, struct group *g, struct group_draft *d, const char *profile)
{
	if (g->role == ROLE_DNS) {
		enum err e = default_dns(b, g, d);
		if (e != ERR_OK)
			return e;
	}
	if (g->host_n > 0)
		g->hosts_status = HOSTS_GIVEN;
	else if (g->hosts_status == HOSTS_GIVEN)
		g->hosts_status = HOSTS_MISSING;
	if (g->host_n > 0 && g->port_n == 0)
		return place_fail(
		    &d->place, "the group '%s' has hosts and no ports (add \"ports: [443/tcp]\" to it or to the list)",
		    g->id);
	g->active = !g->profile || (profile && strcmp(profile, g->profile) == 0);
	return ERR_OK;
}

static enum err check_profile(const struct lists *l, const char *profile)
{
	const char *known[32], *near;
	struct text all = {0};
	size_t n = 0;

	for (size_t i = 0; profile && i < l->group_n; i++) {
		const char *p = l->groups[i].profile;
		if (p && strcmp(p, profile) == 0)
			return ERR_OK;
		if (p && n < sizeof known / sizeof known[0] && (n == 0 || strcmp(known[n - 1], p) != 0))
			known[n++] = p;
	}
	if (!profile)
		return ERR_OK;
	if (n == 0)
		return err_fail(ERR_USAGE, "--profile %s: no group of the lists has a profile", profile);
	near = word_near(profile, known, n);
	for (size_t i = 0; i < n; i++)
		text_addf(&all, "%s%s", i ? ", " : "", known[i]);
	enum err e =
	    near ? err_fail(ERR_USAGE, "--profile %s: no group has this profile (did you mean %s?)", profile, near)
		 : err_fail(ERR_USAGE, "--profile %s: no group has this profile (known: %s)", profile, all.at);
	text_release(&all);
	return e;
}

static const char *rule_id(struct arena *a, const struct group *g, const char *host, const struct port_range *p)
{
	char text[2 * HOST_SHOWN], port[PORT_TEXT];
	int n = snprintf(text, sizeof text, "/%s:%s", host, port_show(p, port));
	size_t id_n = strlen(g->id);
	char *id = arena_take(a, id_n + (size_t)n + 1, 1);

	if (id) {
		memcpy(id, g->id, id_n);
		memcpy(id + id_n, text, (size_t)n);
	}
	return id;
}

static void make_rules(struct build *b, uint32_t index)
{
	struct lists *l = b->lists;
	const struct group *g = &l->groups[index];
	char host[HOST_SHOWN];

	for (size_t h = 0; h < g->host_n; h++) {
		host_show(&g->hosts[h], host);
		for (size_t p = 0; p < g->port_n; p++)
			l->rules[l->rule_n++] = (struct rule){
			    .id = rule_id(b->arena, g, host, &g->ports[p]),
			    .group = index,
			    .host = (uint32_t)h,
			    .port = g->ports[p],
			};
	}
}

enum err build_finish(struct build *b, const char *profile)
{
	struct lists *l = b->lists;
	size_t rule_n = 0;
	enum err e = check_profile(l, profile);

	for (size_t i = 0; e == ERR_OK && i < l->group_n; i++) {
		e = finish_group(b, &l->groups[i], &b->drafts[i], profile);
		rule_n += l->groups[i].active ? l->groups[i].host_n * l->groups[i].port_n : 0;
	}
	for (size_t i = 0; e == ERR_OK && i < b->mention_n; i++)
		e = b->mentions[i].text ? check_fallback(b, &b->mentions[i]) : check_works(b, &b->mentions[i]);
	if (e != ERR_OK)
		return e;
	if (rule_n > RULES_MOST)
		return err_fail(ERR_USAGE, "%s: %zu rules in all, more than %u (use port ranges and networks)",
		                l->sources[0].path, rule_n, RULES_MOST);
	l->rules = arena_take(b->arena, rule_n, sizeof *l->rules);
	for (size_t i = 0; l->rules && i < l->group_n; i++)
		if (l->groups[i].active)
			make_rules(b, (uint32_t)i);
	return b->arena->failed ? fail_memory() : ERR_OK;
}
