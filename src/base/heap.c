#include "base/heap.h"

#include <stdatomic.h>

static atomic_bool ran_out;

bool heap_ran_out(void)
{
	return ran_out;
}

void heap_fail(void)
{
	ran_out = true;
}
