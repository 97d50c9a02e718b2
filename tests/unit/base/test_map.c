/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdlib.h>
#include <string.h>

#include "base/map.h"

#define KEYS 3000

/* Random puts, drops and finds, compared with a plain array. */
static void check_against_model(size_t key_bytes)
{
	static uint32_t model[KEYS]; /* 0: absent */
	unsigned seed = (unsigned)key_bytes;
	struct map m;
	size_t n = 0;

	memset(model, 0, sizeof model);
	map_init(&m, key_bytes, sizeof(uint32_t), KEYS);
	for (int step = 0; step < 60000; step++) {
		uint8_t key[32] = {0};
		uint32_t k = (uint32_t)rand_r(&seed) % KEYS;
		memcpy(key, &k, sizeof k);
		uint32_t *found = map_find(&m, key);
		assert_int_equal(found != NULL, model[k] != 0);
		if (found)
			assert_int_equal(*found, model[k]);
		/* Alternating phases of growing and shrinking. */
		if (rand_r(&seed) % 100 < (step / 10000 % 2 ? 25 : 75)) {
			bool new;
			uint32_t *v = map_put(&m, key, &new);
			assert_non_null(v);
			assert_int_equal(new, model[k] == 0);
			n += new;
			*v = model[k] = (uint32_t)step + 1;
		} else {
			n -= model[k] != 0;
			map_drop(&m, key);
			model[k] = 0;
		}
		assert_int_equal(m.n, n);
	}
	for (uint32_t k = 0; k < KEYS; k++) {
		uint8_t key[32] = {0};
		memcpy(key, &k, sizeof k);
		assert_int_equal(map_find(&m, key) != NULL, model[k] != 0);
	}
	map_release(&m);
}

static void a_map_agrees_with_an_array(void **state)
{
	static const size_t key_bytes[] = {4, 5, 8, 16, 28};

	(void)state;
	for (size_t i = 0; i < sizeof key_bytes / sizeof key_bytes[0]; i++)
		check_against_model(key_bytes[i]);
}

static void a_full_map_takes_no_more_but_finds_what_it_has(void **state)
{
	struct map m;
	uint32_t k = 0;

	(void)state;
	map_init(&m, sizeof k, 1, 100);
	for (k = 0; k < 100; k++)
		assert_non_null(map_put(&m, &k, NULL));
	assert_null(map_put(&m, &k, NULL));
	k = 50;
	assert_non_null(map_put(&m, &k, NULL));
	map_drop(&m, &k);
	k = 1000;
	assert_non_null(map_put(&m, &k, NULL));
	map_release(&m);
}

static void values_are_zeroed_and_aligned(void **state)
{
	struct map m;
	uint32_t k = 1;

	(void)state;
	map_init(&m, sizeof k, 24, 100);
	uint8_t *v = map_put(&m, &k, NULL);
	assert_int_equal((uintptr_t)v % 8, 0);
	memset(v, 0xff, 24);
	map_drop(&m, &k);
	v = map_put(&m, &k, NULL);
	for (int i = 0; i < 24; i++)
		assert_int_equal(v[i], 0);
	map_release(&m);
}

static void an_empty_map_finds_nothing_and_can_be_emptied(void **state)
{
	struct map m;
	uint32_t k = 1;

	(void)state;
	map_init(&m, sizeof k, 4, 100);
	assert_null(map_find(&m, &k));
	map_drop(&m, &k);
	map_clear(&m);
	map_put(&m, &k, NULL);
	map_clear(&m);
	assert_null(map_find(&m, &k));
	assert_int_equal(m.n, 0);
	assert_non_null(map_put(&m, &k, NULL));
	map_release(&m);
	map_release(&m);
}

static bool add_up(void *context, const void *key, void *value)
{
	uint32_t k;

	(void)value;
	memcpy(&k, key, sizeof k);
	*(uint64_t *)context += k;
	return k != UINT32_MAX;
}

static void each_entry_is_visited_once(void **state)
{
	struct map m;
	uint64_t sum = 0;

	(void)state;
	map_init(&m, 4, 4, 1000);
	map_each(&m, add_up, &sum);
	assert_int_equal(sum, 0);
	for (uint32_t k = 1; k <= 500; k++)
		map_put(&m, &k, NULL);
	map_each(&m, add_up, &sum);
	assert_int_equal(sum, 500 * 501 / 2);
	map_release(&m);
}

static void hashes_depend_on_every_byte_and_the_length(void **state)
{
	uint8_t text[24] = {0};
	uint64_t whole = hash_bytes(text, sizeof text);

	(void)state;
	for (size_t i = 0; i < sizeof text; i++) {
		text[i] ^= 1;
		assert_true(hash_bytes(text, sizeof text) != whole);
		text[i] ^= 1;
		assert_true(hash_bytes(text, i) != whole);
	}
	assert_true(hash_bytes(text, sizeof text) == whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_map_agrees_with_an_array),
	    cmocka_unit_test(a_full_map_takes_no_more_but_finds_what_it_has),
	    cmocka_unit_test(values_are_zeroed_and_aligned),
	    cmocka_unit_test(an_empty_map_finds_nothing_and_can_be_emptied),
	    cmocka_unit_test(each_entry_is_visited_once),
	    cmocka_unit_test(hashes_depend_on_every_byte_and_the_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
