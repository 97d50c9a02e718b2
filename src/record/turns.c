#include "record/turns.h"

#include "base/limits.h"

void turns_begin(struct turns *t)
{
	t->begun = false;
	t->turn = 0;
}

uint8_t turns_next(struct turns *t, int64_t started_us)
{
	int64_t at_us = started_us + t->back_us[t->turn];

	if (t->begun && at_us < t->latest_us - CLOCK_SLACK_US && t->n < TURNS_MOST) {
		int64_t behind_us = t->latest_us + 1;
		t->back_us[++t->n] = t->back_us[t->turn] + behind_us - at_us;
		t->turn = t->n;
		at_us = behind_us;
	}
	if (!t->begun || at_us > t->latest_us)
		t->latest_us = at_us;
	t->begun = true;
	return t->turn;
}
