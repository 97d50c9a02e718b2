/* Lists as a whole: files, the keys of a list, overlaying. */
#include "attribute/list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attribute/list_build.h"
#include "attribute/list_check.h"
#include "attribute/list_match.h"
#include "attribute/list_shipped.h"
#include "base/limits.h"
#include "flow/digest.h"

#define FILE_MOST_BYTES ((size_t)16 << 20) /* a list of 400,000 hosts is 10 MB; a capture passed by mistake is larger */

struct content {
	bool is_stdin;
	const char *path; /* as shown; in the arena of the lists */
	unsigned char *read; /* NULL: shipped */
	const unsigned char *bytes;
	size_t n;
};

static enum err fail_memory(void)
{
	return err_fail(ERR_MEMORY, "out of memory");
}

static enum err fail_file(const char *path)
{
	enum err e = errno == EACCES || errno == EPERM ? ERR_PERMISSION : errno == EIO ? ERR_IO : ERR_USAGE;

	const char *why = err_reason(errno), *dot = errno == ENOENT ? strrchr(path, '.') : NULL;

	if (dot && shipped_has(path, (size_t)(dot - path)))
		return err_fail(e, "%s: %s (a shipped list is named without its ending: %.*s)", path, why,
		                (int)(dot - path), path);
	return err_fail(e, "%s: %s", path, why);
}

/* The whole of f, up to the maximum size of a list. */
static enum err content_take(struct content *c, FILE *f)
{
	size_t size = (size_t)64 << 10;

	for (;;) {
		unsigned char *grown = realloc(c->read, size);
		if (!grown)
			return fail_memory();
		c->bytes = c->read = grown;
		c->n += fread(c->read + c->n, 1, size - c->n, f);
		if (ferror(f))
			return fail_file(c->path);
		if (c->n > FILE_MOST_BYTES)
			return err_fail(ERR_USAGE, "%s:1:1: larger than 16 MiB (no endpoint list is; is it a capture?)",
			                c->path);
		if (c->n < size)
			return ERR_OK;
		size *= 2;
	}
}

static enum err content_file(struct content *c)
{
	FILE *f = c->is_stdin ? stdin : fopen(c->path, "rbe");
	struct stat about;

	if (!f)
		return fail_file(c->path);
	enum err e = ERR_OK;
	if (fstat(fileno(f), &about) == 0 && S_ISDIR(about.st_mode))
		e = err_fail(ERR_USAGE, "%s: a folder, not a list (name a file in it)", c->path);
	if (e == ERR_OK)
		e = content_take(c, f);
	if (!c->is_stdin)
		fclose(f);
	return e;
}

static enum err content_open(struct content *c, struct arena *a, const char *word)
{
	const struct shipped_list *shipped = NULL;
	struct text path = {0};

	if (shipped_is_name(word) && access(word, F_OK) != 0) {
		enum err e = shipped_find(word, &path, &shipped);
		if (e != ERR_OK) {
			text_release(&path);
			return e;
		}
		word = path.at;
	}
	c->is_stdin = strcmp(word, "-") == 0;
	if (c->is_stdin)
		word = "standard input";
	c->path = arena_text(a, word, strlen(word));
	text_release(&path);
	if (!c->path)
		return fail_memory();
	if (!shipped)
		return content_file(c);
	c->bytes = shipped->bytes;
	c->n = shipped->n;
	return ERR_OK;
}

static enum err hash_content(const struct content *c, char ret_hex[static 65])
{
	uint8_t digest[SHA256_BYTES];

	if (!digest_sha256(c->bytes, c->n, digest))
		return err_fail(ERR_MEMORY, "SHA-256 is not available");
	for (unsigned i = 0; i < SHA256_BYTES; i++)
		snprintf(ret_hex + (size_t)2 * i, 3, "%02x", digest[i]);
	return ERR_OK;
}

/* A list as one file writes it. */
struct reading {
	struct build *build;
	struct list_source *source;
	const struct node *groups, *ports_node;
	struct list_ports ports;
};

