/* A file (or standard output) that lines are added to while the program runs,
 * and that is opened anew when a log rotation says so. Adding never waits. */
#ifndef EVENTLOG_H
#define EVENTLOG_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct eventlog {
	const char *path; /* NULL: standard output */
	int fd;           /* -1: closed */
	uint64_t lost;    /* lines that could not be added */
};

/* path: NULL or "-" is standard output; else made (0640) or added to.
 * errors  ERR_PERMISSION, ERR_USAGE, ERR_IO with err_detail() */
MUSTCHECK enum err eventlog_open(struct eventlog *l, const char *path);
/* Go on in a new file of the same name; on failure the old one is kept. */
MUSTCHECK enum err eventlog_reopen(struct eventlog *l);
void eventlog_add(struct eventlog *l, const char *line, size_t n);
void eventlog_close(struct eventlog *l);

#endif
