#include "drive/docket.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

#define FRAME_BYTES 512u /* of the frame of a DNS message: more is never kept as evidence */

enum case_kind { CASE_KEEP, CASE_FLOW, CASE_FLOW_OVER, CASE_FORGET, CASE_DNS, CASE_UNREACHABLE, CASE_NAMES };

/* Before each case. */
struct case_head {
	uint32_t bytes; /* size of the case, this head included */
	uint32_t frame;
	uint64_t order;
	uint8_t kind;
	bool ageing;
};

struct keep_case {
	struct frame frame; /* if copied; the bytes that evidence keeps follow */
	uint32_t slot;
	bool copied;
};

struct flow_case {
	struct flow flow;
	struct said said; /* if flow.said */
	const struct names *names;
	uint32_t slot;
};

struct dns_case {
	struct dns_message message;
	struct frame frame;
	uint32_t frame_n, fact_n; /* facts, their text and the frame's bytes follow */
	uint64_t kinds;
	bool overflow;
	const char *text; /* where the facts' text was */
	size_t text_n;
};

struct unreachable_case {
	struct addr client, resolver, sender;
	uint16_t client_port;
};

void docket_release(struct docket *d)
{
	free(d->bytes);
	*d = (struct docket){0};
}

void docket_begin(struct docket *d, uint32_t frame, bool ageing)
{
	d->at = frame;
	d->ageing = ageing;
	d->order = 0;
}

/* ---- writing */

/* Room for n bytes more; NULL: out of memory. */
static uint8_t *extend(struct docket *d, size_t n)
{
	n = (n + 7) & ~(size_t)7;
	if (d->n + n > d->room) {
		size_t room = d->room ? d->room : 1 << 16;
		while (room < d->n + n)
			room *= 2;
		uint8_t *bytes = realloc(d->bytes, room);
		if (!bytes)
			return NULL;
		d->bytes = bytes;
		d->room = room;
	}
	uint8_t *at = d->bytes + d->n;
	d->n += n;
	return at;
}

static bool put(struct docket *d, const void *what, size_t n)
{
	uint8_t *at = extend(d, n);

	if (at && n)
		memcpy(at, what, n);
	return at != NULL;
}

/* Begin a case; returns its offset. */
static size_t begin(struct docket *d, enum case_kind kind, uint64_t order)
{
	struct case_head head = {.frame = d->at, .order = order, .kind = (uint8_t)kind, .ageing = d->ageing};
	size_t start = d->n;

	(void)put(d, &head, sizeof head);
	return start;
}

/* End a case; an incomplete one is removed and counted as lost. */
static void end(struct docket *d, size_t start, bool whole)
{
	struct case_head head;

	if (!whole) {
		d->n = start;
		d->lost++;
		return;
	}
	memcpy(&head, d->bytes + start, sizeof head);
	head.bytes = (uint32_t)(d->n - start);
	memcpy(d->bytes + start, &head, sizeof head);
}

void docket_flow(struct docket *d, const struct flow *f, const struct names *names, uint32_t slot, bool over)
{
	struct flow_case c = {.flow = *f, .names = names, .slot = slot};
	size_t start = begin(d, over ? CASE_FLOW_OVER : CASE_FLOW, d->ageing ? f->id : d->order++);

	if (f->said)
		c.said = *f->said;
	end(d, start, d->n > start && put(d, &c, sizeof c));
}

void docket_keep(struct docket *d, uint32_t slot, const struct frame *frame)
{
	struct keep_case c = {.slot = slot, .copied = frame != NULL};
	size_t start = begin(d, CASE_KEEP, d->order++), n = 0;

	if (frame) {
		c.frame = *frame;
		n = frame->captured < EVIDENCE_PACKET_BYTES ? frame->captured : EVIDENCE_PACKET_BYTES;
	}
	end(d, start, d->n > start && put(d, &c, sizeof c) && put(d, c.frame.bytes, n));
}

void docket_forget(struct docket *d, uint32_t slot)
{
	size_t start = begin(d, CASE_FORGET, d->order++);

	end(d, start, d->n > start && put(d, &slot, sizeof slot));
}

void docket_drop_names(struct docket *d, struct names *names)
{
	size_t start = begin(d, CASE_NAMES, d->order++);

	end(d, start, d->n > start && put(d, &names, sizeof names));
}

void docket_dns(struct docket *d, const struct dns_message *m)
{
	struct dns_case c = {.message = *m, .fact_n = m->facts->n, .kinds = m->facts->kinds,
	                     .overflow = m->facts->overflow, .text = m->facts->text, .text_n = m->facts->text_n};
	size_t start = begin(d, CASE_DNS, d->order++);

	if (m->frame) {
		c.frame = *m->frame;
		c.frame_n = m->frame->captured < FRAME_BYTES ? m->frame->captured : FRAME_BYTES;
	}
	end(d, start, d->n > start && put(d, &c, sizeof c) && put(d, m->facts->list, c.fact_n * sizeof(struct fact)) &&
	              put(d, m->facts->text, c.text_n) && put(d, c.frame.bytes, c.frame_n));
}

void docket_unreachable(struct docket *d, const struct packet *p)
{
	struct unreachable_case c = {.client = p->quoted.src, .client_port = p->quoted.sport,
	                             .resolver = p->quoted.dst, .sender = p->src};
	size_t start = begin(d, CASE_UNREACHABLE, d->order++);

	end(d, start, d->n > start && put(d, &c, sizeof c));
}

/* ---- reading */

static const uint8_t *take(const uint8_t **at, size_t n)
{
	const uint8_t *here = *at;

	*at += (n + 7) & ~(size_t)7;
	return here;
}

