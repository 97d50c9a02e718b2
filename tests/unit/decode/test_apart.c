#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "build.h"

#define FRAMES 5u

/* A packet, its duplicate, a datagram in two fragments (the later one first), and a truncated one. */
static void make_frames(struct frame frames[FRAMES], struct build *builds[FRAMES])
{
	builds[0] = tcp4();
	builds[1] = tcp4();
	builds[2] = build_new("end of a datagram");
	ip4_of(builds[2], 17, 9, 2, 64); /* from byte 16 on */
	builds[3] = build_new("01234567");
	before16(builds[3], 0);
	before16(builds[3], 8 + 8 + 17);
	before16(builds[3], 53);
	before16(builds[3], 40000);
	ip4_of(builds[3], 17, 9, 0x2000, 64);
	builds[4] = tcp4();
	for (unsigned i = 0; i < FRAMES; i++)
		frames[i] = (struct frame){.time_us = 1000 * i, .number = i + 1, .bytes = build_bytes(builds[i]),
		                           .captured = (uint32_t)builds[i]->n, .length = (uint32_t)builds[i]->n, .link = 12};
	frames[4].captured = 30;
}

static void frames_decoded_apart_and_joined_are_what_one_decoder_makes_of_them(void **state)
{
	const enum err expected[FRAMES] = {ERR_OK, ERR_END, ERR_MORE, ERR_OK, ERR_TRUNCATED};
	struct decoder *one = decoder_new(1 << 20), *join = decoder_new(1 << 20);
	struct packet packets[FRAMES], p;
	struct decode_mark marks[FRAMES];
	struct frame frames[FRAMES];
	struct build *builds[FRAMES];

	(void)state;
	make_frames(frames, builds);
	for (unsigned i = FRAMES; i-- > 0;) /* in any order */
		decode_apart(&frames[i], &packets[i], &marks[i]);
	for (unsigned i = 0; i < FRAMES; i++) {
		enum err e = decode_frame(one, &frames[i], &p);
		assert_int_equal(e, expected[i]);
		assert_int_equal(decode_join(join, &marks[i], &packets[i]), e);
		if (e != ERR_OK)
			continue;
		assert_int_equal(packets[i].hash, p.hash);
		assert_int_equal(packets[i].payload_length, p.payload_length);
		assert_int_equal(packets[i].reassembled, i == 3);
		assert_memory_equal(packets[i].payload.at, p.payload.at, p.payload.left);
	}
	assert_memory_equal(decoder_counters(join), decoder_counters(one), sizeof(struct decode_counters));
	for (unsigned i = 0; i < FRAMES; i++)
		free(builds[i]);
	decoder_free(one);
	decoder_free(join);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(frames_decoded_apart_and_joined_are_what_one_decoder_makes_of_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
