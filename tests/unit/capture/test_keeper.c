/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <string.h>

#include "capture/keeper.h"

static void blocks_are_used_again_when_their_frames_are_let_go(void **state)
{
	struct keeper k = {.number = 10};
	uint8_t *a = keeper_take(&k, 4096);

	(void)state;
	assert_non_null(a);
	keeper_put(&k, a, 4096);
	uint8_t *b = keeper_take(&k, 4096);
	assert_ptr_not_equal(a, b);
	keeper_let(&k, 9);
	uint8_t *c = keeper_take(&k, 4096);
	assert_ptr_not_equal(a, c);
	keeper_let(&k, 10);
	uint8_t *d = keeper_take(&k, 4096);
	assert_ptr_equal(a, d);
	uint8_t *other = keeper_take(&k, 8192);
	assert_ptr_not_equal(other, d);
	keeper_put(&k, b, 4096);
	keeper_put(&k, c, 4096);
	keeper_put(&k, d, 4096);
	keeper_put(&k, other, 8192);
	keeper_release(&k);
}

static void few_free_blocks_are_kept(void **state)
{
	struct keeper k = {0};
	uint8_t *blocks[3 * KEEPER_FREE_MOST];

	(void)state;
	for (unsigned i = 0; i < 3 * KEEPER_FREE_MOST; i++) {
		blocks[i] = keeper_take(&k, 4096);
		memset(blocks[i], (int)i, 4096);
	}
	for (unsigned i = 0; i < 3 * KEEPER_FREE_MOST; i++) {
		k.number = i + 1;
		keeper_put(&k, blocks[i], 4096);
	}
	assert_int_equal(k.n, 3 * KEEPER_FREE_MOST);
	keeper_let(&k, 3 * KEEPER_FREE_MOST);
	assert_int_equal(k.n, KEEPER_FREE_MOST);
	keeper_release(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(blocks_are_used_again_when_their_frames_are_let_go),
	    cmocka_unit_test(few_free_blocks_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
