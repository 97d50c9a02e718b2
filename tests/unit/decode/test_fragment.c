#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "build.h"

#define SIZE 3000u /* payload bytes of the datagram to be fragmented */

/* A UDP datagram of SIZE payload bytes, to cut fragments from. */
static void datagram(struct build *b)
{
	b->n = 0;
	for (unsigned i = 0; i < SIZE; i++)
		before8(b, (SIZE - i) * 7 >> 3);
	udp_of(b, 40000, 53);
}

struct piece {
	unsigned from, to;
};

/* Bytes [from, to) of the datagram as one fragment. */
static struct build *piece_build(bool v6, unsigned id, struct piece piece)
{
	struct build *all = build_new(""), *b = build_new("");

	datagram(all);
	unsigned more = piece.to < all->n;
	before(b, build_bytes(all) + piece.from, piece.to - piece.from);
	if (v6) {
		before32(b, id);
		before16(b, piece.from | more);
		before16(b, 17u << 8);
		ip6(b, 44);
	} else {
		ip4_of(b, 17, id, (more ? 0x2000 : 0) | piece.from / 8, 64);
	}
	free(all);
	return b;
}

static enum err send_piece(struct decoder *d, bool v6, unsigned id, struct piece piece, int64_t time_us,
                           struct packet *p)
{
	struct build *b = piece_build(v6, id, piece);
	enum err e = decode_at(d, b, 12, time_us, p);

	free(b);
	return e;
}

static void assert_whole(const struct packet *p)
{
	struct build *all = build_new("");

	datagram(all);
	assert_true(p->reassembled);
	assert_int_equal(p->proto, PROTO_UDP);
	assert_int_equal(p->dport, 53);
	assert_int_equal(p->payload_length, SIZE);
	assert_int_equal(p->payload.left, SIZE);
	assert_memory_equal(p->payload.at, build_bytes(all) + 8, SIZE);
	free(all);
}

static void fragments_in_any_order_make_the_datagram(void **state)
{
	static const struct piece pieces[4] = {{0, 800}, {800, 1600}, {1600, 2400}, {2400, SIZE + 8}};
	static const unsigned orders[][4] = {
	    {0, 1, 2, 3}, {3, 2, 1, 0}, {1, 3, 0, 2}, {2, 0, 3, 1}, {0, 2, 1, 3}, {3, 0, 2, 1},
	};

	(void)state;
	for (unsigned v6 = 0; v6 < 2; v6++) {
		struct decoder *d = decoder_new(1 << 20);
		for (unsigned o = 0; o < 6; o++) {
			struct packet p;
			for (unsigned i = 0; i < 3; i++)
				assert_int_equal(send_piece(d, v6, 100 + o, pieces[orders[o][i]], 1, &p), ERR_MORE);
			assert_int_equal(send_piece(d, v6, 100 + o, pieces[orders[o][3]], (int64_t)o * 1000000, &p), ERR_OK);
			assert_whole(&p);
		}
		assert_int_equal(decoder_counters(d)->fragments_lost, 0);
		assert_int_equal(decoder_counters(d)->packets, 6);
		assert_int_equal(decoder_counters(d)->fragments, 24);
		decoder_free(d);
	}
}

static void a_mirrors_double_of_a_fragment_is_ignored(void **state)
{
	static const struct piece a = {0, 1600}, b = {1600, SIZE + 8};
	struct decoder *d = decoder_new(1 << 20);
	struct packet p;

	(void)state;
	assert_int_equal(send_piece(d, false, 5, a, 0, &p), ERR_MORE);
	assert_int_equal(send_piece(d, false, 5, a, 10, &p), ERR_MORE);
	assert_int_equal(send_piece(d, false, 5, b, 20, &p), ERR_OK);
	assert_whole(&p);
	assert_int_equal(send_piece(d, false, 5, b, 30, &p), ERR_MORE);
	assert_int_equal(decoder_counters(d)->packets, 1);
	assert_int_equal(decoder_counters(d)->fragments_lost, 0);
	/* much later the same ID means another datagram */
	assert_int_equal(send_piece(d, false, 5, a, 1000000, &p), ERR_MORE);
	assert_int_equal(send_piece(d, false, 5, b, 1000001, &p), ERR_OK);
	assert_whole(&p);
	decoder_free(d);
}

