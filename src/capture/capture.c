#include "capture/capture.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "capture/inside.h"
#include "capture/live.h"

static _Thread_local char fault[512];

const char *name_fault(void)
{
	return fault;
}

enum err name_fail(enum err e, const char *name, const char *format, ...)
{
	struct text shown = {0};
	va_list args;

	va_start(args, format);
	vsnprintf(fault, sizeof fault, format, args);
	va_end(args);
	text_add_escaped(&shown, strcmp(name, "-") == 0 ? "standard input" : name);
	err_fail(e, "%s: %s", shown.failed ? "?" : shown.at, fault);
	text_release(&shown);
	return e;
}

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

void capture_account(struct capture *c, struct frame_batch *batch)
{
	for (unsigned i = 0; i < batch->n; i++) {
		struct frame *f = &batch->frames[i];
		struct source *s = &c->sources[f->source];
		f->number = ++c->frames_n;
		if (s->packets++ == 0)
			s->first_us = s->last_us = f->time_us;
		s->bytes += f->captured;
		s->truncated += f->captured < f->length;
		if (f->time_us > s->last_us)
			s->last_us = f->time_us;
		if (f->time_us < s->first_us)
			s->first_us = f->time_us;
	}
}

enum err capture_next(struct capture *c, struct frame_batch *batch)
{
	batch->n = 0;
	enum err e = c->kind->next(c, batch);
	capture_account(c, batch);
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

bool capture_next_event(struct capture *c, struct capture_event *ret_event)
{
	return c->live && live_next_event(c->live, ret_event);
}

size_t capture_descriptors(const struct capture *c, int *ret_fds, size_t most)
{
	return c->live ? live_descriptors(c->live, ret_fds, most) : 0;
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
