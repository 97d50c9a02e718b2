/* What has to be opened, cut down to what one firewall can say: made from the
 * gap once, printed by every firewall's own file. */
#ifndef REPORT_FIREWALLS_OPENINGS_H
#define REPORT_FIREWALLS_OPENINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "report/firewalls/firewalls.h"
#include "report/pool.h"

/* A sorted set of networks that holds exactly the addresses put in. */
struct networks {
	struct prefix *at;
	size_t n;
};

/* Where to. All of one family. */
struct place {
	const char *name;  /* [a-z0-9._-], may begin with "*."; NULL: the networks are meant */
	const char *host;  /* whose networks these are: a plain name, or NULL */
	const char *label; /* of an object: [a-z0-9._-], at most 48 bytes, begins with a letter, one for each host */
	bool is_wildcard, v6;
	struct networks networks; /* none when name is given */
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
	const char *label;   /* [a-z0-9.-], at most 35 bytes, differs from all others */
	const char *comment; /* plain text, at most 60 bytes */
	bool critical, is_web;
};

/* One missing entry: its openings, and what is to be said above them. */
struct item {
	const char **remarks; /* plain text */
	size_t remark_n;
	size_t first, n; /* of the openings */
};

struct ruleset {
	const struct firewall *firewall;
	const char *into, *inside, *outside; /* of plain characters */
	const char **notes;                  /* to be said at the top; plain text */
	size_t note_n;
	struct item *items;
	size_t item_n;
	struct opening *openings;
	size_t opening_n;
	struct place *places; /* each once */
	size_t place_n;
	struct service *services; /* each once */
	size_t service_n;
	struct networks networks; /* all sources and destinations that are none by name, each once */
	size_t unsaid;            /* things that could not be said */
	struct pool pool;
};

/* Whether a firewall has to be told: all of kind firewall, and a server of the
 * list for look-ups (role dns) that is not heard at all. */
bool missing_is_opening(const struct gap_missing *m);

/* ERR_MEMORY. ret_set is to be released also after a failure. */
MUSTCHECK enum err ruleset_build(const struct firewall *f, const struct gap *g, struct ruleset *ret_set);
void ruleset_release(struct ruleset *s);

/* Sort, drop what others cover, join complete halves: the fewest networks that
 * hold exactly the same addresses. */
void networks_aggregate(struct networks *n);
/* Sort, drop what is there twice, join nothing. */
void networks_unique(struct networks *n);

#endif
