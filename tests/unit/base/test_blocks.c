#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/blocks.h"

#define BLOCKS 100000u /* several chunks, and the largest size */

static bool is_zero(const uint8_t *at, size_t n)
{
	return at[0] == 0 && memcmp(at, at + 1, n - 1) == 0;
}

/* Each holds its own number: nothing has overwritten it. */
static void fill(void **taken, size_t n, size_t bytes)
{
	for (size_t i = 0; i < n; i++)
		memset(taken[i], (int)(i % 251) + 1, bytes);
}

static void assert_filled(void **taken, size_t n, size_t bytes)
{
	for (size_t i = 0; i < n; i++) {
		const uint8_t *at = taken[i];
		assert_int_equal(at[0], i % 251 + 1);
		assert_memory_equal(at, at + 1, bytes - 1);
	}
}

static void blocks_are_zeroed_aligned_and_apart(void **state)
{
	static void *taken[BLOCKS];
	static const size_t sizes[] = {9, 16, 40, 64, 129};

	(void)state;
	for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
		struct blocks b;
		blocks_init(&b, sizes[s]);
		for (size_t i = 0; i < BLOCKS; i++) {
			taken[i] = blocks_take(&b);
			assert_non_null(taken[i]);
			assert_int_equal((uintptr_t)taken[i] % (sizes[s] % 64 ? 16 : 64), 0);
			assert_true(is_zero(taken[i], sizes[s]));
		}
		fill(taken, BLOCKS, sizes[s]);
		assert_filled(taken, BLOCKS, sizes[s]);
		blocks_release(&b);
		assert_null(b.chunks);
	}
}

static void blocks_may_be_larger_than_the_first_chunk(void **state)
{
	void *taken[50];
	struct blocks b;

	(void)state;
	blocks_init(&b, 100000);
	for (size_t i = 0; i < 50; i++) {
		taken[i] = blocks_take(&b);
		assert_non_null(taken[i]);
		assert_true(is_zero(taken[i], 100000));
	}
	fill(taken, 50, 100000);
	assert_filled(taken, 50, 100000);
	blocks_release(&b);
}

static void a_block_given_back_is_taken_again_zeroed(void **state)
{
	void *taken[64];
	struct blocks b;

	(void)state;
	blocks_init(&b, 48);
	for (size_t i = 0; i < 64; i++)
		taken[i] = blocks_take(&b);
	fill(taken, 64, 48);
	for (size_t i = 0; i < 64; i += 2)
		blocks_give(&b, taken[i]);
	for (size_t i = 64; i > 0; i -= 2) { /* last in, first out */
		void *again = blocks_take(&b);
		assert_ptr_equal(again, taken[i - 2]);
		assert_true(is_zero(again, 48));
		memset(again, (int)((i - 2) % 251) + 1, 48);
	}
	assert_filled(taken, 64, 48);
	blocks_release(&b);
}

static void nothing_is_given_back_and_released_without_harm(void **state)
{
	struct blocks b;

	(void)state;
	blocks_init(&b, 8);
	blocks_give(&b, NULL);
	blocks_release(&b);
	blocks_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(blocks_are_zeroed_aligned_and_apart),
	    cmocka_unit_test(blocks_may_be_larger_than_the_first_chunk),
	    cmocka_unit_test(a_block_given_back_is_taken_again_zeroed),
	    cmocka_unit_test(nothing_is_given_back_and_released_without_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
