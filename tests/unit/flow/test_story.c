#include "flow_build.h"

static struct story story;
static struct flow flow; /* the story after each packet */
static struct blocks rares;

static void take(enum side side, int64_t at_us, const struct packet *p)
{
	if (p->proto == PROTO_TCP)
		tcp_story(&story, &rares, p, side, at_us);
	else if (p->proto == PROTO_UDP)
		udp_story(&story, p, side, at_us);
	else
		icmp_story(&story, &rares, p, side, at_us);
	story_tell(&story, &flow);
}

/* An open connection with ISNs 100 and 500. */
static void tell(enum side side, int64_t after_us, struct packet p)
{
	take(side, T0 + after_us, &p);
}

static void begin(uint8_t proto)
{
	blocks_release(&rares);
	blocks_init(&rares, sizeof(struct rare));
	story = (struct story){.first_us = T0, .proto = proto};
}

static int fresh(void **state)
{
	(void)state;
	begin(PROTO_TCP);
	return 0;
}

static int fresh_udp(void **state)
{
	(void)state;
	begin(PROTO_UDP);
	return 0;
}

static int forget(void **state)
{
	(void)state;
	blocks_release(&rares);
	return 0;
}

static int open_one(void **state)
{
	fresh(state);
	tell(SIDE_CLIENT, 0, segment(SIDE_CLIENT, TCP_SYN, 100, 0, 0));
	tell(SIDE_SERVER, 20 * MS, segment(SIDE_SERVER, TCP_SYN | TCP_ACK, 500, 101, 0));
	tell(SIDE_CLIENT, 21 * MS, segment(SIDE_CLIENT, TCP_ACK, 101, 501, 0));
	return 0;
}

static void a_handshake_opens(void **state)
{
	(void)state;
	assert_int_equal(flow.state, TCP_OPEN);
	assert_int_equal(flow.synack, 21);
	assert_string_equal(flow_conn_state(&flow), "S1");
}

static void silence_leaves_syns(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++)
		tell(SIDE_CLIENT, i * SECOND_US, segment(SIDE_CLIENT, TCP_SYN, 100, 0, 0));
	assert_int_equal(flow.syn_n, 3);
	assert_int_equal(flow.state, TCP_SYN_SENT);
	assert_string_equal(flow_conn_state(&flow), "S0");
}

static void a_syn_again_at_once_is_a_copy(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++)
		for (int copy = 0; copy < 2; copy++)
			tell(SIDE_CLIENT, i * SECOND_US + copy * 80 * MS, segment(SIDE_CLIENT, TCP_SYN, 100, 0, 0));
	assert_int_equal(flow.syn_n, 3);
	assert_int_equal(flow.syn_last, 2081);
}

static void a_syn_that_circles_is_one(void **state)
{
	(void)state;
	for (int i = 0; i < 30; i++)
		tell(SIDE_CLIENT, i * 40 * MS, segment(SIDE_CLIENT, TCP_SYN, 100, 0, 0));
	assert_int_equal(flow.syn_n, 1);
}

static void waiting_data_sent_again_is_a_repeat(void **state)
{
	(void)state;
	tell(SIDE_CLIENT, 30 * MS, segment(SIDE_CLIENT, TCP_ACK | TCP_PSH, 101, 501, 300));
	tell(SIDE_CLIENT, 330 * MS, segment(SIDE_CLIENT, TCP_ACK | TCP_PSH, 101, 501, 300));
	tell(SIDE_CLIENT, 930 * MS, segment(SIDE_CLIENT, TCP_ACK | TCP_PSH, 101, 501, 300));
	assert_int_equal(flow.half[SIDE_CLIENT].repeats, 2);
	assert_int_equal(flow.half[SIDE_CLIENT].stuck, 300);
	/* An acknowledgment ends the wait. */
	tell(SIDE_SERVER, 950 * MS, segment(SIDE_SERVER, TCP_ACK, 501, 401, 0));
	assert_int_equal(flow.half[SIDE_CLIENT].repeats, 0);
	assert_int_equal(flow.half[SIDE_CLIENT].waiting, 0);
	assert_int_equal(flow.half[SIDE_CLIENT].largest, 300);
}

