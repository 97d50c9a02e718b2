#include "report/changes.h"

#include <stdlib.h>
#include <string.h>

const char *change_text(enum change_kind kind)
{
	static const char *const texts[] = {
		"newly-blocked", "still-blocked", "fixed", "not-exercised", "no-longer-seen", "unchanged",
	};

	return (unsigned)kind < CHANGE_COUNT ? texts[kind] : "";
}

/* One rule and client in one report. */
struct use {
	const char *rule, *client;
	size_t order; /* list order */
	const struct gap_client *seen;
	const struct gap_missing *missing; /* NULL: nothing is missing for it */
};

struct uses {
	struct use *at;
	size_t n;
};

static int compare_uses(const void *left, const void *right)
{
	const struct use *a = left, *b = right;
	int order = strcmp(a->rule, b->rule);

	return order ? order : strcmp(a->client, b->client);
}

static struct use *use_find(const struct uses *uses, const char *rule, const char *client)
{
	struct use key = {.rule = rule, .client = client};

	return uses->n ? bsearch(&key, uses->at, uses->n, sizeof key, compare_uses) : NULL;
}

static void missing_mark(struct uses *uses, const struct gap_missing *m)
{
	for (size_t r = 0; r < m->rule_n; r++)
		for (size_t c = 0; c < m->from_n; c++) {
			struct use *use = use_find(uses, m->rules[r], m->from[c]);
			if (use && use->seen->verdict != VERDICT_ALLOWED)
				use->missing = m;
		}
}

static enum err uses_collect(const struct gap *g, struct uses *ret_uses)
{
	struct uses uses = {0};

	for (size_t i = 0; i < g->rule_n; i++)
		uses.n += g->rules[i].client_n;
	uses.at = calloc(uses.n + 1, sizeof *uses.at);
	if (!uses.at)
		return err_fail(ERR_MEMORY, "out of memory");
	for (size_t i = 0, n = 0; i < g->rule_n; i++)
		for (size_t c = 0; c < g->rules[i].client_n; c++)
			uses.at[n++] = (struct use){g->rules[i].id, g->rules[i].clients[c].address, i,
						    &g->rules[i].clients[c], NULL};
	qsort(uses.at, uses.n, sizeof *uses.at, compare_uses);
	for (size_t i = 0; i < g->missing_n; i++)
		missing_mark(&uses, &g->missing[i]);
	*ret_uses = uses;
	return ERR_OK;
}

static bool works(const struct use *use)
{
	return use && !use->missing && (use->seen->verdict == VERDICT_ALLOWED || use->seen->verdict == VERDICT_PARTIAL);
}

static enum change_kind kind_of(const struct use *before, const struct use *after)
{
	bool was_blocked = before && before->missing, is_blocked = after && after->missing;

	if (is_blocked)
		return was_blocked ? CHANGE_STILL_BLOCKED : CHANGE_NEWLY_BLOCKED;
	if (was_blocked)
		return works(after) ? CHANGE_FIXED : CHANGE_NOT_EXERCISED;
	return works(before) && !works(after) ? CHANGE_NO_LONGER_SEEN : CHANGE_NONE;
}

static void change_add(struct changes *c, size_t *order, const struct use *before, const struct use *after)
{
	const struct use *use = after ? after : before;
	const struct use *blocked = after && after->missing ? after : before && before->missing ? before : NULL;
	enum change_kind kind = kind_of(before, after);

	c->by_kind[kind]++;
	if (kind == CHANGE_NONE)
		return;
	order[c->n] = use->order;
	c->at[c->n++] = (struct change){
		.kind = kind, .rule = use->rule, .client = use->client,
		.before = before ? before->seen : NULL, .after = after ? after->seen : NULL,
		.signature = blocked ? blocked->missing->signature : SIG_NONE,
		.why = blocked ? blocked->missing->why : NULL,
	};
}

struct placed {
	struct change change;
	size_t order;
};

static int compare_placed(const void *left, const void *right)
{
	const struct placed *a = left, *b = right;

	if (a->change.kind != b->change.kind)
		return a->change.kind < b->change.kind ? -1 : 1;
	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	int order = strcmp(a->change.rule, b->change.rule);
	return order ? order : strcmp(a->change.client, b->change.client);
}

static enum err changes_sort(struct changes *c, const size_t *order)
{
	struct placed *placed = calloc(c->n + 1, sizeof *placed);

	if (!placed)
		return err_fail(ERR_MEMORY, "out of memory");
	for (size_t i = 0; i < c->n; i++)
		placed[i] = (struct placed){c->at[i], order[i]};
	qsort(placed, c->n, sizeof *placed, compare_placed);
	for (size_t i = 0; i < c->n; i++)
		c->at[i] = placed[i].change;
	free(placed);
	return ERR_OK;
}

static enum err merge(struct changes *c, const struct uses *before, const struct uses *after)
{
	size_t b = 0, a = 0, *order = calloc(before->n + after->n + 1, sizeof *order);

	c->at = calloc(before->n + after->n + 1, sizeof *c->at);
	if (!c->at || !order) {
		free(order);
		return err_fail(ERR_MEMORY, "out of memory");
	}
	while (b < before->n || a < after->n) {
		int side = b == before->n ? 1 : a == after->n ? -1 : compare_uses(&before->at[b], &after->at[a]);
		change_add(c, order, side <= 0 ? &before->at[b] : NULL, side >= 0 ? &after->at[a] : NULL);
		b += side <= 0;
		a += side >= 0;
	}
	enum err e = changes_sort(c, order);
	free(order);
	return e;
}

enum err changes_find(const struct gap *before, const struct gap *after, struct changes *ret_changes)
{
	struct changes c = {.before = before, .after = after};
	struct uses old = {0}, new = {0};

	enum err e = uses_collect(before, &old);
	if (e == ERR_OK)
		e = uses_collect(after, &new);
	if (e == ERR_OK)
		e = merge(&c, &old, &new);
	free(old.at);
	free(new.at);
	if (e == ERR_OK)
		*ret_changes = c;
	else
		changes_release(&c);
	return e;
}

void changes_release(struct changes *c)
{
	free(c->at);
	*c = (struct changes){0};
}
