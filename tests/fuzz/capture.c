/* Any bytes as a capture file, read to its end or damage. */
#include "capture/capture.h"
#include "memory_file.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct frame_batch batch;
	const struct capture_options options = {0};
	struct capture *capture = NULL;
	char path[64];
	const char *paths[] = {path};
	volatile uint8_t last;
	int fd = memory_file(data, size, path);

	if (capture_open_files(paths, 1, &options, &capture) == ERR_OK) {
		while (capture_next(capture, &batch) == ERR_OK) {
			for (unsigned i = 0; i < batch.n; i++) {
				assert(batch.frames[i].captured <= batch.frames[i].length);
				for (uint32_t k = 0; k < batch.frames[i].captured; k++)
					last = batch.frames[i].bytes[k];
			}
		}
		capture_close(capture);
	}
	(void)last;
	close(fd);
	return 0;
}
