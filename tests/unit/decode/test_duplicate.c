#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "build.h"

#define MS INT64_C(1000)

/* What TCP packets of these tests vary in. */
struct shape {
	unsigned id, ttl, vlan, flags;
	uint32_t seq, stamp; /* stamp 0: no timestamp option */
	bool tunnel, v6;
};

static const struct shape plain = {.id = 7, .ttl = 64, .flags = TCP_ACK, .seq = 1000};

static enum err send_tcp(struct decoder *d, struct shape s, int64_t time_us)
{
	struct build *b = build_new("data");
	struct packet p;

	if (s.stamp) {
		before32(b, 0);
		before32(b, s.stamp);
		before32(b, 0x0101080a);
	}
	tcp_of(b, 40000, 443, s.seq, s.flags, s.stamp ? 12 : 0);
	if (s.v6)
		ip6(b, 6);
	else
		ip4_of(b, 6, s.id, 0x4000, s.ttl);
	unsigned type = s.v6 ? 0x86dd : 0x0800;
	if (s.tunnel) {
		before16(b, type);
		before16(b, 0);
		ip4_of(b, 47, 99, 0, 255);
		type = 0x0800;
	}
	if (s.vlan) {
		before16(b, type);
		before16(b, s.vlan);
		type = 0x8100;
	}
	ethernet(b, type);
	enum err e = decode_at(d, b, 1, time_us, &p);
	free(b);
	return e;
}

static enum err second_of(struct shape a, struct shape b, int64_t apart_us)
{
	struct decoder *d = decoder_new(1 << 16);

	assert_int_equal(send_tcp(d, a, 1000000), ERR_OK);
	enum err e = send_tcp(d, b, 1000000 + apart_us);
	assert_int_equal(decoder_counters(d)->duplicates, e == ERR_END);
	decoder_free(d);
	return e;
}

static void the_same_packet_again_is_a_duplicate(void **state)
{
	(void)state;
	assert_int_equal(second_of(plain, plain, 0), ERR_END);
	assert_int_equal(second_of(plain, plain, 19 * MS), ERR_END);
	assert_int_equal(second_of(plain, plain, -19 * MS), ERR_END);
}

static void vlan_hops_and_tunnels_do_not_hide_a_duplicate(void **state)
{
	struct shape other = plain;

	(void)state;
	other.vlan = 12;
	other.ttl = 63;
	assert_int_equal(second_of(plain, other, 1 * MS), ERR_END);
	other.tunnel = true;
	assert_int_equal(second_of(plain, other, 1 * MS), ERR_END);
}

static void a_retransmission_is_no_duplicate(void **state)
{
	struct shape again = plain;

	(void)state;
	again.id = 8;
	assert_int_equal(second_of(plain, again, 1 * MS), ERR_OK);
	assert_int_equal(second_of(plain, plain, 200 * MS), ERR_OK);
	assert_int_equal(second_of(plain, plain, 21 * MS), ERR_OK);
}

static void a_syn_sent_again_is_no_duplicate(void **state)
{
	struct shape syn = {.id = 0, .ttl = 64, .flags = TCP_SYN, .seq = 5};

	(void)state;
	assert_int_equal(second_of(syn, syn, 1000 * MS), ERR_OK);
	assert_int_equal(second_of(syn, syn, 200 * MS), ERR_OK);
	assert_int_equal(second_of(syn, syn, 6 * MS), ERR_OK);
	assert_int_equal(second_of(syn, syn, 1 * MS), ERR_END);
}

static void without_an_id_only_a_short_time_counts(void **state)
{
	struct shape six = plain, later = plain;

	(void)state;
	six.v6 = true;
	assert_int_equal(second_of(six, six, 4 * MS), ERR_END);
	assert_int_equal(second_of(six, six, 6 * MS), ERR_OK);
	six.stamp = 1234;
	assert_int_equal(second_of(six, six, 19 * MS), ERR_END);
	later = six;
	later.stamp = 1235;
	assert_int_equal(second_of(six, later, 1 * MS), ERR_OK);
}

static void any_other_field_makes_another_packet(void **state)
{
	struct shape other = plain;

	(void)state;
	other.seq++;
	assert_int_equal(second_of(plain, other, 0), ERR_OK);
	other = plain;
	other.flags |= TCP_FIN;
	assert_int_equal(second_of(plain, other, 0), ERR_OK);
	other = plain;
	other.stamp = 1;
	assert_int_equal(second_of(plain, other, 0), ERR_OK);
}

/* How many of the first `look` of n packets are recognised when they come again. */
static unsigned known_again(unsigned n, unsigned look)
{
	struct decoder *d = decoder_new(1 << 16);
	struct shape s = plain;
	unsigned known = 0;

	for (s.seq = 0; s.seq < n; s.seq++)
		assert_int_equal(send_tcp(d, s, 1000000 + s.seq), ERR_OK);
	for (s.seq = 0; s.seq < look; s.seq++)
		known += send_tcp(d, s, 1000000 + n + s.seq) == ERR_END;
	decoder_free(d);
	return known;
}

