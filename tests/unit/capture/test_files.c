/* Several files, folders, compressed ones, standard input, filters. */
#include <lz4frame.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <zlib.h>
#include <zstd.h>

#include <cmocka.h>

#include "make.h"

static struct all a;

/* n packets, one per second from `from`, whose bytes are all `fill`. */
static struct made sequence(uint32_t from, unsigned n, uint8_t fill)
{
	struct made m = {0};

	add_pcap_header(&m, 0xa1b2c3d4, 65535, 1);
	for (unsigned i = 0; i < n; i++)
		add_record(&m, from + i, 0, 60, 60, fill);
	return m;
}

static const char *write_sequence(const char *name, uint32_t from, unsigned n, uint8_t fill)
{
	struct made m = sequence(from, n, fill);

	return write_made(name, &m);
}

static void assert_times(const uint32_t *seconds, size_t n)
{
	assert_int_equal(a.n, n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(a.frames[i].time_us, (int64_t)seconds[i] * 1000000);
		assert_int_equal(a.frames[i].number, i + 1);
	}
}

static void files_are_read_in_the_order_of_their_first_packets(void **state)
{
	const char *paths[] = {write_sequence("z", 300, 2, 3), write_sequence("y", 100, 2, 1),
	                       write_sequence("x", 200, 2, 2)};
	const uint32_t want[] = {100, 101, 200, 201, 300, 301};

	(void)state;
	read_all(&a, paths, 3, NULL);
	assert_times(want, 6);
	assert_string_equal(capture_source(a.capture, 0)->name, paths[1]);
	assert_string_equal(capture_source(a.capture, 2)->name, paths[0]);
	assert_int_equal(a.frames[5].source, 2);
	assert_int_equal(capture_source(a.capture, 2)->packets, 2);
	all_close(&a);
}

static void captures_of_later_than_2038_keep_their_time(void **state)
{
	const char *path = write_sequence("later", 0xf0000000, 2, 'l');
	uint32_t want[] = {0xf0000000, 0xf0000001};

	(void)state;
	read_all(&a, &path, 1, NULL);
	assert_times(want, 2);
	all_close(&a);
}

static void files_that_overlap_are_merged_by_time(void **state)
{
	struct made odd = {0}, even = {0};

	(void)state;
	add_pcap_header(&odd, 0xa1b2c3d4, 65535, 1);
	add_pcap_header(&even, 0xa1b2c3d4, 65535, 101);
	for (uint32_t i = 0; i < 700; i++)
		add_record(i % 2 ? &odd : &even, 1000 + i, 0, 10, 10, i % 2);
	const char *paths[] = {write_made("odd", &odd), write_made("even", &even), write_sequence("later", 1600, 3, 9)};
	read_all(&a, paths, 3, NULL);
	assert_int_equal(a.n, 703);
	for (size_t i = 1; i < a.n; i++)
		assert_true(a.frames[i].time_us >= a.frames[i - 1].time_us);
	for (size_t i = 0; i < 600; i++) {
		assert_int_equal(a.first[i], i % 2);
		assert_int_equal(a.frames[i].link, i % 2 ? 1 : 12);
	}
	all_close(&a);
}

static void a_lone_packet_from_another_year_keeps_its_place(void **state)
{
	struct made m = sequence(1000, 5, 1);

	(void)state;
	add_record(&m, 0x7f000000, 0, 60, 60, 2);
	add_record(&m, 1006, 0, 60, 60, 1);
	const char *paths[] = {write_made("outlier", &m), write_sequence("beside", 1003, 10, 3)};
	read_all(&a, paths, 2, NULL);
	assert_int_equal(a.n, 17);
	assert_int_equal(a.first[16], 3);
	for (size_t i = 0; i < a.n; i++)
		if (a.first[i] == 2)
			assert_true(i < 9);
	all_close(&a);
}