static void one_flight_is_no_repeat(void **state)
{
	(void)state;
	tell(SIDE_CLIENT, 30 * MS, segment(SIDE_CLIENT, TCP_ACK, 101, 501, 300));
	tell(SIDE_CLIENT, 60 * MS, segment(SIDE_CLIENT, TCP_ACK, 101, 501, 300));
	assert_int_equal(flow.half[SIDE_CLIENT].repeats, 0);
}

static void a_keep_alive_is_no_repeat(void **state)
{
	(void)state;
	tell(SIDE_CLIENT, 30 * MS, segment(SIDE_CLIENT, TCP_ACK, 101, 501, 300));
	tell(SIDE_CLIENT, 5 * SECOND_US, segment(SIDE_CLIENT, TCP_ACK, 400, 501, 1));
	tell(SIDE_CLIENT, 9 * SECOND_US, segment(SIDE_CLIENT, TCP_ACK, 400, 501, 0));
	assert_int_equal(flow.half[SIDE_CLIENT].repeats, 0);
}

static void a_single_byte_that_waits_is_no_keep_alive(void **state)
{
	(void)state;
	tell(SIDE_CLIENT, 30 * MS, segment(SIDE_CLIENT, TCP_ACK, 101, 501, 1));
	tell(SIDE_CLIENT, 400 * MS, segment(SIDE_CLIENT, TCP_ACK, 101, 501, 1));
	tell(SIDE_CLIENT, 900 * MS, segment(SIDE_CLIENT, TCP_ACK, 101, 501, 1));
	assert_int_equal(flow.half[SIDE_CLIENT].repeats, 2);
}

static void a_request_in_two_segments_came_after_one_rest(void **state)
{
	(void)state;
	tell(SIDE_CLIENT, 30 * MS, segment(SIDE_CLIENT, TCP_ACK, 101, 501, 300));
	tell(SIDE_SERVER, 50 * MS, segment(SIDE_SERVER, TCP_ACK, 501, 401, 100));
	tell(SIDE_CLIENT, 90 * SECOND_US, segment(SIDE_CLIENT, TCP_ACK, 401, 601, 300));
	tell(SIDE_CLIENT, 90 * SECOND_US + 50, segment(SIDE_CLIENT, TCP_ACK, 701, 601, 20));
	assert_true(flow.idle_ms > 89000);
	tell(SIDE_SERVER, 90 * SECOND_US + 20 * MS, segment(SIDE_SERVER, TCP_ACK, 601, 721, 100));
	tell(SIDE_CLIENT, 91 * SECOND_US, segment(SIDE_CLIENT, TCP_ACK, 721, 701, 300));
	assert_true(flow.idle_ms < 1000);
}

static void a_closed_window_stops_nobody_for_a_firewall(void **state)
{
	struct packet full = segment(SIDE_SERVER, TCP_ACK, 501, 101, 0);

	(void)state;
	full.window = 0;
	tell(SIDE_CLIENT, 30 * MS, segment(SIDE_CLIENT, TCP_ACK, 101, 501, 300));
	tell(SIDE_SERVER, 50 * MS, full);
	tell(SIDE_CLIENT, 900 * MS, segment(SIDE_CLIENT, TCP_ACK, 101, 501, 300));
	assert_int_equal(flow.half[SIDE_CLIENT].repeats, 0);
}

static void the_first_reset_is_remembered_for_forensics(void **state)
{
	struct packet rst = segment(SIDE_SERVER, TCP_RST, 501, 0, 0), later = rst;

	(void)state;
	rst.ttl = 250;
	rst.ip_id = 7;
	later.ttl = 60;
	tell(SIDE_SERVER, 40 * MS, rst);
	tell(SIDE_SERVER, 41 * MS, later);
	tell(SIDE_SERVER, 45 * MS, segment(SIDE_SERVER, TCP_ACK, 501, 101, 10));
	assert_int_equal(flow.reset.ttl, 250);
	assert_int_equal(flow.reset.ip_id, 7);
	assert_int_equal(flow.reset.n, 2);
	assert_true(flow.reset.data_after);
	assert_int_equal(flow.half[SIDE_SERVER].ttl, 64);
	assert_int_equal(flow.state, TCP_OVER);
	assert_string_equal(flow_conn_state(&flow), "RSTR");
}

