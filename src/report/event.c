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

/* The incident made of a single attempt. It has no number yet: the database groups later. */
static void put_incident(struct json_writer *w, const struct attempt *a, const char *rule)
{
	char client[ADDR_TEXT], address[ADDR_TEXT];
	const char *community = a->community_id;
	struct gap_proof proofs[PROOFS_MOST];
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

	for (size_t k = 0; k < a->proof_n; k++)
		proofs[k] = (struct gap_proof){a->proofs[k].name, a->proofs[k].text};
	json_put_incident(w, &i);
}

static enum err finish(struct json_writer *w, struct text *out)
{
	enum err e = json_end(w);

	if (e == ERR_OK)
		text_add_n(out, w->text.at, w->text.n);
	text_release(&w->text);
	return e == ERR_OK && out->failed ? err_fail(ERR_MEMORY, "out of memory") : e;
}

/* Writes the connection and its incident, whose object stays open. */
static void put_connection(struct json_writer *w, const struct attempt *a, const char *rule)
{
	char address[ADDR_TEXT], proto[8] = "";

	json_open_event(w, a->ended_us);
	json_put_text(w, "src_ip", addr_format(&a->client, address));
	if (!addr_is_none(&a->address))
		json_put_text(w, "dest_ip", addr_format(&a->address, address));
	json_put_number(w, "dest_port", a->port);
	for (size_t k = 0; k + 1 < sizeof proto && transport_of(a)[k]; k++)
		proto[k] = (char)toupper((unsigned char)transport_of(a)[k]);
	json_put_text(w, "proto", proto);
	if (*a->community_id)
		json_put_text(w, "community_id", a->community_id);
	json_open(w, "rulegap");
	put_incident(w, a, rule);
}

static enum err end(struct json_writer *w, const char *record, struct text *out)
{
	json_put_text(w, "record", record);
	json_close(w);
	json_close(w);
	return finish(w, out);
}

enum err event_incident(const struct attempt *a, const char *rule, struct text *out)
{
	struct json_writer w = {0};

	put_connection(&w, a, rule);
	return end(&w, "incident", out);
}

enum err event_change(const struct attempt *a, const char *rule, enum verdict now, struct text *out)
{
	struct json_writer w = {0};

	put_connection(&w, a, rule);
	json_put_text(&w, "verdict", verdict_text(now));
	return end(&w, "change", out);
}

enum err event_alert(const struct attempt *a, const char *rule, enum verdict now, uint64_t left_out, struct text *out)
{
	struct json_writer w = {0};

	json_open(&w, NULL);
	put_incident(&w, a, rule);
	json_put_text(&w, "verdict", verdict_text(now));
	json_put_number(&w, "left_out", left_out);
	json_close(&w);
	return finish(&w, out);
}

enum err event_notice(int64_t time_us, const char *level, const char *code, const char *text, struct text *out)
{
	struct json_writer w = {0};

	json_open_event(&w, time_us);
	json_open(&w, "rulegap");
	json_put_text(&w, "record", "notice");
	json_put_text(&w, "level", level);
	json_put_text(&w, "code", code);
	json_put_text(&w, "text", text);
	json_close(&w);
	json_close(&w);
	return finish(&w, out);
}