static void a_folder_gives_its_captures_and_nothing_else(void **state)
{
	const uint32_t want[] = {100, 101, 200, 300};
	char sub[256], loop[256];

	(void)state;
	snprintf(sub, sizeof sub, "%s", in_folder("folder"));
	assert_int_equal(mkdir(sub, 0700), 0);
	assert_int_equal(mkdir(in_folder("folder/deeper"), 0700), 0);
	write_sequence("folder/b", 100, 2, 1);
	write_sequence("folder/deeper/c", 200, 1, 2);
	write_sequence("folder/a", 300, 1, 3);
	write_bytes("folder/notes.txt", "no capture", 10);
	write_bytes("folder/empty", "", 0);
	snprintf(loop, sizeof loop, "%s", in_folder("folder/deeper/loop"));
	assert_int_equal(symlink(sub, loop), 0);
	assert_int_equal(symlink("b", in_folder("folder/again")), 0);
	assert_int_equal(symlink("nowhere", in_folder("folder/dangling")), 0);
	assert_int_equal(mkfifo(in_folder("folder/fifo"), 0600), 0);
	const char *path = sub;
	read_all(&a, &path, 1, NULL);
	assert_times(want, 4);
	assert_int_equal(capture_source_count(a.capture), 3);
	all_close(&a);
}

static void a_folder_without_captures_is_refused(void **state)
{
	(void)state;
	assert_int_equal(mkdir(in_folder("bare"), 0700), 0);
	refuses(in_folder("bare"), ERR_USAGE, "an empty folder");
	write_bytes("bare/notes.txt", "no capture", 10);
	refuses(in_folder("bare"), ERR_USAGE, "no capture file (pcap, pcapng) among the 1 file of");
}

static void a_folder_without_captures_among_others_is_a_damaged_source(void **state)
{
	const char *paths[] = {in_folder("void"), write_sequence("fine", 100, 2, 1), in_folder("notes"), in_folder("notes")};

	(void)state;
	assert_int_equal(mkdir(paths[0], 0700), 0);
	assert_int_equal(mkdir(paths[2], 0700), 0);
	write_bytes("notes/notes.txt", "no capture", 10);
	read_all(&a, paths, 4, NULL);
	assert_int_equal(a.n, 2);
	assert_int_equal(capture_source_count(a.capture), 4);
	for (size_t i = 0; i < 4; i++) {
		const struct source *s = capture_source(a.capture, i);
		assert_int_equal(s->damage, strstr(s->name, "fine") ? ERR_OK : ERR_USAGE);
	}
	all_close(&a);
}

static void a_bad_file_among_others_is_kept_as_a_damaged_source(void **state)
{
	const char *paths[] = {write_sequence("good", 100, 2, 1), write_bytes("bad", "nonsense, all of it, really", 27),
	                       in_folder("missing")};
	size_t bad = 0;

	(void)state;
	read_all(&a, paths, 3, NULL);
	assert_int_equal(a.n, 2);
	assert_int_equal(capture_source_count(a.capture), 3);
	for (size_t i = 0; i < 3; i++) {
		const struct source *s = capture_source(a.capture, i);
		bad += s->damage == ERR_USAGE && s->damage_text && s->packets == 0;
	}
	assert_int_equal(bad, 2);
	all_close(&a);
}

static void nothing_but_bad_files_is_refused(void **state)
{
	const char *paths[] = {in_folder("missing1"), in_folder("missing2")};
	struct capture_options o = {0};
	struct capture *c;

	(void)state;
	assert_int_equal(capture_open_files(paths, 2, &o, &c), ERR_USAGE);
	assert_non_null(strstr(err_detail(), "missing2: no such file"));
}

/* A compressed capture of 500 packets; each format in two units. */
static size_t pack_gz(const uint8_t *in, size_t n, uint8_t *out, size_t room)
{
	z_stream z = {.next_in = (Bytef *)in, .avail_in = (uInt)n, .next_out = out, .avail_out = (uInt)room};

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return room - z.avail_out;
}

static size_t pack_zst(const uint8_t *in, size_t n, uint8_t *out, size_t room)
{
	return ZSTD_compress(out, room, in, n, 3);
}

