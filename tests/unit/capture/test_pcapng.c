/* pcapng: sections, interfaces, kinds of packet block, drop counters, damage. */
#include <pcap/pcap.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "make.h"

static struct all a;

static void interfaces_keep_their_own_link_type_snaplen_and_clock(void **state)
{
	(void)state;
	for (int big = 0; big < 2; big++) {
		struct made m = {.big = big};
		add_section(&m);
		add_interface(&m, 1, 96, 0, 0);
		add_interface(&m, 101, 0, 9, 3600);
		add_interface(&m, 113, 65535, 0x80 | 10, 0);
		add_packet(&m, 0, 1700000000000001, 60, 60, 1);
		add_packet(&m, 1, UINT64_C(1700000000000002999), 40, 40, 2);
		add_packet(&m, 2, UINT64_C(1700000000) << 10 | 512, 50, 50, 3);
		const struct source *s = read_one(&a, write_made("mixed.pcapng", &m));
		assert_int_equal(a.n, 3);
		assert_int_equal(a.frames[0].time_us, INT64_C(1700000000000001));
		assert_int_equal(a.frames[0].link, DLT_EN10MB);
		assert_int_equal(a.frames[1].time_us, INT64_C(1700003600000002));
		assert_int_equal(a.frames[1].link, DLT_RAW);
		assert_int_equal(a.frames[2].time_us, INT64_C(1700000000500000));
		assert_int_equal(a.frames[2].link, DLT_LINUX_SLL);
		assert_int_equal(s->damage, ERR_OK);
		assert_string_equal(s->link_type, "EN10MB");
		assert_int_equal(s->snaplen, 96);
		all_close(&a);
	}
}

static void sections_of_both_byte_orders_follow_each_other(void **state)
{
	struct made m = {0};

	(void)state;
	add_section(&m);
	add_interface(&m, 1, 0, 0, 0);
	add_packet(&m, 0, 1000000, 60, 60, 1);
	m.big = true;
	add_section(&m);
	add_interface(&m, 101, 0, 0, 0);
	add_packet(&m, 0, 2000000, 60, 60, 2);
	const struct source *s = read_one(&a, write_made("sections.pcapng", &m));
	assert_int_equal(s->damage, ERR_OK);
	assert_int_equal(a.n, 2);
	assert_int_equal(a.frames[1].time_us, 2000000);
	assert_int_equal(a.frames[1].link, DLT_RAW);
	all_close(&a);
}

static void simple_and_obsolete_packet_blocks_are_read(void **state)
{
	struct made m = {0};

	(void)state;
	add_section(&m);
	add_interface(&m, 1, 32, 0, 0);
	size_t t = block_begin(&m, 3);
	add_number(&m, 50, 4);
	add_zeros(&m, 32);
	block_end(&m, t);
	t = block_begin(&m, 2);
	add_number(&m, 0, 2);
	add_number(&m, 65535, 2);
	add_number(&m, 0, 4);
	add_number(&m, 77, 4);
	add_number(&m, 20, 4);
	add_number(&m, 60, 4);
	add_zeros(&m, 20);
	block_end(&m, t);
	read_one(&a, write_made("kinds.pcapng", &m));
	assert_int_equal(a.n, 2);
	assert_int_equal(a.frames[0].captured, 32);
	assert_int_equal(a.frames[0].length, 50);
	assert_int_equal(a.frames[0].time_us, 0);
	assert_int_equal(a.frames[1].captured, 20);
	assert_int_equal(a.frames[1].time_us, 77);
	all_close(&a);
}

static void add_statistics(struct made *m, uint32_t interface, uint64_t by_interface, uint64_t by_system)
{
	size_t t = block_begin(m, 5);

	add_number(m, interface, 4);
	add_zeros(m, 8);
	add_number(m, 5, 2);
	add_number(m, 8, 2);
	add_number(m, by_interface, 8);
	add_number(m, 7, 2);
	add_number(m, 8, 2);
	add_number(m, by_system, 8);
	add_number(m, 0, 4);
	block_end(m, t);
}

static void drop_counters_are_added_up_over_interfaces_not_over_time(void **state)
{
	struct made m = {0};

	(void)state;
	add_section(&m);
	add_interface(&m, 1, 0, 0, 0);
	add_interface(&m, 1, 0, 0, 0);
	add_statistics(&m, 0, 1, 2);
	add_packet(&m, 0, 1, 60, 60, 1);
	add_statistics(&m, 0, 4, 6);
	add_statistics(&m, 1, 0, 5);
	add_statistics(&m, 9, 1000, 1000);
	const struct source *s = read_one(&a, write_made("drops.pcapng", &m));
	assert_int_equal(s->dropped, 15);
	assert_int_equal(s->damage, ERR_OK);
	all_close(&a);
}

static void unknown_blocks_are_skipped(void **state)
{
	struct made m = {0};

	(void)state;
	add_section(&m);
	size_t t = block_begin(&m, 0x0bad);
	add_zeros(&m, 1000);
	block_end(&m, t);
	add_interface(&m, 1, 0, 0, 0);
	t = block_begin(&m, 10);
	add_zeros(&m, 40);
	block_end(&m, t);
	add_packet(&m, 0, 1, 60, 60, 1);
	const struct source *s = read_one(&a, write_made("unknown.pcapng", &m));
	assert_int_equal(a.n, 1);
	assert_int_equal(s->damage, ERR_OK);
	all_close(&a);
}

