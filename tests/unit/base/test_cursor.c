/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"

static const uint8_t bytes[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

static void numbers_are_big_endian_unless_they_say_otherwise(void **state)
{
	struct cursor c = cursor_of(bytes, 16, 16);

	(void)state;
	assert_int_equal(cursor_u8(&c), 0x01);
	assert_int_equal(cursor_u16(&c), 0x0203);
	assert_int_equal(cursor_u24(&c), 0x040506);
	assert_int_equal(cursor_u32(&c), 0x0708090a);
	assert_int_equal(cursor_u16le(&c), 0x0c0b);
	assert_int_equal(cursor_u32le(&c), 0x100f0e0d);
	assert_int_equal(c.left, 0);
	assert_int_equal(c.err, ERR_OK);
	c = cursor_of(bytes, 16, 16);
	assert_true(cursor_u64(&c) == UINT64_C(0x0102030405060708));
	c = cursor_of("\xff\xff\xff\xff\xff\xff\xff\xff", 8, 8);
	assert_true(cursor_u64(&c) == UINT64_MAX);
}

/* Every reader, at every length too short for it: returns 0, sets the right error, reads nothing. */
static void reading_past_the_capture_is_truncated_and_past_the_wire_malformed(void **state)
{
	static const size_t needs[] = {1, 2, 3, 4, 8, 2, 4, 5, 5, 5, 5};

	(void)state;
	for (size_t reader = 0; reader < sizeof needs / sizeof needs[0]; reader++) {
		for (size_t have = 0; have < needs[reader]; have++) {
			for (int cut = 0; cut < 2; cut++) {
				uint8_t *exact = malloc(have ? have : 1), out[5] = {9, 9, 9, 9, 9};
				memcpy(exact, bytes, have);
				struct cursor c = cursor_of(exact, have, cut ? 16 : have);
				uint64_t got = 0;
				switch (reader) {
				case 0: got = cursor_u8(&c); break;
				case 1: got = cursor_u16(&c); break;
				case 2: got = cursor_u24(&c); break;
				case 3: got = cursor_u32(&c); break;
				case 4: got = cursor_u64(&c); break;
				case 5: got = cursor_u16le(&c); break;
				case 6: got = cursor_u32le(&c); break;
				case 7: cursor_skip(&c, 5); break;
				case 8: got = cursor_bytes(&c, 5) != NULL; break;
				case 9: cursor_copy(&c, out, 5), got = out[0] | out[4]; break;
				case 10: got = cursor_want(&c, 5); break;
				}
				assert_true(got == 0);
				assert_int_equal(c.err, cut ? ERR_TRUNCATED : ERR_MALFORMED);
				assert_int_equal(c.left, 0);
				free(exact);
			}
		}
	}
}

static void no_bytes_may_be_copied_to_nowhere(void **state)
{
	struct cursor c = cursor_of(bytes, 2, 2);

	(void)state;
	cursor_copy(&c, NULL, 0);
	cursor_u32(&c);
	cursor_copy(&c, NULL, 0);
	assert_int_equal(c.err, ERR_MALFORMED);
}

static void the_first_failure_sticks(void **state)
{
	struct cursor c = cursor_of(bytes, 2, 2);

	(void)state;
	assert_int_equal(cursor_u32(&c), 0);
	assert_int_equal(c.err, ERR_MALFORMED);
	assert_int_equal(cursor_u8(&c), 0);
	assert_false(cursor_has(&c, 0));
	struct cursor inner = cursor_take(&c, 0);
	assert_int_equal(inner.err, ERR_MALFORMED);
	assert_int_equal(cursor_u8(&inner), 0);
}

static void a_copy_looks_ahead(void **state)
{
	struct cursor c = cursor_of(bytes, 4, 4), ahead = c;

	(void)state;
	assert_int_equal(cursor_u32(&ahead), 0x01020304);
	assert_int_equal(c.left, 4);
	c = ahead;
	assert_int_equal(c.left, 0);
}

static void peeking_moves_and_fails_nothing(void **state)
{
	struct cursor c = cursor_of(bytes, 2, 2);

	(void)state;
	assert_int_equal(cursor_peek(&c, 1), 2);
	assert_int_equal(cursor_peek(&c, 2), 0);
	assert_int_equal(cursor_peek16(&c, 0), 0x0102);
	assert_int_equal(cursor_peek16(&c, 1), 0x0200);
	assert_int_equal(c.left, 2);
	assert_int_equal(c.err, ERR_OK);
}

static void inner_code_cannot_leave_its_length(void **state)
{
	struct cursor c = cursor_of(bytes, 16, 16), inner = cursor_take(&c, 3);

	(void)state;
	assert_int_equal(inner.left, 3);
	assert_int_equal(cursor_u8(&c), 4);
	assert_int_equal(cursor_u24(&inner), 0x010203);
	cursor_u8(&inner);
	assert_int_equal(inner.err, ERR_MALFORMED);
	assert_int_equal(c.err, ERR_OK);
}

static void what_the_capture_cut_is_lost_inside_and_passed_outside(void **state)
{
	struct cursor c = cursor_of(bytes, 4, 12), inner = cursor_take(&c, 10);

	(void)state;
	assert_int_equal(inner.left, 4);
	assert_int_equal(inner.lost, 6);
	assert_int_equal(c.err, ERR_OK);
	assert_int_equal(cursor_wire(&c), 2);
	cursor_u64(&inner);
	assert_int_equal(inner.err, ERR_TRUNCATED);
	cursor_u16(&c);
	assert_int_equal(c.err, ERR_TRUNCATED);
	c = cursor_of(bytes, 4, 12);
	inner = cursor_take(&c, 10);
	cursor_skip(&c, 3);
	assert_int_equal(c.err, ERR_MALFORMED);
}

static void a_length_beyond_the_wire_is_malformed_for_both(void **state)
{
	struct cursor c = cursor_of(bytes, 4, 12), inner = cursor_take(&c, 13);

	(void)state;
	assert_int_equal(c.err, ERR_MALFORMED);
	assert_int_equal(inner.err, ERR_MALFORMED);
	c = cursor_of(bytes, 4, 4);
	inner = cursor_take(&c, SIZE_MAX);
	assert_int_equal(c.err, ERR_MALFORMED);
	assert_int_equal(inner.left, 0);
}

static void an_open_stream_asks_for_more(void **state)
{
	struct cursor c = cursor_of(bytes, 4, 4), inner;

	(void)state;
	c.open = true;
	inner = cursor_take(&c, 5);
	assert_int_equal(c.err, ERR_MORE);
	assert_int_equal(inner.err, ERR_MORE);
	c = cursor_of(bytes, 4, 4);
	c.open = true;
	cursor_skip(&c, 4);
	assert_int_equal(c.err, ERR_OK);
	cursor_u8(&c);
	assert_int_equal(c.err, ERR_MORE);
}

static void a_quotation_may_be_shorter_than_what_it_quotes(void **state)
{
	struct cursor c = cursor_of(bytes, 8, 8), inner = cursor_take_quoted(&c, 100);

	(void)state;
	assert_int_equal(inner.left, 8);
	assert_int_equal(inner.lost, 92);
	assert_int_equal(c.err, ERR_OK);
	cursor_skip(&inner, 50);
	assert_int_equal(inner.err, ERR_TRUNCATED);
}

static void more_captured_than_on_the_wire_is_not_read(void **state)
{
	struct cursor c = cursor_of(bytes, 16, 3);

	(void)state;
	assert_int_equal(c.left, 3);
	assert_int_equal(c.lost, 0);
	cursor_u32(&c);
	assert_int_equal(c.err, ERR_MALFORMED);
}

static void cursor_seek_skips_to_a_value_or_stays(void **state)
{
	const uint8_t few[] = {1, 2, 3, 2};
	struct cursor c = cursor_of(few, sizeof few, 9);

	(void)state;
	assert_true(cursor_seek(&c, 1));
	assert_int_equal(c.left, 4);
	assert_true(cursor_seek(&c, 3));
	assert_int_equal(c.left, 2);
	assert_false(cursor_seek(&c, 1));
	assert_int_equal(c.left, 2);
	assert_int_equal(c.err, ERR_OK);
	cursor_skip(&c, 2);
	assert_false(cursor_seek(&c, 0));
	assert_int_equal(c.err, ERR_OK);
}

static void words_and_heads_are_read_whole_or_not(void **state)
{
	const uint8_t nine[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
	struct cursor c = cursor_of(nine, sizeof nine, sizeof nine);
	uint64_t word;

	(void)state;
	memcpy(&word, nine + 1, sizeof word);
	assert_true(cursor_peek_word(&c, 1) == word);
	assert_true(cursor_peek_word(&c, 2) == 0);
	assert_true(cursor_peek_word(&c, SIZE_MAX) == 0);
	struct cursor head = cursor_head(&c, 4);
	assert_int_equal(cursor_u32(&head), 0x01020304);
	assert_int_equal(head.left, 0);
	assert_int_equal(cursor_u8(&c), 5);
	assert_int_equal(c.left, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(cursor_seek_skips_to_a_value_or_stays),
	    cmocka_unit_test(words_and_heads_are_read_whole_or_not),
	    cmocka_unit_test(numbers_are_big_endian_unless_they_say_otherwise),
	    cmocka_unit_test(reading_past_the_capture_is_truncated_and_past_the_wire_malformed),
	    cmocka_unit_test(no_bytes_may_be_copied_to_nowhere),
	    cmocka_unit_test(the_first_failure_sticks),
	    cmocka_unit_test(a_copy_looks_ahead),
	    cmocka_unit_test(peeking_moves_and_fails_nothing),
	    cmocka_unit_test(inner_code_cannot_leave_its_length),
	    cmocka_unit_test(what_the_capture_cut_is_lost_inside_and_passed_outside),
	    cmocka_unit_test(a_length_beyond_the_wire_is_malformed_for_both),
	    cmocka_unit_test(an_open_stream_asks_for_more),
	    cmocka_unit_test(a_quotation_may_be_shorter_than_what_it_quotes),
	    cmocka_unit_test(more_captured_than_on_the_wire_is_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