/* One docket being read. */
struct reading {
	const struct docket *docket;
	struct slots *slots;
	size_t at;
	struct case_head head; /* of the case at `at` */
};

static void hear_keep(const struct hearing_of *to, struct slots *slots, const uint8_t *at, const struct frame *frame)
{
	struct keep_case c;

	memcpy(&c, take(&at, sizeof c), sizeof c);
	uint64_t *place = slot_place(slots, c.slot);
	if (!place)
		return;
	if (c.copied) {
		c.frame.bytes = at;
		frame = &c.frame;
	}
	*place = evidence_keep(to->ring, *place, frame);
}

static void hear_flow(const struct hearing_of *to, struct slots *slots, const uint8_t *at, bool over)
{
	struct flow_case c;

	memcpy(&c, at, sizeof c);
	if (c.flow.said)
		c.flow.said = &c.said;
	struct evidence_chain packets = {to->ring, over ? slot_leave(slots, c.slot) : slot_newest(slots, c.slot)};
	judge_over(to->judge, &c.flow, c.names, &packets);
}

static void hear_forget(struct slots *slots, const uint8_t *at)
{
	uint32_t slot;

	memcpy(&slot, at, sizeof slot);
	(void)slot_leave(slots, slot);
}

static void hear_names(const uint8_t *at)
{
	struct names *names;

	memcpy(&names, at, sizeof names);
	names_free(names);
}

/* Text among the facts' text was moved with it; other text is constant. */
static const char *moved(const struct dns_case *c, const char *text, const char *to)
{
	uintptr_t at = (uintptr_t)text, from = (uintptr_t)c->text;

	return at >= from && at < from + c->text_n ? to + (at - from) : text;
}

static void hear_dns(struct judge *j, const uint8_t *at)
{
	static _Thread_local struct facts facts; /* large */
	struct dns_case c;

	memcpy(&c, take(&at, sizeof c), sizeof c);
	facts.n = c.fact_n;
	facts.kinds = c.kinds;
	facts.overflow = c.overflow;
	facts.text_n = c.text_n;
	memcpy(facts.list, take(&at, c.fact_n * sizeof(struct fact)), c.fact_n * sizeof(struct fact));
	memcpy(facts.text, take(&at, c.text_n), c.text_n);
	for (unsigned i = 0; i < facts.n; i++) {
		facts.list[i].name = moved(&c, facts.list[i].name, facts.text);
		facts.list[i].other = moved(&c, facts.list[i].other, facts.text);
	}
	c.frame.bytes = take(&at, c.frame_n);
	c.message.facts = &facts;
	if (c.message.frame)
		c.message.frame = &c.frame;
	judge_dns(j, &c.message);
}

static void hear_unreachable(struct judge *j, const uint8_t *at)
{
	struct unreachable_case c;

	memcpy(&c, at, sizeof c);
	judge_lookup_unreachable(j, &c.client, c.client_port, &c.resolver, &c.sender);
}

static void hear(const struct hearing_of *to, const struct reading *r, const struct frame *frames)
{
	const uint8_t *at = r->docket->bytes + r->at + ((sizeof r->head + 7) & ~(size_t)7);

	switch ((enum case_kind)r->head.kind) {
	case CASE_KEEP:
		hear_keep(to, r->slots, at, frames ? &frames[r->head.frame] : NULL);
		break;
	case CASE_FLOW:
	case CASE_FLOW_OVER:
		hear_flow(to, r->slots, at, r->head.kind == CASE_FLOW_OVER);
		break;
	case CASE_FORGET:
		hear_forget(r->slots, at);
		break;
	case CASE_DNS:
		hear_dns(to->judge, at);
		break;
	case CASE_UNREACHABLE:
		hear_unreachable(to->judge, at);
		break;
	case CASE_NAMES:
		hear_names(at);
		break;
	}
}

/* ---- in order */

/* False: there are no more. */
static bool read_head(struct reading *r)
{
	if (r->at == r->docket->n)
		return false;
	memcpy(&r->head, r->docket->bytes + r->at, sizeof r->head);
	return true;
}

static bool is_earlier(const struct case_head *a, const struct case_head *b)
{
	if (a->frame != b->frame)
		return a->frame < b->frame;
	if (a->ageing != b->ageing)
		return a->ageing;
	return a->order < b->order;
}

static struct reading *earliest(struct reading *readings, size_t n)
{
	struct reading *first = &readings[0];

	for (size_t i = 1; i < n; i++)
		if (is_earlier(&readings[i].head, &first->head))
			first = &readings[i];
	return first;
}

void dockets_hear(struct docket *dockets, size_t n, const struct frame *frames, const struct sighting *seen,
                  size_t frame_n, const struct hearing_of *to)
{
	struct reading readings[DOCKETS_MOST];
	size_t open = 0, shown = 0;

	for (size_t i = 0; i < n; i++) {
		readings[open] = (struct reading){.docket = &dockets[i], .slots = &to->slots[i]};
		open += read_head(&readings[open]);
	}
	while (open) {
		struct reading *r = earliest(readings, open);
		size_t reached = r->head.frame < frame_n ? r->head.frame + 1u : frame_n;
		if (shown < reached)
			sightings_show(&seen[shown], reached - shown, to->watch);
		shown = reached > shown ? reached : shown;
		hear(to, r, frames);
		r->at += r->head.bytes;
		if (!read_head(r))
			*r = readings[--open];
	}
	sightings_show(&seen[shown], frame_n - shown, to->watch);
	for (size_t i = 0; i < n; i++)
		dockets[i].n = 0;
}
