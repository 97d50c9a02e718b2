/* A list that is being made, to be written as YAML that lists_read takes. */
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

/* The group of an id, added when new. label may be anything: the id is made of
 * its letters and digits. The index, or -1: out of memory. */
ptrdiff_t draft_group(struct draft *d, const char *label);
/* Add a host in canonical form; a second time it is ignored. */
MUSTCHECK enum err draft_host(struct draft *d, size_t group, const char *host);
MUSTCHECK enum err draft_port(struct draft *d, size_t group, const struct port_range *p);

/* Write it; groups without hosts are written too. Text of others (descriptions,
 * notes) is quoted so that it stays text. Failures to write stay in f. */
void draft_write(const struct draft *d, const char *comment, FILE *f);

#endif