static void what_a_reset_overtook_was_not_sent_after_it(void **state)
{
	const struct {
		uint32_t seq, n;
		int64_t at_us;
		bool after;
	} cases[] = {{501, 100, 41 * MS, false}, {601, 0, 41 * MS, false}, {601, 10, 41 * MS, true},
	             {501, 100, 45 * MS, true}};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		tell(SIDE_SERVER, 40 * MS, segment(SIDE_SERVER, TCP_RST | TCP_ACK, 601, 101, 0));
		tell(SIDE_SERVER, cases[i].at_us, segment(SIDE_SERVER, TCP_ACK, cases[i].seq, 101, cases[i].n));
		assert_int_equal(flow.reset.data_after, cases[i].after);
		forget(state);
		open_one(state);
	}
	tell(SIDE_SERVER, 40 * MS, segment(SIDE_SERVER, TCP_RST | TCP_ACK, 501, 101, 0));
	tell(SIDE_SERVER, 40 * MS, segment(SIDE_SERVER, TCP_SYN | TCP_ACK, 500, 101, 0)); /* acknowledged long ago */
	assert_false(flow.reset.data_after);
	forget(state);
	open_one(state);
	tell(SIDE_SERVER, 40 * MS, segment(SIDE_SERVER, TCP_RST | TCP_ACK, 601, 101, 0));
	tell(SIDE_SERVER, 44 * MS, segment(SIDE_SERVER, TCP_FIN | TCP_ACK, 601, 101, 0));
	assert_false(flow.reset.data_after);
	tell(SIDE_SERVER, 46 * MS, segment(SIDE_SERVER, TCP_ACK, 501, 101, 100)); /* it is the RST that counts */
	assert_true(flow.reset.data_after);
	forget(state);
	fresh(state);
	tell(SIDE_CLIENT, 0, segment(SIDE_CLIENT, TCP_SYN, 100, 0, 0));
	tell(SIDE_SERVER, 1 * MS, segment(SIDE_SERVER, TCP_RST | TCP_ACK, 0, 101, 0));
	tell(SIDE_SERVER, 2 * MS, segment(SIDE_SERVER, TCP_SYN | TCP_ACK, 0x90000000, 101, 0)); /* the true answer */
	assert_true(flow.reset.data_after);
}

static void both_fins_end_it(void **state)
{
	(void)state;
	tell(SIDE_CLIENT, 30 * MS, segment(SIDE_CLIENT, TCP_FIN | TCP_ACK, 101, 501, 0));
	assert_int_equal(flow.state, TCP_CLOSING);
	assert_string_equal(flow_conn_state(&flow), "S2");
	tell(SIDE_SERVER, 50 * MS, segment(SIDE_SERVER, TCP_FIN | TCP_ACK, 501, 102, 0));
	assert_int_equal(flow.state, TCP_OVER);
	assert_string_equal(flow_conn_state(&flow), "SF");
	assert_false(flow.server_ended_first);
}

static void who_ended_first_is_known_even_in_one_moment(void **state)
{
	(void)state;
	tell(SIDE_SERVER, 30 * MS, segment(SIDE_SERVER, TCP_FIN | TCP_ACK, 501, 101, 0));
	tell(SIDE_CLIENT, 30 * MS, segment(SIDE_CLIENT, TCP_FIN | TCP_ACK, 101, 502, 0));
	tell(SIDE_SERVER, 31 * MS, segment(SIDE_SERVER, TCP_RST, 502, 0, 0));
	assert_true(flow.server_ended_first);
	assert_int_equal(flow.half[SIDE_SERVER].fin, flow.half[SIDE_CLIENT].fin);
}

static void a_missing_segment_is_a_hole(void **state)
{
	(void)state;
	tell(SIDE_SERVER, 30 * MS, segment(SIDE_SERVER, TCP_ACK, 501, 101, 100));
	assert_false(flow.half[SIDE_SERVER].hole);
	tell(SIDE_SERVER, 31 * MS, segment(SIDE_SERVER, TCP_ACK, 801, 101, 100));
	assert_true(flow.half[SIDE_SERVER].hole);
	assert_false(flow.half[SIDE_SERVER].cut_short);
}

