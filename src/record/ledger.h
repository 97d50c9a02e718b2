/* The attempts and incidents of a run whose database would be deleted after one report: kept in memory instead, as
 * small as that report needs them. Their number is bounded by the judge, which reports attempts when all of them are
 * settled (CANDIDATES_MOST); the report would hold each of them anyway. */
#ifndef RECORD_LEDGER_H
#define RECORD_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/map.h"
#include "base/names.h"
#include "judge/verdict.h"
#include "record/turns.h"

struct ledger_attempt {
	int64_t started_us, ended_us;
	name_id rule, client, address, host, blocker, far; /* 0: none */
	uint32_t number;   /* in the order of reporting */
	uint32_t incident; /* its number, from 1; 0: none */
	uint16_t port;
	uint16_t client_port, far_port; /* only for an incident's; client_port 0: there was no connection */
	uint8_t outcome, signature, confidence, hint;
	bool answered, by_lookup;
	uint8_t turn;      /* index in the ledger's turns */
};

struct ledger_incident {
	name_id rule, client, host;
	name_id address;         /* of the newest attempt that has one; otherwise of the first */
	name_id detail, blocker; /* these, the remark and the proofs: of the most confident attempt */
	struct remark remark;    /* if there is no detail */
	uint32_t proof_first;
	uint8_t proof_n;
	uint8_t attributed_by, confidence, hint;
	uint8_t proto, signature;
	uint16_t port;
	bool blocked;            /* false: all of its attempts were resets */
	uint8_t kept;            /* attempts whose packets a database would store */
	uint32_t packets, last_packets; /* the number of these packets, and of those of the newest such attempt */
	name_id first_address;
	int64_t newest_us;
};

struct ledger_proof {
	name_id name, text;
};

struct ledger {
	struct names *names;
	struct map addresses;    /* address → name */
	struct map index;        /* key → number of an incident */
	struct ledger_attempt *attempts; /* sorted by ledger_sort */
	struct ledger_incident *incidents;
	struct ledger_proof *proofs;
	size_t attempt_n, attempt_room, incident_n, incident_room, proof_n, proof_room;
	bool unsorted;
	struct turns turns;
};

MUSTCHECK enum err ledger_new(struct ledger **ret_ledger);
void ledger_free(struct ledger *l);

/* Add an attempt, which must not be reported again. rule: its name, NULL none;
 * packet_n: the number of packets that prove it. */
MUSTCHECK enum err ledger_add(struct ledger *l, const struct attempt *a, const char *rule, size_t packet_n);

/* Such an attempt will follow soon: prefetch where ledger_add() looks up its addresses. */
void ledger_expect(const struct ledger *l, const struct addr *client, const struct addr *address);

/* Sort the attempts by time, equals in the order of reporting. */
void ledger_sort(struct ledger *l);

#endif
