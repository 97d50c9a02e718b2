/* Candidates in an order: which are looked at together is decided by two numbers, taken along so
 * that sorting leaves the candidates alone. */
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
	bool failed;           /* out of memory: it is not whole */
	struct candidate **at; /* n, once it is sorted */
};

/* One more; its id breaks ties. */
void order_add(struct order *o, struct candidate *c, uint64_t major, int64_t minor);
/* By major, by minor, then by id. False: out of memory, now or before. */
bool order_sort(struct order *o);
/* Give the memory back, whatever became of it; it is empty then. */
void order_release(struct order *o);

#endif
