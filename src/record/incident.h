/* Incidents: failed attempts grouped by client, host, port, transport, signature and rule. Recently used ones are
 * held in memory; their counts are written when the batch is committed. */
#ifndef RECORD_INCIDENT_H
#define RECORD_INCIDENT_H

#include "base/map.h"
#include "base/names.h"
#include "base/text.h"
#include "record/db.h"
#include "record/record.h"

struct incident {
	int64_t id;
	int64_t attempts;
	int64_t first_us, last_us;
	int64_t newest_us;  /* start of the attempt that `address` comes from */
	struct addr address;
	enum confidence confidence; /* the highest of its attempts, whose detail it shows */
	bool blocked;       /* false: all were resets of a service that had answered */
	bool dirty;
	bool fresh;         /* created together with its first attempt, which must not be counted again */
	uint8_t kept;       /* attempts whose packets are stored */
	int64_t last_kept;  /* of these, the one to be replaced by a later attempt; 0 none */
};

enum incident_query {
	INCIDENT_FIND,
	INCIDENT_KEPT,
	INCIDENT_INSERT,
	INCIDENT_BEST,
	INCIDENT_COUNT,
	INCIDENT_RECOUNT,
	INCIDENT_REJUDGE,
	INCIDENT_DELETE,
	INCIDENT_QUERIES
};

struct incidents {
	struct db *db;
	struct query *queries[INCIDENT_QUERIES];
	struct map index;       /* key -> index in `at` */
	struct names *names;    /* hosts and rules of the keys */
	struct incident *at;
	uint32_t *dirty;        /* indexes of those to be written */
	size_t n, room, dirty_n, dirty_room;
	bool all_known;         /* every incident of the database is in memory */
	uint64_t added;         /* new ones, in total */
};

/* The texts of an attempt as stored in the database; made once for its row and its incident's. */
struct telling {
	const char *rule;       /* NULL: none */
	const char *proofs;     /* JSON */
	char client[ADDR_TEXT], address[ADDR_TEXT];
};

MUSTCHECK enum err incidents_init(struct incidents *x, struct db *db);
void incidents_release(struct incidents *x);
/* Drop all that is in memory (after a rollback, or when rows were changed directly). */
void incidents_clear(struct incidents *x);

const char *transport_text(uint8_t proto); /* "tcp", "udp"; otherwise "" */

/* Whether an attempt belongs to an incident. */
bool incident_is(const struct attempt *a);
/* The incident of an attempt, created if there is none. The pointer is valid until the next call. */
MUSTCHECK enum err incident_get(struct incidents *x, const struct attempt *a, const struct telling *t,
				struct incident **ret_incident);
/* Count an attempt in its incident, created if it is the first. The pointer is valid until the next call. */
MUSTCHECK enum err incident_add(struct incidents *x, const struct attempt *a, const struct telling *t,
				struct incident **ret_incident);
/* Write the counts. */
MUSTCHECK enum err incidents_flush(struct incidents *x);

/* An attempt was deleted or changed in the database: recompute its incident's counts and bounds, and if `judged`
 * also which attempt represents it; it is deleted if none is left. */
MUSTCHECK enum err incident_recount(struct incidents *x, int64_t id, int64_t fewer, bool judged);

#endif