#define TEXT_KEY(name)                                                                      \
	static enum err key_##name(void *target, const struct node *value)                  \
	{                                                                                   \
		struct reading *r = target;                                                 \
		return text_read(r->build->arena, #name, value, &r->source->name);          \
	}
TEXT_KEY(name)
TEXT_KEY(vendor)
TEXT_KEY(version)
TEXT_KEY(published)
TEXT_KEY(source)
TEXT_KEY(notes)

static enum err key_groups(void *target, const struct node *value)
{
	((struct reading *)target)->groups = value;
	return ERR_OK;
}

static enum err key_ports(void *target, const struct node *value)
{
	((struct reading *)target)->ports_node = value;
	return ERR_OK;
}

static const struct key_row list_keys[] = {
    {"name", key_name},     {"vendor", key_vendor}, {"version", key_version}, {"published", key_published},
    {"source", key_source}, {"notes", key_notes},   {"ports", key_ports},     {"groups", key_groups},
};

static enum err add_list_port(void *context, const struct node *item)
{
	struct reading *r = context;
	struct port_range p;
	enum err e = list_port_read(item, &p);

	if (e == ERR_OK && r->ports.n == PORTS_MOST)
		return place_fail(&item->place, "more than %u ports of a list (use ranges: 50000-50999/udp)",
		                  PORTS_MOST);
	return e == ERR_OK ? ports_add(r->build->arena, &r->ports.at, &r->ports.n, &r->ports.size, &p) : e;
}

static enum err build_groups(struct reading *r, const struct node *root)
{
	enum err e = ERR_OK;

	if (!r->groups)
		return place_fail(&root->place, "the list has no groups (add \"groups:\" and at least \"- id: …\")");
	if (r->groups->kind != NODE_LIST)
		return place_fail(&r->groups->place, "groups has to be a list (each group begins with \"- id: …\")");
	if (!r->groups->first)
		return place_fail(&r->groups->place, "the list has no groups (add at least \"- id: …\")");
	for (const struct node *g = r->groups->first; e == ERR_OK && g; g = g->next)
		e = build_group(r->build, g, &r->ports);
	return e;
}

/* Overlay the list whose document is root. source: filled in here. */
static enum err build_list(struct build *b, const struct node *root, struct list_source *source)
{
	struct reading r = {.build = b, .source = source};
	uint32_t seen;
	enum err e = map_read(root, "the list", list_keys, sizeof list_keys / sizeof list_keys[0], &r, &seen);

	if (e == ERR_OK && r.ports_node)
		e = items_read("ports", r.ports_node, add_list_port, &r);
	for (size_t i = 0; i < b->lists->group_n; i++)
		b->drafts[i].first_line = 0;
	return e == ERR_OK ? build_groups(&r, root) : e;
}

static enum err build_open(struct build *b, struct lists *lists, struct arena *a)
{
	*b = (struct build){.arena = a, .lists = lists, .names = names_new(NAMES_MOST_BYTES)};
	map_init(&b->keys, 2 * sizeof(uint32_t), sizeof(uint32_t), (size_t)2 * ENTRIES_MOST);
	return b->names ? ERR_OK : fail_memory();
}

static void build_close(struct build *b)
{
	map_release(&b->keys);
	if (b->names)
		names_free(b->names);
}

static enum err content_overlay(struct build *b, const struct content *c)
{
	struct list_source *source = &b->lists->sources[b->lists->source_n];
	struct arena tree = {0};
	struct node *root = NULL;

	source->path = c->path;
	enum err e = hash_content(c, source->sha256);
	if (e == ERR_OK)
		e = yaml_read(c->path, c->bytes, c->n, &tree, &root);
	if (e == ERR_OK && (!root || node_is_null(root)))
		e = err_fail(ERR_USAGE, "%s:1:1: an empty list (write at least \"groups:\" and a group)", c->path);
	if (e == ERR_OK)
		e = build_list(b, root, source);
	arena_release(&tree);
	b->lists->source_n++;
	return e;
}

static enum err overlay(struct build *b, const char *word)
{
	struct content c = {0};
	enum err e = content_open(&c, b->arena, word);

	if (e == ERR_OK)
		e = content_overlay(b, &c);
	free(c.read);
	return e;
}

static enum err read_all(struct lists *l, const char *const *paths, size_t n, const char *profile)
{
	struct arena *a = l->memory;
	struct build b;
	enum err e = build_open(&b, l, a);

	l->sources = arena_take(a, n, sizeof *l->sources);
	if (e == ERR_OK && !l->sources)
		e = fail_memory();
	for (size_t i = 0; e == ERR_OK && i < n; i++)
		e = overlay(&b, paths[i]);
	if (e == ERR_OK)
		e = build_finish(&b, profile);
	if (e == ERR_OK)
		e = matcher_build(l, a);
	build_close(&b);
	return e;
}

enum err lists_read(const char *const *paths, size_t n, const char *profile, struct lists **ret_lists)
{
	struct arena *a = calloc(1, sizeof *a);
	struct lists *l = a ? arena_take(a, 1, sizeof *l) : NULL;

	if (!l) {
		free(a);
		return fail_memory();
	}
	l->memory = a;
	enum err e = n ? read_all(l, paths, n, profile) : err_fail(ERR_USAGE, "no endpoint list (give one with -e)");
	if (e == ERR_OK)
		*ret_lists = l;
	else
		lists_free(l);
	return e;
}

void lists_free(struct lists *l)
{
	if (!l)
		return;
	struct arena *a = l->memory; /* l itself is allocated in it */
	arena_release(a);
	free(a);
}
