/* TCP, UDP, ICMP, what ICMP quotes, and the flow's hash. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "build.h"

static enum err decode_once(struct build *b, unsigned link, struct packet *p)
{
	struct decoder *d = decoder_new(1 << 16);
	enum err e = decode_at(d, b, link, 1, p);

	decoder_free(d);
	free(b);
	return e;
}

static unsigned mss_of(const char *options, size_t n, unsigned flags)
{
	struct build *b = build_new("");
	struct packet p;

	before_hex(b, options);
	assert_int_equal(b->n, n);
	tcp_of(b, 40000, 443, 1, flags, n);
	ip4(b, 6);
	assert_int_equal(decode_once(b, 12, &p), ERR_OK);
	return p.mss;
}

static void mss_is_read_from_a_syn_only(void **state)
{
	(void)state;
	assert_int_equal(mss_of("02 04 05 b4", 4, TCP_SYN), 1460);
	assert_int_equal(mss_of("01 03 03 07 04 02 01 01 02 04 05 64", 12, TCP_SYN | TCP_ACK), 1380);
	assert_int_equal(mss_of("02 04 05 b4", 4, TCP_ACK), 0);
}

static void broken_options_do_not_refuse_the_packet(void **state)
{
	(void)state;
	assert_int_equal(mss_of("03 00 02 04", 4, TCP_SYN), 0);
	assert_int_equal(mss_of("08 ff 02 04", 4, TCP_SYN), 0);
	assert_int_equal(mss_of("01 01 01 02", 4, TCP_SYN), 0);
	assert_int_equal(mss_of("00 02 04 05", 4, TCP_SYN), 0);
	assert_int_equal(mss_of("01 01 02 04", 4, TCP_SYN), 0);
}

static void a_data_offset_that_cannot_be_is_malformed(void **state)
{
	struct packet p;

	(void)state;
	for (unsigned offset = 0; offset < 16; offset++) {
		struct build *b = build_new("12345678");
		tcp_of(b, 1, 2, 3, TCP_ACK, 0);
		build_bytes(b)[12] = (uint8_t)(offset << 4);
		ip4(b, 6);
		assert_int_equal(decode_once(b, 12, &p), offset >= 5 && offset <= 7 ? ERR_OK : ERR_MALFORMED);
	}
}

static struct build *udp_with_length(unsigned length)
{
	struct build *b = build_new("payload!");

	udp_of(b, 40000, 53);
	build_bytes(b)[4] = (uint8_t)(length >> 8);
	build_bytes(b)[5] = (uint8_t)length;
	ip4(b, 17);
	return b;
}

static void udp_length_bounds_the_payload(void **state)
{
	struct packet p;

	(void)state;
	assert_int_equal(decode_once(udp_with_length(12), 12, &p), ERR_OK);
	assert_int_equal(p.payload_length, 4);
	assert_int_equal(decode_once(udp_with_length(8), 12, &p), ERR_OK);
	assert_int_equal(p.payload_length, 0);
	assert_int_equal(decode_once(udp_with_length(99), 12, &p), ERR_OK);
	assert_int_equal(p.payload_length, 8);
	assert_int_equal(decode_once(udp_with_length(7), 12, &p), ERR_MALFORMED);
	assert_int_equal(decode_once(udp_with_length(0), 12, &p), ERR_MALFORMED);
}

static void udp_length_0_is_a_jumbograms(void **state)
{
	struct build *b = udp_with_length(0);
	struct packet p;

	(void)state;
	build_bytes(b)[2] = build_bytes(b)[3] = 0;
	assert_int_equal(decode_once(b, 12, &p), ERR_OK);
	assert_int_equal(p.payload_length, 8);
}

static void a_length_beyond_the_frame_counts_as_lost(void **state)
{
	struct build *b = tcp4();
	struct packet p;

	(void)state;
	build_bytes(b)[3] = (uint8_t)(build_bytes(b)[3] + 100);
	assert_int_equal(decode_once(b, 12, &p), ERR_OK);
	assert_int_equal(p.payload_length, 105);
	assert_int_equal(p.payload.left, 5);
	assert_int_equal(p.payload.lost, 100);
}

static void an_ip_header_that_cannot_be_is_malformed(void **state)
{
	struct packet p;
	struct build *b = tcp4();

	(void)state;
	build_bytes(b)[0] = 0x44;
	assert_int_equal(decode_once(b, 228, &p), ERR_MALFORMED);
	b = tcp4();
	build_bytes(b)[3] = 19;
	assert_int_equal(decode_once(b, 228, &p), ERR_MALFORMED);
	b = tcp4();
	build_bytes(b)[0] = 0x95;
	assert_int_equal(decode_once(b, 228, &p), ERR_MALFORMED);
}

/* An ICMP error that quotes the packet built so far. */
static struct build *error4(struct build *b, unsigned type, unsigned code)
{
	before32(b, 0);
	before32(b, type << 24 | code << 16);
	ip4(b, 1);
	return b;
}

