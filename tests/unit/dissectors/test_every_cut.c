/* Every dissector, every seed, every cut: a truncated capture is never blamed on the sender, a short message never
 * crashes, and a stream gives the same facts however it was segmented. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>

#include "../../fuzz/feed.h"

#define SEED_MOST 65536

struct file {
	uint8_t bytes[SEED_MOST];
	struct feed_seed seed;
	char path[512];
};

typedef void checker(const struct dissector *x, const struct file *file);

/* A row's seeds: NAME_TRANSPORT if both transports have some, else NAME. */
static DIR *folder_open(const struct dissector *x, char *path, size_t size)
{
	const char *end = x->transport == OVER_TCP ? "_tcp" : "_udp";

	snprintf(path, size, "%s/tests/fuzz/seeds/%s%s", TEST_SOURCE_DIR, x->name, end);
	DIR *d = opendir(path);
	if (d)
		return d;
	snprintf(path, size, "%s/tests/fuzz/seeds/%s", TEST_SOURCE_DIR, x->name);
	return opendir(path);
}

static bool file_read(struct file *file)
{
	FILE *f = fopen(file->path, "rb");

	if (!f)
		return false;
	size_t n = fread(file->bytes, 1, sizeof file->bytes, f);
	fclose(f);
	file->seed = feed_seed_read(file->bytes, n);
	return n > 0;
}

static void each_seed(checker *check)
{
	static struct file file;

	for (size_t i = 0; dissectors[i]; i++) {
		char folder[256];
		DIR *d = folder_open(dissectors[i], folder, sizeof folder);
		unsigned n = 0;
		if (!d)
			fail_msg("%s has no seeds", dissectors[i]->name);
		for (struct dirent *entry = readdir(d); entry; entry = readdir(d)) {
			snprintf(file.path, sizeof file.path, "%s/%s", folder, entry->d_name);
			if (entry->d_name[0] == '.' || !file_read(&file))
				continue;
			check(dissectors[i], &file);
			n++;
		}
		closedir(d);
		assert_true(n > 0);
	}
}

/* A flow up to, but not including, a chunk. */
static void feed_up_to(struct feed *f, const struct dissector *x, const struct feed_seed *seed, size_t chunk)
{
	feed_begin(f, x);
	for (size_t i = 0; i < chunk; i++)
		feed_chunk_whole(f, &seed->chunks[i]);
}

static void check_captured_cuts(const struct dissector *x, const struct file *file)
{
	static struct feed f;

	for (size_t i = 0; i < file->seed.n; i++) {
		const struct feed_chunk *k = &file->seed.chunks[i];
		for (size_t n = 0; n < k->n; n++) {
			feed_up_to(&f, x, &file->seed, i);
			enum err before = f.worst;
			f.worst = ERR_OK;
			feed_bytes(&f, k->side, k->at, n, k->n, false);
			if (f.worst != ERR_OK && f.worst != ERR_TRUNCATED && f.worst != before)
				fail_msg("%s: chunk %zu cut to %zu of %zu: %s", file->path, i, n, k->n, err_text(f.worst));
			for (size_t rest = i + 1; rest < file->seed.n; rest++) /* incomplete is fine, a crash is not */
				feed_chunk_whole(&f, &file->seed.chunks[rest]);
			feed_end(&f);
		}
	}
}

/* The row's range of first bytes excludes none that its probe would accept. */
static void check_first_bytes(const struct dissector *x, const struct file *file)
{
	static uint8_t bytes[SEED_MOST];

	for (size_t i = 0; i < file->seed.n; i++) {
		const struct feed_chunk *k = &file->seed.chunks[i];
		memcpy(bytes, k->at, k->n);
		for (unsigned first = 0; first < 256 && k->n; first++) {
			bytes[0] = (uint8_t)first;
			struct cursor c = cursor_of(bytes, k->n, k->n);
			if (!dissector_may(x, &c) && x->probe(c, k->side) != PROBE_NO)
				fail_msg("%s: chunk %zu with first byte %u", file->path, i, first);
		}
	}
}

