#include "flow_build.h"

static struct flow_table *table;

static void over(void *context, const struct tracked *t, bool evicted)
{
	(void)context;
	(void)t;
	(void)evicted;
}

static bool wanted(void *context, uint16_t port, uint8_t proto)
{
	(void)context;
	(void)proto;
	return port == 443;
}

static int begin(void **state)
{
	const struct flow_hooks hooks = {.over = over, .wanted = wanted};

	(void)state;
	table = flow_table_new(64, &hooks);
	return table == NULL;
}

static int end(void **state)
{
	(void)state;
	flow_table_free(table);
	return 0;
}

/* The number of a datagram's flow, and whether it starts that flow. */
static uint32_t number_of(uint16_t client_port, uint32_t guess, int64_t after_us, bool *ret_new)
{
	struct packet p = packet_of(SIDE_CLIENT, client_port, 443, PROTO_UDP);
	uint64_t before = flow_table_counters(table).flows;
	struct tracked t;
	enum side side;

	assert_true(flow_table_track(table, &p, guess, T0 + after_us, 0, &t, &side));
	assert_int_equal(side, SIDE_CLIENT);
	*ret_new = flow_table_counters(table).flows != before;
	return t.number;
}

static uint32_t guessed(uint16_t client_port)
{
	struct packet p = packet_of(SIDE_CLIENT, client_port, 443, PROTO_UDP);

	flow_table_prefetch(table, p.hash);
	return flow_table_prefetch_record(table, p.hash);
}

static void a_guess_is_right_or_does_not_matter(void **state)
{
	bool new;

	(void)state;
	assert_int_equal(guessed(40000), FLOW_UNKNOWN);
	uint32_t first = number_of(40000, FLOW_UNKNOWN, 0, &new), second = number_of(40001, FLOW_UNKNOWN, 0, &new);
	assert_int_not_equal(first, second);
	assert_int_equal(guessed(40000), first);
	assert_int_equal(number_of(40000, first, 1, &new), first);
	assert_false(new);
	assert_int_equal(number_of(40000, second, 2, &new), first);
	assert_false(new);
	uint32_t third = number_of(40002, first, 3, &new);
	assert_true(new);
	assert_int_equal(guessed(40002), third);
}

/* Between the guess and the packet the flow may end, and its slot be reused. */
static void a_flow_that_is_over_is_not_guessed_alive(void **state)
{
	bool new;

	(void)state;
	uint32_t old = number_of(40000, FLOW_UNKNOWN, 0, &new);
	flow_table_advance(table, T0 + 2 * IDLE_UDP_US);
	uint32_t other = number_of(40001, old, 2 * IDLE_UDP_US, &new);
	assert_true(new);
	assert_int_equal(other, old);
	uint32_t again = number_of(40000, old, 2 * IDLE_UDP_US, &new);
	assert_true(new);
	assert_int_not_equal(again, old);
	flow_table_advance(table, T0 + 4 * IDLE_UDP_US);
	number_of(40000, again, 4 * IDLE_UDP_US, &new);
	assert_true(new);
}

/* A flow keeps only the last bytes of IPv6 addresses with its story: flows that agree in these, in either order,
 * must still be distinguished, whichever is guessed. */
static void flows_alike_in_their_last_bytes_are_not_taken_for_each_other(void **state)
{
	enum { NETS = 2, PACKETS = NETS * NETS * 2 };
	struct packet packets[PACKETS];
	uint32_t numbers[PACKETS];
	unsigned n = 0;

	(void)state;
	for (uint8_t from = 1; from <= NETS; from++)
		for (uint8_t to = 1; to <= NETS; to++)
			for (int turned = 0; turned < 2; turned++) {
				const uint8_t a[16] = {0x20, from, [15] = turned ? 2 : 1}, b[16] = {0x20, to, [15] = turned ? 1 : 2};
				struct packet p = packet_of(SIDE_CLIENT, turned ? 6000 : 5000, turned ? 5000 : 6000, PROTO_UDP);
				p.src = addr_of_v6(a);
				p.dst = addr_of_v6(b);
				p.hash = flow_hash(&p.src, p.sport, &p.dst, p.dport, PROTO_UDP);
				packets[n++] = p;
			}
	for (unsigned i = 0; i < PACKETS; i++) {
		struct tracked t;
		enum side side;
		assert_true(flow_table_track(table, &packets[i], FLOW_UNKNOWN, T0, 0, &t, &side));
		numbers[i] = t.number;
	}
	for (unsigned i = 0; i < PACKETS; i++)
		for (unsigned k = 0; k < PACKETS; k++) {
			struct tracked t;
			enum side side;
			assert_true(flow_table_track(table, &packets[i], numbers[k], T0, 0, &t, &side));
			assert_int_equal(t.number, numbers[i]);
		}
	assert_int_equal(flow_table_counters(table).flows, NETS * NETS); /* each from both directions */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_guess_is_right_or_does_not_matter, begin, end),
	    cmocka_unit_test_setup_teardown(a_flow_that_is_over_is_not_guessed_alive, begin, end),
	    cmocka_unit_test_setup_teardown(flows_alike_in_their_last_bytes_are_not_taken_for_each_other, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
