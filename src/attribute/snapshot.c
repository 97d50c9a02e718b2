#include "attribute/snapshot.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "attribute/host.h"
#include "attribute/list_print.h"
#include "base/text.h"

#define SCHEMA "rulegap/snapshot/1"
#define ADDRESSES_MOST 1024u /* per answer; a message of 64 KB holds fewer worth keeping */

static const char *const statuses[] = {"ok", "nxdomain", "nodata", "servfail", "refused", "timeout", "failed"};

const char *answer_status_text(enum answer_status s)
{
	return (unsigned)s < sizeof statuses / sizeof statuses[0] ? statuses[s] : "failed";
}

void snapshot_release(struct snapshot *s)
{
	arena_release(&s->arena);
	*s = (struct snapshot){0};
}

static enum err fail_memory(void)
{
	return err_fail(ERR_MEMORY, "out of memory");
}

/* The program does not take "::" for an address; resolvers that block names answer with it. */
static const char *address_text(const struct addr *a, char text[static ADDR_TEXT])
{
	return addr_is_none(a) ? "::" : addr_format(a, text);
}

static json_t *json_of_answer(const struct answer *a)
{
	json_t *aliases = json_array(), *addresses = json_array();
	char text[ADDR_TEXT];

	for (size_t i = 0; i < a->alias_n; i++)
		json_array_append_new(aliases, json_string(a->aliases[i]));
	for (size_t i = 0; i < a->address_n; i++)
		json_array_append_new(addresses,
		                      json_pack("{s:s, s:I}", "address", address_text(&a->addresses[i].address, text),
		                                "ttl", (json_int_t)a->addresses[i].ttl_s));
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "name", a->name, "server", a->server, "type",
	                 a->six ? "AAAA" : "A", "status", answer_status_text(a->status), "aliases", aliases,
	                 "addresses", addresses);
}

static json_t *json_of_lists(const struct lists *l)
{
	json_t *all = json_array();

	for (size_t i = 0; i < l->source_n; i++) {
		const struct list_source *s = &l->sources[i];
		json_array_append_new(
		    all, json_pack("{s:s*, s:s*, s:s}", "name", s->name, "version", s->version, "sha256", s->sha256));
	}
	return all;
}

enum err snapshot_write(const struct snapshot *s, const struct lists *l, FILE *f)
{
	char taken[TIME_TEXT];
	json_t *answers = json_array();

	for (size_t i = 0; i < s->answer_n; i++)
		json_array_append_new(answers, json_of_answer(&s->answers[i]));
	json_t *root = json_pack("{s:s, s:s, s:o, s:o}", "schema", SCHEMA, "taken", time_format(s->taken_us, taken),
	                         "lists", json_of_lists(l), "answers", answers);
	if (root && json_array_size(answers) != s->answer_n) {
		json_decref(root);
		root = NULL;
	}
	return list_json_write(root, f);
}

static const char *keep_name(struct snapshot *s, const char *text)
{
	char name[HOST_TEXT], reason[HOST_REASON];

	if (!text || !host_name_parse(text, name, reason))
		return NULL;
	return arena_text(&s->arena, name, strlen(name));
}

