/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <string.h>

#include "base/limits.h"
#include "flow/evidence.h"

#define RING_BYTES 4096u
#define CHAINS 5u

static struct frame frame_of(const uint8_t *bytes, uint64_t number, uint32_t captured)
{
	return (struct frame){.bytes = bytes, .number = number, .captured = captured, .length = captured + 1,
	                      .time_us = (int64_t)number * 10, .link = 1, .source = 2};
}

static void packets_come_back_newest_first(void **state)
{
	static const uint8_t bytes[600] = "what was sent";
	struct evidence_ring *r = evidence_ring_new(RING_BYTES);
	struct kept kept[4];

	(void)state;
	assert_non_null(r);
	struct frame first = frame_of(bytes, 1, 14), second = frame_of(bytes, 2, 600);
	uint64_t place = evidence_keep(r, evidence_keep(r, 0, &first), &second);
	struct evidence_chain chain = {r, place};
	assert_int_equal(evidence_read(&chain, kept, 4), 2);
	assert_int_equal(kept[0].number, 2);
	assert_int_equal(kept[0].stored, EVIDENCE_PACKET_BYTES);
	assert_int_equal(kept[0].captured, 600);
	assert_int_equal(kept[1].number, 1);
	assert_int_equal(kept[1].time_us, 10);
	assert_string_equal((const char *)kept[1].bytes, "what was sent");
	evidence_ring_free(r);
}

/* However long the input is, a tally gives for each chain what a ring would. */
static void a_tally_counts_what_a_ring_keeps(void **state)
{
	static const uint8_t bytes[300] = {0};
	struct evidence_ring *r = evidence_ring_new(RING_BYTES), *t = evidence_tally_new(RING_BYTES);
	uint64_t in_ring[CHAINS] = {0}, in_tally[CHAINS] = {0};
	uint32_t random = 1;

	(void)state;
	assert_non_null(r);
	assert_non_null(t);
	for (uint64_t i = 1; i <= 20000; i++) {
		random = random * 1664525u + 1013904223u;
		/* The last chain is idle for long: its packets are overwritten. */
		unsigned chain = (random >> 8) % (i % 500 ? CHAINS - 1 : CHAINS);
		struct frame f = frame_of(bytes, i, (random >> 16) % 3 ? (random >> 20) % 300 : 0);
		in_ring[chain] = evidence_keep(r, in_ring[chain], &f);
		in_tally[chain] = evidence_keep(t, in_tally[chain], &f);
		assert_int_not_equal(in_tally[chain], 0);
		for (unsigned c = 0; c < CHAINS; c++) {
			struct kept kept[100], counted[100];
			struct evidence_chain a = {r, in_ring[c]}, b = {t, in_tally[c]};
			size_t n = evidence_read(&a, kept, 100);
			assert_int_equal(evidence_read(&b, counted, 100), n);
			for (size_t k = 0; k < n; k++)
				assert_int_equal(counted[k].stored, kept[k].stored);
		}
	}
	evidence_ring_free(r);
	evidence_ring_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(packets_come_back_newest_first),
	    cmocka_unit_test(a_tally_counts_what_a_ring_keeps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
