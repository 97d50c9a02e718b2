#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/heap.h"

#define MORE ((intptr_t)64 * 4096)

/* Whether a page is to become part of a huge one: "hg" among the flags of its mapping (proc(5)). */
static bool is_to_be_huge(const void *page)
{
	FILE *maps = fopen("/proc/self/smaps", "r");
	char line[512];
	bool inside = false, huge = false;

	assert_non_null(maps);
	while (fgets(line, sizeof line, maps)) {
		uintptr_t from, to;
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			inside = from <= (uintptr_t)page && (uintptr_t)page < to;
		else if (inside && strncmp(line, "VmFlags:", 8) == 0)
			huge = strstr(line, " hg") != NULL;
	}
	fclose(maps);
	return huge;
}

static bool system_has_huge_pages(void)
{
	void *probe = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool has = madvise(probe, 4096, MADV_HUGEPAGE) == 0;

	munmap(probe, 4096);
	return has;
}

/* As malloc does it: the program's break moves, then a block from there is given. */
static char *grown_heap(void)
{
	char *at = sbrk(MORE);

	assert_true(at != (char *)-1);
	return at;
}

static void what_the_heap_grew_by_becomes_huge_pages(void **state)
{
	(void)state;
	if (!system_has_huge_pages())
		skip();
	heap_begin();
	char *at = grown_heap();
	heap_gave(NULL, 16);
	heap_gave(&at, 16);         /* a block from elsewhere */
	heap_gave(at - 4096, 4095); /* what was there before */
	assert_false(is_to_be_huge(at + MORE - 1));
	heap_gave(at, 16);
	assert_true(is_to_be_huge(at + MORE - 1));
	sbrk(-MORE);
}

static void a_heap_that_was_not_begun_is_left_alone(void **state)
{
	(void)state;
	char *at = grown_heap();
	heap_gave(at, 16);
	assert_false(is_to_be_huge(at + MORE - 1));
	sbrk(-MORE);
}

static void an_allocation_that_failed_is_remembered(void **state)
{
	(void)state;
	assert_false(heap_ran_out());
	heap_fail();
	assert_true(heap_ran_out());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_heap_that_was_not_begun_is_left_alone),
	    cmocka_unit_test(what_the_heap_grew_by_becomes_huge_pages),
	    cmocka_unit_test(an_allocation_that_failed_is_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