static size_t pack_lz4(const uint8_t *in, size_t n, uint8_t *out, size_t room)
{
	LZ4F_preferences_t p = {.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled};

	return LZ4F_compressFrame(out, room, in, n, &p);
}

static void compressed(const char *name, size_t (*pack)(const uint8_t *, size_t, uint8_t *, size_t))
{
	static uint8_t out[1 << 17];
	struct made m = {0};

	add_pcap_header(&m, 0xa1b2c3d4, 65535, 1);
	for (uint32_t i = 0; i < 500; i++)
		add_record(&m, 1 + i, (uint32_t)rand() % 1000000, 60, (uint32_t)rand(), (uint8_t)rand());
	size_t n = pack(m.bytes, 30000, out, sizeof out);
	size_t second = n;
	n += pack(m.bytes + 30000, m.n - 30000, out + n, sizeof out - n);

	const struct source *s = read_one(&a, write_bytes(name, out, n));
	assert_int_equal(a.n, 500);
	assert_int_equal(s->damage, ERR_OK);
	all_close(&a);

	s = read_one(&a, write_bytes(name, out, n - 9));
	assert_in_range(a.n, (30000 - 24) / 76, 500);
	assert_int_equal(s->damage, ERR_TRUNCATED);
	assert_non_null(strstr(s->damage_text, "compression is cut at byte"));
	all_close(&a);

	memset(out + second, 0x55, 8);
	s = read_one(&a, write_bytes(name, out, n));
	assert_int_equal(a.n, (30000 - 24) / 76);
	assert_int_equal(s->damage, ERR_MALFORMED);
	assert_non_null(strstr(s->damage_text, "compression is damaged before byte"));
	all_close(&a);
}

static void compressed_files_are_told_by_their_content(void **state)
{
	(void)state;
	compressed("one", pack_gz);
	compressed("two.pcap", pack_zst);
	compressed("three.gz", pack_lz4);
}

static void standard_input_may_be_a_pipe(void **state)
{
	struct made m = sequence(100, 700, 1);
	int ends[2], before = dup(STDIN_FILENO);

	(void)state;
	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	if (pid == 0) {
		close(ends[0]);
		for (size_t at = 0; at < m.n; at += 1000)
			if (write(ends[1], m.bytes + at, m.n - at < 1000 ? m.n - at : 1000) < 0)
				_exit(1);
		_exit(0);
	}
	close(ends[1]);
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
	const char *paths[] = {write_sequence("other", 300, 3, 2), "-"};
	read_all(&a, paths, 2, NULL);
	dup2(before, STDIN_FILENO);
	close(before);
	assert_int_equal(a.n, 703);
	const struct source *s = capture_source(a.capture, 0);
	assert_int_equal(s->kind, SOURCE_STDIN);
	assert_string_equal(s->name, "-");
	assert_int_equal(s->packets, 700);
	all_close(&a);
}

static void standard_input_is_read_only_once(void **state)
{
	const char *paths[] = {"-", "-"};
	struct capture_options o = {0};
	struct capture *c;

	(void)state;
	assert_int_equal(capture_open_files(paths, 2, &o, &c), ERR_USAGE);
}

/* Frames of ARP and of an unknown EtherType, and one of raw IP. */
static const char *write_mixture(const char *name)
{
	struct made m = {0};

	add_section(&m);
	add_interface(&m, 1, 0, 0, 0);
	add_interface(&m, 101, 0, 0, 0);
	for (unsigned i = 0; i < 6; i++) {
		add_packet(&m, 0, 1000 + i, 60, 60, 0);
		m.bytes[m.n - 64 + 12] = 8;
		m.bytes[m.n - 64 + 13] = i % 2 ? 6 : 0x77;
	}
	add_packet(&m, 1, 2000, 20, 20, 0x45);
	return write_made(name, &m);
}

static void a_filter_leaves_out_frames_before_they_are_counted(void **state)
{
	const char *path = write_mixture("filter");

	(void)state;
	read_all(&a, &path, 1, "arp or ip proto 69");
	assert_int_equal(a.n, 4);
	assert_int_equal(capture_source(a.capture, 0)->packets, 4);
	assert_int_equal(a.frames[0].time_us, 1001);
	assert_int_equal(a.frames[0].number, 1);
	assert_int_equal(a.frames[3].link, 12);
	assert_int_equal(capture_source(a.capture, 0)->damage, ERR_OK);
	all_close(&a);
}

