#include "judge/watch.h"


/* Files of one rotating capture follow each other within this time. */
#define SEAM_US (2 * SECOND_US)

void watch_see(struct watch *w, uint16_t source, int64_t time_us, bool anew)
{
	size_t *open = &w->current[source % SEGMENTS_MOST];
	struct stretch *s = *open ? &w->stretches[*open - 1] : NULL;

	if (s && s->source == source && !anew) {
		if (time_us > s->to_us)
			s->to_us = time_us;
		return;
	}
	if (w->n == SEGMENTS_MOST) { /* the last stretch is extended: later silence may then be believed too early */
		if (time_us > w->stretches[w->n - 1].to_us)
			w->stretches[w->n - 1].to_us = time_us;
		*open = w->n;
		return;
	}
	w->stretches[w->n++] = (struct stretch){time_us, time_us, source};
	*open = w->n;
}

void watch_go_on(struct watch *w, int64_t time_us)
{
	for (size_t i = 0; i < SEGMENTS_MOST; i++) {
		struct stretch *s = w->current[i] ? &w->stretches[w->current[i] - 1] : NULL;
		if (s && time_us > s->to_us)
			s->to_us = time_us;
	}
}

void watch_stop(struct watch *w, uint16_t source)
{
	w->current[source % SEGMENTS_MOST] = 0;
}

void watch_forget(struct watch *w, int64_t before_us)
{
	size_t moved[SEGMENTS_MOST + 1] = {0}, kept = 0;
	bool open[SEGMENTS_MOST] = {0};

	for (size_t i = 0; i < SEGMENTS_MOST; i++)
		if (w->current[i])
			open[w->current[i] - 1] = true;
	for (size_t i = 0; i < w->n; i++) {
		if (!open[i] && w->stretches[i].to_us < before_us)
			continue;
		w->stretches[kept++] = w->stretches[i];
		moved[i + 1] = kept;
	}
	w->n = kept;
	for (size_t i = 0; i < SEGMENTS_MOST; i++)
		w->current[i] = moved[w->current[i]];
}

void watch_lose(struct watch *w, int64_t from_us, int64_t to_us)
{
	struct loss *last = w->loss_n ? &w->losses[(w->loss_n - 1) % LOSSES_MOST] : NULL;

	if (last && from_us <= last->to_us) {
		if (to_us > last->to_us)
			last->to_us = to_us;
		return;
	}
	w->losses[w->loss_n++ % LOSSES_MOST] = (struct loss){from_us, to_us};
}

bool watch_is_lossy(const struct watch *w, int64_t from_us, int64_t to_us, int64_t grace_us)
{
	uint64_t first = w->loss_n > LOSSES_MOST ? w->loss_n - LOSSES_MOST : 0;
	int64_t clear_us = from_us;
	bool lossy = false;

	for (uint64_t i = first; i < w->loss_n; i++) {
		const struct loss *l = &w->losses[i % LOSSES_MOST];
		if (l->to_us < from_us || l->from_us > to_us + grace_us)
			continue;
		lossy = true;
		if ((l->from_us < to_us ? l->from_us : to_us) - clear_us >= CLEAR_US)
			return false;
		if (l->to_us > clear_us)
			clear_us = l->to_us;
	}
	return lossy && to_us - clear_us < CLEAR_US;
}

static const struct stretch *stretch_of(const struct watch *w, uint16_t source, int64_t time_us)
{
	const struct stretch *best = NULL;

	for (size_t i = 0; i < w->n; i++) {
		const struct stretch *s = &w->stretches[i];
		if (s->source == source && s->from_us <= time_us && (!best || s->from_us >= best->from_us))
			best = s;
	}
	return best;
}

int64_t watch_end(const struct watch *w, uint16_t source, int64_t time_us)
{
	const struct stretch *s = stretch_of(w, source, time_us);
	int64_t end = s && s->to_us > time_us ? s->to_us : time_us;

	for (bool further = true; further;) {
		further = false;
		for (size_t i = 0; i < w->n; i++) {
			const struct stretch *next = &w->stretches[i];
			if (next->from_us > end + SEAM_US || next->to_us <= end || (s && next->source == s->source))
				continue;
			/* Only a file that begins where this one ends continues it. */
			if (next->from_us < end - SEAM_US)
				continue;
			end = next->to_us;
			further = true;
		}
	}
	return end;
}
