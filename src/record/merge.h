/* Databases of several sensors into one. */
#ifndef RECORD_MERGE_H
#define RECORD_MERGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct merged {
	uint64_t databases, runs, attempts, incidents;
};

/* Copy all runs of the databases into `out`, which is made when it is not
 * there: runs get new numbers and say where they came from; incidents that mean
 * the same become one. A database is copied wholly or not at all, and none twice:
 * one whose runs are in `out` already is refused. ERR_USAGE, ERR_PERMISSION, ERR_DATABASE, ERR_IO with err_detail(). */
MUSTCHECK enum err merge_databases(const char *const *paths, size_t n, const char *out, struct merged *ret_merged);

#endif
