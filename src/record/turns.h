/* When a run's clock was set back, seen from its attempts in the order in which they were tried: what
 * they show as their time then turns back. A report compares times that do not. */
#ifndef RECORD_TURNS_H
#define RECORD_TURNS_H

#include <stdbool.h>
#include <stdint.h>

#define TURNS_MOST 255u /* beyond, times are compared as they are shown */

struct turns {
	int64_t back_us[TURNS_MOST + 1]; /* by turn: what has to be added to a time that is shown; [0]: 0 */
	uint8_t n;
	/* of the run that is being followed */
	int64_t latest_us;
	uint8_t turn;
	bool begun;
};

/* Another run's attempts follow. */
void turns_begin(struct turns *t);
/* The next attempt of the run, begun at a time that is shown: its turn. */
uint8_t turns_next(struct turns *t, int64_t started_us);

#endif
