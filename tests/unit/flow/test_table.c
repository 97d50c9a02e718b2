#include <stdlib.h>

#include "dissectors/quic.h"
#include "flow_build.h"

static struct flow_table *table;
#define HOUR_US (60 * MINUTE_US)

static struct flow ended[200];
static size_t ended_n;

static void over(void *context, const struct tracked *t, bool evicted)
{
	(void)context;
	if (ended_n < sizeof ended / sizeof ended[0]) {
		flow_table_tell(table, t, &ended[ended_n]);
		ended[ended_n++].evicted = evicted;
	}
	free(t->beside->said); /* of begins_anew() */
}

static bool wanted(void *context, uint16_t port, uint8_t proto)
{
	(void)context, (void)proto;
	return port == 443;
}

static int begin(void **state)
{
	const struct flow_hooks hooks = {.over = over, .wanted = wanted};

	(void)state;
	ended_n = 0;
	table = flow_table_new(64, &hooks);
	return table == NULL;
}

static int end(void **state)
{
	(void)state;
	flow_table_free(table);
	return 0;
}

static bool is_new; /* what was tracked last */

static struct tracked track(struct packet p, int64_t after_us, enum side *ret_side)
{
	uint64_t before = flow_table_counters(table).flows;
	struct tracked t;

	assert_true(flow_table_track(table, &p, FLOW_UNKNOWN, T0 + after_us, 0, &t, ret_side));
	is_new = flow_table_counters(table).flows != before;
	if (p.proto == PROTO_UDP)
		udp_story(t.story, &p, *ret_side, T0 + after_us);
	else if (tcp_story(t.story, flow_table_rares(table), &p, *ret_side, T0 + after_us) & STORY_STATE)
		flow_table_restate(table, &t);
	return t;
}

/* The start of a version 1 Initial with a connection id of four bytes. */
static struct packet initial_to(const char *id, uint8_t *room)
{
	struct packet p = packet_of(SIDE_CLIENT, 40000, 443, PROTO_UDP);

	memcpy(room, "\xc0\0\0\0\1\4....\0", 11);
	memcpy(room + 6, id, 4);
	p.payload = cursor_of(room, 11, 11);
	p.payload_length = 11;
	return p;
}

static bool begins_anew(const char *id, struct said *said)
{
	uint8_t room[16];
	enum side side;
	struct tracked t = track(initial_to(id, room), 0, &side);

	if (is_new) { /* as the dissector would have interpreted it */
		t.beside->said = calloc(1, sizeof *t.beside->said);
		t.story->protocol = TALK_QUIC;
		t.beside->said->quic.dcid = quic_initial_id(initial_to(id, room).payload);
	}
	if (said)
		t.beside->said->quic.told[0] = said->quic.told[0];
	return is_new;
}

static void an_initial_to_an_id_that_nobody_told_is_another_connection(void **state)
{
	struct said said = {0};
	uint8_t room[16];

	(void)state;
	assert_true(begins_anew("aaaa", NULL));
	assert_false(begins_anew("aaaa", NULL));
	said.quic.told[0] = quic_initial_id(initial_to("bbbb", room).payload);
	assert_false(begins_anew("aaaa", &said));
	assert_false(begins_anew("bbbb", NULL));
	assert_true(begins_anew("cccc", NULL));
	assert_int_equal(ended_n, 1);
	flow_table_finish(table, UINT64_MAX);
}

static void both_directions_are_one_flow(void **state)
{
	enum side side;

	(void)state;
	struct tracked there = track(segment(SIDE_CLIENT, TCP_SYN, 1, 0, 0), 0, &side);
	assert_true(is_new);
	assert_int_equal(side, SIDE_CLIENT);
	struct tracked back = track(segment(SIDE_SERVER, TCP_SYN | TCP_ACK, 9, 2, 0), MS, &side);
	assert_false(is_new);
	assert_int_equal(side, SIDE_SERVER);
	assert_ptr_equal(there.story, back.story);
	assert_int_equal(story_port(back.story, SIDE_SERVER), 443);
}

