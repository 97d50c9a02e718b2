#include "capture/capture.h"

#include <stdlib.h>
#include <string.h>

#include "capture/inside.h"

struct capture *capture_new(const struct capture_kind *kind, size_t sources_n)
{
	struct capture *c = calloc(1, sizeof *c);

	if (!c)
		return NULL;
	c->sources = calloc(sources_n ? sources_n : 1, sizeof *c->sources);
	if (!c->sources) {
		free(c);
		return NULL;
	}
	c->kind = kind;
	c->sources_n = sources_n;
	return c;
}

void source_damage(struct source *s, enum err e, const char *text)
{
	free((char *)s->damage_text);
	s->damage = e;
	s->damage_text = strdup(text);
}

/* A run of frames of one source. Returns how many. */
static unsigned account_run(struct source *s, struct frame *frames, unsigned n, uint64_t number)
{
	uint64_t bytes = 0, truncated = 0;
	int64_t first_us = s->packets ? s->first_us : frames[0].time_us;
	int64_t last_us = s->packets ? s->last_us : frames[0].time_us;
	unsigned i;

	for (i = 0; i < n && frames[i].source == frames[0].source; i++) {
		const struct frame *f = &frames[i];
		frames[i].number = ++number;
		bytes += f->captured;
		truncated += f->captured < f->length;
		last_us = f->time_us > last_us ? f->time_us : last_us;
		first_us = f->time_us < first_us ? f->time_us : first_us;
	}
	s->packets += i;
	s->bytes += bytes;
	s->truncated += truncated;
	s->first_us = first_us;
	s->last_us = last_us;
	return i;
}

/* Number the frames of a batch and count them in their sources. */
static void account(struct capture *c, struct frame_batch *batch)
{
	for (unsigned i = 0; i < batch->n;) {
		struct frame *f = &batch->frames[i];
		unsigned n = account_run(&c->sources[f->source], f, batch->n - i, c->frames_n);
		c->frames_n += n;
		i += n;
	}
}

enum err capture_next(struct capture *c, struct frame_batch *batch)
{
	batch->n = 0;
	enum err e = c->kind->next(c, batch);
	account(c, batch);
	return e;
}

size_t capture_source_count(const struct capture *c)
{
	return c->sources_n;
}

const struct source *capture_source(const struct capture *c, size_t i)
{
	return i < c->sources_n ? &c->sources[i] : NULL;
}

void capture_refresh_statistics(struct capture *c)
{
	if (c->kind->refresh)
		c->kind->refresh(c);
}

void capture_close(struct capture *c)
{
	if (!c)
		return;
	c->kind->close(c);
	for (size_t i = 0; i < c->sources_n; i++) {
		free((char *)c->sources[i].name);
		free((char *)c->sources[i].damage_text);
	}
	free(c->sources);
	free(c);
}