static void icmp_errors_quote_the_packet(void **state)
{
	static const unsigned types[] = {3, 4, 5, 11, 12};
	struct packet p;

	(void)state;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		assert_int_equal(decode_once(error4(tcp4(), types[i], 13), 12, &p), ERR_OK);
		assert_int_equal(p.proto, PROTO_ICMP);
		assert_int_equal(p.icmp_type, types[i]);
		assert_int_equal(p.icmp_code, 13);
		assert_int_equal(p.sport, 0);
		assert_true(p.quoted.present);
		assert_int_equal(p.quoted.proto, PROTO_TCP);
		assert_int_equal(p.quoted.sport, 40000);
		assert_int_equal(p.quoted.dport, 443);
		assert_true(p.quoted.has_seq);
		assert_int_equal(p.quoted.seq, 1000);
		assert_int_equal(p.quoted.src.b[15], 1);
		assert_int_equal(p.quoted.dst.b[15], 7);
	}
}

static void an_icmp_error_has_the_hash_of_the_flow(void **state)
{
	struct packet quoted, p;

	(void)state;
	assert_int_equal(decode_once(tcp4(), 12, &quoted), ERR_OK);
	assert_int_equal(decode_once(error4(tcp4(), 3, 1), 12, &p), ERR_OK);
	assert_true(p.hash == quoted.hash);
}

static void eight_quoted_bytes_are_enough(void **state)
{
	struct build *b = tcp4();
	struct packet p;

	(void)state;
	memmove(b->room + BUILD_MOST - 28, build_bytes(b), 28); /* keep the header and 8 bytes */
	b->n = 28;
	assert_int_equal(decode_once(error4(b, 3, 3), 12, &p), ERR_OK);
	assert_true(p.quoted.present);
	assert_true(p.quoted.has_seq);
	b = tcp4();
	memmove(b->room + BUILD_MOST - 24, build_bytes(b), 24);
	b->n = 24;
	assert_int_equal(decode_once(error4(b, 3, 3), 12, &p), ERR_OK);
	assert_true(p.quoted.present);
	assert_false(p.quoted.has_seq);
	b = tcp4();
	memmove(b->room + BUILD_MOST - 22, build_bytes(b), 22);
	b->n = 22;
	assert_int_equal(decode_once(error4(b, 3, 3), 12, &p), ERR_OK);
	assert_false(p.quoted.present);
}

static void an_echo_quotes_nothing(void **state)
{
	struct packet p;

	(void)state;
	assert_int_equal(decode_once(error4(tcp4(), 8, 0), 12, &p), ERR_OK);
	assert_false(p.quoted.present);
}

static void a_quoted_later_fragment_has_no_ports(void **state)
{
	struct build *b = build_new("12345678");
	struct packet p;

	(void)state;
	ip4_of(b, 6, 1, 100, 64);
	assert_int_equal(decode_once(error4(b, 3, 1), 12, &p), ERR_OK);
	assert_false(p.quoted.present);
}

static struct build *error6(struct build *b, unsigned type)
{
	before32(b, 0);
	before32(b, type << 24 | 1u << 16);
	ip6(b, 58);
	return b;
}

