#include "report/json_parts.h"

void json_open_event(struct json_writer *w, int64_t us)
{
	char zulu[TIME_TEXT], text[TIME_TEXT + 8];

	time_format(us, zulu);
	snprintf(text, sizeof text, "%.*s+0000", (int)strcspn(zulu, "Z"), zulu);
	json_open(w, NULL);
	json_put_text(w, "timestamp", text);
	json_put_text(w, "event_type", "rulegap");
}

void json_put_counts(struct json_writer *w, const char *key, const struct gap_counts *counts)
{
	json_open(w, key);
	for (int i = 0; i < OUTCOME_COUNT; i++)
		json_put_number(w, outcome_text((enum outcome)i), counts->by_outcome[i]);
	json_close(w);
}

static void put_hint(struct json_writer *w, enum hint hint)
{
	if (hint != HINT_NONE)
		json_put_text(w, "hint", hint_text(hint));
}

static void put_proofs(struct json_writer *w, const struct gap_incident *i)
{
	json_open_array(w, "proofs");
	for (size_t k = 0; k < i->proof_n; k++) {
		json_open(w, NULL);
		json_put_text(w, "name", i->proofs[k].name);
		json_put_text(w, "text", i->proofs[k].text);
		json_close(w);
	}
	json_close_array(w);
}

void json_put_incident(struct json_writer *w, const struct gap_incident *i)
{
	if (i->id)
		json_put_number(w, "id", (uint64_t)i->id);
	json_put_text(w, "rule", i->rule);
	json_put_text(w, "client", i->client);
	json_put_text(w, "host", i->host);
	json_put_text(w, "attributed_by", i->attributed_by);
	json_put_text(w, "address", i->address);
	json_put_number(w, "port", i->port);
	json_put_text(w, "transport", i->transport);
	json_put_text(w, "signature", signature_name(i->signature));
	json_put_text(w, "outcome", outcome_text(i->outcome));
	json_put_text(w, "detail", i->detail);
	json_put_text(w, "confidence", confidence_text(i->confidence));
	json_put_text(w, "blocker", i->blocker);
	put_hint(w, i->hint);
	put_proofs(w, i);
	json_put_number(w, "attempts", i->attempts);
	json_put_time(w, "first", i->first_us);
	json_put_time(w, "last", i->last_us);
	json_put_texts(w, "community_ids", i->community_ids, i->community_n);
	if (i->id)
		json_put_number(w, "packets", i->packets);
}

void json_put_missing(struct json_writer *w, const struct gap_missing *m)
{
	json_put_text(w, "rule", m->rule);
	json_put_text(w, "kind", kind_text(m->kind));
	json_put_text(w, "severity", m->critical ? "critical" : "degraded");
	json_put_text(w, "confidence", confidence_text(m->confidence));
	json_put_texts(w, "from", m->from, m->from_n);
	json_put_text(w, "host", m->host);
	json_put_texts(w, "addresses", m->addresses, m->address_n);
	json_put_text(w, "port", m->port);
	json_put_text(w, "transport", m->transport);
	json_put_text(w, "signature", signature_name(m->signature));
	json_put_text(w, "blocker", m->blocker);
	put_hint(w, m->hint);
	json_put_text(w, "why", m->why);
	json_open_array(w, "incidents");
	for (size_t i = 0; i < m->incident_n; i++)
		json_put_number(w, NULL, (uint64_t)m->incidents[i]);
	json_close_array(w);
	json_put_texts(w, "rules", m->rules, m->rule_n);
}

static void put_clients(struct json_writer *w, const struct gap_rule *r)
{
	json_open_array(w, "clients");
	for (size_t i = 0; i < r->client_n; i++) {
		json_open(w, NULL);
		json_put_text(w, "address", r->clients[i].address);
		json_put_text(w, "verdict", verdict_text(r->clients[i].verdict));
		json_put_counts(w, "attempts", &r->clients[i].attempts);
		json_close(w);
	}
	json_close_array(w);
}

static void put_signatures(struct json_writer *w, const struct gap_rule *r)
{
	json_open_array(w, "signatures");
	for (size_t i = 0; i < r->signature_n; i++) {
		json_open(w, NULL);
		json_put_text(w, "name", signature_name(r->signatures[i].signature));
		json_put_number(w, "count", r->signatures[i].count);
		json_close(w);
	}
	json_close_array(w);
}

void json_put_rule(struct json_writer *w, const struct gap_rule *r)
{
	json_put_text(w, "id", r->id);
	json_put_text(w, "group", r->group);
	json_put_text(w, "role", r->role);
	json_put_text(w, "host", r->host);
	json_put_text(w, "port", r->port);
	json_put_text(w, "transport", r->transport);
	json_put_bool(w, "required", r->required);
	json_put_text(w, "verdict", verdict_text(r->verdict));
	if (r->partial_by)
		json_put_text(w, "partial_by", r->partial_by);
	json_put_text(w, "confidence", confidence_text(r->confidence));
	json_put_counts(w, "attempts", &r->attempts);
	put_clients(w, r);
	json_put_texts(w, "addresses", r->addresses, r->address_n);
	put_signatures(w, r);
	json_put_time(w, "first", r->first_us);
	json_put_time(w, "last", r->last_us);
}

void json_put_notice(struct json_writer *w, const struct gap_notice *n)
{
	json_put_text(w, "level", n->level);
	json_put_text(w, "code", n->code);
	json_put_text(w, "text", n->text);
}

void json_put_summary(struct json_writer *w, const struct gap *g)
{
	json_put_number(w, "rules", g->rule_n);
	for (int i = 0; i < VERDICT_COUNT; i++)
		json_put_number(w, verdict_text((enum verdict)i), g->by_verdict[i]);
	json_put_number(w, "missing", g->missing_n);
}
