/* Classic pcap: byte orders, resolutions, link types, lengths, damage. */
#include <pcap/pcap.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "make.h"

#define MAGIC_US 0xa1b2c3d4u
#define MAGIC_NS 0xa1b23c4du
#define MAGIC_PATCHED 0xa1b2cd34u

static struct all a;

static void one_of_each_order(bool big, uint32_t magic, uint32_t part)
{
	struct made m = {.big = big};

	add_pcap_header(&m, magic, 65535, 1);
	add_record(&m, 1700000000, part, 60, 1500, 7);
	const struct source *s = read_one(&a, write_made("order.pcap", &m));
	assert_int_equal(a.n, 1);
	assert_int_equal(a.frames[0].time_us, INT64_C(1700000000123456));
	assert_int_equal(a.frames[0].captured, 60);
	assert_int_equal(a.frames[0].length, 1500);
	assert_int_equal(a.frames[0].link, DLT_EN10MB);
	assert_int_equal(a.frames[0].number, 1);
	assert_int_equal(a.first[0], 7);
	assert_int_equal(s->damage, ERR_OK);
	assert_int_equal(s->truncated, 1);
	assert_int_equal(s->bytes, 60);
	assert_int_equal(s->first_us, INT64_C(1700000000123456));
	assert_string_equal(s->link_type, "EN10MB");
	all_close(&a);
}

static void both_byte_orders_and_resolutions_give_the_same_time(void **state)
{
	(void)state;
	one_of_each_order(false, MAGIC_US, 123456);
	one_of_each_order(true, MAGIC_US, 123456);
	one_of_each_order(false, MAGIC_NS, 123456999);
	one_of_each_order(true, MAGIC_NS, 123456999);
}

static void raw_ip_has_libpcaps_link_type(void **state)
{
	struct made m = {0};

	(void)state;
	add_pcap_header(&m, MAGIC_US, 65535, 101 | 0x14000000); /* the top bits give the length of the FCS */
	add_record(&m, 1, 0, 20, 20, 0x45);
	read_one(&a, write_made("raw.pcap", &m));
	assert_int_equal(a.frames[0].link, DLT_RAW);
	all_close(&a);
}

static void a_part_of_a_second_out_of_range_counts_on(void **state)
{
	struct made m = {0};

	(void)state;
	add_pcap_header(&m, MAGIC_US, 65535, 1);
	add_record(&m, 10, 2500000, 4, 4, 1);
	read_one(&a, write_made("part.pcap", &m));
	assert_int_equal(a.frames[0].time_us, 12500000);
	all_close(&a);
}

static void a_frame_beyond_the_snaplen_is_cut_to_it(void **state)
{
	struct made m = {0};

	(void)state;
	add_pcap_header(&m, MAGIC_US, 50, 1);
	add_record(&m, 10, 0, 100, 100, 1);
	add_record(&m, 11, 0, 40, 40, 2);
	read_one(&a, write_made("snaplen.pcap", &m));
	assert_int_equal(a.n, 2);
	assert_int_equal(a.frames[0].captured, 50);
	assert_int_equal(a.frames[0].length, 100);
	assert_int_equal(a.first[1], 2);
	all_close(&a);
}

static void a_wire_length_below_the_captured_one_is_raised(void **state)
{
	struct made m = {0};

	(void)state;
	add_pcap_header(&m, MAGIC_US, 65535, 1);
	add_record(&m, 10, 0, 60, 20, 1);
	read_one(&a, write_made("length.pcap", &m));
	assert_int_equal(a.frames[0].captured, 60);
	assert_int_equal(a.frames[0].length, 60);
	all_close(&a);
}

static void a_header_alone_is_a_capture_without_packets(void **state)
{
	struct made m = {0};

	(void)state;
	add_pcap_header(&m, MAGIC_US, 65535, 1);
	const struct source *s = read_one(&a, write_made("none.pcap", &m));
	assert_int_equal(a.n, 0);
	assert_int_equal(s->damage, ERR_OK);
	all_close(&a);
}

static void a_cut_in_a_packet_is_reported_with_its_place(void **state)
{
	struct made m = {0};

	(void)state;
	add_pcap_header(&m, MAGIC_US, 65535, 1);
	add_record(&m, 10, 0, 60, 60, 1);
	add_record(&m, 11, 0, 60, 60, 2);
	m.n -= 5;
	const struct source *s = read_one(&a, write_made("cut.pcap", &m));
	assert_int_equal(a.n, 1);
	assert_int_equal(s->damage, ERR_TRUNCATED);
	assert_string_equal(s->damage_text, "cut in the middle of packet 2 at byte 171");
	all_close(&a);
}

static void a_cut_in_a_record_header_is_reported(void **state)
{
	struct made m = {0};

	(void)state;
	add_pcap_header(&m, MAGIC_US, 65535, 1);
	add_record(&m, 10, 0, 60, 60, 1);
	add_zeros(&m, 3);
	const struct source *s = read_one(&a, write_made("cut3.pcap", &m));
	assert_int_equal(a.n, 1);
	assert_string_equal(s->damage_text, "cut in the middle of packet 2 at byte 103");
	all_close(&a);
}

