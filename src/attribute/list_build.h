/* Lists while they are read and overlaid. */
#ifndef ATTRIBUTE_LIST_BUILD_H
#define ATTRIBUTE_LIST_BUILD_H

#include "attribute/list.h"
#include "attribute/list_yaml.h"
#include "base/map.h"
#include "base/names.h"

#define ENTRIES_MOST 2000000u /* hosts, ports and names of all groups; more are refused, with the place */
#define RULES_MOST 4000000u   /* a quarter of a gigabyte; more is refused */
#define PORTS_MOST 256u       /* per group; the search is linear */

/* A reference that only a later list may resolve. */
struct mention {
	struct place place;
	uint32_t group;          /* the group that contains it */
	const char *text;        /* fallback_for: a group's id; NULL: works_if_any */
	struct port_range port;
};

/* What a group needs in addition to its public part until all lists are read. */
struct group_draft {
	struct place place; /* of its id, at its first appearance */
	size_t host_size, port_size, works_size, fallback_size, learn_size;
	uint32_t first_line; /* in the file being read; 0: not seen in it yet */
};

struct build {
	struct arena *arena; /* of the lists: what outlives the reading */
	struct lists *lists;
	struct names *names; /* texts of hosts and ids */
	struct map keys;     /* {group, name} -> index: hosts of a group, ids of groups */
	struct group_draft *drafts;
	size_t group_size, draft_size;
	struct mention *mentions;
	size_t mention_n, mention_size;
	size_t entry_n;
};

/* One group of the list being read; ports: the list's own, inherited. */
struct list_ports {
	struct port_range *at;
	size_t n, size;
};
MUSTCHECK enum err build_group(struct build *b, const struct node *node, const struct list_ports *ports);

/* After all lists: resolve mentions, set defaults, decide which groups are active, make the rules. */
MUSTCHECK enum err build_finish(struct build *b, const char *profile);

/* Add a port range if it is not yet there. */
MUSTCHECK enum err ports_add(struct arena *a, struct port_range **ports, size_t *n, size_t *size,
                             const struct port_range *p);
MUSTCHECK enum err list_port_read(const struct node *item, struct port_range *ret_port);

/* The index of a group's id; UINT32_MAX: unknown. */
uint32_t build_group_find(const struct build *b, const char *id);

#endif
