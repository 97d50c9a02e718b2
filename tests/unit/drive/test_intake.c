/* What the watch is shown of frames: the effect must equal showing it each one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "drive/intake.h"

#define FRAMES 64u
#define TURNS 400u
#define SOURCES 3u

static struct intake intake;
static struct watch one_by_one, at_once;
static uint32_t random_state;

static unsigned dice(unsigned sides)
{
	random_state = random_state * 1103515245u + 12345u;
	return (random_state >> 16) % sides;
}

static int set_up(void **state)
{
	(void)state;
	random_state = 7;
	memset(&one_by_one, 0, sizeof one_by_one);
	memset(&at_once, 0, sizeof at_once);
	return intake_init(&intake) == ERR_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	intake_release(&intake);
	return 0;
}

/* Frames with these times and sources, this many at once. */
static void take(const int64_t *times, const uint16_t *sources, size_t n)
{
	static const uint8_t nothing[1] = {0};
	struct sighting seen[FRAMES];
	struct packet p;

	for (size_t i = 0; i < n; i++) {
		struct frame f = {.time_us = times[i], .bytes = nothing, .captured = 1, .length = 1, .link = 1,
		                  .source = sources[i]};
		assert_false(intake_take(&intake, &f, &seen[i], &p));
		watch_see(&one_by_one, seen[i].source, seen[i].now_us, seen[i].anew);
	}
	sightings_show(seen, n, &at_once);
}

static void assert_alike(void)
{
	assert_int_equal(at_once.n, one_by_one.n);
	for (size_t i = 0; i < at_once.n; i++) {
		assert_int_equal(at_once.stretches[i].from_us, one_by_one.stretches[i].from_us);
		assert_int_equal(at_once.stretches[i].to_us, one_by_one.stretches[i].to_us);
		assert_int_equal(at_once.stretches[i].source, one_by_one.stretches[i].source);
	}
}

static void sources_side_by_side_are_each_seen(void **state)
{
	int64_t times[FRAMES], now = 1000 * SECOND_US;
	uint16_t sources[FRAMES];

	(void)state;
	for (unsigned turn = 0; turn < TURNS; turn++) {
		size_t n = 1 + dice(FRAMES);
		for (size_t i = 0; i < n; i++) {
			now += (int64_t)dice(2000) - 200; /* slightly backwards, too */
			times[i] = now;
			sources[i] = (uint16_t)(dice(4) ? turn % SOURCES : dice(SOURCES));
		}
		take(times, sources, n);
		assert_alike();
	}
	assert_int_equal(at_once.n, SOURCES);
}

/* Frames after the gap extend the later stretch, frames before it the earlier one. */
static void a_pause_among_frames_is_seen(void **state)
{
	int64_t times[FRAMES];
	uint16_t sources[FRAMES] = {0};

	(void)state;
	for (unsigned i = 0; i < FRAMES; i++)
		times[i] = 1000 * SECOND_US + i * 1000 + (i >= 20 ? 90000 * SECOND_US : 0);
	take(times, sources, FRAMES);
	assert_alike();
	assert_int_equal(at_once.n, 2);
	assert_true(at_once.stretches[0].to_us > at_once.stretches[0].from_us);
	assert_true(at_once.stretches[1].to_us > at_once.stretches[1].from_us);
}

#define INTAKE_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    INTAKE_TEST(sources_side_by_side_are_each_seen),
	    INTAKE_TEST(a_pause_among_frames_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
