/* Any bytes as a capture file, read to its end or damage: alone, and merged with another one by time. A second reader
 * gets the same frames. */
#include "base/map.h"
#include "capture/capture.h"
#include "memory_file.h"
#include "target.h"

/* Two frames of raw IP, of 2023 and of 2038. */
static const uint8_t other[] = {0xd4, 0xc3, 0xb2, 0xa1, 2,    0,    4,    0,    0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 101, 0, 0, 0,
                                0,    0xf1, 0x53, 0x65, 0,    0,    0,    0,    4, 0, 0, 0, 4, 0, 0, 0, 1, 2, 3, 4,
                                0,    0,    0,    0x80, 0x3f, 0x42, 0x0f, 0x00, 2, 0, 0, 0, 9, 0, 0, 0, 5, 6};

/* Reads and closes it. Returns a digest of its frames. */
static uint64_t frames_of(struct capture *capture)
{
	static struct frame_batch batch;
	uint64_t digest = 0;

	while (capture_next(capture, &batch) == ERR_OK) {
		for (unsigned i = 0; i < batch.n; i++) {
			const struct frame *f = &batch.frames[i];
			assert(f->captured <= f->length);
			digest = hash_mix(digest ^ (uint64_t)f->time_us, f->number << 32 | f->length);
			digest = hash_mix(digest ^ f->source, hash_bytes(f->bytes, f->captured));
		}
	}
	capture_close(capture);
	return digest;
}

static void read_twice(const char *const *paths, size_t n)
{
	const struct capture_options options = {0};
	struct capture *capture = NULL, *second = NULL;

	if (capture_open_files(paths, n, &options, &capture) != ERR_OK)
		return;
	enum err e = capture_open_again(capture, &second);
	assert(e == ERR_OK);
	uint64_t first = frames_of(capture);
	assert(frames_of(second) == first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64], path_other[64];
	const char *paths[] = {path, path_other};
	int fd = memory_file(data, size, path), fd_other = memory_file(other, sizeof other, path_other);

	hash_init();
	read_twice(paths, 1);
	read_twice(paths, 2);
	close(fd);
	close(fd_other);
	return 0;
}
