/* The files that a command line's paths stand for. */
#ifndef CAPTURE_FOLDER_H
#define CAPTURE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct listed {
	char *path;
	const char *folder; /* as given: the one it was found in, where files that are not captures are skipped; NULL */
	enum err fault;     /* ERR_OK, or why a folder has nothing to read, which `why` says */
	char *why;
};

struct listing {
	struct listed *at;
	size_t n, size;
};

/* Add a path, which must outlive the listing: itself, or when it is a folder every plain file below it, sorted
 * by name. Links to folders are followed once each, so loops end. A folder that is empty or cannot be read is added
 * itself, with its fault.
 * errors  ERR_USAGE (too many files) with err_detail(); ERR_MEMORY */
MUSTCHECK enum err listing_add(struct listing *l, const char *path);
void listing_release(struct listing *l);

#endif
