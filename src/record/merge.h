/* Databases of several sensors into one. */
#ifndef RECORD_MERGE_H
#define RECORD_MERGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct merged {
	uint64_t databases, runs, attempts, incidents;
};

/* Copy all runs of the databases into `out`, created if need be: runs get new numbers and keep their origin;
 * incidents with the same meaning become one. A database is copied completely or not at all, and none twice: one
 * whose runs are already in `out` is refused. ERR_USAGE, ERR_PERMISSION, ERR_DATABASE, ERR_IO with err_detail(). */
MUSTCHECK enum err merge_databases(const char *const *paths, size_t n, const char *out, struct merged *ret_merged);

#endif
