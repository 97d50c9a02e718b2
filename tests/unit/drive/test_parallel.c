/* Several threads on one capture: what the judge receives, and in which order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../capture/make.h"
#include "drive/parallel.h"

#define FLOWS 560u
#define FRAME 60u

/* ---- the judge: records flows by the number of their first frame */

struct court {
	struct lists *lists;
	uint64_t heard[FLOWS];
	size_t kept[FLOWS]; /* their packets */
	size_t heard_n;
};

static struct court court;

void judge_over(struct judge *j, const struct flow *f, const struct names *names, const struct evidence_chain *packets)
{
	struct kept kept[8];

	(void)j;
	(void)names;
	assert_true(court.heard_n < FLOWS);
	court.kept[court.heard_n] = evidence_read(packets, kept, 8);
	court.heard[court.heard_n++] = f->id;
}

void judge_dns(struct judge *j, const struct dns_message *m)
{
	(void)j;
	(void)m;
}

void judge_lookup_unreachable(struct judge *j, const struct addr *client, uint16_t client_port,
                              const struct addr *resolver, const struct addr *sender)
{
	(void)j;
	(void)client;
	(void)client_port;
	(void)resolver;
	(void)sender;
}

/* ---- a capture */

/* Two UDP datagrams per flow, `gap` seconds between flows. */
static const char *write_flows(const char *name, uint32_t gap)
{
	static struct made m;

	m = (struct made){0};
	add_pcap_header(&m, 0xa1b2c3d4, 65535, 1);
	for (unsigned i = 0; i < FLOWS; i++) {
		uint8_t frame[FRAME - 18] = {[12] = 8, [14] = 0x45, [17] = 28, [22] = 64, [23] = 17, [26] = 10, [29] = 1,
		                             [30] = 192, [32] = 2, [33] = 1, [36] = 200, [37] = 1, [39] = 8};
		frame[34] = (uint8_t)(40 + (i >> 8));
		frame[35] = (uint8_t)i;
		for (unsigned k = 0; k < 2; k++) {
			add_number(&m, 1000 + i * gap, 4);
			add_number(&m, k, 4);
			add_number(&m, sizeof frame, 4);
			add_number(&m, sizeof frame, 4);
			frame[19] = (uint8_t)k; /* IP ID: not a duplicate */
			add_bytes(&m, frame, sizeof frame);
		}
	}
	return write_made(name, &m);
}

struct scene {
	struct capture *capture;
	struct intake intake;
	struct watch watch;
	struct evidence_ring *ring;
	struct parallel *parallel;
};

static void begin(struct scene *s, const char *path, unsigned jobs, bool counted)
{
	struct capture_options o = {0};

	*s = (struct scene){.ring = counted ? evidence_tally_new(1 << 20) : evidence_ring_new(1 << 20)};
	court.heard_n = 0;
	assert_int_equal(intake_init(&s->intake), ERR_OK);
	assert_int_equal(capture_open_files(&path, 1, &o, &s->capture), ERR_OK);
	const struct parallel_options po = {.shard = {.lists = court.lists, .flows_most = 1 << 16}, .jobs = jobs,
	                                    .capture = s->capture, .intake = &s->intake, .ring = s->ring,
	                                    .counted = counted, .watch = &s->watch};
	assert_int_equal(parallel_new(&po, &s->parallel), ERR_OK);
}

static void end(struct scene *s)
{
	parallel_free(s->parallel);
	intake_release(&s->intake);
	evidence_ring_free(s->ring);
	capture_close(s->capture);
}

static enum err read_on(struct scene *s)
{
	enum err e;

	while ((e = parallel_read(s->parallel)) == ERR_OK)
		;
	return e;
}

static void all_are_heard_in_order(const char *path, bool before_the_end)
{
	for (unsigned jobs = 2; jobs <= 9; jobs++) {
		struct dissect_counters dissect = {0};
		struct flow_counters flow = {0};
		struct scene s;
		begin(&s, path, jobs, jobs % 2);
		assert_int_equal(read_on(&s), ERR_END);
		assert_int_equal(s.intake.frames, 2 * FLOWS);
		if (before_the_end)
			assert_in_range(court.heard_n, FLOWS / 2, FLOWS - 1);
		else
			assert_int_equal(court.heard_n, 0);
		assert_int_equal(parallel_finish(s.parallel), ERR_OK);
		assert_int_equal(court.heard_n, FLOWS);
		for (unsigned i = 0; i < FLOWS; i++) {
			assert_int_equal(court.heard[i], 2 * i + 1);
			assert_int_equal(court.kept[i], 2);
		}
		parallel_count(s.parallel, &dissect, &flow);
		assert_int_equal(flow.flows, FLOWS);
		end(&s);
	}
}

static void flows_that_are_left_are_heard_in_the_order_of_their_first_packets(void **state)
{
	(void)state;
	all_are_heard_in_order(write_flows("quick", 0), false);
}

static void flows_that_end_on_the_way_too(void **state)
{
	(void)state;
	all_are_heard_in_order(write_flows("slow", 7), true);
}

static void who_stops_early_is_not_waited_for(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, write_flows("stopped", 0), 4, false);
	assert_int_equal(parallel_read(s.parallel), ERR_OK);
	end(&s);
	begin(&s, in_folder("stopped"), 4, false);
	end(&s);
}

/* The caller's reader already has everything; the other threads come too late. */
static void a_file_that_changes_is_told(void **state)
{
	const char *path = write_flows("changed", 0);
	struct scene s;

	(void)state;
	begin(&s, path, 3, false);
	assert_int_equal(truncate(path, 24 + 100 * (16 + FRAME - 18)), 0);
	assert_int_equal(read_on(&s), ERR_IO);
	assert_non_null(strstr(err_detail(), "changed"));
	end(&s);
}

static int set_up(void **state)
{
	const char *name = "remotespark";

	if (lists_read(&name, 1, NULL, &court.lists) != ERR_OK)
		return -1;
	return folder_make(state);
}

static int tear_down(void **state)
{
	lists_free(court.lists);
	return folder_remove(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(flows_that_are_left_are_heard_in_the_order_of_their_first_packets),
	    cmocka_unit_test(flows_that_end_on_the_way_too),
	    cmocka_unit_test(who_stops_early_is_not_waited_for),
	    cmocka_unit_test(a_file_that_changes_is_told),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
