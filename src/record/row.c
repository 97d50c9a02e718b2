#include "record/row.h"

#include <stdlib.h>
#include <string.h>

enum tag { TAG_NULL, TAG_INT, TAG_TEXT, TAG_BLOB };

struct value {
	enum tag tag;
	uint32_t n;
	int64_t number;
	const uint8_t *bytes;
};

#define ROOM_FIRST 512u

static void *row_reserve(struct row **row, size_t n)
{
	struct row *r = *row;

	if (!r || r->failed)
		return NULL;
	size_t need = r->bytes + n, room = r->room;
	while (room < need)
		room *= 2;
	if (need > UINT32_MAX / 4) {
		r->failed = true;
		return NULL;
	}
	if (room != r->room) {
		struct row *bigger = realloc(r, sizeof *r + room);
		if (!bigger) {
			r->failed = true;
			return NULL;
		}
		*row = r = bigger;
		r->room = (uint32_t)room;
	}
	void *at = r->data + r->bytes;
	r->bytes += (uint32_t)n;
	return at;
}

static void row_add(struct row **row, enum tag tag, const void *bytes, uint32_t n)
{
	uint8_t *at = row_reserve(row, 5 + (size_t)n);

	if (!at)
		return;
	at[0] = (uint8_t)tag;
	memcpy(at + 1, &n, sizeof n);
	if (n)
		memcpy(at + 5, bytes, n);
}

void row_start(struct row **row, enum table table, int64_t run)
{
	struct row *r = *row;

	if (!r) {
		*row = r = malloc(sizeof *r + ROOM_FIRST);
		if (!r)
			return;
		r->room = ROOM_FIRST;
	}
	r->next = NULL;
	r->table = table;
	r->run = run;
	r->bytes = 0;
	r->packets = 0;
	r->failed = false;
}

void row_int(struct row **row, int64_t value)
{
	row_add(row, TAG_INT, &value, sizeof value);
}

void row_text(struct row **row, const char *text)
{
	if (text)
		row_add(row, TAG_TEXT, text, (uint32_t)strlen(text) + 1); /* with its NUL: it is read in place */
	else
		row_null(row);
}

void row_blob(struct row **row, const void *bytes, size_t n)
{
	row_add(row, TAG_BLOB, bytes, n > UINT32_MAX ? UINT32_MAX : (uint32_t)n);
}

void row_null(struct row **row)
{
	row_add(row, TAG_NULL, NULL, 0);
}

void row_addr(struct row **row, const struct addr *a)
{
	char text[ADDR_TEXT];

	row_text(row, addr_is_none(a) ? NULL : addr_format(a, text));
}

void row_attempt(struct row **row, const struct attempt *a, const struct evidence *packets, size_t n)
{
	uint8_t *at = row_reserve(row, sizeof *a);

	if (!at)
		return;
	memcpy(at, a, sizeof *a);
	for (size_t i = 0; i < n; i++) {
		at = row_reserve(row, sizeof packets[i] + packets[i].captured);
		if (!at)
			return;
		memcpy(at, &packets[i], sizeof packets[i]);
		if (packets[i].captured)
			memcpy(at + sizeof packets[i], packets[i].bytes, packets[i].captured);
		(*row)->packets++;
	}
}

bool row_is_whole(const struct row *row)
{
	return row && !row->failed;
}

static bool row_next(const struct row *row, size_t *at, struct value *ret_value)
{
	struct value v = {0};

	if (*at + 5 > row->bytes)
		return false;
	v.tag = (enum tag)row->data[*at];
	memcpy(&v.n, row->data + *at + 1, sizeof v.n);
	v.bytes = row->data + *at + 5;
	if (v.tag == TAG_INT)
		memcpy(&v.number, v.bytes, sizeof v.number);
	*at += 5 + (size_t)v.n;
	*ret_value = v;
	return true;
}

void row_bind(const struct row *row, struct query *q)
{
	struct value v;
	size_t at = 0;

	query_int(q, 1, row->run);
	for (int parameter = 2; row_next(row, &at, &v); parameter++) {
		switch (v.tag) {
		case TAG_NULL:
			query_null(q, parameter);
			break;
		case TAG_INT:
			query_int(q, parameter, v.number);
			break;
		case TAG_TEXT:
			query_text_n(q, parameter, (const char *)v.bytes, v.n - 1);
			break;
		case TAG_BLOB:
			query_blob(q, parameter, v.bytes, v.n);
			break;
		}
	}
}

static struct value row_value(const struct row *row, unsigned n)
{
	struct value v = {0};
	size_t at = 0;

	for (unsigned i = 0; i <= n; i++)
		if (!row_next(row, &at, &v))
			return (struct value){0};
	return v;
}

const char *row_get_text(const struct row *row, unsigned n)
{
	struct value v = row_value(row, n);

	return v.tag == TAG_TEXT ? (const char *)v.bytes : "";
}

int64_t row_get_int(const struct row *row, unsigned n)
{
	return row_value(row, n).number;
}

const struct attempt *row_get_attempt(const struct row *row)
{
	return (const struct attempt *)(const void *)row->data;
}

bool row_next_packet(const struct row *row, size_t *at, struct evidence *ret_packet)
{
	if (*at == 0)
		*at = sizeof(struct attempt);
	if (*at + sizeof *ret_packet > row->bytes)
		return false;
	memcpy(ret_packet, row->data + *at, sizeof *ret_packet);
	ret_packet->bytes = row->data + *at + sizeof *ret_packet;
	*at += sizeof *ret_packet + ret_packet->captured;
	return true;
}

bool row_replaces(const struct row *newer, const struct row *older)
{
	if (newer->table != older->table || newer->run != older->run)
		return false;
	return newer->table == TABLE_PROGRESS || strcmp(row_get_text(newer, 0), row_get_text(older, 0)) == 0;
}