static void overlap_discards_the_datagram(void **state)
{
	static const struct piece first = {0, 1600}, over = {800, 2400}, last = {2400, SIZE + 8}, gap = {1600, 2400};
	struct packet p;

	(void)state;
	for (unsigned v6 = 0; v6 < 2; v6++) {
		struct decoder *d = decoder_new(1 << 20);
		assert_int_equal(send_piece(d, v6, 9, first, 0, &p), ERR_MORE);
		assert_int_equal(send_piece(d, v6, 9, over, 1, &p), ERR_MALFORMED);
		assert_int_equal(send_piece(d, v6, 9, last, 2, &p), ERR_MORE);
		assert_int_equal(send_piece(d, v6, 9, gap, 3, &p), ERR_MORE);
		assert_int_equal(decoder_counters(d)->packets, 0);
		assert_int_equal(decoder_counters(d)->fragments_lost, 1);
		decoder_free(d);
	}
}

static void a_second_end_discards_the_datagram(void **state)
{
	struct decoder *d = decoder_new(1 << 20);
	struct build *b = build_new("12345678");
	struct packet p;

	(void)state;
	ip4_of(b, 17, 3, 100, 64); /* last: ends at 808 */
	assert_int_equal(decode_at(d, b, 12, 0, &p), ERR_MORE);
	b->n = 8;
	ip4_of(b, 17, 3, 0x2000 | 200, 64); /* and one beyond the end */
	assert_int_equal(decode_at(d, b, 12, 1, &p), ERR_MALFORMED);
	assert_int_equal(decoder_counters(d)->fragments_lost, 1);
	free(b);
	decoder_free(d);
}

static void impossible_fragments_are_malformed(void **state)
{
	struct decoder *d = decoder_new(1 << 20);
	struct build *b = build_new("1234567");
	struct packet p;

	(void)state;
	ip4_of(b, 17, 3, 0x2000, 64); /* more fragments to follow, but not a multiple of 8 */
	assert_int_equal(decode_at(d, b, 12, 0, &p), ERR_MALFORMED);
	b->n = 7;
	before16(b, 0);
	ip4_of(b, 17, 3, 0x1fff, 64); /* above 65,535 bytes */
	assert_int_equal(decode_at(d, b, 12, 0, &p), ERR_MALFORMED);
	b->n = 0;
	ip4_of(b, 17, 3, 0x2001, 64); /* empty */
	assert_int_equal(decode_at(d, b, 12, 0, &p), ERR_MALFORMED);
	free(b);
	decoder_free(d);
}

/* A fragment of which the capture kept this many bytes after its IPv4 header. */
static enum err send_cut(struct decoder *d, struct piece piece, size_t kept, int64_t at_us, struct packet *p)
{
	struct build *b = piece_build(false, 5, piece);
	uint8_t *copy;
	enum err e = decode_copy(d, build_bytes(b), 20 + kept, b->n, 12, at_us, p, &copy);

	free(copy);
	free(b);
	return e;
}

static void of_cut_fragments_the_bytes_before_the_first_cut_are_read(void **state)
{
	static const struct piece a = {0, 800}, b = {800, 1600}, c = {1600, SIZE + 8};
	struct decoder *d = decoder_new(1 << 20);
	struct packet p;

	(void)state;
	assert_int_equal(send_cut(d, c, 60, 0, &p), ERR_MORE);
	assert_int_equal(send_cut(d, b, 60, 1, &p), ERR_MORE);
	assert_int_equal(send_cut(d, b, 60, 2, &p), ERR_MORE); /* a duplicate from the mirror */
	assert_int_equal(send_cut(d, a, 60, 3, &p), ERR_OK);
	assert_int_equal(p.payload_length, SIZE);
	assert_int_equal(p.payload.left, 52); /* after the UDP header */
	assert_int_equal(p.payload.lost, SIZE - 52);
	/* only a later one is truncated */
	assert_int_equal(send_cut(d, a, 800, 100000, &p), ERR_MORE);
	assert_int_equal(send_cut(d, c, 60, 100001, &p), ERR_MORE);
	assert_int_equal(send_cut(d, b, 800, 100002, &p), ERR_OK);
	assert_int_equal(p.payload.left, 1600 + 60 - 8);
	assert_int_equal(decoder_counters(d)->fragments_lost, 0);
	/* overlapping data discards the datagram, truncated or not */
	assert_int_equal(send_cut(d, a, 60, 200000, &p), ERR_MORE);
	assert_int_equal(send_cut(d, (struct piece){400, 1200}, 60, 200001, &p), ERR_MALFORMED);
	decoder_free(d);
}

static void a_fragment_without_a_byte_is_truncated(void **state)
{
	struct decoder *d = decoder_new(1 << 20);
	struct packet p;

	(void)state;
	assert_int_equal(send_cut(d, (struct piece){0, 800}, 0, 0, &p), ERR_TRUNCATED);
	assert_int_equal(decoder_counters(d)->truncated, 1);
	assert_int_equal(decoder_counters(d)->fragments_lost, 1);
	decoder_free(d);
}