static void check_short_messages(const struct dissector *x, const struct file *file)
{
	static struct feed f;

	for (size_t i = 0; i < file->seed.n; i++) {
		const struct feed_chunk *k = &file->seed.chunks[i];
		for (size_t n = 0; n < k->n; n++) {
			feed_up_to(&f, x, &file->seed, i);
			feed_bytes(&f, k->side, k->at, n, n, true);
			feed_end(&f);
		}
	}
}

static void check_probes(const struct dissector *x, const struct file *file)
{
	for (size_t i = 0; i < file->seed.n; i++) {
		const struct feed_chunk *k = &file->seed.chunks[i];
		for (size_t n = 0; n <= k->n; n++) {
			uint8_t *copy = malloc(n ? n : 1);
			memcpy(copy, k->at, n);
			struct cursor c = cursor_of(copy, n, k->n);
			c.open = x->transport == OVER_TCP && n == k->n;
			x->probe(c, k->side);
			c = cursor_of(copy, n, n);
			x->probe(c, k->side);
			c.open = x->transport == OVER_TCP;
			x->probe(c, k->side);
			free(copy);
		}
	}
}

static void feed_split(struct feed *f, const struct feed_chunk *k, size_t at)
{
	feed_bytes(f, k->side, k->at, at, at, false);
	feed_bytes(f, k->side, k->at + at, k->n - at, k->n - at, false);
}

static void expect_log(const struct file *file, const struct feed *expected, const struct feed *f, const char *how, size_t at)
{
	const char *a = expected->log.at ? expected->log.at : "", *b = f->log.at ? f->log.at : "";

	if (strcmp(a, b) != 0)
		fail_msg("%s: %s %zu says\n%sinstead of\n%s", file->path, how, at, b, a);
}

static void check_splits(const struct dissector *x, const struct file *file)
{
	static struct feed whole, f;
	const struct feed_seed *seed = &file->seed;

	if (x->transport != OVER_TCP)
		return;
	feed_up_to(&whole, x, seed, seed->n);
	feed_begin(&f, x);
	for (size_t i = 0; i < seed->n; i++)
		for (size_t n = 0; n < seed->chunks[i].n; n++)
			feed_bytes(&f, seed->chunks[i].side, seed->chunks[i].at + n, 1, 1, false);
	expect_log(file, &whole, &f, "byte by byte", 0);
	feed_end(&f);
	for (size_t i = 0; i < seed->n; i++) {
		for (size_t at = 1; at < seed->chunks[i].n; at++) {
			feed_up_to(&f, x, seed, i);
			feed_split(&f, &seed->chunks[i], at);
			for (size_t k = i + 1; k < seed->n; k++)
				feed_chunk_whole(&f, &seed->chunks[k]);
			expect_log(file, &whole, &f, "split at", at);
			feed_end(&f);
		}
	}
	feed_end(&whole);
}

static void check_text(const struct dissector *x, const struct file *file)
{
	static struct feed f;

	feed_up_to(&f, x, &file->seed, file->seed.n);
	if (!f.log.n)
		fail_msg("%s says nothing", file->path);
	for (size_t i = 0; i < f.log.n; i++)
		assert_true(f.log.at[i] == '\n' || (f.log.at[i] >= 0x20 && f.log.at[i] < 0x7f));
	feed_end(&f);
}

static void captured_cuts_are_never_the_senders_fault(void **state)
{
	(void)state;
	each_seed(check_captured_cuts);
}

static void short_messages_are_survived(void **state)
{
	(void)state;
	each_seed(check_short_messages);
}

static void first_bytes_left_out_are_no_ones(void **state)
{
	(void)state;
	each_seed(check_first_bytes);
}

static void probes_survive_every_cut(void **state)
{
	(void)state;
	each_seed(check_probes);
}

static void streams_say_the_same_however_they_are_segmented(void **state)
{
	(void)state;
	each_seed(check_splits);
}

static void every_seed_says_something_printable(void **state)
{
	(void)state;
	each_seed(check_text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(captured_cuts_are_never_the_senders_fault),
	    cmocka_unit_test(short_messages_are_survived),
	    cmocka_unit_test(probes_survive_every_cut),
	    cmocka_unit_test(first_bytes_left_out_are_no_ones),
	    cmocka_unit_test(streams_say_the_same_however_they_are_segmented),
	    cmocka_unit_test(every_seed_says_something_printable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
