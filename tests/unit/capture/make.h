/* Captures made by hand, byte by byte, for the tests of capture/. */
#ifndef TESTS_CAPTURE_MAKE_H
#define TESTS_CAPTURE_MAKE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/capture.h"

struct made {
	uint8_t bytes[1 << 16];
	size_t n;
	bool big; /* byte order of the fields added */
};

static inline void add_bytes(struct made *m, const void *bytes, size_t n)
{
	assert_true(m->n + n <= sizeof m->bytes);
	memcpy(m->bytes + m->n, bytes, n);
	m->n += n;
}

static inline void add_number(struct made *m, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++) {
		uint8_t b = (uint8_t)(v >> 8 * (m->big ? bytes - 1 - i : i));
		add_bytes(m, &b, 1);
	}
}

static inline void add_zeros(struct made *m, size_t n)
{
	while (n--)
		add_number(m, 0, 1);
}

/* A classic header; magic determines the resolution. */
static inline void add_pcap_header(struct made *m, uint32_t magic, uint32_t snaplen, uint32_t linktype)
{
	add_number(m, magic, 4);
	add_number(m, 2, 2);
	add_number(m, 4, 2);
	add_zeros(m, 8);
	add_number(m, snaplen, 4);
	add_number(m, linktype, 4);
}

/* A record whose bytes are all `fill`. */
static inline void add_record(struct made *m, uint32_t seconds, uint32_t part, uint32_t captured, uint32_t length,
                              uint8_t fill)
{
	add_number(m, seconds, 4);
	add_number(m, part, 4);
	add_number(m, captured, 4);
	add_number(m, length, 4);
	for (uint32_t i = 0; i < captured; i++)
		add_bytes(m, &fill, 1);
}

/* Begin a pcapng block; the token goes to block_end(). */
static inline size_t block_begin(struct made *m, uint32_t type)
{
	add_number(m, type, 4);
	add_number(m, 0, 4);
	return m->n - 8;
}

static inline void block_end(struct made *m, size_t token)
{
	add_zeros(m, (4 - m->n % 4) % 4);
	struct made length = {.big = m->big};
	add_number(&length, m->n + 4 - token, 4);
	memcpy(m->bytes + token + 4, length.bytes, 4);
	add_bytes(m, length.bytes, 4);
}

static inline void add_section(struct made *m)
{
	size_t t = block_begin(m, 0x0a0d0d0a);

	add_number(m, 0x1a2b3c4d, 4);
	add_number(m, 1, 2);
	add_number(m, 0, 2);
	add_number(m, UINT64_MAX, 8);
	block_end(m, t);
}

/* resolution: if_tsresol, 0 for none; offset: if_tsoffset, 0 for none. */
static inline void add_interface(struct made *m, uint16_t linktype, uint32_t snaplen, uint8_t resolution,
                                 int64_t offset)
{
	size_t t = block_begin(m, 1);

	add_number(m, linktype, 2);
	add_number(m, 0, 2);
	add_number(m, snaplen, 4);
	if (resolution) {
		add_number(m, 9, 2);
		add_number(m, 1, 2);
		add_number(m, resolution, 1);
		add_zeros(m, 3);
	}
	if (offset) {
		add_number(m, 14, 2);
		add_number(m, 8, 2);
		add_number(m, (uint64_t)offset, 8);
	}
	block_end(m, t);
}

static inline void add_packet(struct made *m, uint32_t interface, uint64_t ticks, uint32_t captured, uint32_t length,
                              uint8_t fill)
{
	size_t t = block_begin(m, 6);

	add_number(m, interface, 4);
	add_number(m, ticks >> 32, 4);
	add_number(m, ticks & 0xffffffff, 4);
	add_number(m, captured, 4);
	add_number(m, length, 4);
	for (uint32_t i = 0; i < captured; i++)
		add_bytes(m, &fill, 1);
	block_end(m, t);
}

/* A folder of the test's own; its name is in TEST_FOLDER. */
static char test_folder[64];

static inline int folder_make(void **state)
{
	(void)state;
	snprintf(test_folder, sizeof test_folder, "/tmp/rulegap-test-XXXXXX");
	return mkdtemp(test_folder) ? 0 : -1;
}

static inline int folder_remove(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof command, "rm -rf '%s'", test_folder);
	return system(command);
}

/* A path in the test's folder; the last four stay valid. */
static inline const char *in_folder(const char *name)
{
	static char paths[4][256];
	static unsigned at;
	char *path = paths[at++ % 4];

	snprintf(path, sizeof paths[0], "%s/%s", test_folder, name);
	return path;
}

static inline const char *write_bytes(const char *name, const void *bytes, size_t n)
{
	const char *path = in_folder(name);
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	fclose(f);
	return path;
}

static inline const char *write_made(const char *name, const struct made *m)
{
	return write_bytes(name, m->bytes, m->n);
}

/* All that a capture delivers. */
struct all {
	struct capture *capture;
	struct frame frames[4096]; /* bytes: only the first is kept, in `first` */
	uint8_t first[4096];
	size_t n;
	enum err end;
};

static inline void read_capture(struct all *a, struct capture *c)
{
	struct frame_batch batch;

	*a = (struct all){.capture = c};
	while ((a->end = capture_next(a->capture, &batch)) == ERR_OK)
		for (unsigned i = 0; i < batch.n; i++) {
			assert_true(a->n < 4096);
			a->frames[a->n] = batch.frames[i];
			a->first[a->n++] = batch.frames[i].captured ? batch.frames[i].bytes[0] : 0;
		}
	assert_int_equal(batch.n, 0);
	assert_int_equal(a->end, ERR_END);
}

static inline void read_all(struct all *a, const char *const *paths, size_t n, const char *filter)
{
	struct capture_options o = {.filter = filter};
	struct capture *c = NULL;
	enum err e = capture_open_files(paths, n, &o, &c);

	if (e != ERR_OK)
		print_error("%s\n", err_detail());
	assert_int_equal(e, ERR_OK);
	read_capture(a, c);
}

static inline const struct source *read_one(struct all *a, const char *path)
{
	read_all(a, &path, 1, NULL);
	assert_int_equal(capture_source_count(a->capture), 1);
	return capture_source(a->capture, 0);
}

static inline void all_close(struct all *a)
{
	capture_close(a->capture);
}

/* Opening must fail with e, with this message after the file's name. */
static inline void refuses(const char *path, enum err e, const char *says)
{
	struct capture_options o = {0};
	struct capture *c = NULL;

	assert_int_equal(capture_open_files(&path, 1, &o, &c), e);
	assert_null(c);
	if (!strstr(err_detail(), says))
		print_error("said: %s\n", err_detail());
	assert_non_null(strstr(err_detail(), says));
	assert_non_null(strstr(err_detail(), strcmp(path, "-") == 0 ? "standard input" : path));
}

#endif
