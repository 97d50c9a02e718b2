/* Read a whole report from a database, one step after the other. */
#include "report/gap.h"

#include <stdlib.h>
#include <string.h>

#include "base/pages.h"
#include "record/record.h"
#include "report/reading.h"
#include "report/rows.h"

/* What gap_free has to free. */
struct gap_memory {
	struct pool pool;
	struct names *names;
};

#define NAMES_BYTES ((size_t)1 << 30) /* of one report; more: ERR_MEMORY */

static enum err gap_new(struct reading *r)
{
	struct gap_memory *memory = calloc(1, sizeof *memory);

	r->gap = calloc(1, sizeof *r->gap);
	if (!memory || !r->gap || !(memory->names = names_new(NAMES_BYTES))) {
		free(memory);
		free(r->gap);
		r->gap = NULL;
		return err_fail(ERR_MEMORY, "out of memory");
	}
	r->gap->memory = memory;
	r->pool = &memory->pool;
	r->names = memory->names;
	return ERR_OK;
}

void gap_free(struct gap *g)
{
	if (!g)
		return;
	struct gap_memory *memory = g->memory;
	pages_free(g->incidents, g->incident_room * sizeof *g->incidents);
	names_free(memory->names);
	pool_release(&memory->pool);
	free(memory);
	free(g);
}

static enum err clients_parse(struct reading *r)
{
	r->clients = pool_take(r->pool, r->filter->client_n, sizeof *r->clients);
	if (!r->clients)
		return err_fail(ERR_MEMORY, "out of memory");
	for (size_t i = 0; i < r->filter->client_n; i++)
		if (prefix_parse(r->filter->clients[i], &r->clients[i]) != ERR_OK)
			return err_fail(ERR_USAGE, "--client: \"%s\" is no address or network (such as 10.1.0.0/16)",
			                r->filter->clients[i]);
	return ERR_OK;
}

static enum err read_all(struct reading *r, struct db *db)
{
	static enum err (*const steps[])(struct reading *r, struct db *db) = {
		read_runs, read_lists, read_sources, read_groups, read_rules, read_turns, read_attempts, read_answers,
	};
	static enum err (*const later[])(struct reading *r, struct db *db) = {
		read_incidents, read_unlisted, read_calls, read_notices, read_packets, read_moments,
	};
	enum err e = clients_parse(r);

	for (size_t i = 0; e == ERR_OK && i < sizeof steps / sizeof steps[0]; i++)
		e = steps[i](r, db);
	if (e == ERR_OK)
		e = read_verdicts(r);
	if (e == ERR_OK)
		e = rules_build(r);
	if (e == ERR_OK)
		e = missing_build(r);
	if (e == ERR_OK)
		e = groups_build(r);
	for (size_t i = 0; e == ERR_OK && i < sizeof later / sizeof later[0]; i++)
		e = later[i](r, db);
	if (e == ERR_OK && (r->pool->failed || names_full(r->names)))
		e = err_fail(ERR_MEMORY, "out of memory");
	return e;
}

static enum err gap_make(const char *path, const struct gap_filter *filter, const struct ledger *ledger,
                         struct gap **ret_gap)
{
	struct reading r = {.filter = filter, .ledger = ledger};
	struct db *db = NULL;
	enum err e = db_open_read(path, &db);

	if (e == ERR_OK)
		e = gap_new(&r);
	if (e == ERR_OK)
		e = db_begin_read(db);
	if (e == ERR_OK)
		e = read_all(&r, db);
	if (e == ERR_OK)
		e = db_end(db);
	if (db)
		db_undo(db);
	db_close(db);
	verdicts_release(&r.verdicts);
	map_release(&r.group_places);
	map_release(&r.answered);
	map_release(&r.incident_places);
	pages_free(r.tried, r.tried_room * sizeof *r.tried);
	free(r.sums);
	if (e == ERR_OK)
		*ret_gap = r.gap;
	else
		gap_free(r.gap);
	return e;
}

enum err gap_read(const char *path, const struct gap_filter *filter, struct gap **ret_gap)
{
	static const struct gap_filter everything;

	return gap_make(path, filter ? filter : &everything, NULL, ret_gap);
}

enum err gap_read_run(const struct record *record, bool details, bool plain, struct gap **ret_gap)
{
	const struct ledger *ledger = record_ledger(record);
	struct gap_filter filter = {.run = record_run(record), .details = details && !ledger,
	                            .plain = plain};

	return gap_make(record_path(record), &filter, ledger, ret_gap);
}