/* Hashes use a random key: the result must not depend on which packets collide. */
static void each_of_the_last_packets_is_known_again(void **state)
{
	(void)state;
	assert_int_equal(known_again(3000, 3000), 3000);
	assert_int_equal(known_again(4096, 1), 1);
	assert_int_equal(known_again(4097, 1), 0);
}

/* Also after the ring and its filters have wrapped several times, wherever they are. */
static void the_packet_4096_before_is_known_at_any_place(void **state)
{
	struct decoder *d = decoder_new(1 << 16);
	struct shape s = plain;

	(void)state;
	for (uint32_t i = 0; i < 5 * 4096; i++) {
		s.seq = i;
		assert_int_equal(send_tcp(d, s, 1000000 + i), ERR_OK);
		s.seq = i - 4095;
		if (i >= 4095 && i % 97 == 0)
			assert_int_equal(send_tcp(d, s, 1000000 + i), ERR_END);
	}
	decoder_free(d);
}

static enum err send_udp(struct decoder *d, const char *payload, unsigned id, bool back, int64_t time_us)
{
	struct build *b = build_new(payload);
	struct packet p;

	udp_of(b, back ? 3478 : 40000, back ? 40000 : 3478);
	ip4_of(b, 17, id, 0, 64);
	enum err e = decode_at(d, b, 12, time_us, &p);
	free(b);
	return e;
}

static void an_application_that_repeats_is_no_duplicate(void **state)
{
	struct decoder *d = decoder_new(1 << 16);

	(void)state;
	assert_int_equal(send_udp(d, "request", 0, false, 0), ERR_OK);
	assert_int_equal(send_udp(d, "request", 0, false, 50 * MS), ERR_OK);
	assert_int_equal(send_udp(d, "request", 0, false, 51 * MS), ERR_END);
	assert_int_equal(send_udp(d, "request", 0, true, 51 * MS), ERR_OK);
	assert_int_equal(send_udp(d, "request", 1, false, 51 * MS), ERR_OK);
	decoder_free(d);
}

/* Forged DNS answers differ from the genuine ones only at the end. */
static void datagrams_that_differ_at_their_end_are_two(void **state)
{
	struct decoder *d = decoder_new(1 << 16);
	const char *head = "0123456789012345678901234567890123456789012345678901234567890123456789";
	char one[120], two[120];

	(void)state;
	strcpy(one, head);
	strcat(one, "answer A and more");
	strcpy(two, head);
	strcat(two, "answer B and more");
	assert_int_equal(send_udp(d, one, 0, false, 0), ERR_OK);
	assert_int_equal(send_udp(d, two, 0, false, 0), ERR_OK);
	assert_int_equal(send_udp(d, two, 0, false, 0), ERR_END);
	decoder_free(d);
}

/* Of short packets all bytes count, of others the first and last 32. */
static void a_byte_that_differs_makes_another_datagram(void **state)
{
	static const size_t sizes[] = {1, 7, 31, 32, 33, 47, 63, 64, 65, 100};
	struct decoder *d = decoder_new(1 << 16);
	char text[101];

	(void)state;
	for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
		size_t n = sizes[k];
		memset(text, 'a', n);
		text[n] = 0;
		assert_int_equal(send_udp(d, text, 0, false, 0), ERR_OK);
		for (size_t i = 0; i < n; i++) {
			bool counts = i < 32 || i >= n - 32;
			text[i] = 'b';
			assert_int_equal(send_udp(d, text, 0, false, 0), counts ? ERR_OK : ERR_END);
			text[i] = 'a';
		}
	}
	decoder_free(d);
}

static void icmp_errors_repeat_but_their_doubles_do_not_count(void **state)
{
	struct decoder *d = decoder_new(1 << 16);
	struct build *b = tcp4();
	struct packet p;

	(void)state;
	before32(b, 0);
	before32(b, 0x030d0000);
	ip4_of(b, 1, 0, 0, 64);
	assert_int_equal(decode_at(d, b, 12, 0, &p), ERR_OK);
	assert_int_equal(decode_at(d, b, 12, 100, &p), ERR_END);
	assert_int_equal(decode_at(d, b, 12, 1000 * MS, &p), ERR_OK);
	free(b);
	decoder_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_same_packet_again_is_a_duplicate),
	    cmocka_unit_test(vlan_hops_and_tunnels_do_not_hide_a_duplicate),
	    cmocka_unit_test(a_retransmission_is_no_duplicate),
	    cmocka_unit_test(a_syn_sent_again_is_no_duplicate),
	    cmocka_unit_test(without_an_id_only_a_short_time_counts),
	    cmocka_unit_test(each_of_the_last_packets_is_known_again),
	    cmocka_unit_test(the_packet_4096_before_is_known_at_any_place),
	    cmocka_unit_test(a_byte_that_differs_makes_another_datagram),
	    cmocka_unit_test(any_other_field_makes_another_packet),
	    cmocka_unit_test(an_application_that_repeats_is_no_duplicate),
	    cmocka_unit_test(datagrams_that_differ_at_their_end_are_two),
	    cmocka_unit_test(icmp_errors_repeat_but_their_doubles_do_not_count),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
