/* Any bytes as an endpoint list. */
#include "attribute/list.h"
#include "memory_file.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64];
	const char *paths[] = {path};
	struct lists *lists = NULL;
	int fd = memory_file(data, size, path);

	if (lists_read(paths, 1, NULL, &lists) == ERR_OK)
		lists_free(lists);
	else
		assert(err_detail()[0]);
	close(fd);
	return 0;
}