static void roles_of_a_flow_joined_late_are_told_by_ports(void **state)
{
	enum side side;

	(void)state;
	struct tracked t = track(segment(SIDE_SERVER, TCP_ACK, 9, 2, 10), 0, &side);
	assert_int_equal(side, SIDE_SERVER);
	assert_int_equal(story_port(t.story, SIDE_SERVER), 443);
	assert_true(t.story->midstream);
}

static void a_syn_ack_alone_comes_from_the_server(void **state)
{
	enum side side;

	(void)state;
	struct tracked t = track(segment(SIDE_SERVER, TCP_SYN | TCP_ACK, 9, 2, 0), 0, &side);
	assert_int_equal(side, SIDE_SERVER);
	assert_int_equal(story_port(t.story, SIDE_CLIENT), 40000);
}

static void used_ports_with_another_isn_are_another_flow(void **state)
{
	enum side side;

	(void)state;
	track(segment(SIDE_CLIENT, TCP_SYN, 1, 0, 0), 0, &side);
	track(segment(SIDE_CLIENT, TCP_SYN, 1, 0, 0), SECOND_US, &side);
	assert_false(is_new); /* the same ISN: a retransmission */
	track(segment(SIDE_CLIENT, TCP_SYN, 7777, 0, 0), 2 * SECOND_US, &side);
	assert_true(is_new);
	assert_int_equal(ended_n, 1);
	assert_int_equal(ended[0].syn_n, 2);
}

static void idle_flows_end_each_at_its_time(void **state)
{
	enum side side;

	(void)state;
	track(segment(SIDE_CLIENT, TCP_SYN, 1, 0, 0), 0, &side);
	track(packet_of(SIDE_CLIENT, 6000, 3478, PROTO_UDP), 0, &side);
	flow_table_advance(table, T0 + IDLE_UDP_US - SECOND_US);
	assert_int_equal(ended_n, 0);
	flow_table_advance(table, T0 + IDLE_UDP_US + 2 * SECOND_US);
	assert_int_equal(ended_n, 1);
	assert_int_equal(ended[0].proto, PROTO_UDP);
	flow_table_advance(table, T0 + IDLE_TCP_NEW_US + 2 * SECOND_US);
	assert_int_equal(ended_n, 2);
}

static void a_packet_puts_the_end_off(void **state)
{
	enum side side;

	(void)state;
	track(packet_of(SIDE_CLIENT, 6000, 3478, PROTO_UDP), 0, &side);
	track(packet_of(SIDE_CLIENT, 6000, 3478, PROTO_UDP), IDLE_UDP_US - SECOND_US, &side);
	flow_table_advance(table, T0 + IDLE_UDP_US + 5 * SECOND_US);
	assert_int_equal(ended_n, 0);
	flow_table_advance(table, T0 + 2 * IDLE_UDP_US + 5 * SECOND_US);
	assert_int_equal(ended_n, 1);
}

static void a_long_pause_ends_what_was_idle_before(void **state)
{
	enum side side;

	(void)state;
	track(segment(SIDE_CLIENT, TCP_SYN, 1, 0, 0), 0, &side);
	flow_table_advance(table, T0 + 1000 * IDLE_TCP_OPEN_US);
	assert_int_equal(ended_n, 1);
	flow_table_advance(table, T0); /* time goes backwards: nothing ends, nothing breaks */
	track(segment(SIDE_CLIENT, TCP_SYN, 5, 0, 0), 0, &side);
	assert_true(is_new);
}

static struct packet from(uint16_t port, uint8_t flags)
{
	struct packet p = segment(SIDE_CLIENT, flags, 1, 0, 0);

	p.sport = port;
	p.hash = flow_hash(&p.src, p.sport, &p.dst, p.dport, p.proto);
	return p;
}

