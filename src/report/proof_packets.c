#include "report/proof_packets.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "judge/verdict.h"
#include "record/db.h"
#include "report/pcapng.h"

#define INTERFACES_MOST 64 /* links and sources of one incident; beyond that only the interface name is wrong */

struct proof_packets {
	struct db *db;
	const char *path;
	int64_t incident;
	struct text story;
};

static void add_line(struct text *t, const char *label, const char *value)
{
	if (!*value)
		return;
	text_addf(t, "%s: ", label);
	text_add_escaped(t, value);
	text_add(t, "\n");
}

static void add_proofs(struct text *t, const char *json)
{
	json_t *array = json_loads(json, 0, NULL);

	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *said = json_string_value(json_object_get(json_array_get(array, i), "text"));
		add_line(t, "proof", said ? said : "");
	}
	json_decref(array);
}

static void add_times(struct text *t, struct query *q)
{
	char first[TIME_TEXT], last[TIME_TEXT];

	text_addf(t, "attempts: %lld, from %s to %s\n", (long long)query_get_int(q, 11),
	          time_format(query_get_int(q, 12), first), time_format(query_get_int(q, 13), last));
}

static void add_story(struct text *t, int64_t incident, struct query *q)
{
	enum signature s = signature_find(query_get_text(q, 6));

	text_addf(t, "rulegap incident %lld: %s", (long long)incident, signature_name(s));
	text_addf(t, " (%s)\n", signature_story(s));
	add_line(t, "rule", query_get_text(q, 0));
	add_line(t, "client", query_get_text(q, 1));
	add_line(t, "host", query_get_text(q, 2));
	add_line(t, "address", query_get_text(q, 3));
	if (query_get_int(q, 4))
		text_addf(t, "port: %lld/", (long long)query_get_int(q, 4));
	else
		text_add(t, "transport: ");
	text_add_escaped(t, query_get_text(q, 5));
	text_add(t, "\n");
	add_line(t, "what was seen", query_get_text(q, 7));
	add_line(t, "confidence", query_get_text(q, 8));
	add_line(t, "blocker", query_get_text(q, 9));
	add_proofs(t, query_get_text(q, 10));
	add_times(t, q);
}

static enum err read_story(struct proof_packets *p)
{
	struct query *q;
	enum err e = db_prepare(
		p->db,
		"SELECT rule, client, host, address, port, transport, signature, detail, confidence, blocker, "
		"proofs, attempts, first, last, EXISTS (SELECT 1 FROM attempt JOIN packet ON "
		"packet.attempt = attempt.id WHERE attempt.incident = incident.id) FROM incident WHERE id = ?1",
		&q);
	if (e != ERR_OK)
		return e;
	query_int(q, 1, p->incident);
	e = query_next(q);
	if (e == ERR_END)
		e = err_fail(ERR_USAGE, "%s: there is no incident %lld (see rulegap incidents)", p->path,
			     (long long)p->incident);
	else if (e == ERR_OK && !query_get_int(q, 14))
		e = err_fail(ERR_USAGE, "%s: no packets were kept of incident %lld", p->path, (long long)p->incident);
	else if (e == ERR_OK)
		add_story(&p->story, p->incident, q);
	query_free(q);
	return e == ERR_OK && p->story.failed ? err_fail(ERR_MEMORY, "out of memory") : e;
}

enum err proof_packets_open(const char *path, int64_t incident, struct proof_packets **ret_packets)
{
	struct proof_packets *p = calloc(1, sizeof *p);

	if (!p)
		return err_fail(ERR_MEMORY, "out of memory");
	p->path = path;
	p->incident = incident;
	enum err e = db_open_read(path, &p->db);
	if (e == ERR_OK)
		e = read_story(p);
	if (e == ERR_OK)
		*ret_packets = p;
	else
		proof_packets_close(p);
	return e;
}

/* Interfaces of the file: one per source and link type. */
struct interfaces {
	struct {
		uint16_t link;
		char name[128];
	} at[INTERFACES_MOST];
	uint32_t n;
};

static uint32_t interface_find(struct interfaces *known, FILE *out, uint16_t link, const char *name)
{
	uint32_t i = 0;

	while (i < known->n &&
	       (known->at[i].link != link || strncmp(known->at[i].name, name, sizeof known->at[i].name - 1) != 0))
		i++;
	if (i < known->n)
		return i;
	if (known->n == INTERFACES_MOST) { /* any of the same link type: the bytes must be read correctly */
		for (i = 0; i < known->n; i++)
			if (known->at[i].link == link)
				return i;
		return known->n - 1;
	}
	struct text escaped = {0};
	known->at[i].link = link;
	snprintf(known->at[i].name, sizeof known->at[i].name, "%s", name);
	text_add_escaped(&escaped, name);
	pcapng_interface(out, link, escaped.n ? escaped.at : NULL);
	text_release(&escaped);
	known->n++;
	return i;
}

static void write_packet(FILE *out, struct query *q, uint32_t interface)
{
	struct text comment = {0};
	size_t n;
	const void *bytes = query_get_blob(q, 4, &n);

	if (query_get_int(q, 9)) {
		text_addf(&comment, "attempt %lld: ", (long long)query_get_int(q, 5));
		text_add_escaped(&comment, query_get_text(q, 6));
		text_add(&comment, ", ");
		text_add_escaped(&comment, query_get_text(q, 7));
		text_add(&comment, ": ");
		text_add_escaped(&comment, query_get_text(q, 8));
	}
	pcapng_packet(out, interface, query_get_int(q, 0), (uint32_t)query_get_int(q, 2), bytes, (uint32_t)n,
		      comment.at);
	text_release(&comment);
}

enum err proof_packets_write(struct proof_packets *p, FILE *out)
{
	struct interfaces known = {.n = 0};
	struct query *q;
	enum err e =
		db_prepare(p->db,
			   "SELECT packet.time, packet.link, packet.length, packet.source, packet.bytes, attempt.id, "
			   "attempt.outcome, attempt.signature, attempt.detail, "
			   "packet.id = (SELECT min(id) FROM packet AS p WHERE p.attempt = attempt.id) "
			   "FROM attempt CROSS JOIN packet ON packet.attempt = attempt.id "
			   "WHERE attempt.incident = ?1 ORDER BY packet.time, packet.id",
			   &q);
	if (e != ERR_OK)
		return e;
	query_int(q, 1, p->incident);
	pcapng_section(out, p->story.at);
	while ((e = query_next(q)) == ERR_OK) {
		uint32_t interface = interface_find(&known, out, (uint16_t)query_get_int(q, 1), query_get_text(q, 3));
		write_packet(out, q, interface);
	}
	query_free(q);
	return e == ERR_END ? ERR_OK : e;
}

void proof_packets_close(struct proof_packets *p)
{
	if (!p)
		return;
	db_close(p->db);
	text_release(&p->story);
	free(p);
}
