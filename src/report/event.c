#include "report/event.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "report/json_parts.h"

/* source  RFC 5237, as in decode/: the two transports that rules have */
static const char *transport_of(const struct attempt *a)
{
	return a->proto == 6 ? "tcp" : "udp";
}

/* The incident that one attempt is. It has no number yet: the database groups later. */
static json_t *incident_of(const struct attempt *a, const char *rule)
{
	char client[ADDR_TEXT], address[ADDR_TEXT];
	const char *community = a->community_id;
	struct proof proofs[PROOFS_MOST];
	struct gap_incident i = {
		.rule = rule,
		.client = addr_format(&a->client, client),
		.host = a->host,
		.attributed_by = attributed_by_text(a->attributed_by),
		.address = addr_is_none(&a->address) ? NULL : addr_format(&a->address, address),
		.port = a->port,
		.transport = transport_of(a),
		.signature = a->signature,
		.outcome = a->outcome,
		.detail = a->detail,
		.confidence = a->confidence,
		.blocker = *a->blocker ? a->blocker : NULL,
		.proofs = proofs,
		.proof_n = a->proof_n,
		.attempts = 1,
		.first_us = a->started_us,
		.last_us = a->ended_us,
		.community_ids = &community,
		.community_n = *community ? 1 : 0,
		.hint = a->hint,
	};

	memcpy(proofs, a->proofs, sizeof proofs);
	json_t *o = json_of_incident(&i);
	json_object_del(o, "id");
	json_object_del(o, "packets");
	return o;
}

static enum err print(json_t *o, const char *end, struct text *out)
{
	char *line = o ? json_dumps(o, JSON_COMPACT) : NULL;

	json_decref(o);
	if (!line)
		return err_fail(ERR_MEMORY, "out of memory");
	text_add(out, line);
	text_add(out, end);
	free(line);
	return out->failed ? err_fail(ERR_MEMORY, "out of memory") : ERR_OK;
}

static json_t *frame(int64_t us)
{
	json_t *o = json_object();
	char zulu[TIME_TEXT], text[TIME_TEXT + 8];

	time_format(us, zulu);
	snprintf(text, sizeof text, "%.*s+0000", (int)strcspn(zulu, "Z"), zulu);
	json_put_text(o, "timestamp", text);
	json_put_text(o, "event_type", "rulegap");
	return o;
}

static enum err connection(const struct attempt *a, const char *record, json_t *details, struct text *out)
{
	char address[ADDR_TEXT], proto[8] = "";
	json_t *o = frame(a->ended_us);

	json_put_text(o, "src_ip", addr_format(&a->client, address));
	if (!addr_is_none(&a->address))
		json_put_text(o, "dest_ip", addr_format(&a->address, address));
	json_put_number(o, "dest_port", a->port);
	for (size_t k = 0; k + 1 < sizeof proto && transport_of(a)[k]; k++)
		proto[k] = (char)toupper((unsigned char)transport_of(a)[k]);
	json_put_text(o, "proto", proto);
	if (*a->community_id)
		json_put_text(o, "community_id", a->community_id);
	json_put_text(details, "record", record);
	json_object_set_new(o, "rulegap", details);
	return print(o, "\n", out);
}

enum err event_incident(const struct attempt *a, const char *rule, struct text *out)
{
	return connection(a, "incident", incident_of(a, rule), out);
}

enum err event_change(const struct attempt *a, const char *rule, enum verdict now, struct text *out)
{
	json_t *details = incident_of(a, rule);

	json_put_text(details, "verdict", verdict_text(now));
	return connection(a, "change", details, out);
}

enum err event_alert(const struct attempt *a, const char *rule, enum verdict now, uint64_t left_out, struct text *out)
{
	json_t *o = incident_of(a, rule);

	json_put_text(o, "verdict", verdict_text(now));
	json_put_number(o, "left_out", left_out);
	return print(o, "\n", out);
}

enum err event_notice(int64_t time_us, const char *level, const char *code, const char *text, struct text *out)
{
	json_t *o = frame(time_us), *details = json_object();

	json_put_text(details, "record", "notice");
	json_put_text(details, "level", level);
	json_put_text(details, "code", code);
	json_put_text(details, "text", text);
	json_object_set_new(o, "rulegap", details);
	return print(o, "\n", out);
}
