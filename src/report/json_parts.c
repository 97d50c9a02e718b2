#include "report/json_parts.h"

#include "base/text.h"

/* Escaped text is UTF-8 whatever it was, which jansson insists on. */
static json_t *string_of(const char *s)
{
	struct text t = {0};

	if (!s)
		return json_null();
	text_add_escaped(&t, s);
	json_t *j = t.failed ? NULL : json_string(t.at ? t.at : "");
	text_release(&t);
	return j;
}

void json_put_text(json_t *object, const char *key, const char *text)
{
	json_object_set_new(object, key, string_of(text));
}

void json_put_number(json_t *object, const char *key, uint64_t n)
{
	json_object_set_new(object, key, json_integer(n > INT64_MAX ? INT64_MAX : (json_int_t)n));
}

void json_put_time(json_t *object, const char *key, int64_t us)
{
	char text[TIME_TEXT];

	json_put_text(object, key, us ? time_format(us, text) : NULL);
}

void json_put_texts(json_t *object, const char *key, const char *const *texts, size_t n)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(array, string_of(texts[i]));
	json_object_set_new(object, key, array);
}

void json_put_counts(json_t *object, const char *key, const struct gap_counts *counts)
{
	json_t *o = json_object();

	for (int i = 0; i < OUTCOME_COUNT; i++)
		json_put_number(o, outcome_text((enum outcome)i), counts->by_outcome[i]);
	json_object_set_new(object, key, o);
}

static void put_hint(json_t *object, enum hint hint)
{
	if (hint != HINT_NONE)
		json_put_text(object, "hint", hint_text(hint));
}

static json_t *json_of_proofs(const struct gap_incident *i)
{
	json_t *array = json_array();

	for (size_t k = 0; k < i->proof_n; k++) {
		json_t *o = json_object();
		json_put_text(o, "name", i->proofs[k].name);
		json_put_text(o, "text", i->proofs[k].text);
		json_array_append_new(array, o);
	}
	return array;
}

json_t *json_of_incident(const struct gap_incident *i)
{
	json_t *o = json_object();

	json_put_number(o, "id", (uint64_t)i->id);
	json_put_text(o, "rule", i->rule);
	json_put_text(o, "client", i->client);
	json_put_text(o, "host", i->host);
	json_put_text(o, "attributed_by", i->attributed_by);
	json_put_text(o, "address", i->address);
	json_put_number(o, "port", i->port);
	json_put_text(o, "transport", i->transport);
	json_put_text(o, "signature", signature_name(i->signature));
	json_put_text(o, "outcome", outcome_text(i->outcome));
	json_put_text(o, "detail", i->detail);
	json_put_text(o, "confidence", confidence_text(i->confidence));
	json_put_text(o, "blocker", i->blocker);
	put_hint(o, i->hint);
	json_object_set_new(o, "proofs", json_of_proofs(i));
	json_put_number(o, "attempts", i->attempts);
	json_put_time(o, "first", i->first_us);
	json_put_time(o, "last", i->last_us);
	json_put_texts(o, "community_ids", i->community_ids, i->community_n);
	json_put_number(o, "packets", i->packets);
	return o;
}

json_t *json_of_missing(const struct gap_missing *m)
{
	json_t *o = json_object(), *incidents = json_array();

	json_put_text(o, "rule", m->rule);
	json_put_text(o, "kind", kind_text(m->kind));
	json_put_text(o, "severity", m->critical ? "critical" : "degraded");
	json_put_text(o, "confidence", confidence_text(m->confidence));
	json_put_texts(o, "from", m->from, m->from_n);
	json_put_text(o, "host", m->host);
	json_put_texts(o, "addresses", m->addresses, m->address_n);
	json_put_text(o, "port", m->port);
	json_put_text(o, "transport", m->transport);
	json_put_text(o, "signature", signature_name(m->signature));
	json_put_text(o, "blocker", m->blocker);
	put_hint(o, m->hint);
	json_put_text(o, "why", m->why);
	for (size_t i = 0; i < m->incident_n; i++)
		json_array_append_new(incidents, json_integer(m->incidents[i]));
	json_object_set_new(o, "incidents", incidents);
	json_put_texts(o, "rules", m->rules, m->rule_n);
	return o;
}

static json_t *json_of_clients(const struct gap_rule *r)
{
	json_t *array = json_array();

	for (size_t i = 0; i < r->client_n; i++) {
		json_t *o = json_object();
		json_put_text(o, "address", r->clients[i].address);
		json_put_text(o, "verdict", verdict_text(r->clients[i].verdict));
		json_put_counts(o, "attempts", &r->clients[i].attempts);
		json_array_append_new(array, o);
	}
	return array;
}

static json_t *json_of_signatures(const struct gap_rule *r)
{
	json_t *array = json_array();

	for (size_t i = 0; i < r->signature_n; i++) {
		json_t *o = json_object();
		json_put_text(o, "name", signature_name(r->signatures[i].signature));
		json_put_number(o, "count", r->signatures[i].count);
		json_array_append_new(array, o);
	}
	return array;
}

json_t *json_of_rule(const struct gap_rule *r)
{
	json_t *o = json_object();

	json_put_text(o, "id", r->id);
	json_put_text(o, "group", r->group);
	json_put_text(o, "role", r->role);
	json_put_text(o, "host", r->host);
	json_put_text(o, "port", r->port);
	json_put_text(o, "transport", r->transport);
	json_object_set_new(o, "required", json_boolean(r->required));
	json_put_text(o, "verdict", verdict_text(r->verdict));
	if (r->partial_by)
		json_put_text(o, "partial_by", r->partial_by);
	json_put_text(o, "confidence", confidence_text(r->confidence));
	json_put_counts(o, "attempts", &r->attempts);
	json_object_set_new(o, "clients", json_of_clients(r));
	json_put_texts(o, "addresses", r->addresses, r->address_n);
	json_object_set_new(o, "signatures", json_of_signatures(r));
	json_put_time(o, "first", r->first_us);
	json_put_time(o, "last", r->last_us);
	return o;
}

json_t *json_of_notice(const struct gap_notice *n)
{
	json_t *o = json_object();

	json_put_text(o, "level", n->level);
	json_put_text(o, "code", n->code);
	json_put_text(o, "text", n->text);
	return o;
}

json_t *json_of_summary(const struct gap *g)
{
	json_t *o = json_object();

	json_put_number(o, "rules", g->rule_n);
	for (int i = 0; i < VERDICT_COUNT; i++)
		json_put_number(o, verdict_text((enum verdict)i), g->by_verdict[i]);
	json_put_number(o, "missing", g->missing_n);
	return o;
}
