/* Incidents: failed attempts grouped by client, host, port, transport,
 * signature and rule. Those touched lately are held in memory; their counts go
 * to the database when the batch is committed. */
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
	int64_t newest_us;  /* start of the attempt that `address` is of */
	struct addr address;
	enum confidence confidence; /* the best of its attempts', whose words it shows */
	bool blocked;       /* else all of them were resets of a service that answered */
	bool dirty;
	bool fresh;         /* made with its first attempt, which is not counted in again */
	uint8_t kept;       /* attempts whose packets are kept */
	int64_t last_kept;  /* of them, the one that makes room for a later attempt; 0 none */
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
	struct map index;       /* key -> number in `at` */
	struct names *names;    /* hosts and rules of the keys */
	struct incident *at;
	uint32_t *dirty;        /* numbers of those to be written */
	size_t n, room, dirty_n;
	bool all_known;         /* the database has none that is not here */
	uint64_t added;         /* new ones, ever */
};

/* How an attempt is told in the database; made once for its own row and its incident's. */
struct telling {
	const char *rule;       /* NULL: none */
	const char *proofs;     /* JSON */
	char client[ADDR_TEXT], address[ADDR_TEXT];
};

MUSTCHECK enum err incidents_init(struct incidents *x, struct db *db);
void incidents_release(struct incidents *x);
/* Forget all that is in memory (after an undone batch; when rows were changed behind its back). */
void incidents_clear(struct incidents *x);

const char *transport_text(uint8_t proto); /* "tcp", "udp"; "" else */

/* Whether an attempt belongs to an incident. */
bool incident_is(const struct attempt *a);
/* The one it belongs to, made when there is none. It may move at the next call. */
MUSTCHECK enum err incident_get(struct incidents *x, const struct attempt *a, const struct telling *t,
				struct incident **ret_incident);
/* Count an attempt in; made when it is the first. The incident may move at the next call. */
MUSTCHECK enum err incident_add(struct incidents *x, const struct attempt *a, const struct telling *t,
				struct incident **ret_incident);
/* Write the counts. */
MUSTCHECK enum err incidents_flush(struct incidents *x);

/* An attempt of it was taken away or changed in the database: count and bounds
 * anew, also who shows it best when `judged`; deleted when none is left. */
MUSTCHECK enum err incident_recount(struct incidents *x, int64_t id, int64_t fewer, bool judged);

#endif