static void a_full_table_gives_up_what_tells_least(void **state)
{
	enum side side;

	(void)state;
	for (uint16_t i = 0; i < 64; i++)
		track(from((uint16_t)(1000 + i), TCP_SYN), i, &side);
	struct packet rst = segment(SIDE_SERVER, TCP_RST | TCP_ACK, 0, 2, 0);
	rst.dport = 1020;
	rst.hash = flow_hash(&rst.src, rst.sport, &rst.dst, rst.dport, rst.proto);
	track(rst, 100, &side);
	assert_false(is_new);
	track(from(3000, TCP_SYN), 200, &side);
	assert_int_equal(ended_n, 1);
	assert_int_equal(ended[0].client_port, 1020); /* it had already ended: nothing is lost */
	assert_int_equal(flow_table_counters(table).evicted, 0);
	track(from(3001, TCP_SYN), 300, &side);
	assert_int_equal(ended_n, 2);
	assert_true(ended[1].evicted);
	assert_int_equal(flow_table_counters(table).evicted, 1);
}

static void a_full_table_gives_up_one_of_a_crowd_before_a_lone_flow(void **state)
{
	enum side side;
	struct packet lone = from(900, TCP_SYN);

	(void)state;
	lone.dst = v4(200);
	lone.hash = flow_hash(&lone.src, lone.sport, &lone.dst, lone.dport, lone.proto);
	struct tracked t = track(lone, 0, &side); /* the oldest */
	for (uint16_t i = 0; i < 500; i++)
		track(from((uint16_t)(1000 + i), TCP_SYN), i + 1, &side);
	assert_int_equal(flow_table_counters(table).evicted, 437);
	for (size_t i = 0; i < ended_n; i++)
		assert_int_not_equal(ended[i].client_port, 900);
	assert_ptr_equal(track(lone, SECOND_US, &side).story, t.story);
	assert_false(is_new);
}

static void the_end_tells_flows_in_the_order_of_their_beginning(void **state)
{
	enum side side;
	struct frame frames[10];

	(void)state;
	for (uint16_t i = 0; i < 10; i++) {
		struct packet p = from((uint16_t)(9000 - i), TCP_SYN);
		frames[i] = (struct frame){.number = i + 1u};
		p.frame = &frames[i];
		track(p, i, &side);
	}
	flow_table_finish(table, UINT64_MAX);
	assert_int_equal(ended_n, 10);
	for (size_t i = 0; i < 10; i++)
		assert_int_equal(ended[i].id, i + 1);
}

static void an_icmp_error_finds_the_flow_that_it_quotes(void **state)
{
	enum side side;
	struct packet syn = segment(SIDE_CLIENT, TCP_SYN, 1, 0, 0), icmp = {.proto = PROTO_ICMP, .src = v4(77), .dst = v4(1)};

	(void)state;
	struct tracked t = track(syn, 0, &side);
	icmp.quoted = (struct quoted){.present = true, .proto = PROTO_TCP, .src = syn.src, .dst = syn.dst, .sport = syn.sport,
	                              .dport = syn.dport};
	icmp.hash = syn.hash;
	struct tracked quoted;
	assert_true(flow_table_quoted(table, &icmp, &quoted, &side));
	assert_ptr_equal(quoted.story, t.story);
	assert_int_equal(side, SIDE_CLIENT);
	icmp.quoted.sport++;
	assert_false(flow_table_quoted(table, &icmp, &quoted, &side));
}

/* One of many flows, each between different hosts. */
static struct packet one_of_many(uint32_t i, bool v6)
{
	struct packet p = segment(SIDE_CLIENT, TCP_SYN, 1, 0, 0);
	const uint8_t number[4] = {10, (uint8_t)(1 + (i >> 16)), (uint8_t)(i >> 8), (uint8_t)i};

	p.src = addr_of_v4(number);
	if (v6) /* equal in their last bytes, even when swapped */
		p.src = (struct addr){{0x20, 1, 0xd, 0xb8, number[1], number[2], number[3], [15] = 9}};
	if (v6)
		p.dst = (struct addr){{0x20, 1, 0xd, 0xb8, [15] = 9}};
	p.sport = 443;
	p.hash = flow_hash(&p.src, p.sport, &p.dst, p.dport, p.proto);
	return p;
}

static void turn(struct packet *p)
{
	struct addr src = p->src;

	p->src = p->dst;
	p->dst = src;
	p->tcp_flags = TCP_SYN | TCP_ACK;
}

