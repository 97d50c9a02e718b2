#include "capture/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/map.h"
#include "capture/inside.h"

#define FILES_MOST 65535u  /* a frame's source is a 16-bit number */
#define DEPTH_MOST 64

/* Visited files and folders by device and inode: a loop of links ends, and no file is read
 * twice. */
struct visit {
	uint64_t device, inode;
};

static enum err add(struct listing *l, const char *path, const char *folder)
{
	if (l->n == FILES_MOST)
		return name_fail(ERR_USAGE, path, "more than %u files at once; give fewer", FILES_MOST);
	struct listed *at = array_grow(l->at, l->n, &l->size, sizeof *at);
	if (!at)
		return err_fail(ERR_MEMORY, "out of memory for %zu file names", l->n + 1);
	l->at = at;
	char *copy = strdup(path);
	if (!copy)
		return err_fail(ERR_MEMORY, "out of memory for a file name");
	l->at[l->n++] = (struct listed){.path = copy, .folder = folder};
	return ERR_OK;
}

struct search {
	struct listing *listing;
	const char *folder; /* as given */
	struct map seen;
};

static enum err walk(struct search *s, const char *folder, int depth);

static enum err visit_entry(struct search *s, const char *path, int depth)
{
	struct stat st;
	bool new;

	if (stat(path, &st) != 0)
		return ERR_OK; /* a dangling link, or gone since */
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return ERR_OK;
	struct visit v = {st.st_dev, st.st_ino};
	if (!map_put(&s->seen, &v, &new))
		return err_fail(ERR_MEMORY, "out of memory for a folder's files");
	if (!new)
		return ERR_OK;
	if (S_ISREG(st.st_mode))
		return add(s->listing, path, s->folder);
	return depth < DEPTH_MOST ? walk(s, path, depth + 1) : ERR_OK;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static enum err walk(struct search *s, const char *folder, int depth)
{
	struct dirent **entries;
	enum err e = ERR_OK;
	int n = scandir(folder, &entries, NULL, by_name);

	if (n < 0 && depth > 0) {
		name_fail(ERR_PERMISSION, folder, "this folder cannot be read: %s", err_reason(errno));
		err_say("%s", err_detail());
		return ERR_OK;
	}
	if (n < 0)
		return name_fail(errno == EACCES ? ERR_PERMISSION : ERR_USAGE, folder, "this folder cannot be read: %s",
		                 err_reason(errno));
	for (int i = 0; i < n; i++) {
		const char *name = entries[i]->d_name;
		char *path = NULL;
		if (e == ERR_OK && strcmp(name, ".") != 0 && strcmp(name, "..") != 0) {
			const char *slash = folder[strlen(folder) - 1] == '/' ? "" : "/";
			if (asprintf(&path, "%s%s%s", folder, slash, name) < 0)
				e = err_fail(ERR_MEMORY, "out of memory for a file name");
			else
				e = visit_entry(s, path, depth);
			free(path);
		}
		free(entries[i]);
	}
	free(entries);
	return e;
}

static enum err add_faulty(struct listing *l, const char *path, enum err fault)
{
	enum err e = add(l, path, NULL);

	if (e != ERR_OK)
		return e;
	l->at[l->n - 1].fault = fault;
	l->at[l->n - 1].why = strdup(name_fault());
	return l->at[l->n - 1].why ? ERR_OK : err_fail(ERR_MEMORY, "out of memory for a file name");
}

enum err listing_add(struct listing *l, const char *path)
{
	struct search s = {.listing = l, .folder = path};
	struct stat st;
	size_t before = l->n;
	bool new;

	if (strcmp(path, "-") == 0 || stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
		return add(l, path, NULL);
	map_init(&s.seen, sizeof(struct visit), 1, 1u << 20);
	struct visit v = {st.st_dev, st.st_ino};
	(void)map_put(&s.seen, &v, &new);
	enum err e = walk(&s, path, 0);
	map_release(&s.seen);
	if (l->n > before || e == ERR_MEMORY)
		return e;
	if (e == ERR_OK)
		e = name_fail(ERR_USAGE, path, "an empty folder; give the one that holds the captures");
	return add_faulty(l, path, e);
}

void listing_release(struct listing *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->at[i].path);
		free(l->at[i].why);
	}
	free(l->at);
	*l = (struct listing){0};
}
