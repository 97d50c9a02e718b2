/* Sane time. Capture time may jump both ways (a clock that is set, one packet
 * from 2046, files joined); sane time only runs forward, and evenly. Waits,
 * expiry and durations are measured in it. `shift` turns it back into the time
 * that the capture has. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct clock {
	int64_t now_us;    /* greatest sane time so far */
	int64_t shift_us;  /* captured time = sane time + shift */
	int64_t doubt_us;  /* captured time of a packet that jumped and is not believed yet */
	bool started, doubting;
	uint32_t jumps;    /* believed ones, backward or beyond CLOCK_JUMP_US */
	uint32_t backward;
	uint32_t outliers; /* lone packets from another time */
	bool paced;        /* live: clock_pace() is called */
	int64_t lead_us;   /* paced: sane time minus the monotonic clock, at most */
	int64_t latest_us; /* paced: the latest sane time possible now */
};

/* The sane time of a packet captured at time_us. A jump is believed when the next packet confirms
 * it; a lone outlier happens "now". */
int64_t clock_sane(struct clock *c, int64_t time_us);

/* Live: sane time runs no faster than the monotonic clock, which tells a wall clock that was set
 * from a pause. Call it before clock_sane() on what was read up to then, and once before the first
 * packet. */
void clock_pace(struct clock *c, int64_t monotonic_us, int64_t wall_us);

/* The machine's own clocks: since some start, and since 1970 UTC. */
int64_t monotonic_us(void);
int64_t wall_clock_us(void);

#endif
