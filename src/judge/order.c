#include "judge/order.h"

#include <string.h>

#include "base/pages.h"
#include "judge/candidate.h"

#define BLOCK 4096u /* places: 96 KiB */

void order_add(struct order *o, struct candidate *c, uint64_t major, int64_t minor)
{
	struct order_place *at = pages_room(o->places, o->n, &o->room, sizeof *at);

	if (!at) {
		o->failed = true;
		return;
	}
	o->places = at;
	o->places[o->n++] = (struct order_place){major, minor, c};
}

static bool goes_before(const struct order_place *a, const struct order_place *b)
{
	if (a->major != b->major)
		return a->major < b->major;
	if (a->minor != b->minor)
		return a->minor < b->minor;
	return a->candidate->id < b->candidate->id;
}

/* Merge two sorted runs, the second starting at middle. */
static void merge(const struct order_place *from, size_t middle, size_t n, struct order_place *to)
{
	size_t left = 0, right = middle;

	if (middle < n && !goes_before(&from[middle], &from[middle - 1])) {
		memcpy(to, from, n * sizeof *to); /* already in order */
		return;
	}
	while (left < middle && right < n)
		*to++ = goes_before(&from[right], &from[left]) ? from[right++] : from[left++];
	memcpy(to, from + left, (middle - left) * sizeof *to);
	memcpy(to + (middle - left), from + right, (n - right) * sizeof *to);
}

/* Merge runs of this sorted length. Returns which of the two buffers holds the result. */
static struct order_place *sort_runs(struct order_place *at, struct order_place *spare, size_t n, size_t run)
{
	for (; run < n; run *= 2) {
		for (size_t i = 0; i < n; i += 2 * run) {
			size_t all = n - i < 2 * run ? n - i : 2 * run;
			merge(at + i, all < run ? all : run, all, spare + i);
		}
		struct order_place *sorted = spare;
		spare = at;
		at = sorted;
	}
	return at;
}

/* Sort each cache-sized block completely before touching the next one. */
static const struct order_place *sort(struct order_place *at, struct order_place *spare, size_t n)
{
	for (size_t i = 0; i < n; i += BLOCK) {
		size_t block = n - i < BLOCK ? n - i : BLOCK;
		struct order_place *sorted = sort_runs(at + i, spare + i, block, 1);
		if (sorted != at + i)
			memcpy(at + i, sorted, block * sizeof *at);
	}
	return sort_runs(at, spare, n, BLOCK);
}

bool order_sort(struct order *o)
{
	struct order_place *spare = o->failed ? NULL : pages_new(o->room * sizeof *spare);

	o->at = spare ? pages_new(o->room * sizeof *o->at) : NULL;
	if (o->at) {
		const struct order_place *sorted = sort(o->places, spare, o->n);
		for (size_t i = 0; i < o->n; i++)
			o->at[i] = sorted[i].candidate;
	}
	pages_free(spare, o->room * sizeof *spare);
	return o->at != NULL;
}

void order_release(struct order *o)
{
	pages_free(o->places, o->room * sizeof *o->places);
	pages_free(o->at, o->room * sizeof *o->at);
	*o = (struct order){0};
}
