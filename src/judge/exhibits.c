/* The packets that prove an attempt, copied before the ring overwrites them. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "judge/candidate.h"

/* Whether there is room for the packets of one more attempt. */
static bool has_room(struct judge *j, const struct evidence_of_name *e)
{
	if (j->evidence_bytes <= EVIDENCE_STRANGERS_BYTES ||
	    (j->evidence_bytes <= EVIDENCE_ATTEMPTS_BYTES && !flow_is_strange(j, e)))
		return true;
	j->unproved++;
	return false;
}

void candidate_take_packets(struct judge *j, struct candidate *c, const struct evidence_of_name *e,
                            const struct evidence_chain *packets)
{
	struct kept k[EVIDENCE_FLOW_PACKETS];
	size_t bytes = 0;

	if (!j->o.evidence || !packets || !has_room(j, e))
		return;
	size_t n = evidence_read(packets, k, sizeof k / sizeof k[0]);
	for (size_t i = 0; i < n; i++)
		bytes += k[i].stored;
	c->packet_n = (uint8_t)n;
	if (j->o.counted) {
		j->evidence_bytes += sizeof(struct exhibit_packets) + n * sizeof *k + bytes; /* as if */
		return;
	}
	struct candidate_rest *rest = n ? candidate_ensure_rest(j, c) : NULL;
	struct exhibit_packets *p = rest ? malloc(sizeof *p + n * sizeof *p->at + bytes) : NULL;
	if (!p)
		return;
	p->n = n;
	uint8_t *to = (uint8_t *)(p->at + n);
	for (size_t i = 0; i < n; i++) { /* oldest first */
		p->at[i] = k[n - 1 - i];
		memcpy(to, p->at[i].bytes, p->at[i].stored);
		p->at[i].bytes = to;
		to += p->at[i].stored;
	}
	j->evidence_bytes += sizeof *p + n * sizeof *p->at + bytes;
	rest->packets = p;
}

void candidate_prove(struct judge *j, struct candidate *c, struct kept_frame *const *frames, size_t n)
{
	size_t bytes = 0;

	c->packet_n = j->o.evidence ? (uint8_t)n : 0;
	if (j->o.counted)
		return;
	for (size_t i = 0; i < n; i++)
		bytes += frames[i]->frame.captured;
	struct candidate_rest *rest = n && j->o.evidence ? candidate_ensure_rest(j, c) : NULL;
	struct exhibit_packets *p = rest ? malloc(sizeof *p + n * sizeof *p->at + bytes) : NULL;
	if (!p)
		return;
	p->n = n;
	uint8_t *to = (uint8_t *)(p->at + n);
	for (size_t i = 0; i < n; i++) {
		const struct frame *f = &frames[i]->frame;
		p->at[i] = (struct kept){.time_us = f->time_us, .number = f->number, .captured = f->captured,
		                         .length = f->length,
		                         .stored = f->captured, .link = f->link, .source = f->source, .bytes = to};
		memcpy(to, f->bytes, f->captured);
		to += f->captured;
	}
	rest->packets = p;
}
