#include "flow_build.h"

#include "flow/stream.h"

static struct stream_pool pool;

static int fresh(void **state)
{
	(void)state;
	pool = (struct stream_pool){.most = 1 << 20};
	return 0;
}

static struct cursor text(const char *s)
{
	return cursor_of(s, strlen(s), strlen(s));
}

static void assert_reads(struct cursor c, const char *expected)
{
	assert_int_equal(c.left, strlen(expected));
	assert_memory_equal(cursor_bytes(&c, c.left), expected, strlen(expected));
}

static void what_comes_in_order_is_read_where_it_lies(void **state)
{
	struct stream s = {0};
	const char *first = "hello";

	(void)state;
	struct cursor c = stream_feed(&s, &pool, 100, text(first));
	assert_ptr_equal(c.at, first);
	assert_true(c.open);
	cursor_skip(&c, 5);
	stream_keep(&s, &pool, c);
	assert_reads(stream_feed(&s, &pool, 105, text("again")), "again");
	stream_release(&s, &pool);
	assert_int_equal(pool.bytes, 0);
}

static void what_comes_too_early_waits_for_the_gap(void **state)
{
	struct stream s = {0};

	(void)state;
	stream_start(&s, 0xfffffffe); /* and sequence numbers wrap */
	assert_int_equal(stream_feed(&s, &pool, 3, text("fgh")).left, 0);
	assert_int_equal(stream_feed(&s, &pool, 1, text("de")).left, 0);
	assert_reads(stream_feed(&s, &pool, 0xfffffffe, text("abc")), "abcdefgh");
	assert_int_equal(s.early_n, 0);
	stream_release(&s, &pool);
	assert_int_equal(pool.bytes, 0);
}

static void the_first_copy_of_a_byte_wins(void **state)
{
	struct stream s = {0};

	(void)state;
	stream_start(&s, 10);
	stream_keep(&s, &pool, stream_feed(&s, &pool, 10, text("abc")));
	assert_reads(stream_feed(&s, &pool, 11, text("XYde")), "abcde");
	stream_keep(&s, &pool, stream_feed(&s, &pool, 10, text("ZZ")));
	assert_reads(stream_feed(&s, &pool, 15, text("f")), "abcdef");
	stream_release(&s, &pool);
}

static void what_the_reader_left_comes_again(void **state)
{
	struct stream s = {0};

	(void)state;
	struct cursor c = stream_feed(&s, &pool, 0, text("onetw"));
	cursor_skip(&c, 3);
	stream_keep(&s, &pool, c);
	c = stream_feed(&s, &pool, 5, text("o"));
	assert_reads(c, "two");
	stream_release(&s, &pool);
}

static void a_cut_segment_ends_the_stream(void **state)
{
	struct stream s = {0};

	(void)state;
	struct cursor c = stream_feed(&s, &pool, 0, cursor_of("abc", 3, 9));
	assert_int_equal(c.left, 3);
	assert_int_equal(c.lost, 6);
	assert_false(c.open);
	assert_true(s.cut);
	assert_int_equal(stream_feed(&s, &pool, 9, text("x")).left, 0);
	stream_release(&s, &pool);
}

static void holes_are_bounded(void **state)
{
	struct stream s = {0};

	(void)state;
	stream_start(&s, 0);
	for (uint32_t i = 0; i <= STREAM_HOLES_MOST; i++)
		stream_feed(&s, &pool, 10 + i * 10, text("x"));
	assert_true(s.cut);
	assert_int_equal(pool.given_up, 1);
	assert_int_equal(pool.refused, 0);
	stream_release(&s, &pool);
	assert_int_equal(pool.bytes, 0);
}

static void what_waits_counts_with_what_it_takes_beside_its_bytes(void **state)
{
	struct stream s = {0};

	(void)state;
	stream_start(&s, 0);
	stream_feed(&s, &pool, 1, text("x"));
	assert_true(pool.bytes >= 32); /* an allocator's smallest block, with its header */
	pool.most = pool.bytes * 3;
	for (uint32_t i = 1; i < 4; i++)
		stream_feed(&s, &pool, 1 + i * 2, text("x"));
	assert_int_equal(s.early_n, 3);
	assert_int_equal(pool.refused, 1);
	stream_release(&s, &pool);
	assert_int_equal(pool.bytes, 0);
}

static void of_a_segment_that_was_cut_before_its_data_nothing_is_added(void **state)
{
	struct stream s = {0};

	(void)state;
	stream_start(&s, 0);
	stream_feed(&s, &pool, 9, text("x"));
	struct cursor c = stream_feed(&s, &pool, 0, cursor_of("", 0, 5));
	assert_int_equal(c.left, 0);
	assert_int_equal(c.lost, 5);
	assert_true(s.cut);
	assert_int_equal(s.next, 0);
	assert_null(s.bytes);
	stream_release(&s, &pool);
}

static void the_pool_is_bounded(void **state)
{
	struct stream s = {0};
	static char large[6000];

	(void)state;
	pool.most = 4096;
	struct cursor c = stream_feed(&s, &pool, 0, cursor_of(large, sizeof large, sizeof large));
	stream_keep(&s, &pool, c);
	assert_true(s.cut);
	assert_int_equal(pool.bytes, 0);
	stream_release(&s, &pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_comes_in_order_is_read_where_it_lies, fresh),
		cmocka_unit_test_setup(what_comes_too_early_waits_for_the_gap, fresh),
		cmocka_unit_test_setup(the_first_copy_of_a_byte_wins, fresh),
		cmocka_unit_test_setup(what_the_reader_left_comes_again, fresh),
		cmocka_unit_test_setup(a_cut_segment_ends_the_stream, fresh),
		cmocka_unit_test_setup(holes_are_bounded, fresh),
		cmocka_unit_test_setup(what_waits_counts_with_what_it_takes_beside_its_bytes, fresh),
		cmocka_unit_test_setup(of_a_segment_that_was_cut_before_its_data_nothing_is_added, fresh),
		cmocka_unit_test_setup(the_pool_is_bounded, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
