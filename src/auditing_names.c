/* Names from active look-ups: from an earlier snapshot, or looked up now. */
#include "auditing.h"

#include <stdlib.h>
#include <string.h>

#include "attribute/resolve.h"
#include "base/array.h"

static bool take(void *context, const char *name, const struct addr *address, uint32_t ttl_s)
{
	struct auditing *a = context;

	struct snapshot_row *rows =
		array_grow(a->resolved, a->judge_options.resolved_n, &a->resolved_room, sizeof *rows);

	if (!rows)
		return false;
	a->resolved = rows;
	char *copy = strdup(name);
	if (!copy)
		return false;
	a->resolved[a->judge_options.resolved_n++] =
		(struct snapshot_row){.name = copy, .address = *address, .ttl_s = ttl_s};
	return true;
}

static void take_answers(struct auditing *a, const struct snapshot *s)
{
	for (size_t i = 0; i < s->answer_n; i++)
		for (size_t k = 0; k < s->answers[i].address_n; k++)
			if (!take(a, s->answers[i].name, &s->answers[i].addresses[k].address,
			          s->answers[i].addresses[k].ttl_s))
				return;
}

static enum err look_up(struct auditing *a)
{
	const struct lists *l = a->lists;
	size_t n = 0, room = 0;
	const char **names = NULL;
	struct snapshot s = {0};

	for (size_t g = 0; g < l->group_n; g++)
		room += l->groups[g].host_n;
	names = calloc(room + 1, sizeof *names);
	if (!names)
		return err_fail(ERR_MEMORY, "out of memory");
	for (size_t g = 0; g < l->group_n; g++)
		for (size_t h = 0; h < l->groups[g].host_n; h++)
			if (l->groups[g].active && l->groups[g].hosts[h].kind == HOST_NAME)
				names[n++] = l->groups[g].hosts[h].text;
	struct resolve_options o = {0};
	enum err e = resolve_names(names, n, &o, &s);
	if (e == ERR_OK)
		take_answers(a, &s);
	snapshot_release(&s);
	free(names);
	return e;
}

enum err auditing_look_up(struct auditing *a, const struct options *o)
{
	const char *path = options_last(o, "addresses", NULL);
	enum err e = path ? snapshot_read(path, take, a) : ERR_OK;

	if (e == ERR_OK && options_has(o, "resolve"))
		e = look_up(a);
	a->judge_options.resolved = a->resolved;
	return e;
}

void auditing_forget_names(struct auditing *a)
{
	for (size_t i = 0; i < a->judge_options.resolved_n; i++)
		free((void *)(uintptr_t)a->resolved[i].name);
	free(a->resolved);
}
