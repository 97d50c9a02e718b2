#include "live/sentry.h"

#include "base/limits.h"

/* ---- the desk */

void desk_post(struct desk *d)
{
	d->b = postbox_post(d->box, d->b);
}

bool desk_has_room(const struct desk *d, size_t frames)
{
	return d->b->seen_n + frames <= BULLETIN_FRAMES;
}

uint32_t desk_see(struct desk *d, const struct sighting *seen)
{
	struct bulletin *b = d->b;

	b->seen[b->seen_n] = *seen;
	sightings_show(seen, 1, &d->watch);
	return (uint32_t)b->seen_n++;
}

bool desk_is_used(const struct desk *d)
{
	bool used = d->b->seen_n > 0;

	for (size_t i = 0; i < d->b->docket_n; i++)
		used = used || d->b->dockets[i].n;
	return used;
}

/* ---- a docket */

/* A full docket is sent ahead of its bulletin, with what the watch has seen since the last one, so
 * that silence counts up to now. */
static void hand_over(const struct sentry *s)
{
	struct desk *d = s->desk;
	struct bulletin *ahead = postbox_begin(d->box);

	if (!ahead)
		return; /* the docket grows instead */
	struct docket *mine = &d->b->dockets[s->number], *theirs = &ahead->dockets[s->number];
	struct docket full = *mine;
	*mine = *theirs;
	*theirs = full;
	mine->at = full.at;
	mine->ageing = full.ageing;
	mine->order = full.order;
	ahead->watch = d->watch;
	ahead->watched = true;
	postbox_add(d->box, ahead);
}

struct docket *sentry_docket(struct sentry *s)
{
	struct bulletin *b = s->desk->b;

	if (!b)
		return NULL;
	if (b->dockets[s->number].n > s->desk->docket_bytes)
		hand_over(s);
	return &b->dockets[s->number];
}

void sentry_begin(struct sentry *s, uint32_t frame, bool ageing)
{
	struct docket *d = sentry_docket(s);

	if (d)
		docket_begin(d, frame, ageing);
}

/* ---- what the shard finds */

static uint64_t keep(void *context, uint64_t evidence, const struct frame *f)
{
	struct sentry *s = context;
	struct docket *d = sentry_docket(s);
	uint32_t slot = evidence ? (uint32_t)evidence : slot_take(&s->slots);

	if (slot && d)
		docket_keep(d, slot, f);
	return slot;
}

static void over(void *context, const struct flow *f, const struct names *names, uint64_t evidence, bool to_tell)
{
	struct sentry *s = context;
	struct docket *d = sentry_docket(s);
	uint64_t lost = d ? d->lost : 0;

	if (d && to_tell)
		docket_flow(d, f, names, (uint32_t)evidence, true);
	else if (d && evidence)
		docket_forget(d, (uint32_t)evidence);
	/* If the slot was not emptied, the flow that gets it next would be shown this one's packets. */
	if (evidence && d && d->lost == lost)
		slot_give(&s->slots, (uint32_t)evidence);
}

static bool early(void *context, const struct flow *f, const struct names *names, uint64_t evidence)
{
	struct sentry *s = context;
	struct docket *d = sentry_docket(s);

	if (!d || !(judge_is_unheard(s->desk->judge, f) ||
	            judge_is_decided(s->desk->judge, &s->desk->watch, f, names)))
		return false;
	docket_flow(d, f, names, (uint32_t)evidence, false);
	return true;
}

static void dns(void *context, const struct dns_message *m)
{
	struct docket *d = sentry_docket(context);

	if (d)
		docket_dns(d, m);
}

static void unreachable(void *context, const struct packet *p)
{
	struct docket *d = sentry_docket(context);

	if (d)
		docket_unreachable(d, p);
}

static void retire(void *context, struct names *names)
{
	struct docket *d = sentry_docket(context);

	if (d && names)
		docket_drop_names(d, names);
}

/* ---- life */

enum err sentry_init(struct sentry *s, unsigned number, struct desk *desk, const struct shard_options *options,
                     bool evidence)
{
	struct shard_hooks hooks = {.context = s, .keep = evidence ? keep : NULL, .over = over, .early = early,
	                            .dns = dns, .unreachable = unreachable, .retire = retire};

	*s = (struct sentry){.desk = desk, .number = number, .shard = shard_new(options, &hooks)};
	return s->shard ? ERR_OK : err_fail(ERR_MEMORY, "out of memory");
}

void sentry_release(struct sentry *s)
{
	shard_free(s->shard);
	slot_pool_release(&s->slots);
}
