/* Counters for Prometheus: as a file for node_exporter's textfile collector, or
 * over HTTP. No client address and no host name is a label. */
#ifndef METRICS_H
#define METRICS_H

#include <stdint.h>

#include "base/err.h"
#include "base/text.h"

struct monitor;

/* Write all counters in Prometheus' text format (0.0.4). */
void metrics_text(const struct monitor *m, struct text *out);
/* The same into a file, which is replaced as a whole.
 * errors  as output_open */
MUSTCHECK enum err metrics_file(const struct monitor *m, const char *path);

struct metrics_server; /* opaque */

/* Listen on "ADDR:PORT" ("[::1]:9100"; port 0 picks any, printed on standard error). Call it before privileges are
 * dropped; metrics_serve() sends the answers.
 * errors  ERR_USAGE, ERR_PERMISSION, ERR_IO with err_detail() */
MUSTCHECK enum err metrics_listen(const struct monitor *m, const char *address, struct metrics_server **ret_server);
/* Answer pending requests; never blocks. */
void metrics_serve(struct metrics_server *s);
void metrics_close(struct metrics_server *s);

#endif
