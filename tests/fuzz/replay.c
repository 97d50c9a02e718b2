/* Runs a fuzz target without a fuzzer: every seed of the folders given, and
 * each again with one byte changed, at every byte in some ways. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "target.h"

#ifndef REPLAY_STRIDE
#define REPLAY_STRIDE 1 /* a slow target: every so many bytes are changed, one way each */
#endif
#define SEED_MOST 65536
#define CHANGED_MOST 2048 /* bytes from the start of a seed that are changed */

/* In a heap block of its exact size, so that sanitizers see what reads past it. */
static void run(const uint8_t *bytes, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);

	memcpy(copy, bytes, n);
	LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

static void run_changed(uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n && i < CHANGED_MOST; i += REPLAY_STRIDE) {
		uint8_t kept = bytes[i];
		const uint8_t others[] = {0, 0xff, (uint8_t)(kept ^ 0x80), (uint8_t)(kept + 1), (uint8_t)(kept - 1), (uint8_t)(kept ^ 2)};
		for (size_t k = REPLAY_STRIDE > 1 ? i % sizeof others : 0; k < sizeof others; k += REPLAY_STRIDE) {
			bytes[i] = others[k];
			run(bytes, n);
		}
		bytes[i] = kept;
	}
}

static int run_file(const char *path)
{
	static uint8_t bytes[SEED_MOST];
	FILE *f = fopen(path, "rb");

	if (!f)
		return 0;
	size_t n = fread(bytes, 1, sizeof bytes, f);
	fclose(f);
	run(bytes, n);
	run_changed(bytes, n);
	return 1;
}

static int run_folder(const char *folder)
{
	DIR *d = opendir(folder);
	int n = 0;

	if (!d)
		return run_file(folder);
	for (struct dirent *entry = readdir(d); entry; entry = readdir(d)) {
		char path[4096];
		snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		if (entry->d_name[0] != '.')
			n += run_file(path);
	}
	closedir(d);
	return n;
}

int main(int n, char **paths)
{
	int seeds = 0;

	for (int i = 1; i < n; i++)
		seeds += run_folder(paths[i]);
	printf("%d seeds\n", seeds);
	return seeds ? EXIT_SUCCESS : EXIT_FAILURE;
}
