/* Writes rows to the database in batches: the far side of the queue. Used by one thread at a time. After a failed
 * call the batch must be undone. */
#ifndef RECORD_STORE_H
#define RECORD_STORE_H

#include "base/text.h"
#include "record/incident.h"
#include "record/row.h"

/* Packets stored of the first, second, third and the newest attempt of an incident. */
#define EVIDENCE_FIRST 32u
#define EVIDENCE_NEXT 8u
#define EVIDENCE_NEWEST 16u
#define EVIDENCE_ATTEMPTS 3u

/* How many packets of an attempt are stored if `kept` attempts of its incident already have some. */
static inline size_t evidence_most(unsigned kept)
{
	return kept == 0 ? EVIDENCE_FIRST : kept < EVIDENCE_ATTEMPTS ? EVIDENCE_NEXT : EVIDENCE_NEWEST;
}

enum attempt_query {
	ATTEMPT_INSERT,
	ATTEMPT_INSERT_MANY,
	ATTEMPT_FIND,
	ATTEMPT_UPDATE,
	PACKET_INSERT,
	PACKET_DELETE,
	ATTEMPT_QUERIES
};

/* The same clients and servers recur: their texts are cached. */
#define ADDRESSES_KNOWN 256u
struct known_address {
	struct addr addr;
	char text[ADDR_TEXT];
};

/* Attempts without an incident wait until there are this many: one statement for all of them costs a sixth less. */
#define PENDING_MOST 8u
struct pending {
	struct attempt attempt;
	struct telling telling;
	struct text json;
};

struct store {
	struct db *db;
	bool evidence;
	bool open;           /* a batch is open */
	struct query *rows[TABLE_COUNT];
	struct query *attempts[ATTEMPT_QUERIES];
	struct incidents incidents;
	int64_t run;         /* the run that began last */
	char **rules;        /* rule names by position */
	size_t rule_n;
	char **sources;      /* names in order, of the same run; a source may be announced after its packets */
	size_t source_n;
	bool unnamed;        /* packets wait for their source's name */
	struct text json;
	struct pending *pending; /* NULL until the first one */
	size_t pending_n;
	int64_t pending_run;
	struct known_address addresses[ADDRESSES_KNOWN];
	struct record_counters done; /* including the open batch */
	struct record_counters kept; /* excluding it */
};

MUSTCHECK enum err store_open(const char *path, bool evidence, struct store *ret_store);
void store_close(struct store *s);

/* Begin a batch unless one is open. */
MUSTCHECK static inline enum err store_begin(struct store *s)
{
	enum err e = s->open ? ERR_OK : db_begin_write(s->db);

	s->open = !e;
	return e;
}

/* Each begins a batch if none is open. */
MUSTCHECK enum err store_row(struct store *s, const struct row *row);
MUSTCHECK enum err store_attempt(struct store *s, int64_t run, const struct attempt *a, const struct evidence *packets,
				 size_t n);
/* Write the attempts that wait; store_commit does so too. */
MUSTCHECK enum err store_pending(struct store *s);
MUSTCHECK enum err store_commit(struct store *s);
/* Roll the batch back. */
void store_undo(struct store *s);

/* store_known.c: remember what later rows need to know of this one; forget all of it, or only the sources,
 * for which packets may wait then. */
MUSTCHECK enum err store_learn(struct store *s, const struct row *row);
void store_forget(struct store *s);
void store_forget_sources(struct store *s);
/* A rule of the run that began last. NULL: none. */
const char *store_rule(const struct store *s, int32_t position);
/* addr_format, cached if possible. */
void store_address(struct store *s, const struct addr *a, char ret_text[static ADDR_TEXT]);
/* The name of a source; until it is known a placeholder, made in `room`. */
#define SOURCE_UNNAMED 40
const char *store_source(struct store *s, int64_t run, uint16_t number, char room[static SOURCE_UNNAMED]);

#endif