static void a_filter_that_one_link_type_cannot_have_is_said(void **state)
{
	const char *path = write_mixture("filter");

	(void)state;
	read_all(&a, &path, 1, "ether proto 0x0877");
	assert_int_equal(a.n, 3);
	assert_int_equal(capture_source(a.capture, 0)->damage, ERR_OK);
	all_close(&a);
	read_all(&a, &path, 1, "ether host 00:00:00:00:00:00");
	assert_int_equal(a.n, 6);
	assert_int_equal(capture_source(a.capture, 0)->damage, ERR_UNSUPPORTED);
	assert_string_equal(capture_source(a.capture, 0)->damage_text,
	                    "the filter does not fit link type RAW: the packets of such interfaces are left out");
	all_close(&a);
}

static void refused_filter(const char *filter, const char *says)
{
	const char *path = write_sequence("any", 1, 1, 1);
	struct capture_options o = {.filter = filter};
	struct capture *c;

	assert_int_equal(capture_open_files(&path, 1, &o, &c), ERR_USAGE);
	if (!strstr(err_detail(), says))
		print_error("said: %s\n", err_detail());
	assert_non_null(strstr(err_detail(), says));
	assert_non_null(strstr(err_detail(), filter));
}

static void a_wrong_filter_is_refused_with_its_reason(void **state)
{
	(void)state;
	refused_filter("tcp prt 80", "syntax error");
	refused_filter("port 70000", "illegal port");
	refused_filter("ip proto 6 and ip proto 17", "rejects all packets");
}

static void a_filter_with_a_name_to_look_up_is_refused(void **state)
{
	(void)state;
	refused_filter("host example.com", "example.com would have to be looked up");
	refused_filter("tcp and not (src www.example.org or dst 10.0.0.1)",
	               "www.example.org would have to be looked up");
	refused_filter("host gateway1", "gateway1 would have to be looked up");
	const char *fine[] = {
	    "host 10.0.0.1 and port https",
	    "net 10.0.0.0/8 or net 2001:db8::/32",
	    "src host 2001:db8::1",
	    "ether host 02:00:00:00:00:01",
	    "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
	    "icmp[icmptype] == icmp-echo",
	    "dst port 443 or src portrange 1000-2000",
	    "host (10.0.0.1 or 10.0.0.2)",
	};
	const char *path = write_sequence("any", 1, 1, 1);
	for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++) {
		read_all(&a, &path, 1, fine[i]);
		all_close(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(files_are_read_in_the_order_of_their_first_packets),
	    cmocka_unit_test(captures_of_later_than_2038_keep_their_time),
	    cmocka_unit_test(files_that_overlap_are_merged_by_time),
	    cmocka_unit_test(a_lone_packet_from_another_year_keeps_its_place),
	    cmocka_unit_test(a_folder_gives_its_captures_and_nothing_else),
	    cmocka_unit_test(a_folder_without_captures_is_refused),
	    cmocka_unit_test(a_folder_without_captures_among_others_is_a_damaged_source),
		cmocka_unit_test(a_bad_file_among_others_is_kept_as_a_damaged_source),
	    cmocka_unit_test(nothing_but_bad_files_is_refused),
	    cmocka_unit_test(compressed_files_are_told_by_their_content),
	    cmocka_unit_test(standard_input_may_be_a_pipe),
	    cmocka_unit_test(standard_input_is_read_only_once),
	    cmocka_unit_test(a_filter_leaves_out_frames_before_they_are_counted),
	    cmocka_unit_test(a_filter_that_one_link_type_cannot_have_is_said),
	    cmocka_unit_test(a_wrong_filter_is_refused_with_its_reason),
	    cmocka_unit_test(a_filter_with_a_name_to_look_up_is_refused),
	};
	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
