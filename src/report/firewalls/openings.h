/* What has to be opened, reduced to what one firewall can express: built from the gap once, printed by each
 * firewall's own file. */
#ifndef REPORT_FIREWALLS_OPENINGS_H
#define REPORT_FIREWALLS_OPENINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/map.h"
#include "report/firewalls/firewalls.h"
#include "report/pool.h"

/* A sorted set of networks that holds exactly the addresses added. */
struct networks {
	struct prefix *at;
	size_t n;
};

/* A destination, of one address family. */
struct place {
	const char *name;  /* [a-z0-9._-], may begin with "*."; NULL: use the networks */
	const char *host;  /* whose networks these are: a plain name, or NULL */
	const char *label; /* object name: [a-z0-9._-], at most 48 bytes, begins with a letter, unique per host */
	bool is_wildcard, v6;
	struct networks networks; /* none if name is given */
	size_t next;              /* of the same hash, while the set is built */
};

struct service {
	uint16_t low, high; /* inclusive */
	bool udp;
	char label[24]; /* "tcp-443", "udp-50000-50999" */
};

/* One rule to be added. */
struct opening {
	struct networks from; /* all of the place's family */
	struct networks seen; /* addresses of the family that the clients tried */
	size_t place, service;
	const char *rule;    /* its id, plain text */
	const char *label;   /* [a-z0-9.-], at most 35 bytes, unique */
	const char *comment; /* plain text, at most 60 bytes */
	bool critical, is_web;
};

/* One missing entry: its openings, and the remarks above them. */
struct item {
	const char **remarks; /* plain text */
	size_t remark_n;
	size_t first, n; /* of the openings */
};

struct ruleset {
	const struct firewall *firewall;
	const char *into, *inside, *outside; /* of plain characters */
	const char **notes;                  /* notes for the top; plain text */
	size_t note_n;
	struct item *items;
	size_t item_n;
	struct opening *openings;
	size_t opening_n;
	struct place *places; /* each once */
	size_t place_n;
	struct map place_of;  /* hash → the newest place of that hash */
	struct service *services; /* each once */
	size_t service_n;
	struct networks networks; /* all sources and those destinations that have no name, each once */
	size_t unsaid;            /* number of things that could not be expressed */
	struct pool pool;
};

/* Whether a firewall has to be changed: everything of kind firewall, and a listed resolver (role dns) that is never
 * heard. */
bool missing_is_opening(const struct gap_missing *m);

/* ERR_MEMORY. ret_set must be released even after a failure. */
MUSTCHECK enum err ruleset_build(const struct firewall *f, const struct gap *g, struct ruleset *ret_set);
void ruleset_release(struct ruleset *s);

/* Sort, drop what others cover, join complete halves: the smallest set of networks that holds exactly the same
 * addresses. */
void networks_aggregate(struct networks *n);
/* Sort and remove duplicates, join nothing. */
void networks_unique(struct networks *n);

#endif
