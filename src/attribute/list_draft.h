/* A list under construction, to be written as YAML that lists_read accepts. */
#ifndef ATTRIBUTE_LIST_DRAFT_H
#define ATTRIBUTE_LIST_DRAFT_H

#include <stdio.h>

#include "attribute/list.h"
#include "attribute/list_arena.h"
#include "base/map.h"
#include "base/names.h"

struct draft_group {
	const char *id;
	enum role role;
	const char *description, *region, *notes; /* NULL: none */
	bool required, ports_inferred;
	const char **hosts; /* canonical, as host_parse gives them */
	size_t host_n, host_size;
	struct port_range *ports;
	size_t port_n, port_size;
};

struct draft {
	struct arena arena;
	const char *name, *vendor, *version, *published, *source, *notes; /* NULL: none */
	struct draft_group *groups;
	size_t group_n, group_size;
	struct names *names;
	struct map keys; /* ids -> groups, hosts of groups */
};

/* ERR_MEMORY. */
MUSTCHECK enum err draft_open(struct draft *d);
void draft_release(struct draft *d);

/* The group with an id, added if new. label may be any text: the id is made from its letters and digits. Returns the
 * index, or -1: out of memory. */
ptrdiff_t draft_group(struct draft *d, const char *label);
/* Add a host in canonical form; duplicates are ignored. */
MUSTCHECK enum err draft_host(struct draft *d, size_t group, const char *host);
MUSTCHECK enum err draft_port(struct draft *d, size_t group, const struct port_range *p);

/* Write it, including groups without hosts. Text from elsewhere (descriptions, notes) is quoted so that it stays
 * text. Write errors stay in f. */
void draft_write(const struct draft *d, const char *comment, FILE *f);

#endif
