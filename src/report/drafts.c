#include "report/drafts.h"

#include <stdlib.h>

#include "base/array.h"

static struct missing_draft *draft_add(struct drafts *d, uint32_t rule, name_id name, enum missing_kind kind)
{
	struct missing_draft *grown = array_grow(d->at, d->n, &d->room, sizeof *grown);

	if (!grown)
		return NULL;
	d->at = grown;
	d->at[d->n] = (struct missing_draft){.name = name, .rule = rule, .kind = kind};
	return &d->at[d->n++];
}

static struct missing_draft *draft_of_name(struct drafts *d, uint32_t rule, name_id name)
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

/* The drafts of the current rule begin at `from`. */
static struct missing_draft *draft_of_rule(struct drafts *d, size_t from, uint32_t rule, enum missing_kind kind)
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

/* How one client fails at one host. One name under a pattern says nothing about the others. */
struct failing {
	uint64_t counts[SIGNATURE_COUNT];
	bool lied_to; /* DNS sent its connections elsewhere: they need no firewall entry of their own */
};

static void draft_put(struct drafts *d, struct missing_draft *draft, size_t place)
{
	if (!draft)
		d->failed = true;
	else if (draft->clients.n == 0 || draft->clients.at[draft->clients.n - 1] != (int64_t)place)
		bag_add(&draft->clients, (int64_t)place);
}

/* One client's failures by host; all together if its attempts are not distinguished by host. */
struct failings {
	bool several;
	struct failing all;
	struct map of_host; /* name → struct failing */
};

static void failings_begin(struct failings *f, bool several)
{
	f->several = several;
	if (several)
		map_clear(&f->of_host);
	else
		f->all = (struct failing){0};
}

/* NULL: out of memory. */
static struct failing *failing_of(struct failings *f, const struct tried *t)
{
	return f->several ? map_put(&f->of_host, &t->host, NULL) : &f->all;
}

/* Count how the client fails at each host, and add its failed look-ups to their drafts. */
static void failures_count(const struct reading *r, struct drafts *d, size_t place, struct failings *failings)
{
	const struct ruling_client *c = &r->verdicts.clients[place];

	for (size_t i = c->first; i < c->first + c->n; i++) {
		const struct tried *t = &r->tried[i];
		if (t->part != PART_BAD)
			continue;
		struct failing *f = failing_of(failings, t);
		d->failed |= !f;
		if (t->by_lookup)
			draft_put(d, draft_of_name(d, t->rule, t->host), place);
		if (f && t->by_lookup)
			f->lied_to |= t->signature == SIG_DNS_SINKHOLE || t->signature == SIG_DNS_FORGED;
		else if (f)
			f->counts[t->signature]++;
	}
}

/* Add one failing client to its drafts: at each host its most frequent failure decides the kind of change. */
static enum err client_draft(const struct reading *r, struct drafts *d, size_t from, size_t place,
                             struct failings *failings)
{
	const struct ruling_client *c = &r->verdicts.clients[place];

	failings_begin(failings, tried_several_hosts(r->tried + c->first, c->n));
	failures_count(r, d, place, failings);
	for (size_t i = c->first; i < c->first + c->n; i++) {
		struct tried *t = &r->tried[i];
		const struct failing *f = t->part == PART_BAD && !t->by_lookup ? failing_of(failings, t) : NULL;
		if (!f || f->lied_to)
			continue;
		t->drafted = true;
		t->kind = (uint8_t)signature_kind(most_frequent(f->counts));
		draft_put(d, draft_of_rule(d, from, t->rule, (enum missing_kind)t->kind), place);
	}
	return d->failed ? err_fail(ERR_MEMORY, "out of memory") : ERR_OK;
}

enum err drafts_collect(const struct reading *r, struct drafts *d)
{
	struct failings failings;
	enum err e = ERR_OK;

	map_init(&failings.of_host, sizeof(name_id), sizeof(struct failing), r->tried_n + 1);
	for (uint32_t rule = 0; e == ERR_OK && rule < r->rule_n; rule++) {
		const struct ruling *on = &r->verdicts.rulings[rule];
		size_t from = d->n;
		for (size_t c = on->client_first; e == ERR_OK && c < on->client_first + on->client_n; c++)
			if (r->verdicts.clients[c].bad)
				e = client_draft(r, d, from, c, &failings);
	}
	map_release(&failings.of_host);
	return e;
}
