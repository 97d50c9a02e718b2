#include "attribute/claim.h"

#include <string.h>

#include "base/limits.h"

struct making {
	const struct claims_context *c;
	const struct evidence_of_name *e;
	struct claim *claims;
	size_t n;
	uint8_t taint;
	bool unsure;
};

static void add(struct making *m, const struct rule *rule, name_id host, enum attributed_by_code by)
{
	int32_t index = (int32_t)(rule - m->c->lists->rules);

	for (size_t i = 0; i < m->n; i++)
		if (m->claims[i].rule == index)
			return;
	if (m->n >= CLAIMS_MOST) {
		m->claims[0].more = true;
		return;
	}
	m->claims[m->n++] = (struct claim){.rule = index, .host = host, .by = by, .taint = m->taint,
	                                     .unsure = m->unsure};
}

static void add_name(struct making *m, name_id host, enum attributed_by_code by)
{
	const struct rule *rules[HOST_HITS];
	const char *name = names_text(m->c->names, host);
	size_t n = host ? lists_rules_for_name(m->c->lists, name, m->e->port, m->e->proto, rules) : 0;

	for (size_t i = 0; i < n; i++)
		add(m, rules[i], host, by);
}

static void add_chain(struct making *m, const struct memory *memory, const struct binding *b,
                      enum attributed_by_code by)
{
	const name_id *chain = NULL;
	size_t n = b ? memory_chain(memory, b, &chain) : 0;

	for (size_t i = 0; i < n; i++)
		add_name(m, chain[i], by);
}

static void add_address(struct making *m, const struct addr *a, name_id host)
{
	const struct rule *rules[HOST_HITS];
	struct addr v4;
	bool none = addr_is_none(a);
	size_t n = none ? 0 : lists_rules_for_address(m->c->lists, a, m->e->port, m->e->proto, rules);

	if (n == 0 && addr_translated(a, &v4))
		n = lists_rules_for_address(m->c->lists, &v4, m->e->port, m->e->proto, rules);
	m->unsure = false;
	for (size_t i = 0; i < n; i++)
		add(m, rules[i], host, CLAIM_ADDRESS);
}

/* Whether the part of the ClientHello that the capture cut may hold ECH: the name that the client looked up has ECH
 * keys, or the client looked it up right before connecting. */
static bool may_hide(const struct making *m, const struct binding *told)
{
	const struct lookups *l = m->c->lookups;

	return (l && lookups_ech(l, memory_asked(m->c->memory, told))) || memory_told_at_once(told, m->e->time_us);
}

/* With Encrypted ClientHello the SNI may be the provider's public name (RFC 9849 6.1), or the ECH is GREASE (6.2)
 * and the SNI true. It is true when the client asked DNS for that very name. A dual-stack client may have asked
 * under its other address: what other clients were told counts if its name has ECH keys. */
static bool sni_is_true(const struct making *m, const struct binding *told)
{
	const struct evidence_of_name *e = m->e;

	if (!e->ech && !e->ech_unseen)
		return true;
	if (!told) {
		const struct binding *b = memory_recall_any(m->c->memory, &e->server, e->time_us);
		return !b || !m->c->lookups || !lookups_ech(m->c->lookups, memory_asked(m->c->memory, b)) ||
		       memory_is_named(m->c->memory, &e->server, e->sni);
	}
	if (!e->ech && !may_hide(m, told))
		return true;
	return memory_has_led(m->c->memory, told, e->sni) ||
	       memory_recall_name(m->c->memory, e->client_number, &e->server, e->sni);
}