static void data_that_its_own_fin_overtook_was_said(void **state)
{
	for (uint32_t lost = 0; lost <= 50; lost += 50) { /* of the 100 bytes before the FIN */
		tell(SIDE_SERVER, 30 * MS, segment(SIDE_SERVER, TCP_FIN | TCP_ACK, 601, 101, 0));
		assert_true(flow.half[SIDE_SERVER].hole && flow.half[SIDE_SERVER].first_data == 0);
		tell(SIDE_SERVER, 31 * MS, segment(SIDE_SERVER, TCP_ACK, 501 + lost, 101, 100 - lost));
		assert_int_equal(flow.half[SIDE_SERVER].first_data, 32);
		assert_int_equal(flow.half[SIDE_SERVER].progress, 32);
		tell(SIDE_SERVER, 33 * MS, segment(SIDE_SERVER, TCP_ACK, 501 + lost, 101, 100 - lost)); /* again */
		assert_int_equal(flow.half[SIDE_SERVER].first_data, 32);
		assert_int_equal(flow.half[SIDE_SERVER].hole, lost > 0);
		assert_int_equal(flow.half[SIDE_SERVER].cut_short, lost > 0);
		forget(state);
		open_one(state);
	}
	tell(SIDE_SERVER, 30 * MS, segment(SIDE_SERVER, TCP_FIN | TCP_ACK, 501, 101, 0));
	tell(SIDE_SERVER, 31 * MS, segment(SIDE_SERVER, TCP_ACK, 500, 101, 1)); /* a keep-alive says nothing */
	tell(SIDE_SERVER, 32 * MS, segment(SIDE_SERVER, TCP_ACK, 501, 101, 1)); /* nor one behind the FIN */
	assert_int_equal(flow.half[SIDE_SERVER].first_data, 0);
}

static void what_a_reset_acknowledges_was_heard(void **state)
{
	tell(SIDE_CLIENT, 25 * MS, segment(SIDE_CLIENT, TCP_ACK, 101, 501, 50));
	tell(SIDE_SERVER, 30 * MS, segment(SIDE_SERVER, TCP_ACK, 501, 151, 100));
	tell(SIDE_CLIENT, 30 * MS, segment(SIDE_CLIENT, TCP_RST | TCP_ACK, 151, 601, 0));
	assert_int_equal(flow.half[SIDE_CLIENT].acked, 601);
	forget(state);
	open_one(state);
	tell(SIDE_CLIENT, 30 * MS, segment(SIDE_CLIENT, TCP_RST | TCP_ACK, 101, 9999, 0)); /* of nothing that was sent */
	assert_int_equal(flow.half[SIDE_CLIENT].acked, 501);
	forget(state);
	open_one(state);
	tell(SIDE_SERVER, 30 * MS, segment(SIDE_SERVER, TCP_ACK, 501, 101, 100));
	tell(SIDE_CLIENT, 30 * MS, segment(SIDE_CLIENT, TCP_RST, 101, 0, 0));
	assert_int_equal(flow.half[SIDE_CLIENT].acked, 501);
}

static void an_end_tells_of_bytes_before_it(void **state)
{
	tell(SIDE_SERVER, 30 * MS, segment(SIDE_SERVER, TCP_FIN | TCP_ACK, 508, 101, 0));
	assert_true(flow.half[SIDE_SERVER].hole && flow.half[SIDE_SERVER].cut_short);
	forget(state);
	open_one(state);
	tell(SIDE_CLIENT, 30 * MS, segment(SIDE_CLIENT, TCP_RST | TCP_ACK, 101, 501, 0));
	assert_false(flow.half[SIDE_CLIENT].hole || flow.half[SIDE_CLIENT].cut_short);
	forget(state);
	open_one(state);
	tell(SIDE_CLIENT, 30 * MS, segment(SIDE_CLIENT, TCP_RST | TCP_ACK, 108, 501, 0));
	assert_true(flow.half[SIDE_CLIENT].hole && flow.half[SIDE_CLIENT].cut_short);
	forget(state);
	open_one(state);
	tell(SIDE_CLIENT, 30 * MS, segment(SIDE_CLIENT, TCP_RST | TCP_ACK, 70000000, 501, 0)); /* made up */
	assert_false(flow.half[SIDE_CLIENT].hole);
}