static void a_giant_claim_ends_the_file_and_costs_no_memory(void **state)
{
	struct made m = {0};

	(void)state;
	add_pcap_header(&m, MAGIC_US, 65535, 1);
	add_record(&m, 10, 0, 60, 60, 1);
	add_number(&m, 11, 8);
	add_number(&m, 0x7fffffff, 4);
	add_number(&m, 60, 4);
	add_zeros(&m, 60);
	const struct source *s = read_one(&a, write_made("giant.pcap", &m));
	assert_int_equal(a.n, 1);
	assert_int_equal(s->damage, ERR_MALFORMED);
	assert_string_equal(s->damage_text, "packet 2 at byte 100 claims 2147483647 captured bytes");
	all_close(&a);
}

/* The unusual variants that libpcap reads: patched record headers, old versions with swapped lengths. */
static void variants_are_left_to_libpcap(void **state)
{
	struct made m = {0};

	(void)state;
	add_pcap_header(&m, MAGIC_PATCHED, 65535, 1);
	add_number(&m, 10, 4);
	add_number(&m, 5, 4);
	add_number(&m, 60, 4);
	add_number(&m, 90, 4);
	add_zeros(&m, 8);
	add_zeros(&m, 60);
	const struct source *s = read_one(&a, write_made("patched.pcap", &m));
	assert_int_equal(a.n, 1);
	assert_int_equal(a.frames[0].captured, 60);
	assert_int_equal(a.frames[0].length, 90);
	assert_int_equal(s->damage, ERR_OK);
	all_close(&a);

	m = (struct made){0};
	add_pcap_header(&m, MAGIC_US, 65535, 1);
	m.bytes[6] = 2;
	for (int i = 0; i < 200; i++) {
		add_number(&m, 10, 4);
		add_number(&m, (uint64_t)i, 4);
		add_number(&m, 90, 4);
		add_number(&m, 60, 4);
		add_number(&m, (uint64_t)i, 1);
		add_zeros(&m, 59);
	}
	m.n -= 1;
	s = read_one(&a, write_made("old.pcap", &m));
	assert_int_equal(a.n, 199);
	for (unsigned i = 0; i < 199; i++)
		assert_int_equal(a.first[i], i);
	assert_int_equal(a.frames[198].captured, 60);
	assert_int_equal(s->damage, ERR_MALFORMED);
	assert_non_null(strstr(s->damage_text, "behind packet 199"));
	all_close(&a);
}

static void what_is_no_capture_is_refused_in_one_sentence(void **state)
{
	struct made m = {0};

	(void)state;
	refuses(write_bytes("text", "just some text, quite long even\n", 32), ERR_USAGE,
	        ": not a capture file (pcap, pcapng");
	refuses(write_bytes("empty", "", 0), ERR_USAGE, ": empty, there is nothing to read");
	refuses(in_folder("missing.pcap"), ERR_USAGE, ": no such file");
	add_pcap_header(&m, MAGIC_US, 65535, 1);
	m.n = 20;
	refuses(write_made("head.pcap", &m), ERR_USAGE, ": the head of this capture file is damaged: truncated");
	m.n = 24;
	m.bytes[4] = 9;
	refuses(write_made("version.pcap", &m), ERR_USAGE, "unsupported pcap savefile version 9.4");
}

static void frames_that_straddle_blocks_are_whole(void **state)
{
	const char *path = in_folder("long.pcap");
	FILE *f = fopen(path, "wb");
	struct made m = {0};
	size_t n = 0;
	uint64_t sum = 0;

	(void)state;
	add_pcap_header(&m, MAGIC_US, 262144, 1);
	fwrite(m.bytes, 1, m.n, f);
	for (uint32_t i = 0; i < 3000; i++) {
		m.n = 0;
		add_record(&m, i, 0, i * 7919 % 9000 + 1, 9001, (uint8_t)i);
		fwrite(m.bytes, 1, m.n, f);
	}
	fclose(f);
	struct capture_options o = {0};
	struct capture *c;
	struct frame_batch b;
	assert_int_equal(capture_open_files(&path, 1, &o, &c), ERR_OK);
	while (capture_next(c, &b) == ERR_OK)
		for (unsigned i = 0; i < b.n; i++, n++) {
			assert_int_equal(b.frames[i].captured, n * 7919 % 9000 + 1);
			for (uint32_t k = 0; k < b.frames[i].captured; k++)
				sum += b.frames[i].bytes[k] != (uint8_t)n;
		}
	assert_int_equal(n, 3000);
	assert_int_equal(sum, 0);
	capture_close(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(both_byte_orders_and_resolutions_give_the_same_time),
	    cmocka_unit_test(raw_ip_has_libpcaps_link_type),
	    cmocka_unit_test(a_part_of_a_second_out_of_range_counts_on),
	    cmocka_unit_test(a_frame_beyond_the_snaplen_is_cut_to_it),
	    cmocka_unit_test(a_wire_length_below_the_captured_one_is_raised),
	    cmocka_unit_test(a_header_alone_is_a_capture_without_packets),
	    cmocka_unit_test(a_cut_in_a_packet_is_reported_with_its_place),
	    cmocka_unit_test(a_cut_in_a_record_header_is_reported),
	    cmocka_unit_test(a_giant_claim_ends_the_file_and_costs_no_memory),
	    cmocka_unit_test(variants_are_left_to_libpcap),
	    cmocka_unit_test(what_is_no_capture_is_refused_in_one_sentence),
	    cmocka_unit_test(frames_that_straddle_blocks_are_whole),
	};
	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
