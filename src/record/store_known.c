/* What later rows need to know of earlier ones: names of rules and sources, texts of addresses. */
#include "record/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void texts_forget(char ***texts, size_t *n)
{
	for (size_t i = 0; i < *n; i++)
		free((*texts)[i]);
	free(*texts);
	*texts = NULL;
	*n = 0;
}

void store_forget(struct store *s)
{
	texts_forget(&s->rules, &s->rule_n);
	texts_forget(&s->sources, &s->source_n);
	s->unnamed = false;
}

void store_forget_sources(struct store *s)
{
	texts_forget(&s->sources, &s->source_n);
	s->unnamed = true;
}

static enum err text_learn(char ***texts, size_t *n, size_t position, const char *text)
{
	if (position >= *n) {
		char **more = realloc(*texts, (position + 1) * sizeof *more);
		if (!more)
			return err_fail(ERR_MEMORY, "out of memory");
		memset(more + *n, 0, (position + 1 - *n) * sizeof *more);
		*texts = more;
		*n = position + 1;
	}
	free((*texts)[position]);
	(*texts)[position] = strdup(text);
	return (*texts)[position] ? ERR_OK : err_fail(ERR_MEMORY, "out of memory");
}

const char *store_rule(const struct store *s, int32_t position)
{
	return position >= 0 && (size_t)position < s->rule_n ? s->rules[position] : NULL;
}

void store_address(struct store *s, const struct addr *a, char ret_text[static ADDR_TEXT])
{
	struct known_address *known = &s->addresses[hash_bytes(a, sizeof *a) % ADDRESSES_KNOWN];

	if (!addr_equal(&known->addr, a)) {
		known->addr = *a;
		addr_format(a, known->text);
	}
	memcpy(ret_text, known->text, ADDR_TEXT);
}

static const char *unnamed(int64_t run, size_t number, char room[static SOURCE_UNNAMED])
{
	snprintf(room, SOURCE_UNNAMED, "#%lld:%zu", (long long)run, number);
	return room;
}

const char *store_source(struct store *s, int64_t run, uint16_t number, char room[static SOURCE_UNNAMED])
{
	if (number < s->source_n)
		return s->sources[number];
	s->unnamed = true;
	return unnamed(run, number, room);
}

static enum err source_learn(struct store *s, const struct row *row)
{
	const char *name = row_get_text(row, 0);
	char room[SOURCE_UNNAMED];
	struct query *q;

	for (size_t i = 0; i < s->source_n; i++)
		if (strcmp(s->sources[i], name) == 0)
			return ERR_OK;
	enum err e = text_learn(&s->sources, &s->source_n, s->source_n, name);
	if (e || !s->unnamed)
		return e;
	e = db_prepare(s->db, "UPDATE packet SET source = ?1 WHERE source = ?2", &q);
	if (e)
		return e;
	query_text(q, 1, name);
	query_text(q, 2, unnamed(row->run, s->source_n - 1, room));
	e = query_run(q);
	query_free(q);
	return e;
}

enum err store_learn(struct store *s, const struct row *row)
{
	switch (row->table) {
	case TABLE_RUN:
		s->run = row->run;
		store_forget(s);
		return ERR_OK;
	case TABLE_RULE:
		return text_learn(&s->rules, &s->rule_n, (size_t)row_get_int(row, 0), row_get_text(row, 1));
	case TABLE_SOURCE:
		/* a run's last progress may arrive after the next run has begun */
		return row->run == s->run ? source_learn(s, row) : ERR_OK;
	case TABLE_LOOKUP:
		s->done.lookups++;
		return ERR_OK;
	default:
		return ERR_OK;
	}
}