static bool closes_with(const uint8_t *bytes, size_t n)
{
	struct packet p = segment(SIDE_SERVER, TCP_ACK | TCP_PSH, 501, 101, (uint32_t)n);

	open_one(NULL);
	p.payload = cursor_of(bytes, n, n);
	tell(SIDE_SERVER, 40 * MS, p);
	return flow.half[SIDE_SERVER].closing;
}

static void a_last_record_of_an_alerts_size_closes(void **state)
{
	uint8_t bytes[300] = {0};

	(void)state;
	memcpy(bytes + sizeof bytes - 24, (const uint8_t[]){23, 3, 3, 0, 19}, 5);
	assert_true(closes_with(bytes, sizeof bytes));
	assert_true(closes_with(bytes + sizeof bytes - 24, 24));
	assert_false(closes_with(bytes, sizeof bytes - 1));
	bytes[sizeof bytes - 24] = 21;
	assert_true(closes_with(bytes, sizeof bytes));
	bytes[sizeof bytes - 20] = 18; /* one byte short: no record ends here */
	assert_false(closes_with(bytes, sizeof bytes));
	memcpy(bytes + sizeof bytes - 7, (const uint8_t[]){21, 3, 1, 0, 2, 1, 0}, 7);
	assert_true(closes_with(bytes, sizeof bytes));
}

static void datagrams_of_one_flight_are_one_request(void **state)
{
	static const uint8_t request[] = "who is there";
	struct packet p = packet_of(SIDE_CLIENT, 5000, 9999, PROTO_UDP);

	(void)state;
	p.payload = cursor_of(request, sizeof request, sizeof request);
	p.payload_length = sizeof request;
	const int64_t at[] = {0, 20 * MS, 500 * MS, 1500 * MS};
	for (size_t i = 0; i < 4; i++)
		take(SIDE_CLIENT, T0 + at[i], &p);
	assert_int_equal(flow.request_flights, 3);
	assert_int_equal(flow.flights, 3);
	assert_int_equal(flow.half[SIDE_CLIENT].packets, 4);
}

static void only_an_unreachable_of_the_clients_packet_counts(void **state)
{
	struct packet p = packet_of(SIDE_SERVER, 0, 0, PROTO_ICMP);

	(void)state;
	p.src = v4(77);
	p.icmp_type = 3;
	p.icmp_code = 4; /* fragmentation needed */
	take(SIDE_CLIENT, T0 + MS, &p);
	assert_int_equal(flow.unreachable.n, 0);
	p.icmp_code = 1;
	take(SIDE_SERVER, T0 + MS, &p);
	assert_int_equal(flow.unreachable.n, 0);
	take(SIDE_CLIENT, T0 + MS, &p);
	p.icmp_code = 13; /* the administrative prohibition says more */
	p.src = v4(78);
	take(SIDE_CLIENT, T0 + 2 * MS, &p);
	p.icmp_code = 1;
	take(SIDE_CLIENT, T0 + 3 * MS, &p);
	assert_int_equal(flow.unreachable.n, 3);
	assert_int_equal(flow.unreachable.code, 13);
	assert_true(addr_equal(&flow.unreachable.sender, &(struct addr){.b = {[10] = 0xff, 0xff, 10, 0, 0, 78}}));
}

static void an_error_about_what_was_never_sent_does_not_count(void **state)
{
	struct packet syn = segment(SIDE_CLIENT, TCP_SYN, 5000, 0, 0), p = packet_of(SIDE_SERVER, 0, 0, PROTO_ICMP);

	(void)state;
	take(SIDE_CLIENT, T0, &syn);
	p.src = v4(77);
	p.icmp_type = 3;
	p.icmp_code = 13;
	p.quoted = (struct quoted){.present = true, .proto = PROTO_TCP, .has_seq = true, .seq = 900000};
	take(SIDE_CLIENT, T0 + MS, &p);
	assert_int_equal(flow.unreachable.n, 0);
	p.quoted.seq = 5000;
	take(SIDE_CLIENT, T0 + MS, &p);
	assert_int_equal(flow.unreachable.n, 1);
}