static void a_flood_stays_within_its_bytes_and_drops_the_oldest(void **state)
{
	static const struct piece first = {0, 1600}, last = {1600, SIZE + 8};
	struct decoder *d = decoder_new(100000);
	struct packet p;

	(void)state;
	for (unsigned id = 1; id <= 5000; id++)
		assert_int_equal(send_piece(d, false, id, first, id, &p), ERR_MORE);
	assert_true(decoder_counters(d)->fragments_lost > 4900);
	assert_int_equal(send_piece(d, false, 5000, last, 5001, &p), ERR_OK);
	assert_whole(&p);
	assert_int_equal(send_piece(d, false, 1, last, 5002, &p), ERR_MORE);
	decoder_free(d);
}

static void many_holes_are_a_limit(void **state)
{
	struct decoder *d = decoder_new(1 << 20);
	struct packet p;
	enum err e = ERR_MORE;
	unsigned n = 0;

	(void)state;
	for (; e == ERR_MORE && n < 200; n++)
		e = send_piece(d, true, 1, (struct piece){n * 16, n * 16 + 8}, 0, &p);
	assert_int_equal(e, ERR_LIMIT);
	assert_int_equal(n, 65);
	decoder_free(d);
}

static void old_fragments_are_given_up(void **state)
{
	static const struct piece first = {0, 1600}, last = {1600, SIZE + 8};
	struct decoder *d = decoder_new(1 << 20);
	struct packet p;

	(void)state;
	assert_int_equal(send_piece(d, false, 1, first, 0, &p), ERR_MORE);
	assert_int_equal(send_piece(d, false, 1, last, 31000000, &p), ERR_MORE);
	assert_int_equal(decoder_counters(d)->fragments_lost, 1);
	/* time going backwards is no reason to keep them */
	assert_int_equal(send_piece(d, false, 1, first, -50000000, &p), ERR_MORE);
	assert_int_equal(decoder_counters(d)->fragments_lost, 2);
	decoder_free(d);
}

static void no_bytes_allowed_keeps_no_fragment(void **state)
{
	struct decoder *d = decoder_new(0);
	struct packet p;

	(void)state;
	assert_int_equal(send_piece(d, false, 1, (struct piece){0, 1600}, 0, &p), ERR_LIMIT);
	assert_int_equal(decoder_counters(d)->limit, 1);
	decoder_free(d);
}

/* A tunnel whose outer packets are fragments, and so are its inner ones. */
static void fragments_in_fragments_come_together(void **state)
{
	struct decoder *d = decoder_new(1 << 20);
	struct packet p;
	enum err e = ERR_MORE;

	(void)state;
	for (unsigned half = 0; half < 2; half++) {
		struct build *all = build_new(""), *inner = build_new(""), *outer = build_new("");
		datagram(all);
		before(inner, build_bytes(all) + half * 1504, half ? all->n - 1504 : 1504);
		ip4_of(inner, 17, 77, half ? 1504 / 8 : 0x2000, 64);
		for (unsigned part = 0; part < 2; part++) {
			outer->n = 0;
			before(outer, build_bytes(inner) + part * 800, part ? inner->n - 800 : 800);
			ip4_of(outer, 4, 200 + half, part ? 100 : 0x2000, 64);
			e = decode_at(d, outer, 12, 0, &p);
			assert_int_equal(e, half && part ? ERR_OK : ERR_MORE);
		}
		free(all);
		free(inner);
		free(outer);
	}
	assert_whole(&p);
	assert_int_equal(p.tunnels, 1);
	decoder_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fragments_in_any_order_make_the_datagram),
	    cmocka_unit_test(a_mirrors_double_of_a_fragment_is_ignored),
	    cmocka_unit_test(overlap_discards_the_datagram),
	    cmocka_unit_test(a_second_end_discards_the_datagram),
	    cmocka_unit_test(impossible_fragments_are_malformed),
	    cmocka_unit_test(of_cut_fragments_the_bytes_before_the_first_cut_are_read),
	    cmocka_unit_test(a_fragment_without_a_byte_is_truncated),
	    cmocka_unit_test(a_flood_stays_within_its_bytes_and_drops_the_oldest),
	    cmocka_unit_test(many_holes_are_a_limit),
	    cmocka_unit_test(old_fragments_are_given_up),
	    cmocka_unit_test(no_bytes_allowed_keeps_no_fragment),
	    cmocka_unit_test(fragments_in_fragments_come_together),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
