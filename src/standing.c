#include "standing.h"

#include <stdlib.h>
#include <string.h>

#define NEWEST_MOST 500000u /* clients × rules; above that new pairs change nothing */

struct newest_key {
	int32_t rule;
	struct addr client;
};

struct newest {
	int64_t started_us;
	bool blocked;
};

enum err standing_init(struct standing *c, size_t rule_n)
{
	*c = (struct standing){.rules = calloc(rule_n + 1, sizeof *c->rules), .rule_n = rule_n};
	map_init(&c->newest, sizeof(struct newest_key), sizeof(struct newest), NEWEST_MOST);
	return c->rules ? ERR_OK : err_fail(ERR_MEMORY, "out of memory");
}

void standing_release(struct standing *c)
{
	free(c->rules);
	map_release(&c->newest);
	*c = (struct standing){0};
}

bool standing_note(struct standing *c, const struct attempt *a, enum verdict *ret_now)
{
	struct newest_key key;
	bool blocked = a->outcome == OUTCOME_BLOCKED;

	if (a->rule < 0 || (size_t)a->rule >= c->rule_n || (!blocked && a->outcome != OUTCOME_OK))
		return false;
	memset(&key, 0, sizeof key);
	key.rule = a->rule;
	key.client = a->client;
	struct newest *n = map_put(&c->newest, &key, NULL);
	if (!n || a->started_us < n->started_us)
		return false;
	n->started_us = a->started_us;
	struct rule_state *r = &c->rules[a->rule];
	if (blocked)
		r->kind = (uint8_t)signature_kind(a->signature);
	if (blocked == n->blocked)
		return false;
	n->blocked = blocked;
	r->blocked_n += blocked ? 1 : UINT32_MAX;
	*ret_now = blocked ? VERDICT_BLOCKED : VERDICT_ALLOWED;
	return r->blocked_n == (blocked ? 1u : 0u);
}

size_t standing_blocked(const struct standing *c, enum missing_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < c->rule_n; i++)
		n += c->rules[i].blocked_n && c->rules[i].kind == (uint8_t)kind;
	return n;
}
