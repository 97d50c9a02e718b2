/* A report as numbers for Prometheus (text exposition format 0.0.4). Clients and hosts are not labels: their number
 * is unbounded. */
#ifndef SERVE_METRICS_H
#define SERVE_METRICS_H

#include <stdio.h>

#include "base/err.h"
#include "report/gap.h"

/* ERR_MEMORY. */
MUSTCHECK enum err serve_metrics_write(const struct gap *g, FILE *out);

#endif
