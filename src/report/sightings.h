/* A set of numbers, each with the time when it was first seen: what a report lists by first time. */
#ifndef REPORT_SIGHTINGS_H
#define REPORT_SIGHTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sighting {
	int64_t what, first_us;
};

/* Zero: empty. */
struct sightings {
	struct sighting *at;
	size_t n, room;
	bool failed; /* out of memory: some may be missing */
};

/* A number was seen at this time; duplicates are allowed. */
void sightings_add(struct sightings *s, int64_t what, int64_t us);
/* Sort by first time, each number once. */
void sightings_sort(struct sightings *s);
/* Whether it was seen. */
bool sightings_have(const struct sightings *s, int64_t what);
/* Leaves it empty. */
void sightings_release(struct sightings *s);

#endif