/* Bytes per flow when this many are tracked. */
static double track_many(uint32_t n, bool v6)
{
	const struct flow_hooks hooks = {.over = over, .wanted = wanted};
	enum side side;

	flow_table_free(table);
	table = flow_table_new(FLOWS_MOST_DEFAULT, &hooks);
	assert_non_null(table);
	for (uint32_t i = 0; i < n; i++)
		track(one_of_many(i, v6), i, &side);
	return (double)flow_table_bytes(table) / n;
}

/* 64,500: the hash table has neither just grown nor is about to, and the last 2 MB block is nearly full. Fixed costs
 * that matter only for few flows do not count; those of all flows together (the wheel, 40 KiB) do. */
#define MANY 64500u

static void a_flow_takes_200_bytes_at_most(void **state)
{
	(void)state;
	double v4_bytes = track_many(MANY, false);
	double v6_bytes = track_many(MANY, true);
	print_message("a tracked flow takes %.1f bytes, of IPv6 %.1f\n", v4_bytes, v6_bytes);
	assert_true(v4_bytes <= 180);
	assert_true(v6_bytes <= 201); /* one of them is the wheel */
}

static void many_flows_are_each_found_told_and_ended(void **state)
{
	enum side side;
	struct flow f;

	(void)state;
	for (int v6 = 0; v6 < 2; v6++) {
		track_many(9000, v6);
		for (uint32_t i = 0; i < 9000; i++) {
			struct packet p = one_of_many(i, v6), back = p;
			turn(&back);
			struct tracked t = track(back, SECOND_US, &side);
			assert_false(is_new);
			assert_int_equal(side, SIDE_SERVER);
			flow_table_tell(table, &t, &f);
			assert_memory_equal(&f.client, &p.src, sizeof p.src);
			assert_memory_equal(&f.server, &p.dst, sizeof p.dst);
		}
		ended_n = 0;
		flow_table_advance(table, T0 + 2 * IDLE_TCP_NEW_US);
		assert_int_equal(ended_n, sizeof ended / sizeof ended[0]);
		track(one_of_many(1, v6), 3 * IDLE_TCP_NEW_US, &side);
		assert_true(is_new);
	}
}

#define CROWD 150u
static unsigned steps_left[CROWD]; /* the flow that began at this second: 3 before any was reported */

static void soon(void *context, const struct tracked *t, unsigned steps)
{
	unsigned i = flow_table_client(table, t).b[15];

	(void)context;
	assert_int_equal(steps, steps_left[i] - 1);
	steps_left[i] = steps;
}

/* All in one slot of the wheel; one in three continues. */
static void a_crowd_that_is_due_at_once_ends_in_the_order_of_its_beginning(void **state)
{
	const struct flow_hooks hooks = {.over = over, .wanted = wanted, .soon = soon};
	struct frame frame = {0};
	enum side side;

	(void)state;
	flow_table_free(table);
	table = flow_table_new(2 * CROWD, &hooks);
	for (uint32_t k = 0; k < CROWD; k++) {
		struct packet p = one_of_many(k * 7 % CROWD, k % 2);
		p.src.b[15] = (uint8_t)k;
		p.hash = flow_hash(&p.src, p.sport, &p.dst, p.dport, p.proto);
		frame.number = k + 1;
		p.frame = &frame;
		steps_left[k] = 3;
		track(p, 0, &side);
		if (k % 3 == 0)
			track(p, 100 * SECOND_US, &side);
	}
	flow_table_advance(table, T0 + IDLE_TCP_NEW_US + 2 * SECOND_US);
	assert_int_equal(ended_n, CROWD - CROWD / 3);
	for (size_t i = 1; i < ended_n; i++)
		assert_true(ended[i].id > ended[i - 1].id);
	for (uint32_t k = 0; k < CROWD; k++)
		assert_int_equal(steps_left[k], k % 3 == 0 ? 3 : 1);
	flow_table_finish(table, UINT64_MAX);
	assert_int_equal(ended_n, CROWD);
}

