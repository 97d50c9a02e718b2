#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "judge/candidate.h"
#include "judge/order.h"

#define MANY 20001u

static void nothing_is_in_order(void **state)
{
	struct order o = {0};

	(void)state;
	assert_true(order_sort(&o));
	assert_int_equal(o.n, 0);
	order_release(&o);
	order_release(&o);
}

/* In any order: some sorted, some not, many equal. */
static void candidates_are_sorted(void **state)
{
	struct candidate *c = calloc(MANY, sizeof *c);
	struct order o = {0};
	uint32_t dice = 1;

	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		dice = dice * 1664525u + 1013904223u;
		c[i].id = MANY - i;
		c[i].client = dice >> 28;
		c[i].started_us = i % 1000 < 500 ? (int64_t)i : -(int64_t)(dice >> 20 & 15);
		order_add(&o, &c[i], c[i].client, c[i].started_us);
	}
	assert_true(order_sort(&o));
	assert_int_equal(o.n, MANY);
	for (size_t i = 1; i < MANY; i++) {
		const struct candidate *a = o.at[i - 1], *b = o.at[i];
		assert_true(a->client <= b->client);
		assert_true(a->client < b->client || a->started_us <= b->started_us);
		assert_true(a->client < b->client || a->started_us < b->started_us || a->id < b->id);
	}
	order_release(&o);
	free(c);
}

static void what_is_in_order_stays(void **state)
{
	struct candidate *c = calloc(MANY, sizeof *c);
	struct order o = {0};

	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		c[i].id = i;
		order_add(&o, &c[i], 0, (int64_t)(i / 3));
	}
	assert_true(order_sort(&o));
	for (size_t i = 0; i < MANY; i++)
		assert_ptr_equal(o.at[i], &c[i]);
	order_release(&o);
	free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_is_in_order),
	    cmocka_unit_test(candidates_are_sorted),
	    cmocka_unit_test(what_is_in_order_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
