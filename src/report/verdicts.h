/* What the attempts of a period say about each rule (contract section 1).
 * Pure: no database, no clock. */
#ifndef REPORT_VERDICTS_H
#define REPORT_VERDICTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/map.h"
#include "base/names.h"
#include "judge/verdict.h"
#include "report/gap.h"

#define RULE_NONE UINT32_MAX

/* What an attempt counts as in the verdict of its rule. */
enum part {
	PART_UNDECIDED, /* inconclusive */
	PART_OK,        /* worked, or was cut only after the service had answered */
	PART_RETRIED,   /* a single failure that succeeded when repeated seconds later */
	PART_MENDED,    /* failed, but works now */
	PART_BAD,       /* failed, and nothing later contradicts it */
	PART_OVERRULED, /* a failed look-up that later or stronger evidence contradicts: not counted */
};

/* Which client was given an address for which name. */
struct answered_key {
	name_id client, host;
};

/* One attempt, small: a report may be made of millions. */
struct tried {
	uint32_t rule; /* index in the report's rules; RULE_NONE */
	name_id client, address, host, blocker; /* 0: none */
	uint16_t port;
	int64_t started_us, ended_us, incident; /* incident 0: none */
	uint8_t outcome, signature, confidence, hint;
	bool answered, by_lookup;
	uint8_t part; /* set by verdicts_settle */
	bool drafted; /* it belongs to a missing rule of this kind; set when those are collected */
	uint8_t kind;
	uint8_t turn; /* index in the reading's turns */
};

/* One client on one rule; its attempts are adjacent. */
struct ruling_client {
	name_id client;
	size_t first, n; /* index of the first attempt */
	struct gap_counts counts;
	enum verdict verdict;
	bool ok, bad;    /* it has attempts of PART_OK, PART_BAD */
	bool elsewhere;  /* it failed at an address that never worked for it */
	bool other_port; /* it failed on a port that never worked, at an address where another port works */
};

struct ruling {
	size_t first, n;             /* index of the first attempt */
	size_t client_first, client_n; /* index of the first in struct verdicts' clients */
	struct gap_counts counts;
	enum verdict verdict;
	enum confidence confidence;
	const char *partial_by;      /* NULL unless partial */
	int64_t first_us, last_us;   /* 0: no attempt */
};

struct verdicts {
	struct ruling *rulings; /* one per rule */
	struct ruling_client *clients;
	size_t rule_n, client_n;
};

/* Whether the attempts are on several hosts that are distinguished: one name under a pattern says nothing about
 * another. */
bool tried_several_hosts(const struct tried *t, size_t n);

/* Sort the attempts by rule, client, address, port and time, assign each its part, and decide the verdict of each rule
 * and client. A failed look-up counts unless an ok attempt of the client on the rule, at the host of that name, ended
 * no more than two minutes before it, or the client was given an address later.
 * in      answered: struct answered_key to int64_t, when it last asked successfully; NULL: never
 * errors  ERR_MEMORY */
MUSTCHECK enum err verdicts_settle(struct tried *tried, size_t n, size_t rule_n, const struct map *answered,
                                   struct verdicts *ret_verdicts);
/* Recompute the rulings' times after those of the attempts were changed. */
void verdicts_tell_times(struct verdicts *v, const struct tried *tried);
void verdicts_release(struct verdicts *v);

#endif