static void a_full_table_of_one_family_takes_the_other(void **state)
{
	enum side side;
	struct flow f;
	size_t bytes[2];

	(void)state;
	for (int first = 0; first < 2; first++) {
		const struct flow_hooks hooks = {.over = over, .wanted = wanted};
		flow_table_free(table);
		table = flow_table_new(5000, &hooks);
		for (uint32_t i = 0; i < 20000; i++)
			track(one_of_many(i, i < 10000 ? first : !first), i, &side);
		struct tracked t = track(one_of_many(19999, !first), SECOND_US, &side);
		struct addr wanted_src = one_of_many(19999, !first).src;
		assert_false(is_new);
		flow_table_tell(table, &t, &f);
		assert_true(addr_equal(&f.client, &wanted_src));
		bytes[first] = flow_table_bytes(table);
	}
	/* At most as if all flows were IPv6, plus one chunk of each kind. */
	assert_true(bytes[0] < 5000 * 200 + 2 * 1024 * 184 + 200000);
	assert_true(bytes[1] < 5000 * 200 + 2 * 1024 * 184 + 200000);
}

static void the_shift_of_each_flow_is_told_however_many_there_are(void **state)
{
	const struct flow_hooks hooks = {.over = over, .wanted = wanted};
	enum side side;
	struct tracked t;
	struct flow f;

	(void)state;
	flow_table_free(table);
	table = flow_table_new(2000, &hooks);
	for (int round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < 1000; i++) {
			struct packet p = one_of_many(i, false);
			assert_true(flow_table_track(table, &p, FLOW_UNKNOWN, T0, (int64_t)(i / 2) * HOUR_US, &t, &side));
		}
		for (uint32_t i = 0; i < 1000; i++) {
			struct packet p = one_of_many(i, false);
			assert_true(flow_table_track(table, &p, FLOW_UNKNOWN, T0, 0, &t, &side));
			flow_table_tell(table, &t, &f);
			assert_int_equal(f.shift_us, (int64_t)(i / 2) * HOUR_US);
		}
		flow_table_finish(table, UINT64_MAX);
	}
}

static void an_answer_may_overtake_its_syn(void **state)
{
	static const uint8_t answers[] = {TCP_RST | TCP_ACK, TCP_SYN | TCP_ACK, TCP_RST | TCP_ACK};
	enum side side;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		int64_t after = (int64_t)i * 1000 * MS;
		struct packet answer = segment(SIDE_SERVER, answers[i], 9, 101, 0), syn = segment(SIDE_CLIENT, TCP_SYN, 100, 0, 0);
		struct tracked t = track(answer, after, &side);
		assert_true(is_new);
		if (i == 2) /* the mirror doubles it */
			(void)track(answer, after + 50, &side);
		struct tracked again = track(syn, after + 300, &side);
		assert_false(is_new);
		assert_ptr_equal(again.story, t.story);
		assert_false(t.story->midstream);
		assert_int_equal(t.story->syn_n, 1);
		/* A later one belongs to another connection. */
		syn.seq = 5000;
		(void)track(syn, after + 500 * MS, &side);
		assert_true(is_new);
		flow_table_finish(table, UINT64_MAX);
	}
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(an_initial_to_an_id_that_nobody_told_is_another_connection),
		EACH(both_directions_are_one_flow),
		EACH(roles_of_a_flow_joined_late_are_told_by_ports),
		EACH(a_syn_ack_alone_comes_from_the_server),
		EACH(used_ports_with_another_isn_are_another_flow),
		EACH(idle_flows_end_each_at_its_time),
		EACH(a_packet_puts_the_end_off),
		EACH(a_long_pause_ends_what_was_idle_before),
		EACH(a_full_table_gives_up_what_tells_least),
		EACH(a_full_table_gives_up_one_of_a_crowd_before_a_lone_flow),
		EACH(the_end_tells_flows_in_the_order_of_their_beginning),
		EACH(an_answer_may_overtake_its_syn),
		EACH(an_icmp_error_finds_the_flow_that_it_quotes),
		EACH(a_flow_takes_200_bytes_at_most),
		EACH(many_flows_are_each_found_told_and_ended),
		EACH(a_crowd_that_is_due_at_once_ends_in_the_order_of_its_beginning),
		EACH(a_full_table_of_one_family_takes_the_other),
		EACH(the_shift_of_each_flow_is_told_however_many_there_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