static void icmp6_errors_quote_through_extension_headers(void **state)
{
	struct packet p;

	(void)state;
	for (unsigned type = 1; type <= 4; type++) {
		struct build *b = build_new("x");
		udp_of(b, 40000, 3478);
		before_hex(b, "11 00 01 04 00 00 00 00");
		before_hex(b, "3c 00 00 00 00 00 00 09"); /* first fragment */
		before_hex(b, "2c 00 01 04 00 00 00 00");
		ip6(b, 0);
		assert_int_equal(decode_once(error6(b, type), 229, &p), ERR_OK);
		assert_int_equal(p.proto, PROTO_ICMP6);
		assert_true(p.quoted.present);
		assert_int_equal(p.quoted.proto, PROTO_UDP);
		assert_int_equal(p.quoted.dport, 3478);
		assert_false(p.quoted.has_seq);
	}
	assert_int_equal(decode_once(error6(tcp6(), 128), 229, &p), ERR_OK);
	assert_false(p.quoted.present);
}

static void a_cut_quotation_is_survived(void **state)
{
	struct build *b = error6(tcp6(), 1);
	struct decoder *d = decoder_new(1 << 16);

	(void)state;
	for (size_t n = 0; n < b->n; n++) {
		struct packet p;
		uint8_t *copy;
		enum err e = decode_copy(d, build_bytes(b), n, b->n, 229, (int64_t)n * 1000000, &p, &copy);
		assert_true(e == ERR_OK || e == ERR_TRUNCATED);
		if (e == ERR_OK)
			assert_int_equal(p.quoted.present, n >= 48 + 40 + 4);
		free(copy);
	}
	free(b);
	decoder_free(d);
}

static void the_hash_is_the_same_both_ways_and_differs_else(void **state)
{
	struct addr a = addr_of_v4((uint8_t[4]){192, 0, 2, 1}), b = addr_of_v4((uint8_t[4]){198, 51, 100, 7});
	uint64_t h = flow_hash(&a, 40000, &b, 443, 6);

	(void)state;
	assert_true(h == flow_hash(&b, 443, &a, 40000, 6));
	assert_true(h != flow_hash(&a, 443, &b, 40000, 6));
	assert_true(h != flow_hash(&a, 40001, &b, 443, 6));
	assert_true(h != flow_hash(&a, 40000, &b, 444, 6));
	assert_true(h != flow_hash(&a, 40000, &b, 443, 17));
	b.b[0] = 1;
	assert_true(h != flow_hash(&a, 40000, &b, 443, 6));
}

static void the_hash_spreads_over_buckets(void **state)
{
	struct addr a = addr_of_v4((uint8_t[4]){192, 0, 2, 1}), b = addr_of_v4((uint8_t[4]){198, 51, 100, 7});
	unsigned buckets[256] = {0};

	(void)state;
	for (unsigned i = 0; i < 25600; i++)
		buckets[flow_hash(&a, (uint16_t)(1024 + i), &b, 443, 6) & 255]++;
	for (unsigned i = 0; i < 256; i++)
		assert_in_range(buckets[i], 40, 180);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(mss_is_read_from_a_syn_only),
	    cmocka_unit_test(broken_options_do_not_refuse_the_packet),
	    cmocka_unit_test(a_data_offset_that_cannot_be_is_malformed),
	    cmocka_unit_test(udp_length_bounds_the_payload),
	    cmocka_unit_test(udp_length_0_is_a_jumbograms),
	    cmocka_unit_test(a_length_beyond_the_frame_counts_as_lost),
	    cmocka_unit_test(an_ip_header_that_cannot_be_is_malformed),
	    cmocka_unit_test(icmp_errors_quote_the_packet),
	    cmocka_unit_test(an_icmp_error_has_the_hash_of_the_flow),
	    cmocka_unit_test(eight_quoted_bytes_are_enough),
	    cmocka_unit_test(an_echo_quotes_nothing),
	    cmocka_unit_test(a_quoted_later_fragment_has_no_ports),
	    cmocka_unit_test(icmp6_errors_quote_through_extension_headers),
	    cmocka_unit_test(a_cut_quotation_is_survived),
	    cmocka_unit_test(the_hash_is_the_same_both_ways_and_differs_else),
	    cmocka_unit_test(the_hash_spreads_over_buckets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
