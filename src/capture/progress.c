#include "capture/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define EVERY_US 200000
#define FIRST_US 500000 /* short work shows none */
#define BAR 24

void progress_start(struct progress_bar *p, bool wanted, uint64_t total_bytes)
{
	const char *terminal = getenv("TERM");

	*p = (struct progress_bar){
	    .on = wanted && isatty(STDERR_FILENO) && terminal && strcmp(terminal, "dumb") != 0,
	    .total_bytes = total_bytes,
	};
	if (p->on)
		p->started_us = monotonic_us();
}

static void draw(const struct progress_bar *p, uint64_t bytes, uint64_t packets, int64_t spent_us)
{
	double seconds = (double)spent_us / 1e6, rate = (double)packets / seconds, mib = (double)bytes / 1048576;
	double done = p->total_bytes ? (double)bytes / (double)p->total_bytes : 0;
	char bar[BAR + 1];

	if (p->total_bytes == 0) {
		fprintf(stderr, "\r%.0f MiB, %" PRIu64 " packets, %.0f packets/s\033[K", mib, packets, rate);
		return;
	}
	done = done > 1 ? 1 : done;
	memset(bar, '.', BAR);
	memset(bar, '#', (size_t)(done * BAR));
	bar[BAR] = '\0';
	unsigned long left = done > 0 ? (unsigned long)(seconds / done * (1 - done) + 0.5) : 0;
	fprintf(stderr, "\r[%s] %3.0f %% of %.0f MiB, %.0f packets/s, %lu:%02lu left\033[K", bar, done * 100,
	        (double)p->total_bytes / 1048576, rate, left / 60, left % 60);
}

void progress_tick(struct progress_bar *p, uint64_t bytes, uint64_t packets)
{
	if (!p->on)
		return;
	int64_t now = monotonic_us(), spent = now - p->started_us;
	if (spent < FIRST_US || now - p->drawn_us < EVERY_US)
		return;
	p->drawn_us = now;
	p->drawn = true;
	draw(p, bytes, packets, spent);
	fflush(stderr);
}

void progress_end(struct progress_bar *p)
{
	if (p->drawn)
		fputs("\r\033[K", stderr);
	p->on = p->drawn = false;
}
