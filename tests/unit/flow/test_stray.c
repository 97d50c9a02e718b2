/* ICMP errors that arrive before the packet they quote. */
#include "flow_build.h"

#include "flow/stray.h"

static struct packet error_about(const struct packet *p)
{
	struct packet e = {.proto = PROTO_ICMP, .src = v4(7), .dst = p->src, .icmp_type = 3, .icmp_code = 13};

	e.quoted = (struct quoted){.present = true, .proto = p->proto, .src = p->src, .dst = p->dst, .sport = p->sport,
	                           .dport = p->dport, .has_seq = true, .seq = p->seq};
	return e;
}

static void an_error_waits_a_moment_for_what_it_quotes(void **state)
{
	struct strays s = {0};
	struct packet syn = segment(SIDE_CLIENT, TCP_SYN, 100, 0, 0), other = packet_of(SIDE_CLIENT, 4, 5, PROTO_TCP);
	struct packet e = error_about(&syn);

	(void)state;
	strays_keep(&s, &e, T0);
	assert_null(strays_take(&s, &other, T0 + 1));
	const struct packet *found = strays_take(&s, &syn, T0 + 2 * MS);
	assert_non_null(found);
	assert_int_equal(found->icmp_code, 13);
	assert_null(strays_take(&s, &syn, T0 + 2 * MS)); /* it is reported once */
	strays_keep(&s, &e, T0);
	assert_null(strays_take(&s, &syn, T0 + 100 * MS));
	assert_int_equal(s.n, 0);
}

static void the_oldest_makes_room(void **state)
{
	struct strays s = {0};

	(void)state;
	for (uint16_t i = 0; i <= STRAYS_MOST; i++) {
		struct packet p = packet_of(SIDE_CLIENT, (uint16_t)(1000 + i), 443, PROTO_UDP), e = error_about(&p);
		strays_keep(&s, &e, T0);
	}
	for (uint16_t i = 0; i <= STRAYS_MOST; i++) {
		struct packet p = packet_of(SIDE_CLIENT, (uint16_t)(1000 + i), 443, PROTO_UDP);
		assert_int_equal(strays_take(&s, &p, T0) != NULL, i > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_waits_a_moment_for_what_it_quotes),
		cmocka_unit_test(the_oldest_makes_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
