/* Where a run's clock was set back ("turns"): attempts come in the order in which they were made, and their
 * displayed time then decreases. A report compares corrected times, which never decrease. */
#ifndef RECORD_TURNS_H
#define RECORD_TURNS_H

#include <stdbool.h>
#include <stdint.h>

#define TURNS_MOST 255u /* above this, times are compared as displayed */

struct turns {
	int64_t back_us[TURNS_MOST + 1]; /* by turn: what to add to a displayed time; [0]: 0 */
	uint8_t n;
	/* of the current run */
	int64_t latest_us;
	uint8_t turn;
	bool begun;
};

/* The attempts of another run follow. */
void turns_begin(struct turns *t);
/* The turn of the run's next attempt, which began at this displayed time. */
uint8_t turns_next(struct turns *t, int64_t started_us);

#endif
