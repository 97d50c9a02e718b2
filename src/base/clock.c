#include "base/clock.h"

#include <stdlib.h>
#include <time.h>

#include "base/limits.h"

/* Whether a captured time fits the pace so far. */
static bool fits(const struct clock *c, int64_t time_us)
{
	int64_t sane = time_us - c->shift_us;

	if (c->paced && sane > c->latest_us + CLOCK_LEAD_US)
		return false;
	return sane >= c->now_us - CLOCK_SLACK_US && sane <= c->now_us + CLOCK_JUMP_US;
}

/* Go on from now at the new captured time. */
static void believe(struct clock *c, int64_t time_us)
{
	int64_t forward = time_us - c->shift_us - c->now_us;
	int64_t most = c->paced ? c->latest_us - c->now_us : CLOCK_STEP_US;
	int64_t step = forward > most ? most : forward;

	if (step < 0)
		step = 0;
	if (forward < 0)
		c->backward++;
	c->jumps++;
	c->now_us += step;
	c->shift_us = time_us - c->now_us;
	c->doubting = false;
}

int64_t clock_sane(struct clock *c, int64_t time_us)
{
	if (!c->started) {
		c->started = true;
		c->now_us = time_us;
	}
	if (!fits(c, time_us)) {
		bool stands = c->doubting && llabs(time_us - c->doubt_us) < CLOCK_JUMP_US;
		c->doubt_us = time_us;
		c->doubting = true;
		if (!stands) {
			c->outliers++;
			return c->now_us;
		}
		c->outliers--;
		believe(c, time_us);
		return c->now_us;
	}
	c->doubting = false;
	int64_t sane = time_us - c->shift_us;
	if (sane > c->now_us)
		c->now_us = sane;
	if (c->paced && sane > c->latest_us) { /* the clock was set forward by less than we detect */
		c->lead_us += sane - c->latest_us;
		c->latest_us = sane;
	}
	return sane;
}

void clock_pace(struct clock *c, int64_t monotonic_us, int64_t wall_us)
{
	if (!c->paced)
		c->lead_us = wall_us - monotonic_us;
	c->paced = true;
	c->latest_us = monotonic_us + c->lead_us;
}

static int64_t clock_of(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return t.tv_sec * SECOND_US + t.tv_nsec / 1000;
}

int64_t monotonic_us(void)
{
	return clock_of(CLOCK_MONOTONIC);
}

int64_t wall_clock_us(void)
{
	return clock_of(CLOCK_REALTIME);
}
