#include "report/sightings.h"

#include <stdlib.h>

#include "base/array.h"

void sightings_add(struct sightings *s, int64_t what, int64_t us)
{
	struct sighting *last = s->n ? &s->at[s->n - 1] : NULL;

	if (last && last->what == what) { /* most come in runs */
		last->first_us = us < last->first_us ? us : last->first_us;
		return;
	}
	struct sighting *grown = s->failed ? NULL : array_grow(s->at, s->n, &s->room, sizeof *grown);
	if (!grown) {
		s->failed = true;
		return;
	}
	s->at = grown;
	s->at[s->n++] = (struct sighting){what, us};
}

static int by_number(const void *left, const void *right)
{
	const struct sighting *a = left, *b = right;

	if (a->what != b->what)
		return a->what < b->what ? -1 : 1;
	return (a->first_us > b->first_us) - (a->first_us < b->first_us);
}

static int by_time(const void *left, const void *right)
{
	const struct sighting *a = left, *b = right;

	return a->first_us != b->first_us ? (a->first_us < b->first_us ? -1 : 1) : by_number(a, b);
}

void sightings_sort(struct sightings *s)
{
	size_t kept = 0;

	if (s->n < 2)
		return;
	qsort(s->at, s->n, sizeof *s->at, by_number);
	for (size_t i = 0; i < s->n; i++)
		if (kept == 0 || s->at[i].what != s->at[kept - 1].what)
			s->at[kept++] = s->at[i];
	s->n = kept;
	qsort(s->at, s->n, sizeof *s->at, by_time);
}

bool sightings_have(const struct sightings *s, int64_t what)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->at[i].what == what)
			return true;
	return false;
}

void sightings_release(struct sightings *s)
{
	free(s->at);
	*s = (struct sightings){0};
}
