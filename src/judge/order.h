/* A sort order over candidates. The two sort keys are stored with the pointers, so that sorting does not touch the
 * candidates. */
#ifndef JUDGE_ORDER_H
#define JUDGE_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct candidate;

struct order_place {
	uint64_t major;
	int64_t minor;
	struct candidate *candidate;
};

struct order { /* {0}: empty */
	struct order_place *places;
	size_t n, room;
	bool failed;           /* out of memory: the order is incomplete */
	struct candidate **at; /* n, once it is sorted */
};

/* Append one; ties are broken by its id. */
void order_add(struct order *o, struct candidate *c, uint64_t major, int64_t minor);
/* Sort by major, minor, then id. False: out of memory, now or earlier. */
bool order_sort(struct order *o);
/* Free the memory, in whatever state; the order is empty afterwards. */
void order_release(struct order *o);

#endif