/* What the connection itself, or its client's DNS, calls the server. */
static name_id own_name(struct making *m, const struct binding **ret_told, enum attributed_by_code *ret_by)
{
	const struct evidence_of_name *e = m->e;
	const struct binding *told =
	    e->proxied ? NULL : memory_recall(m->c->memory, e->client_number, &e->server, e->time_us);

	*ret_told = told;
	if (told)
		m->taint = told->taint;
	if (e->connect) {
		*ret_by = CLAIM_CONNECT;
		if (addr_is_none(&e->connect_address))
			return e->connect_host;
		/* CONNECT by address: the client looked the name up itself. */
		*ret_told = memory_recall(m->c->memory, e->client_number, &e->connect_address, e->time_us);
		return e->sni ? e->sni : *ret_told ? memory_asked(m->c->memory, *ret_told) : 0;
	}
	if (e->sni && sni_is_true(m, told)) {
		*ret_by = CLAIM_SNI;
		*ret_told = e->proxied ? NULL : memory_recall_name(m->c->memory, e->client_number, &e->server, e->sni);
		m->taint = *ret_told ? (*ret_told)->taint : TAINT_NONE;
		return e->sni;
	}
	if (e->http_host) {
		*ret_by = CLAIM_HTTP;
		*ret_told = e->proxied ? NULL
		                       : memory_recall_name(m->c->memory, e->client_number, &e->server, e->http_host);
		return e->http_host;
	}
	m->unsure = told && (e->unread || e->ech_unseen) &&
	            memory_may_mean_another(m->c->memory, e->client_number, &e->server, e->time_us, told);
	*ret_by = told ? CLAIM_DNS : CLAIM_NONE;
	return told ? memory_asked(m->c->memory, told) : 0;
}

#define OLDER_MOST 16

/* Clients do not contact a listed host on a port that its vendor does not name. If the client was told that another
 * listed host has the same address, and its rules include the port, that host is meant. */
static void by_older(struct making *m, const struct binding *told)
{
	struct host_hit hits[HOST_HITS];
	const struct binding *b = told;
	const char *asked = names_text(m->c->names, memory_asked(m->c->memory, told));

	if (told->taint != TAINT_NONE || !lists_match_name(m->c->lists, asked, hits))
		return;
	for (unsigned i = 0; i < OLDER_MOST && m->n == 0; i++) {
		b = memory_recall_older(m->c->memory, b, m->e->time_us);
		if (!b)
			return;
		if (b->taint != TAINT_NONE)
			continue;
		add_name(m, memory_asked(m->c->memory, b), CLAIM_DNS);
		add_chain(m, m->c->memory, b, CLAIM_DNS);
	}
}

/* Who has no translator was told the address behind it. ret_server: the one that was told. */
static const struct binding *recall_any(const struct memory *memory, const struct evidence_of_name *e,
                                        struct addr *ret_server)
{
	const struct binding *b = memory_recall_any(memory, &e->server, e->time_us);

	*ret_server = e->server;
	return b || !addr_translated(&e->server, ret_server) ? b : memory_recall_any(memory, ret_server, e->time_us);
}

static void by_others(struct making *m)
{
	const struct evidence_of_name *e = m->e;
	struct addr server;
	const struct binding *b = recall_any(m->c->memory, e, &server);

	if (b) {
		m->unsure = e->unread && memory_may_mean_another(m->c->memory, e->client_number, &server, e->time_us,
		                                                 b);
		add_name(m, memory_asked(m->c->memory, b), CLAIM_DNS_OTHER);
		add_chain(m, m->c->memory, b, CLAIM_DNS_OTHER);
	}
	b = m->n == 0 && m->c->resolved ? recall_any(m->c->resolved, e, &server) : NULL;
	if (b) {
		add_name(m, memory_asked(m->c->resolved, b), CLAIM_RESOLVED);
		add_chain(m, m->c->resolved, b, CLAIM_RESOLVED);
	}
}

size_t claims_of(const struct claims_context *c, const struct evidence_of_name *e,
                 struct claim ret_claims[static CLAIMS_MOST])
{
	struct making m = {.c = c, .e = e, .claims = ret_claims};
	const struct binding *told = NULL;
	enum attributed_by_code by = CLAIM_NONE;
	name_id host = own_name(&m, &told, &by);

	add_name(&m, host, by);
	add_chain(&m, c->memory, told, by);
	if (m.n == 0 && by == CLAIM_DNS)
		by_older(&m, told);
	if (m.n == 0 && e->connect)
		add_address(&m, &e->connect_address, host);
	if (m.n == 0 && !e->proxied)
		add_address(&m, &e->server, host);
	if (m.n == 0 && !host && !e->proxied)
		by_others(&m);
	if (m.n == 0)
		ret_claims[m.n++] = (struct claim){.rule = -1, .host = host, .by = by, .taint = m.taint};
	return m.n;
}
