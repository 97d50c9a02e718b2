#include <stdlib.h>

#include "dissectors/quic.h"
#include "flow_build.h"

static struct flow_table *table;
static struct flow ended[200];
static size_t ended_n;

static void over(void *context, struct tracked *t)
{
	(void)context;
	if (ended_n < sizeof ended / sizeof ended[0])
		ended[ended_n++] = t->flow;
	free(t->flow.said); /* of begins_anew() */
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

static struct tracked *track(struct packet p, int64_t after_us, enum side *ret_side, bool *ret_new)
{
	struct tracked *t = flow_table_track(table, &p, T0 + after_us, 0, ret_side, ret_new);

	assert_non_null(t);
	if (p.proto == PROTO_TCP && tcp_story(&t->flow, &p, *ret_side, T0 + after_us))
		flow_table_restate(table, t);
	else if (p.proto == PROTO_UDP)
		udp_story(&t->flow, &p, *ret_side, T0 + after_us);
	return t;
}

/* The beginning of an Initial of version 1 to a connection id of four bytes. */
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
	bool new;
	struct tracked *t = track(initial_to(id, room), 0, &side, &new);

	if (new) { /* as the dissector would have understood it */
		t->flow.said = calloc(1, sizeof *t->flow.said);
		t->flow.protocol = TALK_QUIC;
		t->flow.said->quic.dcid = quic_initial_id(initial_to(id, room).payload);
	}
	if (said)
		t->flow.said->quic.told[0] = said->quic.told[0];
	return new;
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
	bool new;

	(void)state;
	struct tracked *there = track(segment(SIDE_CLIENT, TCP_SYN, 1, 0, 0), 0, &side, &new);
	assert_true(new);
	assert_int_equal(side, SIDE_CLIENT);
	struct tracked *back = track(segment(SIDE_SERVER, TCP_SYN | TCP_ACK, 9, 2, 0), MS, &side, &new);
	assert_false(new);
	assert_int_equal(side, SIDE_SERVER);
	assert_ptr_equal(there, back);
	assert_int_equal(back->flow.server_port, 443);
}

static void roles_of_a_flow_joined_late_are_told_by_ports(void **state)
{
	enum side side;
	bool new;

	(void)state;
	struct tracked *t = track(segment(SIDE_SERVER, TCP_ACK, 9, 2, 10), 0, &side, &new);
	assert_int_equal(side, SIDE_SERVER);
	assert_int_equal(t->flow.server_port, 443);
	assert_true(t->flow.midstream && t->flow.roles_guessed);
}

static void a_syn_ack_alone_comes_from_the_server(void **state)
{
	enum side side;
	bool new;

	(void)state;
	struct tracked *t = track(segment(SIDE_SERVER, TCP_SYN | TCP_ACK, 9, 2, 0), 0, &side, &new);
	assert_int_equal(side, SIDE_SERVER);
	assert_int_equal(t->flow.client_port, 40000);
}

static void used_ports_with_another_isn_are_another_flow(void **state)
{
	enum side side;
	bool new;

	(void)state;
	track(segment(SIDE_CLIENT, TCP_SYN, 1, 0, 0), 0, &side, &new);
	track(segment(SIDE_CLIENT, TCP_SYN, 1, 0, 0), SECOND_US, &side, &new);
	assert_false(new); /* the same ISN: sent again */
	track(segment(SIDE_CLIENT, TCP_SYN, 7777, 0, 0), 2 * SECOND_US, &side, &new);
	assert_true(new);
	assert_int_equal(ended_n, 1);
	assert_int_equal(ended[0].syn_n, 2);
}

static void idle_flows_end_each_at_its_time(void **state)
{
	enum side side;
	bool new;

	(void)state;
	track(segment(SIDE_CLIENT, TCP_SYN, 1, 0, 0), 0, &side, &new);
	track(packet_of(SIDE_CLIENT, 6000, 3478, PROTO_UDP), 0, &side, &new);
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
	bool new;

	(void)state;
	track(packet_of(SIDE_CLIENT, 6000, 3478, PROTO_UDP), 0, &side, &new);
	track(packet_of(SIDE_CLIENT, 6000, 3478, PROTO_UDP), IDLE_UDP_US - SECOND_US, &side, &new);
	flow_table_advance(table, T0 + IDLE_UDP_US + 5 * SECOND_US);
	assert_int_equal(ended_n, 0);
	flow_table_advance(table, T0 + 2 * IDLE_UDP_US + 5 * SECOND_US);
	assert_int_equal(ended_n, 1);
}

