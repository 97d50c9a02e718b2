/* A report while it is being made: what the steps of gap_read pass to each other. */
#ifndef REPORT_READING_H
#define REPORT_READING_H

#include "base/addr.h"
#include "base/map.h"
#include "base/names.h"
#include "record/turns.h"
#include "report/gap.h"
#include "report/pool.h"
#include "report/verdicts.h"

/* "3478/udp", "50000-50999/udp". */
struct port_span {
	uint16_t low, high;
	char transport[8];
};

struct read_rule {
	struct gap_rule shape; /* its texts; verdict and the rest follow later */
	uint32_t group;        /* index in groups */
	struct port_span port;
	bool shown;            /* the filter wants it */
};

struct read_group {
	struct gap_group shape;
	struct port_span *works; /* works_if_any */
	size_t works_n;
	uint32_t *fallbacks;     /* groups that are fallbacks for this one */
	size_t fallback_n;
	const char *fallback_for; /* JSON, as stored */
	bool shown;
	bool asked_for, seen, ok; /* of any of its rules: the filter wants it, it was tried, it worked at times */
	/* found by missing_build */
	bool broken, degraded;
	bool partly; /* of degraded_rule: a client got through by the rule itself at times, and had no other way */
	uint32_t broken_rule, degraded_rule; /* the first rule that made it so */
};

/* An incident with a million attempts shows some of its flows; its count gives the total. */
#define COMMUNITY_IDS_MOST 32

/* The sums over the attempts of one incident of the ledger. */
struct sum {
	int64_t first_us, last_us;
	uint32_t attempts;
	uint8_t confidence;
};

struct reading {
	struct gap *gap;
	struct pool *pool;      /* of the gap */
	struct names *names;    /* of the gap: all addresses, hosts, texts that repeat */
	const struct gap_filter *filter;
	const struct ledger *ledger; /* holds attempts and incidents; NULL: they are in the database */
	struct gap_filter list_filter; /* selects the runs whose lists count */
	struct prefix *clients;        /* of the filter */

	struct read_rule *rules; /* all of them, also those not shown, because alternatives may be among them */
	size_t rule_n;
	struct read_group *groups;
	size_t group_n;
	struct map group_places; /* name_id of a group's id → uint32_t, its index in groups */

	struct tried *tried;
	size_t tried_n, tried_room;
	struct turns turns;
	struct turned {
		int64_t run, id; /* from this row on */
		uint8_t turn;
	} turned[TURNS_MOST];       /* for attempts read from the database */
	bool looked_up;             /* attempts decided by look-ups alone */
	struct sum *sums;           /* by the number of the ledger's incident - 1 */
	struct verdicts verdicts;
	struct map answered;        /* struct answered_key → int64_t: when it last looked the name up successfully */
	struct map incident_places; /* id → index in gap->incidents */
};

/* The steps that read tables, in this order (gap_lists.c, gap_attempts.c). Each ERR_DATABASE, ERR_MEMORY;
 * read_groups ERR_USAGE if the filter's group is unknown. */
struct db;
MUSTCHECK enum err read_runs(struct reading *r, struct db *db);
MUSTCHECK enum err read_lists(struct reading *r, struct db *db);
MUSTCHECK enum err read_sources(struct reading *r, struct db *db);
MUSTCHECK enum err read_groups(struct reading *r, struct db *db);
MUSTCHECK enum err read_rules(struct reading *r, struct db *db);
/* Before the attempts: find where a run's clock was set back. Then: the turn of an attempt's row. */
MUSTCHECK enum err read_turns(struct reading *r, struct db *db);
uint8_t turn_of(const struct reading *r, int64_t run, int64_t id);
MUSTCHECK enum err read_attempts(struct reading *r, struct db *db);
MUSTCHECK enum err read_answers(struct reading *r, struct db *db);
/* verdicts_settle() over corrected times, which never decrease; the attempts keep their displayed times. */
MUSTCHECK enum err read_verdicts(struct reading *r);
/* After the verdicts: */
MUSTCHECK enum err read_incidents(struct reading *r, struct db *db);
MUSTCHECK enum err read_unlisted(struct reading *r, struct db *db);
MUSTCHECK enum err read_calls(struct reading *r, struct db *db);
MUSTCHECK enum err read_notices(struct reading *r, struct db *db);
/* Only with the filter's details, after read_incidents: */
MUSTCHECK enum err read_packets(struct reading *r, struct db *db);
MUSTCHECK enum err read_moments(struct reading *r, struct db *db);

static inline enum err memory_failed(void)
{
	return err_fail(ERR_MEMORY, "out of memory");
}

/* Add an attempt; reserve room for this many incidents; add a flow to an incident. ERR_MEMORY. */
MUSTCHECK enum err tried_add(struct reading *r, const struct tried *t);
MUSTCHECK enum err incidents_reserve(struct gap *g, size_t n);
MUSTCHECK enum err community_add(struct reading *r, struct gap_incident *n, const char *community);

/* Likewise from the ledger (gap_ledger.c). It holds one run, and all of it is wanted. */
MUSTCHECK enum err ledger_attempts(struct reading *r);
MUSTCHECK enum err ledger_incidents(struct reading *r);

/* Whether the filter's pattern, if it has one, matches a host. */
bool filter_wants_host(const struct gap_filter *filter, const char *host);

/* gap->rules from the verdicts. ERR_MEMORY. */
MUSTCHECK enum err rules_build(struct reading *r);


/* The missing rules: fills gap->missing from the verdicts, and each group's broken and degraded. Sorted by first
 * time. ERR_MEMORY. */
MUSTCHECK enum err missing_build(struct reading *r);

/* The sentence that explains a missing rule to a person. counts: its attempts, by signature. NULL: out of memory. */
const char *missing_why(struct reading *r, const struct gap_missing *m, const uint64_t counts[SIGNATURE_COUNT]);

/* What users notice for each group: fills gap->groups; after missing_build. ERR_MEMORY. */
MUSTCHECK enum err groups_build(struct reading *r);

#endif
