#include "attribute/list_check.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "base/word.h"

/* "a, b or c" */
static void say_words(struct text *t, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		text_addf(t, "%s%s", i == 0 ? "" : i + 1 == n ? " or " : ", ", words[i]);
}

static enum err fail_words(const struct place *at, const char *sentence, const char *typed, const char *const *words,
                           size_t n)
{
	const char *near = word_near(typed, words, n);
	struct text known = {0};

	say_words(&known, words, n);
	enum err e = near ? place_fail(at, "%s (did you mean %s?)", sentence, near)
	                  : place_fail(at, "%s (known: %s)", sentence, known.failed ? "" : known.at);
	text_release(&known);
	return e;
}

static enum err fail_key(const struct node *key, const char *what, const struct key_row *rows, size_t n)
{
	const char *names[KEYS_MOST];
	char sentence[160];

	for (size_t i = 0; i < n; i++)
		names[i] = rows[i].name;
	snprintf(sentence, sizeof sentence, "unknown key '%.64s' in %s", key->text, what);
	return fail_words(&key->place, sentence, key->text, names, n);
}

static size_t row_find(const struct key_row *rows, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(rows[i].name, name) == 0)
			return i;
	return n;
}

enum err map_read(const struct node *map, const char *what, const struct key_row *rows, size_t n, void *target,
                  uint32_t *ret_seen)
{
	uint32_t lines[KEYS_MOST] = {0}, seen = 0;

	if (map->kind != NODE_MAP)
		return place_fail(&map->place, "%s has to be keys and values (like \"%s: …\")", what, rows[0].name);
	for (const struct node *key = map->first; key; key = key->next->next) {
		if (key->kind != NODE_TEXT)
			return place_fail(&key->place, "a key that is no text in %s (keys are words such as %s)", what,
			                  rows[0].name);
		size_t i = row_find(rows, n, key->text);
		if (i == n)
			return fail_key(key, what, rows, n);
		if (lines[i])
			return place_fail(&key->place, "'%s' is given twice in %s, first in line %u (keep one)",
			                  key->text, what, lines[i]);
		lines[i] = key->place.line;
		if (node_is_null(key->next))
			continue;
		seen |= UINT32_C(1) << i;
		enum err e = rows[i].read(target, key->next);
		if (e != ERR_OK)
			return e;
	}
	*ret_seen = seen;
	return ERR_OK;
}

enum err text_read(struct arena *a, const char *key, const struct node *value, const char **ret_text)
{
	if (value->kind != NODE_TEXT)
		return place_fail(&value->place, "%s has to be one text (quote it)", key);
	const char *text = value->length ? arena_text(a, value->text, value->length) : NULL;
	if (a->failed)
		return err_fail(ERR_MEMORY, "out of memory");
	*ret_text = text;
	return ERR_OK;
}

enum err bool_read(const char *key, const struct node *value, bool *ret_flag)
{
	static const char *const yes[] = {"true", "yes", "on"}, *const no[] = {"false", "no", "off"};

	for (size_t i = 0; value->kind == NODE_TEXT && i < 3; i++) {
		bool is_yes = strcasecmp(value->text, yes[i]) == 0;
		if (!is_yes && strcasecmp(value->text, no[i]) != 0)
			continue;
		*ret_flag = is_yes;
		return ERR_OK;
	}
	return place_fail(&value->place, "%s has to be true or false", key);
}

static bool same_word(const char *a, const char *b)
{
	for (; *a && *b; a++, b++) {
		int x = *a == '_' ? '-' : tolower((unsigned char)*a);
		if (x != (*b == '_' ? '-' : *b))
			return false;
	}
	return *a == *b;
}

enum err word_read(const char *key, const struct node *value, const char *const *words, size_t n, int *ret_index)
{
	char sentence[160];

	if (value->kind != NODE_TEXT)
		return place_fail(&value->place, "%s has to be one word (such as %s)", key, words[0]);
	for (size_t i = 0; i < n; i++) {
		if (!same_word(value->text, words[i]))
			continue;
		*ret_index = (int)i;
		return ERR_OK;
	}
	snprintf(sentence, sizeof sentence, "unknown %s '%.64s'", key, value->text);
	return fail_words(&value->place, sentence, value->text, words, n);
}

enum err items_read(const char *key, const struct node *value, enum err (*f)(void *, const struct node *),
                    void *context)
{
	if (value->kind == NODE_TEXT)
		return place_fail(&value->place, "%s has to be a list (write [%.64s])", key, value->text);
	if (value->kind != NODE_LIST)
		return place_fail(&value->place, "%s has to be a list (an entry a line, each after \"- \")", key);
	for (const struct node *item = value->first; item; item = item->next) {
		if (item->kind != NODE_TEXT)
			return place_fail(&item->place,
			                  "an entry of %s is no text (quote what has brackets or ends with a colon)",
			                  key);
		enum err e = f(context, item);
		if (e != ERR_OK)
			return e;
	}
	return ERR_OK;
}
