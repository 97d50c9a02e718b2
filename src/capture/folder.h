/* The files that a command line's paths stand for. */
#ifndef CAPTURE_FOLDER_H
#define CAPTURE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct listed {
	char *path;
	bool inside; /* found in a folder, where files that are not captures are skipped */
};

struct listing {
	struct listed *at;
	size_t n, size;
};

/* Add a path: itself, or when it is a folder every plain file below it, sorted
 * by name. Links to folders are followed once each, so loops end.
 * errors  ERR_USAGE, ERR_PERMISSION with err_detail(); ERR_MEMORY */
MUSTCHECK enum err listing_add(struct listing *l, const char *path);
void listing_release(struct listing *l);

#endif
