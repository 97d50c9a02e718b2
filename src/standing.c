#include "standing.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

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
	map_init(&c->newest, sizeof(struct newest_key), sizeof(struct newest), STANDING_MOST / 2);
	map_init(&c->before, sizeof(struct newest_key), sizeof(struct newest), STANDING_MOST / 2);
	return c->rules ? ERR_OK : err_fail(ERR_MEMORY, "out of memory");
}

void standing_release(struct standing *c)
{
	free(c->rules);
	map_release(&c->newest);
	map_release(&c->before);
	*c = (struct standing){0};
}

static bool forget_one(void *context, const void *key, void *value)
{
	struct newest_key k;
	struct standing *c = context;

	memcpy(&k, key, sizeof k); /* it is not aligned */
	c->rules[k.rule].blocked_n -= ((const struct newest *)value)->blocked;
	return true;
}

/* Addresses come and go: a client that is gone must not hold the place of one that came, nor its rule blocked. */
static void turn(struct standing *c)
{
	struct map oldest = c->before;

	map_each(&oldest, forget_one, c);
	map_clear(&oldest);
	c->before = c->newest;
	c->newest = oldest;
}

/* NULL: out of memory. */
static struct newest *newest_of(struct standing *c, const struct newest_key *key)
{
	struct newest *n = map_find(&c->newest, key);

	if (n)
		return n;
	if (c->newest.n >= STANDING_MOST / 2)
		turn(c);
	n = map_put(&c->newest, key, NULL);
	const struct newest *older = n ? map_find(&c->before, key) : NULL;
	if (older) {
		*n = *older;
		map_drop(&c->before, key);
	}
	return n;
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
	struct newest *n = newest_of(c, &key);
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
