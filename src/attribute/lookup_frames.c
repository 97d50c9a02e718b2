/* The packets of look-ups, kept as evidence. */
#include "attribute/lookup_inside.h"

#include <stdlib.h>
#include <string.h>

#define FRAME_MOST 512u /* bytes kept of a frame */

/* Stands in for frames that are only counted: nothing reads its content. */
static struct kept_frame counted;

struct kept_frame *lookup_frame(const struct lookups *l, const struct dns_message *m)
{
	if (!l->o.evidence || !m->frame)
		return NULL;
	if (l->o.counted)
		return &counted;
	uint32_t n = m->frame->captured < FRAME_MOST ? m->frame->captured : FRAME_MOST;
	struct kept_frame *k = malloc(sizeof *k + n);
	if (!k)
		return NULL;
	k->frame = *m->frame;
	k->frame.bytes = memcpy(k + 1, m->frame->bytes, n);
	k->frame.captured = n;
	return k;
}

void lookup_frames_free(struct kept_frame **frames, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (frames[i] != &counted)
			free(frames[i]);
		frames[i] = NULL;
	}
}

void lookup_frames_put_by(struct lookups *l, struct lookup *at)
{
	if (at->addresses == 0 || at->sinkhole || l->o.counted)
		return;
	for (size_t i = 0; i < 2; i++) {
		if (l->recent && at->frames[i])
			at->recent = evidence_keep(l->recent, at->recent, &at->frames[i]->frame);
	}
	lookup_frames_free(at->frames, 2);
}

void lookup_frames_fetch(struct lookups *l, struct lookup *at)
{
	struct evidence_chain chain = {l->recent, at->recent};
	struct kept kept[2];
	size_t n = evidence_read(&chain, kept, 2);

	for (size_t i = 0; i < n; i++) { /* newest first */
		struct frame f = {.time_us = kept[i].time_us, .number = kept[i].number, .bytes = kept[i].bytes,
		                  .captured = kept[i].stored, .length = kept[i].length, .link = kept[i].link,
		                  .source = kept[i].source};
		struct dns_message m = {.frame = &f};
		if (!at->frames[n - 1 - i])
			at->frames[n - 1 - i] = lookup_frame(l, &m);
	}
	at->recent = 0;
}