static const char *member(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static bool load_addresses(struct snapshot *s, struct answer *a, const json_t *rows)
{
	size_t n = json_array_size(rows), i;
	json_t *row;

	if (n > ADDRESSES_MOST)
		return false;
	a->addresses = arena_take(&s->arena, n, sizeof *a->addresses);
	json_array_foreach(rows, i, row) {
		json_int_t ttl = json_integer_value(json_object_get(row, "ttl"));
		if (!a->addresses || !addr_parse(member(row, "address"), &a->addresses[i].address) || ttl < 0 ||
		    ttl > UINT32_MAX)
			return false;
		a->addresses[a->address_n++].ttl_s = (uint32_t)ttl;
	}
	return true;
}

static bool load_aliases(struct snapshot *s, struct answer *a, const json_t *rows)
{
	size_t i;
	json_t *row;

	a->aliases = arena_take(&s->arena, json_array_size(rows), sizeof *a->aliases);
	json_array_foreach(rows, i, row) {
		const char *text = json_string_value(row);
		if (!a->aliases || !text)
			return false;
		/* A resolver may send anything: skip what is not a host name. */
		const char *name = keep_name(s, text);
		if (name)
			a->aliases[a->alias_n++] = name;
	}
	return true;
}

static bool load_answer(struct snapshot *s, const json_t *row)
{
	const char *status = member(row, "status"), *type = member(row, "type"), *server = member(row, "server");
	struct answer a = {
	    .name = keep_name(s, member(row, "name")),
	    .server = arena_text(&s->arena, server, strlen(server)),
	    .six = strcmp(type, "AAAA") == 0,
	    .status = ANSWER_FAILED,
	};

	for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
		if (strcmp(status, statuses[i]) == 0)
			a.status = (enum answer_status)i;
	if (!a.name || (!a.six && strcmp(type, "A") != 0))
		return false;
	if (!load_addresses(s, &a, json_object_get(row, "addresses")) ||
	    !load_aliases(s, &a, json_object_get(row, "aliases")))
		return false;
	s->answers = arena_grow(&s->arena, s->answers, s->answer_n, &s->answer_size, sizeof *s->answers);
	if (s->answers)
		s->answers[s->answer_n++] = a;
	return true;
}

static enum err load(const char *path, const json_t *root, struct snapshot *s)
{
	const json_t *answers = json_object_get(root, "answers");
	json_t *row;
	size_t i;

	if (strcmp(member(root, "schema"), SCHEMA) != 0)
		return err_fail(ERR_USAGE, "%s: no snapshot (rulegap endpoints resolve writes them; schema " SCHEMA ")",
		                path);
	if (!json_is_array(answers) || time_parse(member(root, "taken"), 0, &s->taken_us) != ERR_OK)
		return err_fail(ERR_USAGE, "%s: a snapshot without time or answers", path);
	json_array_foreach(answers, i, row) {
		if (!load_answer(s, row) && !s->arena.failed)
			return err_fail(ERR_USAGE, "%s: answer %zu is wrong (name, type A or AAAA, addresses with ttl)",
			                path, i + 1);
		if (s->arena.failed)
			return fail_memory();
	}
	return ERR_OK;
}

enum err snapshot_load(const char *path, struct snapshot *ret_snapshot)
{
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *f = is_stdin ? stdin : fopen(path, "rbe");
	struct snapshot s = {0};
	json_error_t error;

	if (!f)
		return err_fail(errno == EACCES ? ERR_PERMISSION : ERR_USAGE, "%s: %s", path, err_reason(errno));
	json_t *root = json_loadf(f, JSON_REJECT_DUPLICATES, &error);
	if (!is_stdin)
		fclose(f);
	if (is_stdin)
		path = "standard input";
	if (!root)
		return err_fail(ERR_USAGE, "%s:%d:%d: no JSON: %s", path, error.line < 1 ? 1 : error.line,
		                error.column < 1 ? 1 : error.column, error.text);
	enum err e = load(path, root, &s);
	json_decref(root);
	if (e == ERR_OK)
		*ret_snapshot = s;
	else
		snapshot_release(&s);
	return e;
}

/* A name with one of its addresses. */
struct pair {
	const char *name;
	struct answer_address at;
};

static int compare_pairs(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	int d = strcmp(x->name, y->name);

	if (d == 0)
		d = addr_compare(&x->at.address, &y->at.address);
	return d ? d : (x->at.ttl_s < y->at.ttl_s) - (x->at.ttl_s > y->at.ttl_s);
}

static enum err each_pair(const struct snapshot *s, snapshot_take *take, void *context)
{
	size_t n = 0, k = 0;

	for (size_t i = 0; i < s->answer_n; i++)
		n += s->answers[i].address_n;
	struct pair *pairs = calloc(n + 1, sizeof *pairs);
	if (!pairs)
		return fail_memory();
	for (size_t i = 0; i < s->answer_n; i++)
		for (size_t j = 0; j < s->answers[i].address_n; j++)
			pairs[k++] = (struct pair){s->answers[i].name, s->answers[i].addresses[j]};
	qsort(pairs, n, sizeof *pairs, compare_pairs);
	for (size_t i = 0; i < n; i++) {
		bool again = i && strcmp(pairs[i].name, pairs[i - 1].name) == 0 &&
		             addr_equal(&pairs[i].at.address, &pairs[i - 1].at.address);
		bool nowhere = addr_is_none(&pairs[i].at.address);
		if (!again && !nowhere && !take(context, pairs[i].name, &pairs[i].at.address, pairs[i].at.ttl_s))
			break;
	}
	free(pairs);
	return ERR_OK;
}

enum err snapshot_read(const char *path, snapshot_take *take, void *context)
{
	struct snapshot s;
	enum err e = snapshot_load(path, &s);

	if (e != ERR_OK)
		return e;
	e = each_pair(&s, take, context);
	snapshot_release(&s);
	return e;
}
