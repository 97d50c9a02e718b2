/* A bar on standard error for long reading. */
#ifndef CAPTURE_PROGRESS_H
#define CAPTURE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress_bar {
	bool on;
	bool drawn;
	int64_t started_us, drawn_us;
	uint64_t total_bytes; /* 0: not known */
};

/* Nothing is ever drawn unless wanted and standard error is a terminal. */
void progress_start(struct progress_bar *p, bool wanted, uint64_t total_bytes);
/* Draw when it is time; call it at each block of bytes, not at each packet. */
void progress_tick(struct progress_bar *p, uint64_t bytes, uint64_t packets);
/* Wipe the bar. */
void progress_end(struct progress_bar *p);

#endif
