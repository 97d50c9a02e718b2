/* Our own readers compared with libpcap, over every capture that can be found. */
#include <dirent.h>
#include <pcap/pcap.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "capture/capture.h"
#include "capture/reader.h"

struct ours {
	struct capture *capture;
	struct frame_batch batch;
	unsigned at;
	bool ended;
};

static const struct frame *ours_next(struct ours *o)
{
	while (!o->ended && o->at == o->batch.n) {
		o->at = 0;
		if (capture_next(o->capture, &o->batch) != ERR_OK)
			o->ended = true;
	}
	return o->at < o->batch.n ? &o->batch.frames[o->at++] : NULL;
}

/* What libpcap cannot read but our reader can. */
static bool is_mixture(const char *why)
{
	return strstr(why, "different from") || strstr(why, "different byte orders");
}

static const char *reading; /* for messages */

/* libpcap treats the 32-bit seconds and fractions of a classic capture as signed. Absurd years are bounded. */
static void same_time(int64_t time_us, const struct timeval *theirs, bool classic)
{
	if (theirs->tv_sec >= 0 && theirs->tv_usec >= 0)
		assert_int_equal(time_us, reader_time(theirs->tv_sec, theirs->tv_usec));
	else if (!classic)
		assert_true(time_us >= 0);
	else if (theirs->tv_usec >= 0)
		assert_int_equal(time_us, (int64_t)(uint32_t)theirs->tv_sec * 1000000 + theirs->tv_usec);
	else
		assert_in_range(time_us / 1000000, (uint32_t)theirs->tv_sec, (uint64_t)(uint32_t)theirs->tv_sec + 4295);
}

static void same_frame(const struct frame *f, const struct pcap_pkthdr *h, const uint8_t *bytes, int dlt, bool classic)
{
	if (!f || f->captured != h->caplen)
		print_error("%s: differs from libpcap\n", reading);
	assert_non_null(f);
	same_time(f->time_us, &h->ts, classic);
	assert_int_equal(f->captured, h->caplen);
	assert_int_equal(f->length, h->len > h->caplen ? h->len : h->caplen);
	assert_int_equal(f->link, dlt < UINT16_MAX ? dlt : UINT16_MAX);
	assert_memory_equal(f->bytes, bytes, h->caplen);
}

static void compare(const char *path, pcap_t *theirs, struct ours *o)
{
	const struct source *s = capture_source(o->capture, 0);
	struct pcap_pkthdr *h;
	const uint8_t *bytes;
	int r;

	reading = path;
	while ((r = pcap_next_ex(theirs, &h, &bytes)) == 1)
		same_frame(ours_next(o), h, bytes, pcap_datalink(theirs), pcap_major_version(theirs) == 2);
	if (r == PCAP_ERROR && is_mixture(pcap_geterr(theirs)))
		return;
	assert_null(ours_next(o));
	if ((r == PCAP_ERROR) != (s->damage != ERR_OK))
		fail_msg("%s: libpcap says \"%s\", rulegap says \"%s\"", path,
		         r == PCAP_ERROR ? pcap_geterr(theirs) : "fine",
		         s->damage_text ? s->damage_text : "fine");
	if (s->damage != ERR_OK)
		assert_true(strlen(s->damage_text) > 10);
}

/* Returns whether libpcap could read it at all. */
static bool check_file(const char *path)
{
	char why[PCAP_ERRBUF_SIZE];
	struct capture_options options = {0};
	struct ours o = {0};
	pcap_t *theirs = pcap_open_offline(path, why);
	enum err e = capture_open_files(&path, 1, &options, &o.capture);

	if (theirs) {
		if (e != ERR_OK)
			print_error("%s: %s\n", path, err_detail());
		assert_int_equal(e, ERR_OK);
		compare(path, theirs, &o);
		pcap_close(theirs);
	} else if (e != ERR_OK) {
		assert_int_equal(e, ERR_USAGE);
		assert_true(strlen(err_detail()) > 10);
	}
	capture_close(o.capture);
	return theirs != NULL;
}

static size_t check_folder(const char *folder)
{
	struct dirent **entries;
	int n = scandir(folder, &entries, NULL, alphasort);
	size_t read = 0;

	for (int i = 0; i < n; i++) {
		char path[2048];
		struct stat st;
		snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
		if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
			read += check_file(path);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	return read;
}

static void every_capture_of_the_corpus_reads_as_libpcap_reads_it(void **state)
{
	const char *corpus = getenv("RULEGAP_CORPUS");
	char folder[2048];

	(void)state;
	snprintf(folder, sizeof folder, "%s/captures", corpus ? corpus : TEST_SOURCE_DIR "/../shared/corpus");
	size_t n = check_folder(folder);
	if (n == 0) {
		print_message("skipped: no captures in %s; set RULEGAP_CORPUS to a folder with captures/\n", folder);
		skip();
	}
	print_message("%zu captures read as libpcap reads them\n", n);
}

static void every_capture_of_the_project_reads_as_libpcap_reads_it(void **state)
{
	(void)state;
	if (check_folder(TEST_SOURCE_DIR "/pcaps") == 0) {
		print_message("skipped: no captures in pcaps\n");
		skip();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_capture_of_the_corpus_reads_as_libpcap_reads_it),
	    cmocka_unit_test(every_capture_of_the_project_reads_as_libpcap_reads_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
