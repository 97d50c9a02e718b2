/* A second reader of the same files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "make.h"

static struct all a, b;

/* Ethernet frames, one per second from `from`, every second one ARP. */
static const char *write_frames(const char *name, uint32_t from, unsigned n)
{
	struct made m = {0};

	add_pcap_header(&m, 0xa1b2c3d4, 65535, 1);
	for (unsigned i = 0; i < n; i++) {
		add_record(&m, from + i, i, 60, 60, (uint8_t)i);
		m.bytes[m.n - 60 + 12] = 8;
		m.bytes[m.n - 60 + 13] = i % 2 ? 6 : 0x77;
	}
	return write_made(name, &m);
}

static void assert_same(void)
{
	assert_int_equal(a.n, b.n);
	for (size_t i = 0; i < a.n; i++) {
		assert_int_equal(a.frames[i].time_us, b.frames[i].time_us);
		assert_int_equal(a.frames[i].number, b.frames[i].number);
		assert_int_equal(a.frames[i].source, b.frames[i].source);
		assert_int_equal(a.frames[i].captured, b.frames[i].captured);
		assert_int_equal(a.first[i], b.first[i]);
	}
}

/* Both before and after the original was read. */
static void again(const char *const *paths, size_t n, const char *filter, size_t frames)
{
	struct capture_options o = {.filter = filter};
	struct capture *original, *early, *late;

	assert_int_equal(capture_open_files(paths, n, &o, &original), ERR_OK);
	assert_int_equal(capture_open_again(original, &early), ERR_OK);
	read_capture(&a, original);
	assert_int_equal(a.n, frames);
	assert_int_equal(capture_open_again(original, &late), ERR_OK);
	read_capture(&b, early);
	assert_same();
	assert_int_equal(capture_source_count(early), capture_source_count(original));
	capture_close(early);
	read_capture(&b, late);
	assert_same();
	capture_close(late);
	capture_close(original);
}

static void one_file_opened_again_gives_the_same_frames(void **state)
{
	const char *path = write_frames("one", 100, 500);

	(void)state;
	again(&path, 1, NULL, 500);
	again(&path, 1, "arp", 250);
}

static void so_do_several_files_that_overlap(void **state)
{
	const char *paths[] = {write_frames("z", 400, 300), write_frames("y", 100, 500), write_frames("x", 900, 3)};

	(void)state;
	again(paths, 3, NULL, 803);
	again(paths, 3, "arp", 401);
}

static void so_do_a_damaged_one_and_a_bad_one_among_them(void **state)
{
	const char *cut = write_frames("cut", 100, 500), *fine = write_frames("fine", 300, 10);
	const char *paths[] = {cut, write_bytes("bad", "no capture at all", 17), fine};

	(void)state;
	assert_int_equal(truncate(cut, 24 + 100 * 76 + 30), 0);
	again(paths, 3, NULL, 110);
}

/* Another file under its name would be read at times that are not its own, and two readers would not read the same. */
static void a_file_that_was_replaced_is_not_read(void **state)
{
	const char *paths[] = {write_frames("first", 100, 5), write_frames("second", 200, 5)};
	struct capture_options o = {0};
	struct capture *original, *other;
	struct frame_batch batch;

	(void)state;
	assert_int_equal(capture_open_files(paths, 2, &o, &original), ERR_OK);
	assert_int_equal(capture_open_again(original, &other), ERR_OK);
	assert_int_equal(rename(write_frames("third", 100, 300), paths[0]), 0);
	assert_int_equal(capture_next(other, &batch), ERR_IO);
	assert_non_null(strstr(err_detail(), "first: another file has taken its place"));
	capture_close(other);
	read_capture(&a, original);
	assert_int_equal(a.n, 5);
	assert_int_equal(capture_source(original, 0)->damage, ERR_IO);
	capture_close(original);
}

static void what_is_read_only_once_is_refused(void **state)
{
	const char *file = write_frames("whole", 100, 20), *pipe_name = in_folder("pipe");
	struct capture_options o = {0};
	struct capture *original, *other = NULL;
	char command[600];

	(void)state;
	assert_int_equal(mkfifo(pipe_name, 0600), 0);
	snprintf(command, sizeof command, "cat '%s' > '%s' &", file, pipe_name);
	assert_int_equal(system(command), 0);
	assert_int_equal(capture_open_files(&pipe_name, 1, &o, &original), ERR_OK);
	assert_int_equal(capture_open_again(original, &other), ERR_UNSUPPORTED);
	assert_null(other);
	read_capture(&a, original);
	assert_int_equal(a.n, 20);
	capture_close(original);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_file_opened_again_gives_the_same_frames),
	    cmocka_unit_test(so_do_several_files_that_overlap),
	    cmocka_unit_test(so_do_a_damaged_one_and_a_bad_one_among_them),
	    cmocka_unit_test(a_file_that_was_replaced_is_not_read),
	    cmocka_unit_test(what_is_read_only_once_is_refused),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
