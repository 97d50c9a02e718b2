#include "record/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "base/pages.h"
#include "base/text.h"
#include "record/incident.h"
#include "record/store.h"

#define NAMES_BYTES ((size_t)1 << 30) /* as much as a report may hold; more: ERR_MEMORY */
#define ADDRESSES_MOST 1000000u       /* whose texts are cached; those of others are looked up each time */

/* The identity of an incident. Compared bytewise: it has no padding. */
struct ledger_key {
	name_id client, host, rule;
	uint16_t port;
	uint8_t proto, signature;
};

static enum err memory_failed(void)
{
	return err_fail(ERR_MEMORY, "out of memory");
}

enum err ledger_new(struct ledger **ret_ledger)
{
	struct ledger *l = calloc(1, sizeof *l);

	if (l)
		l->names = names_new(NAMES_BYTES);
	if (!l || !l->names) {
		free(l);
		return memory_failed();
	}
	map_init(&l->addresses, sizeof(struct addr), sizeof(name_id), ADDRESSES_MOST);
	map_init(&l->index, sizeof(struct ledger_key), sizeof(uint32_t), UINT32_MAX);
	*ret_ledger = l;
	return ERR_OK;
}

void ledger_free(struct ledger *l)
{
	if (!l)
		return;
	names_free(l->names);
	map_release(&l->addresses);
	map_release(&l->index);
	pages_free(l->attempts, l->attempt_room * sizeof *l->attempts);
	pages_free(l->incidents, l->incident_room * sizeof *l->incidents);
	pages_free(l->proofs, l->proof_room * sizeof *l->proofs);
	free(l);
}

static name_id intern(struct ledger *l, const char *text)
{
	return text ? names_intern(l->names, text, strlen(text)) : 0;
}

static name_id address_intern(struct ledger *l, const struct addr *a)
{
	char text[ADDR_TEXT];

	if (addr_is_none(a))
		return 0;
	name_id *known = map_put(&l->addresses, a, NULL);
	if (!known)
		return intern(l, addr_format(a, text));
	if (!*known)
		*known = intern(l, addr_format(a, text));
	return *known;
}

/* In the form in which a database's text is read back. */
static name_id proof_intern(struct ledger *l, const char *text)
{
	struct text safe = {0};
	const unsigned char *p = (const unsigned char *)text;

	while (*p >= 0x20 && *p < 0x7f)
		p++;
	if (!*p)
		return intern(l, text);
	text_add_escaped(&safe, text);
	name_id id = safe.at ? intern(l, safe.at) : 0;
	text_release(&safe);
	return id;
}

/* The fields of an incident that come from its most confident attempt. */
static bool words_take(struct ledger *l, struct ledger_incident *i, const struct attempt *a, name_id blocker)
{
	i->attributed_by = (uint8_t)a->attributed_by;
	i->confidence = (uint8_t)a->confidence;
	i->hint = (uint8_t)a->hint;
	i->detail = intern(l, a->detail);
	i->remark = a->remark;
	i->blocker = blocker;
	i->proof_first = (uint32_t)l->proof_n;
	i->proof_n = 0;
	for (size_t k = 0; k < a->proof_n && k < PROOFS_MOST; k++) {
		struct ledger_proof *at = pages_room(l->proofs, l->proof_n, &l->proof_room, sizeof *at);
		if (!at)
			return false;
		l->proofs = at;
		l->proofs[l->proof_n++] = (struct ledger_proof){intern(l, a->proofs[k].name),
		                                                proof_intern(l, a->proofs[k].text)};
		i->proof_n++;
	}
	return true;
}

static void packets_count(struct ledger_incident *i, size_t n)
{
	size_t most = evidence_most(i->kept);

	if (n == 0)
		return;
	if (i->kept > EVIDENCE_ATTEMPTS)
		i->packets -= i->last_packets;
	else
		i->kept++;
	i->last_packets = (uint32_t)(n < most ? n : most);
	i->packets += i->last_packets;
}

static void attempt_count(struct ledger_incident *i, const struct ledger_attempt *t)
{
	i->blocked |= t->outcome == OUTCOME_BLOCKED;
	if (t->started_us < i->newest_us)
		return;
	i->newest_us = t->started_us;
	i->address = t->address ? t->address : i->first_address;
}

static bool incident_count(struct ledger *l, const struct attempt *a, struct ledger_attempt *t, size_t packet_n)
{
	struct ledger_key key = {.client = t->client, .host = t->host, .rule = t->rule, .port = a->port,
	                         .proto = a->proto, .signature = t->signature};
	bool fresh;
	uint32_t *number = map_put(&l->index, &key, &fresh);
	struct ledger_incident *at =
		number ? pages_room(l->incidents, l->incident_n, &l->incident_room, sizeof *at) : NULL;

	if (!at)
		return false;
	l->incidents = at;
	if (fresh) {
		l->incidents[l->incident_n] = (struct ledger_incident){
			.rule = t->rule, .client = t->client, .host = t->host, .port = a->port, .proto = a->proto,
			.signature = t->signature, .first_address = t->address, .newest_us = t->started_us,
		};
		*number = (uint32_t)++l->incident_n;
	}
	struct ledger_incident *i = &l->incidents[*number - 1];
	if ((fresh || t->confidence > i->confidence) && !words_take(l, i, a, t->blocker))
		return false;
	attempt_count(i, t);
	packets_count(i, packet_n);
	t->incident = *number;
	return true;
}

void ledger_expect(const struct ledger *l, const struct addr *client, const struct addr *address)
{
	map_prefetch(&l->addresses, client);
	map_prefetch(&l->addresses, address);
}

enum err ledger_add(struct ledger *l, const struct attempt *a, const char *rule, size_t packet_n)
{
	struct ledger_attempt t = {
		.started_us = a->started_us,
		.ended_us = a->ended_us,
		.rule = intern(l, rule),
		.client = address_intern(l, &a->client),
		.address = address_intern(l, &a->address),
		.blocker = intern(l, a->blocker),
		.port = a->port,
		.number = (uint32_t)l->attempt_n,
		.outcome = (uint8_t)a->outcome,
		.signature = (uint8_t)a->signature,
		.confidence = (uint8_t)a->confidence,
		.hint = (uint8_t)a->hint,
		.answered = a->answered,
		.by_lookup = a->by_lookup,
		.turn = turns_next(&l->turns, a->started_us),
	};

	t.host = a->unnamed && t.address ? t.address : intern(l, a->host);
	if (incident_is(a)) {
		t.client_port = a->tuple.client_port;
		t.far_port = a->tuple.far_port;
		t.far = addr_equal(&a->tuple.far, &a->address) ? t.address : address_intern(l, &a->tuple.far);
		if (!incident_count(l, a, &t, packet_n))
			return memory_failed();
	}
	struct ledger_attempt *at = pages_room(l->attempts, l->attempt_n, &l->attempt_room, sizeof *at);
	if (!at)
		return memory_failed();
	l->attempts = at;
	if (names_full(l->names))
		return memory_failed();
	l->unsorted |= l->attempt_n && t.started_us < l->attempts[l->attempt_n - 1].started_us;
	l->attempts[l->attempt_n++] = t;
	return ERR_OK;
}

static int by_started(const void *left, const void *right)
{
	const struct ledger_attempt *a = left, *b = right;

	if (a->started_us != b->started_us)
		return a->started_us < b->started_us ? -1 : 1;
	return (a->number > b->number) - (a->number < b->number);
}

void ledger_sort(struct ledger *l)
{
	if (l->unsorted)
		qsort(l->attempts, l->attempt_n, sizeof *l->attempts, by_started);
	l->unsorted = false;
}