static void data_taken_with_the_syn_was_sent(void **state)
{
	struct packet syn = segment(SIDE_CLIENT, TCP_SYN, 5000, 0, 300);
	struct packet taken = segment(SIDE_SERVER, TCP_SYN | TCP_ACK, 70, 5301, 0);
	struct packet more = segment(SIDE_CLIENT, TCP_ACK | TCP_PSH, 5301, 71, 10);

	(void)state;
	take(SIDE_CLIENT, T0, &syn);
	assert_int_equal(flow.half[SIDE_CLIENT].first_data, 0);
	take(SIDE_SERVER, T0 + 20 * MS, &taken);
	assert_int_equal(flow.half[SIDE_CLIENT].first_data, 1);
	assert_int_equal(flow.half[SIDE_CLIENT].waiting, 0);
	take(SIDE_CLIENT, T0 + 21 * MS, &more);
	assert_false(flow.half[SIDE_CLIENT].hole);
}

static void of_a_cut_record_the_size_tells_whether_it_closes(void **state)
{
	struct packet ask = segment(SIDE_CLIENT, TCP_ACK | TCP_PSH, 1001, 1, 100);
	struct packet answer = segment(SIDE_SERVER, TCP_ACK | TCP_PSH, 1, 1101, 24);

	(void)state;
	answer.payload.left = 0;
	answer.payload.lost = 24;
	begin(PROTO_TCP);
	take(SIDE_CLIENT, T0, &ask);
	take(SIDE_SERVER, T0 + MS, &answer);
	assert_true(flow.half[SIDE_SERVER].closing);
	answer.seq += 24;
	answer.payload.lost = answer.payload_length = 1400;
	take(SIDE_SERVER, T0 + 2 * MS, &answer);
	assert_false(flow.half[SIDE_SERVER].closing);
}

static void the_usual_story_needs_nothing_beside_its_record(void **state)
{
	(void)state;
	tell(SIDE_CLIENT, 30 * MS, segment(SIDE_CLIENT, TCP_ACK | TCP_PSH, 101, 501, 300));
	tell(SIDE_SERVER, 50 * MS, segment(SIDE_SERVER, TCP_ACK | TCP_PSH, 501, 401, 900));
	tell(SIDE_CLIENT, 51 * MS, segment(SIDE_CLIENT, TCP_ACK, 401, 1401, 0));
	tell(SIDE_CLIENT, 60 * MS, segment(SIDE_CLIENT, TCP_FIN | TCP_ACK, 401, 1401, 0));
	tell(SIDE_SERVER, 80 * MS, segment(SIDE_SERVER, TCP_FIN | TCP_ACK, 1401, 402, 0));
	assert_false(story.has_rare);
	assert_int_equal(flow.half[SIDE_CLIENT].bytes, 300);
	assert_int_equal(flow.half[SIDE_CLIENT].fin, 61);
	assert_int_equal(flow.half[SIDE_SERVER].fin, 81);
	assert_int_equal(flow.half[SIDE_SERVER].rst, 0);
	/* Once it does, nothing is lost. */
	tell(SIDE_CLIENT, 90 * MS, segment(SIDE_CLIENT, TCP_RST, 402, 0, 0));
	assert_true(story.has_rare);
	assert_int_equal(flow.synack, 21);
	assert_int_equal(flow.half[SIDE_CLIENT].fin, 61);
	assert_int_equal(flow.half[SIDE_CLIENT].rst, 91);
}

static void of_reset_and_fin_both_moments_are_told_whichever_came_first(void **state)
{
	(void)state;
	tell(SIDE_SERVER, 30 * MS, segment(SIDE_SERVER, TCP_RST, 501, 0, 0));
	assert_int_equal(flow.half[SIDE_SERVER].rst, 31);
	assert_int_equal(flow.half[SIDE_SERVER].fin, 0);
	tell(SIDE_SERVER, 40 * MS, segment(SIDE_SERVER, TCP_FIN | TCP_ACK, 501, 101, 0));
	assert_int_equal(flow.half[SIDE_SERVER].rst, 31);
	assert_int_equal(flow.half[SIDE_SERVER].fin, 41);
}

