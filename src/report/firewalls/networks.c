/* The smallest set of networks that holds exactly the addresses added. */
#include <stdlib.h>
#include <string.h>

#include "report/firewalls/openings.h"

static int by_address(const void *left, const void *right)
{
	const struct prefix *a = left, *b = right;
	int order = addr_compare(&a->addr, &b->addr);

	return order ? order : (int)a->bits - (int)b->bits;
}

/* Whether b is the upper half of the network whose lower half is a. */
static bool completes(const struct prefix *a, const struct prefix *b)
{
	struct prefix upper = *a;

	/* Never beyond a family's own address space: IPv4 begins at bit 96. */
	if (a->bits != b->bits || a->bits == 0 || a->bits == 96)
		return false;
	upper.addr.b[(a->bits - 1) / 8] ^= (uint8_t)(0x80 >> (a->bits - 1) % 8);
	return addr_equal(&upper.addr, &b->addr) && addr_compare(&a->addr, &b->addr) < 0;
}

void networks_aggregate(struct networks *n)
{
	size_t kept = 0;

	if (n->n > 1)
		qsort(n->at, n->n, sizeof *n->at, by_address);
	for (size_t i = 0; i < n->n; i++) {
		if (kept && n->at[kept - 1].bits <= n->at[i].bits && prefix_contains(&n->at[kept - 1], &n->at[i].addr))
			continue;
		n->at[kept++] = n->at[i];
		while (kept > 1 && completes(&n->at[kept - 2], &n->at[kept - 1]))
			n->at[--kept - 1].bits--;
	}
	n->n = kept;
}

void networks_unique(struct networks *n)
{
	size_t kept = 0;

	if (n->n > 1)
		qsort(n->at, n->n, sizeof *n->at, by_address);
	for (size_t i = 0; i < n->n; i++)
		if (kept == 0 || by_address(&n->at[kept - 1], &n->at[i]) != 0)
			n->at[kept++] = n->at[i];
	n->n = kept;
}
