/* The lists that come with the program: in the folder where it is installed, or compiled in. */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "attribute/list_shipped.h"
#include "base/word.h"

#define NAMES_MOST 256
#define ENDING ".yaml"

/* Every list that can be named, folders first: what an administrator put there overrides what came with the program. */
struct catalogue {
	struct text texts[NAMES_MOST];
	const char *folders[NAMES_MOST]; /* NULL: compiled in */
	const struct shipped_list *lists[NAMES_MOST];
	size_t n;
};

bool shipped_is_name(const char *word)
{
	static const char *const endings[] = {".yaml", ".yml", ".json", ".txt"};
	size_t n = strlen(word);

	for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
		size_t m = strlen(endings[i]);
		if (n > m && strcasecmp(word + n - m, endings[i]) == 0)
			return false;
	}
	return !strchr(word, '/') && strcmp(word, "-") != 0;
}

/* Compares to -1, 0, 1, runs of digits as numbers: 2.10 is newer than 2.9. */
static int version_compare(const char *a, const char *b)
{
	while (*a && *b) {
		if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
			a += strspn(a, "0"), b += strspn(b, "0");
			size_t n = strspn(a, "0123456789"), m = strspn(b, "0123456789");
			int d = n != m ? (n < m ? -1 : 1) : strncmp(a, b, n);
			if (d)
				return d < 0 ? -1 : 1;
			a += n, b += m;
			continue;
		}
		if (*a != *b)
			return *a < *b ? -1 : 1;
		a++, b++;
	}
	return *a ? 1 : *b ? -1 : 0;
}

static void catalogue_add(struct catalogue *c, const char *name, size_t n, const char *folder,
                          const struct shipped_list *list)
{
	if (c->n == NAMES_MOST)
		return;
	c->folders[c->n] = folder;
	c->lists[c->n] = list;
	text_add_n(&c->texts[c->n++], name, n);
}

static void catalogue_folder(struct catalogue *c, const char *folder)
{
	DIR *d = folder && *folder ? opendir(folder) : NULL;
	const struct dirent *entry;

	while (d && (entry = readdir(d))) {
		size_t n = strlen(entry->d_name), m = strlen(ENDING);
		if (n > m && strcmp(entry->d_name + n - m, ENDING) == 0)
			catalogue_add(c, entry->d_name, n - m, folder, NULL);
	}
	if (d)
		closedir(d);
}

static struct catalogue *catalogue_new(void)
{
	struct catalogue *c = calloc(1, sizeof *c);

	if (!c)
		return NULL;
	catalogue_folder(c, getenv("RULEGAP_LISTS"));
	catalogue_folder(c, RULEGAP_LISTS_DIR);
	for (const struct shipped_list *l = shipped_lists; l->name; l++)
		catalogue_add(c, l->name, strlen(l->name), NULL, l);
	for (size_t i = 0; i < c->n; i++) {
		if (!c->texts[i].failed)
			continue;
		c->n = i;
		break;
	}
	return c;
}

static void catalogue_free(struct catalogue *c)
{
	for (size_t i = 0; i < NAMES_MOST; i++)
		text_release(&c->texts[i]);
	free(c);
}

/* Whether name is word followed by a version. */
static bool is_version_of(const char *name, const char *word)
{
	size_t n = strlen(word);

	return strncasecmp(name, word, n) == 0 && name[n] == '-' && isdigit((unsigned char)name[n + 1]);
}

static size_t catalogue_find(const struct catalogue *c, const char *word)
{
	size_t best = c->n;

	for (size_t i = 0; i < c->n; i++)
		if (strcasecmp(c->texts[i].at, word) == 0)
			return i;
	for (size_t i = 0; i < c->n; i++)
		if (is_version_of(c->texts[i].at, word) &&
		    (best == c->n || version_compare(c->texts[i].at, c->texts[best].at) > 0))
			best = i;
	return best;
}

static enum err fail_unknown(const struct catalogue *c, const char *word)
{
	const char *names[NAMES_MOST], *near;
	char bare[64];
	struct text all = {0};

	for (size_t i = 0; i < c->n; i++) {
		names[i] = c->texts[i].at;
		text_addf(&all, "%s%s", i ? ", " : "", names[i]);
	}
	near = word_near(word, names, c->n);
	for (size_t i = 0; i < c->n && !near; i++) { /* the user may have left out the version */
		const char *only = bare;
		snprintf(bare, sizeof bare, "%.*s", (int)strcspn(names[i], "-"), names[i]);
		near = word_near(word, &only, 1);
	}
	enum err e = near
	               ? err_fail(ERR_USAGE, "%s: no list of this name (did you mean %s?)", word, near)
	               : err_fail(ERR_USAGE, "%s: no list of this name (shipped: %s; a file is named with its ending)",
	                          word, all.n ? all.at : "none");
	text_release(&all);
	return e;
}

bool shipped_has(const char *word, size_t n)
{
	struct catalogue *c = catalogue_new();
	bool has = false;

	for (size_t i = 0; c && i < c->n && !has; i++)
		has = strlen(c->texts[i].at) == n && strncasecmp(c->texts[i].at, word, n) == 0;
	if (c)
		catalogue_free(c);
	return has;
}

enum err shipped_find(const char *word, struct text *path, const struct shipped_list **ret_list)
{
	struct catalogue *c = catalogue_new();

	if (!c)
		return err_fail(ERR_MEMORY, "out of memory");
	size_t i = catalogue_find(c, word);
	if (i == c->n) {
		enum err e = fail_unknown(c, word);
		catalogue_free(c);
		return e;
	}
	if (c->lists[i])
		text_addf(path, "shipped:%s", c->texts[i].at);
	else
		text_addf(path, "%s/%s" ENDING, c->folders[i], c->texts[i].at);
	*ret_list = c->lists[i];
	catalogue_free(c);
	return path->failed ? err_fail(ERR_MEMORY, "out of memory") : ERR_OK;
}