/* A complete file whose second packet is damaged by f. */
static void damaged(void (*spoil)(struct made *m, size_t token), enum err e, const char *says)
{
	struct made m = {0};

	add_section(&m);
	add_interface(&m, 1, 96, 0, 0);
	add_packet(&m, 0, 1, 60, 60, 1);
	size_t token = m.n;
	add_packet(&m, 0, 2, 60, 60, 2);
	add_packet(&m, 0, 3, 60, 60, 3);
	spoil(&m, token);
	const struct source *s = read_one(&a, write_made("damaged.pcapng", &m));
	assert_int_equal(a.n, 1);
	assert_int_equal(s->damage, e);
	assert_string_equal(s->damage_text, says);
	all_close(&a);
}

static void spoil_length(struct made *m, size_t token)
{
	m->bytes[token + 4] = 7;
}

static void spoil_second_length(struct made *m, size_t token)
{
	m->bytes[token + 88] ^= 4;
}

static void spoil_claim(struct made *m, size_t token)
{
	memset(m->bytes + token + 4, 0xfc, 4);
}

static void spoil_interface(struct made *m, size_t token)
{
	m->bytes[token + 8] = 1;
}

static void spoil_captured(struct made *m, size_t token)
{
	m->bytes[token + 20] = 97;
}

static void spoil_captured_little(struct made *m, size_t token)
{
	m->bytes[token + 20] = 96;
}

static void cut_packet(struct made *m, size_t token)
{
	m->n = token + 50;
}

static void damage_is_reported_with_its_place(void **state)
{
	(void)state;
	damaged(spoil_length, ERR_MALFORMED, "an impossible block length of 7 at byte 140, behind packet 1");
	damaged(spoil_second_length, ERR_MALFORMED,
	        "a block whose two lengths differ (92 and 88) at byte 140, behind packet 1");
	damaged(spoil_claim, ERR_MALFORMED, "an impossible block length of 4244438268 at byte 140, behind packet 1");
	damaged(spoil_interface, ERR_MALFORMED,
	        "a packet of an interface that is not described at byte 140, behind packet 1");
	damaged(spoil_captured, ERR_MALFORMED,
	        "a packet that claims to be longer than its interface captures at byte 140, behind packet 1");
	damaged(spoil_captured_little, ERR_MALFORMED,
	        "a packet that claims to be longer than its block at byte 140, behind packet 1");
	damaged(cut_packet, ERR_TRUNCATED, "cut in the middle of a block behind packet 1 at byte 190");
}

static void a_packet_block_too_short_for_its_fields_is_damage(void **state)
{
	(void)state;
	for (unsigned n = 0; n <= 16; n += 4) {
		struct made m = {0};
		add_section(&m);
		add_interface(&m, 1, 0, 0, 0);
		size_t t = block_begin(&m, 6);
		add_zeros(&m, n);
		block_end(&m, t);
		const struct source *s = read_one(&a, write_made("short.pcapng", &m));
		assert_int_equal(a.n, 0);
		assert_int_equal(s->damage, ERR_MALFORMED);
		assert_string_equal(s->damage_text, "a packet block is too short at byte 48, behind packet 0");
		all_close(&a);
	}
}

static void a_section_without_packets_is_a_capture(void **state)
{
	struct made m = {0};

	(void)state;
	add_section(&m);
	const struct source *s = read_one(&a, write_made("bare.pcapng", &m));
	assert_int_equal(a.n, 0);
	assert_int_equal(s->damage, ERR_OK);
	all_close(&a);
}

static void every_cut_is_damage_or_whole_and_never_a_crash(void **state)
{
	struct made m = {0};
	size_t ends[4], ends_n = 0;

	(void)state;
	add_section(&m);
	ends[ends_n++] = m.n;
	add_interface(&m, 1, 0, 9, 3600);
	ends[ends_n++] = m.n;
	add_statistics(&m, 0, 1, 2);
	ends[ends_n++] = m.n;
	add_packet(&m, 0, 1, 61, 61, 1);
	ends[ends_n++] = m.n;
	for (size_t n = 28; n <= m.n; n++) {
		bool whole = false;
		for (size_t i = 0; i < ends_n; i++)
			whole = whole || ends[i] == n;
		const struct source *s = read_one(&a, write_bytes("every.pcapng", m.bytes, n));
		assert_int_equal(s->damage, whole ? ERR_OK : ERR_TRUNCATED);
		assert_int_equal(a.n, n == m.n);
		all_close(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(interfaces_keep_their_own_link_type_snaplen_and_clock),
	    cmocka_unit_test(sections_of_both_byte_orders_follow_each_other),
	    cmocka_unit_test(simple_and_obsolete_packet_blocks_are_read),
	    cmocka_unit_test(drop_counters_are_added_up_over_interfaces_not_over_time),
	    cmocka_unit_test(unknown_blocks_are_skipped),
	    cmocka_unit_test(damage_is_reported_with_its_place),
	    cmocka_unit_test(a_packet_block_too_short_for_its_fields_is_damage),
	    cmocka_unit_test(a_section_without_packets_is_a_capture),
	    cmocka_unit_test(every_cut_is_damage_or_whole_and_never_a_crash),
	};
	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
