/* A file (or standard output) to which lines are appended while the program runs, and which is reopened when log
 * rotation asks for it. Appending never blocks. */
#ifndef EVENTLOG_H
#define EVENTLOG_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct eventlog {
	const char *path; /* NULL: standard output */
	int fd;           /* -1: closed */
	uint64_t lost;    /* lines that could not be appended */
};

/* path: NULL or "-" is standard output; otherwise created (0640) or appended to.
 * errors  ERR_PERMISSION, ERR_USAGE, ERR_IO with err_detail() */
MUSTCHECK enum err eventlog_open(struct eventlog *l, const char *path);
/* Continue in a new file of the same name; on failure the old one is kept. */
MUSTCHECK enum err eventlog_reopen(struct eventlog *l);
void eventlog_add(struct eventlog *l, const char *line, size_t n);
void eventlog_close(struct eventlog *l);

#endif