static void a_long_pause_ends_what_was_idle_before(void **state)
{
	enum side side;
	bool new;

	(void)state;
	track(segment(SIDE_CLIENT, TCP_SYN, 1, 0, 0), 0, &side, &new);
	flow_table_advance(table, T0 + 1000 * IDLE_TCP_OPEN_US);
	assert_int_equal(ended_n, 1);
	flow_table_advance(table, T0); /* time back: nothing ends, nothing breaks */
	track(segment(SIDE_CLIENT, TCP_SYN, 5, 0, 0), 0, &side, &new);
	assert_true(new);
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
	bool new;

	(void)state;
	for (uint16_t i = 0; i < 64; i++)
		track(from((uint16_t)(1000 + i), TCP_SYN), i, &side, &new);
	struct packet rst = segment(SIDE_SERVER, TCP_RST | TCP_ACK, 0, 2, 0);
	rst.dport = 1020;
	rst.hash = flow_hash(&rst.src, rst.sport, &rst.dst, rst.dport, rst.proto);
	track(rst, 100, &side, &new);
	assert_false(new);
	track(from(3000, TCP_SYN), 200, &side, &new);
	assert_int_equal(ended_n, 1);
	assert_int_equal(ended[0].client_port, 1020); /* it was over already: nothing is lost */
	assert_int_equal(flow_table_counters(table).evicted, 0);
	track(from(3001, TCP_SYN), 300, &side, &new);
	assert_int_equal(ended_n, 2);
	assert_true(ended[1].evicted);
	assert_int_equal(flow_table_counters(table).evicted, 1);
}

static void a_full_table_gives_up_one_of_a_crowd_before_a_lone_flow(void **state)
{
	enum side side;
	bool new;
	struct packet lone = from(900, TCP_SYN);

	(void)state;
	lone.dst = v4(200);
	lone.hash = flow_hash(&lone.src, lone.sport, &lone.dst, lone.dport, lone.proto);
	struct tracked *t = track(lone, 0, &side, &new); /* the oldest */
	for (uint16_t i = 0; i < 500; i++)
		track(from((uint16_t)(1000 + i), TCP_SYN), i + 1, &side, &new);
	assert_int_equal(flow_table_counters(table).evicted, 437);
	for (size_t i = 0; i < ended_n; i++)
		assert_int_not_equal(ended[i].client_port, 900);
	assert_ptr_equal(track(lone, SECOND_US, &side, &new), t);
	assert_false(new);
}

static void the_end_tells_flows_in_the_order_of_their_beginning(void **state)
{
	enum side side;
	bool new;
	struct frame frames[10];

	(void)state;
	for (uint16_t i = 0; i < 10; i++) {
		struct packet p = from((uint16_t)(9000 - i), TCP_SYN);
		frames[i] = (struct frame){.number = i + 1u};
		p.frame = &frames[i];
		track(p, i, &side, &new);
	}
	flow_table_finish(table, UINT64_MAX);
	assert_int_equal(ended_n, 10);
	for (size_t i = 0; i < 10; i++)
		assert_int_equal(ended[i].id, i + 1);
}

static void an_icmp_error_finds_the_flow_that_it_quotes(void **state)
{
	enum side side;
	bool new;
	struct packet syn = segment(SIDE_CLIENT, TCP_SYN, 1, 0, 0), icmp = {.proto = PROTO_ICMP, .src = v4(77), .dst = v4(1)};

	(void)state;
	struct tracked *t = track(syn, 0, &side, &new);
	icmp.quoted = (struct quoted){.present = true, .proto = PROTO_TCP, .src = syn.src, .dst = syn.dst, .sport = syn.sport,
	                              .dport = syn.dport};
	icmp.hash = syn.hash;
	assert_ptr_equal(flow_table_quoted(table, &icmp, &side), t);
	assert_int_equal(side, SIDE_CLIENT);
	icmp.quoted.sport++;
	assert_null(flow_table_quoted(table, &icmp, &side));
}

static void an_answer_may_overtake_its_syn(void **state)
{
	static const uint8_t answers[] = {TCP_RST | TCP_ACK, TCP_SYN | TCP_ACK};
	enum side side;
	bool new;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		int64_t at = T0 + (int64_t)i * 1000 * MS;
		struct packet answer = segment(SIDE_SERVER, answers[i], 9, 101, 0), syn = segment(SIDE_CLIENT, TCP_SYN, 100, 0, 0);
		struct tracked *t = flow_table_track(table, &answer, at, 0, &side, &new);
		assert_true(new);
		tcp_story(&t->flow, &answer, side, at);
		assert_ptr_equal(flow_table_track(table, &syn, at + 300, 0, &side, &new), t);
		assert_false(new);
		tcp_story(&t->flow, &syn, side, at + 300);
		assert_false(t->flow.midstream);
		assert_int_equal(t->flow.syn_n, 1);
		/* Another one, later, is another connection's. */
		syn.seq = 5000;
		flow_table_track(table, &syn, at + 500 * MS, 0, &side, &new);
		assert_true(new);
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