static void bytes_are_counted_beyond_32_bits_and_then_stand_still(void **state)
{
	struct packet p = segment(SIDE_CLIENT, TCP_ACK, 101, 501, 100);

	(void)state;
	story.way[SIDE_CLIENT].bytes_low = UINT32_MAX - 10;
	tell(SIDE_CLIENT, 30 * MS, p);
	assert_int_equal(flow.half[SIDE_CLIENT].bytes, UINT64_C(0x100000000) + 89);
	story.way[SIDE_CLIENT].bytes_low = UINT32_MAX;
	story.way[SIDE_CLIENT].bytes_high = UINT16_MAX;
	tell(SIDE_CLIENT, 40 * MS, p);
	assert_int_equal(flow.half[SIDE_CLIENT].bytes, UINT64_C(0xffffffffffff));
}

/* The capture missed the SYN-ACK. */
static void who_goes_on_with_an_acknowledging_client_answered_its_syn(void **state)
{
	(void)state;
	tell(SIDE_CLIENT, 0, segment(SIDE_CLIENT, TCP_SYN, 100, 0, 0));
	tell(SIDE_SERVER, 10 * MS, segment(SIDE_SERVER, TCP_ACK, 900, 77, 0)); /* about an older connection: RFC 5961 4 */
	assert_int_equal(flow.synack, 0);
	tell(SIDE_CLIENT, 21 * MS, segment(SIDE_CLIENT, TCP_ACK, 101, 501, 100));
	assert_int_equal(flow.synack, 0);
	tell(SIDE_SERVER, 40 * MS, segment(SIDE_SERVER, TCP_ACK, 501, 201, 200));
	assert_int_equal(flow.synack, 41);
	assert_int_equal(flow.state, TCP_OPEN);
	assert_int_equal(flow.half[SIDE_SERVER].begin, 501);
	assert_false(flow.half[SIDE_SERVER].hole);
	assert_false(flow.midstream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_handshake_opens, open_one),
		cmocka_unit_test_setup(silence_leaves_syns, fresh),
		cmocka_unit_test_setup(a_syn_again_at_once_is_a_copy, fresh),
		cmocka_unit_test_setup(a_syn_that_circles_is_one, fresh),
		cmocka_unit_test_setup(waiting_data_sent_again_is_a_repeat, open_one),
		cmocka_unit_test_setup(one_flight_is_no_repeat, open_one),
		cmocka_unit_test_setup(a_keep_alive_is_no_repeat, open_one),
		cmocka_unit_test_setup(a_single_byte_that_waits_is_no_keep_alive, open_one),
		cmocka_unit_test_setup(a_request_in_two_segments_came_after_one_rest, open_one),
		cmocka_unit_test_setup(a_closed_window_stops_nobody_for_a_firewall, open_one),
		cmocka_unit_test_setup(the_first_reset_is_remembered_for_forensics, open_one),
		cmocka_unit_test_setup(what_a_reset_overtook_was_not_sent_after_it, open_one),
		cmocka_unit_test_setup(both_fins_end_it, open_one),
		cmocka_unit_test_setup(who_ended_first_is_known_even_in_one_moment, open_one),
		cmocka_unit_test_setup(a_missing_segment_is_a_hole, open_one),
		cmocka_unit_test_setup(data_that_its_own_fin_overtook_was_said, open_one),
		cmocka_unit_test_setup(what_a_reset_acknowledges_was_heard, open_one),
		cmocka_unit_test_setup(an_end_tells_of_bytes_before_it, open_one),
		cmocka_unit_test(a_last_record_of_an_alerts_size_closes),
		cmocka_unit_test_setup(datagrams_of_one_flight_are_one_request, fresh_udp),
		cmocka_unit_test_setup(only_an_unreachable_of_the_clients_packet_counts, fresh),
		cmocka_unit_test_setup(an_error_about_what_was_never_sent_does_not_count, fresh),
		cmocka_unit_test_setup(data_taken_with_the_syn_was_sent, fresh),
		cmocka_unit_test(of_a_cut_record_the_size_tells_whether_it_closes),
		cmocka_unit_test_setup(the_usual_story_needs_nothing_beside_its_record, open_one),
		cmocka_unit_test_setup(of_reset_and_fin_both_moments_are_told_whichever_came_first, open_one),
		cmocka_unit_test_setup(who_goes_on_with_an_acknowledging_client_answered_its_syn, fresh),
		cmocka_unit_test_setup(bytes_are_counted_beyond_32_bits_and_then_stand_still, open_one),
	};

	return cmocka_run_group_tests(tests, NULL, forget);
}
