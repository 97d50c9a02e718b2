/* The packets of incidents, in words: those of missing rules first, as many as a page can show. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "record/db.h"
#include "report/packet_summary.h"
#include "report/reading.h"
#include "report/rows.h"

#define PACKETS_INCIDENT 40u /* per incident; its page says how many more there are */
#define PACKETS_ALL 8000u    /* in total; beyond that incidents give only the number of their packets */

/* The base of relative sequence numbers, per connection and side: 0 is the first seen. */
struct ladder {
	struct reading *reading;
	struct gap_incident *incident;
	int64_t attempt;
	uint32_t attempt_n;
	uint32_t base[2];
	bool has_base[2];
};

static void add_numbers(struct ladder *l, const struct packet_summary *s, int side, struct text *t)
{
	if (!l->has_base[side]) {
		l->has_base[side] = true;
		l->base[side] = s->seq;
	}
	text_addf(t, ", seq %u", s->seq - l->base[side]);
	if (s->has_ack && !l->has_base[!side]) {
		l->has_base[!side] = true;
		l->base[!side] = s->ack - 1;
	}
	if (s->has_ack)
		text_addf(t, ", ack %u", s->ack - l->base[!side]);
}

static const char *words_of(struct ladder *l, const struct packet_summary *s, enum gap_side side)
{
	struct text t = {0};

	text_add(&t, s->text);
	if (s->is_tcp && side != SENT_BY_OTHER)
		add_numbers(l, s, side == SENT_BY_FAR, &t);
	if (s->payload_bytes)
		text_addf(&t, ", %u byte%s", s->payload_bytes, s->payload_bytes == 1 ? "" : "s");
	if (s->from_port)
		text_addf(&t, "; port %u to %u", s->from_port, s->to_port);
	const char *copy = t.failed ? NULL : pool_text(l->reading->pool, t.at);
	l->reading->pool->failed |= t.failed;
	text_release(&t);
	return copy;
}

/* The other end, if it differs from the incident's address. */
static const char *peer_of(const struct ladder *l, const struct addr *a)
{
	char text[ADDR_TEXT];
	const char *address = l->incident->address;

	if (addr_is_none(a) || (address && strcmp(addr_format(a, text), address) == 0))
		return NULL;
	return pool_text(l->reading->pool, addr_format(a, text));
}

static enum gap_side side_of(const char *client, const struct packet_summary *s)
{
	struct addr a;

	if (!addr_parse(client, &a) || (!addr_equal(&a, &s->from) && !addr_equal(&a, &s->to)))
		return SENT_BY_OTHER;
	return addr_equal(&a, &s->from) ? SENT_BY_CLIENT : SENT_BY_FAR;
}

static enum err packet_add(struct ladder *l, struct rows *rows)
{
	struct gap_incident *n = l->incident;
	struct packet_summary s;
	size_t kept;
	const void *bytes = query_get_blob(rows->query, 4, &kept);

	if (rows_number(rows, 0) != l->attempt || l->attempt_n == 0) {
		l->attempt = rows_number(rows, 0);
		l->attempt_n++;
		l->has_base[0] = l->has_base[1] = false;
	}
	size_t length = (size_t)rows_number(rows, 3);
	packet_summary_read((uint16_t)rows_number(rows, 2), bytes, kept, length, &s);
	enum gap_side side = side_of(n->client, &s);
	n->kept = pool_grow(l->reading->pool, n->kept, n->kept_n, sizeof *n->kept);
	if (!n->kept)
		return err_fail(ERR_MEMORY, "out of memory");
	n->kept[n->kept_n++] = (struct gap_packet){
		.time_us = rows_number(rows, 1), .attempt = l->attempt_n, .length = (uint32_t)length, .side = side,
		.peer = peer_of(l, side == SENT_BY_CLIENT ? &s.to : &s.from), .text = words_of(l, &s, side),
	};
	return l->reading->pool->failed ? err_fail(ERR_MEMORY, "out of memory") : ERR_OK;
}

static enum err incident_packets(struct rows *rows, struct reading *r, struct gap_incident *n)
{
	struct ladder l = {.reading = r, .incident = n};

	query_int(rows->query, 4, n->id);
	query_int(rows->query, 5, PACKETS_INCIDENT);
	while (rows_next(rows)) {
		enum err e = packet_add(&l, rows);
		if (e != ERR_OK)
			return e;
	}
	if (rows->err != ERR_END)
		return rows->err;
	rows->err = ERR_OK; /* the query can be run again for the next incident */
	return ERR_OK;
}

static int by_number(const void *left, const void *right)
{
	const int64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

/* The incidents behind missing rules. */
static void bag_missing(const struct gap *g, struct bag *b)
{
	for (size_t i = 0; i < g->missing_n; i++)
		for (size_t k = 0; k < g->missing[i].incident_n; k++)
			bag_add(b, g->missing[i].incidents[k]);
	bag_sort(b);
}

static enum err each_incident(struct rows *rows, struct reading *r, const struct bag *first)
{
	struct gap *g = r->gap;
	size_t left = PACKETS_ALL;
	enum err e = ERR_OK;

	for (int turn = 0; turn < 2; turn++)
		for (size_t i = 0; e == ERR_OK && left && i < g->incident_n; i++) {
			struct gap_incident *n = &g->incidents[i];
			bool early = first->n && bsearch(&n->id, first->at, first->n, sizeof n->id, by_number);
			if (!n->packets || early != (turn == 0))
				continue;
			e = incident_packets(rows, r, n);
			left -= n->kept_n < left ? n->kept_n : left;
		}
	return e;
}

enum err read_packets(struct reading *r, struct db *db)
{
	struct bag missing = {0};
	struct rows rows;

	if (!r->filter->details || r->gap->incident_n == 0)
		return ERR_OK;
	enum err e = rows_open(&rows, db, r->filter,
	                       "SELECT attempt.id, packet.time, packet.link, packet.length, packet.bytes "
	                       "FROM attempt CROSS JOIN packet ON packet.attempt = attempt.id "
	                       "WHERE attempt.incident = ?4 AND attempt.started BETWEEN ?1 AND ?2 "
	                       "AND (?3 = 0 OR run = ?3) "
	                       "ORDER BY attempt.started, attempt.id, packet.time, packet.id LIMIT ?5");
	if (e != ERR_OK)
		return e;
	bag_missing(r->gap, &missing);
	e = missing.failed ? err_fail(ERR_MEMORY, "out of memory") : each_incident(&rows, r, &missing);
	bag_release(&missing);
	return e == ERR_OK ? rows_close(&rows) : rows_abandon(&rows, e);
}
