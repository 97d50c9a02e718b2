#include "report/drafts.h"

#include <stdlib.h>

static struct draft *draft_add(struct drafts *d, uint32_t rule, name_id name, enum missing_kind kind)
{
	if (d->n == d->room) {
		size_t room = d->room ? d->room * 2 : 16;
		struct draft *grown = realloc(d->at, room * sizeof *grown);
		if (!grown)
			return NULL;
		d->at = grown;
		d->room = room;
	}
	d->at[d->n] = (struct draft){.name = name, .rule = rule, .kind = kind};
	return &d->at[d->n++];
}

static struct draft *draft_of_name(struct drafts *d, uint32_t rule, name_id name)
{
	bool fresh;
	uint32_t *place = map_put(&d->by_name, &name, &fresh);

	if (!place)
		return NULL;
	if (!fresh)
		return &d->at[*place];
	*place = (uint32_t)d->n;
	return draft_add(d, rule, name, KIND_DNS);
}

/* The drafts of the rule being looked at begin at `from`. */
static struct draft *draft_of_rule(struct drafts *d, size_t from, uint32_t rule, enum missing_kind kind)
{
	for (size_t i = from; i < d->n; i++)
		if (!d->at[i].name && d->at[i].rule == rule && d->at[i].kind == kind)
			return &d->at[i];
	return draft_add(d, rule, 0, kind);
}

enum signature most_frequent(const uint64_t counts[SIGNATURE_COUNT])
{
	enum signature best = SIG_NONE;

	for (int s = SIG_NONE + 1; s < SIGNATURE_COUNT; s++)
		if (counts[s] > (best == SIG_NONE ? 0 : counts[best]))
			best = (enum signature)s;
	return best;
}

/* The names about which DNS lied to a client. */
static void lies_learn(const struct reading *r, const struct ruling_client *c, struct bag *lies)
{
	for (size_t i = c->first; i < c->first + c->n; i++) {
		const struct tried *t = &r->tried[i];
		bool lie = t->signature == SIG_DNS_SINKHOLE || t->signature == SIG_DNS_FORGED;
		if (t->part == PART_BAD && t->by_lookup && lie && !bag_has(lies, t->host))
			bag_add(lies, t->host);
	}
}

/* Put one failing client into its drafts. Where DNS lied, the connections went to where it pointed: no firewall
 * entry of their own. Of what a pattern stands for, one name tells nothing of the others. */
static enum err client_draft(const struct reading *r, struct drafts *d, size_t from, uint32_t rule, size_t place)
{
	const struct ruling_client *c = &r->verdicts.clients[place];
	uint64_t counts[SIGNATURE_COUNT] = {0};
	struct draft *draft = NULL;
	struct bag lies = {0};

	lies_learn(r, c, &lies);
	for (size_t i = c->first; i < c->first + c->n; i++) {
		const struct tried *t = &r->tried[i];
		if (t->part != PART_BAD)
			continue;
		if (!t->by_lookup) {
			counts[t->signature] += !bag_has(&lies, t->host);
			continue;
		}
		draft = draft_of_name(d, rule, t->host);
		if (draft)
			bag_add(&draft->clients, (int64_t)place);
		else
			d->failed = true;
	}
	bag_release(&lies);
	enum signature most = most_frequent(counts);
	if (most != SIG_NONE) {
		draft = draft_of_rule(d, from, rule, signature_kind(most));
		if (draft)
			bag_add(&draft->clients, (int64_t)place);
		else
			d->failed = true;
	}
	return d->failed ? err_fail(ERR_MEMORY, "out of memory") : ERR_OK;
}

enum err drafts_collect(const struct reading *r, struct drafts *d)
{
	enum err e = ERR_OK;

	for (uint32_t rule = 0; e == ERR_OK && rule < r->rule_n; rule++) {
		const struct ruling *on = &r->verdicts.rulings[rule];
		size_t from = d->n;
		for (size_t c = on->client_first; e == ERR_OK && c < on->client_first + on->client_n; c++)
			if (r->verdicts.clients[c].bad)
				e = client_draft(r, d, from, rule, c);
	}
	return e;
}
