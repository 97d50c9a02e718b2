/* A BPF filter, compiled once for each link type that turns up. */
#ifndef CAPTURE_FILTER_H
#define CAPTURE_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "capture/frame.h"

struct filter;
struct filter_program; /* for one link type */

/* NULL: out of memory. The expression is copied. */
struct filter *filter_new(const char *expression);
/* The same expression, for another thread: a filter belongs to one thread. NULL: out of memory. */
struct filter *filter_again(const struct filter *f);
void filter_free(struct filter *f);

/* The program for a link type.
 * errors  ERR_USAGE with err_detail(): the expression and libpcap's reason */
MUSTCHECK enum err filter_for(struct filter *f, uint16_t dlt, const struct filter_program **ret_program);

/* Whether the expression could not be compiled for some link type. */
bool filter_failed(const struct filter *f);

struct bpf_program;
/* Compile for a handle of libpcap's (pcap_t), which the caller opened.
 * errors  ERR_USAGE with err_detail(); also for names that would have to be looked up */
MUSTCHECK enum err filter_compile(void *handle, const char *expression, uint16_t dlt, struct bpf_program *ret_code);

/* Whether the filter lets a frame through. */
bool filter_passes(const struct filter_program *p, const struct frame *frame);

#endif
