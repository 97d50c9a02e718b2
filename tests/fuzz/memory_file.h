/* Bytes as a file with a path, for code that opens paths. */
#ifndef TESTS_FUZZ_MEMORY_FILE_H
#define TESTS_FUZZ_MEMORY_FILE_H

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/* Returns the descriptor, to be closed. */
static inline int memory_file(const uint8_t *bytes, size_t n, char ret_path[static 64])
{
	int fd = memfd_create("fuzz", 0);

	assert(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
	snprintf(ret_path, 64, "/proc/self/fd/%d", fd);
	return fd;
}

#endif
