#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "dissectors/quic_frames.h"
#include "quic_seal.h"

static enum err frames_error(const char *hex, struct quic_stream *s)
{
	struct bytes *b = calloc(1, sizeof *b);
	struct quic_close close;

	put_hex(b, hex);
	enum err e = quic_frames_parse(cursor_of(b->at, b->n, b->n), s, &close);
	free(b);
	return e;
}

static void hostile_frames_end_with_an_error_row_15(void **unused)
{
	struct quic_stream *s = calloc(1, sizeof *s);

	(void)unused;
	assert_int_equal(frames_error("06ffffffffffffffff0161", s), ERR_LIMIT);
	assert_int_equal(frames_error("0600ffffffffffffffff61", s), ERR_MALFORMED);
	assert_int_equal(frames_error("020000ffffffffffffffff00", s), ERR_MALFORMED);
	assert_int_equal(frames_error("1c00003fffff", s), ERR_MALFORMED);
	assert_int_equal(frames_error("08", s), ERR_MALFORMED); /* STREAM: not in an Initial */
	assert_int_equal(frames_error("ffffffffffffffff", s), ERR_MALFORMED);
	assert_int_equal(s->n, 0);
	free(s);
}

static void overlapping_pieces_keep_what_came_first_row_15(void **unused)
{
	struct quic_stream *s = calloc(1, sizeof *s);

	(void)unused;
	assert_int_equal(frames_error("06040262630600056161616161" /* bc at 4, aaaaa at 0 */, s), ERR_OK);
	assert_int_equal(frames_error("060508787878787878787806020479797979", s), ERR_OK);
	assert_int_equal(s->n, 1);
	assert_int_equal(quic_stream_ready(s), 13);
	assert_memory_equal(s->bytes, "aaaabcxxxxxxx", 13);
	free(s);
}

/* The model: the first value given for a byte stands. */
static void pieces_in_any_order_are_kept_as_a_simple_model_keeps_them(void **unused)
{
	struct quic_stream *s = calloc(1, sizeof *s);
	uint8_t model[400], known[400], piece[64];
	uint32_t random = 1;

	(void)unused;
	for (unsigned round = 0; round < 200; round++) {
		s->n = 0;
		memset(known, 0, sizeof known);
		for (unsigned i = 0; i < 40; i++) {
			random = random * 1664525 + 1013904223;
			size_t from = (random >> 8) % 330, n = (random >> 20) % sizeof piece;
			memset(piece, (int)i, sizeof piece);
			assert_int_equal(quic_stream_add(s, from, cursor_of(piece, n, n)), ERR_OK);
			for (size_t k = from; k < from + n; k++) {
				model[k] = known[k] ? model[k] : (uint8_t)i;
				known[k] = 1;
			}
		}
		size_t bytes = 0;
		for (unsigned i = 0; i < s->n; i++) {
			assert_true(s->ranges[i].from < s->ranges[i].to);
			assert_true(i == 0 || s->ranges[i - 1].to < s->ranges[i].from);
			size_t from = s->ranges[i].from, n = s->ranges[i].to - from;
			assert_memory_equal(s->bytes + from, model + from, n);
		}
		for (size_t k = 0; k < sizeof known; k++)
			bytes += known[k];
		assert_int_equal(quic_stream_bytes(s), bytes);
	}
	free(s);
}

static void work_is_bounded_by_frames_and_ranges(void **unused)
{
	struct quic_stream *s = calloc(1, sizeof *s);
	struct bytes *b = calloc(1, sizeof *b);
	struct quic_close close;

	(void)unused;
	for (unsigned i = 0; i < 200; i++) {
		put_number(b, 0x06, 1);
		put_varint(b, 2 * (199 - i) + 1);
		put_number(b, 0x0161, 2);
	}
	assert_int_equal(quic_frames_parse(cursor_of(b->at, b->n, b->n), s, &close), ERR_LIMIT);
	assert_int_equal(s->n, QUIC_RANGES_MOST);
	assert_int_equal(quic_stream_bytes(s), QUIC_RANGES_MOST);
	b->n = 0;
	for (unsigned i = 0; i < QUIC_FRAMES_MOST + 1; i++)
		put_number(b, 1, 1);
	assert_int_equal(quic_frames_parse(cursor_of(b->at, b->n, b->n), s, &close), ERR_LIMIT);
	assert_int_equal(quic_frames_parse(cursor_of(b->at, b->n - 1, b->n - 1), s, &close), ERR_OK);
	put_zeros(b, 9000); /* padding is one frame, however long */
	assert_int_equal(quic_frames_parse(cursor_of(b->at + 2, b->n - 2, b->n - 2), s, &close), ERR_OK);
	free(b);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hostile_frames_end_with_an_error_row_15),
	    cmocka_unit_test(overlapping_pieces_keep_what_came_first_row_15),
	    cmocka_unit_test(pieces_in_any_order_are_kept_as_a_simple_model_keeps_them),
	    cmocka_unit_test(work_is_bounded_by_frames_and_ranges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
