#include "flow_build.h"

static void assert_id(const char *a, uint16_t a_port, const char *b, uint16_t b_port, uint8_t proto, const char *expected)
{
	struct addr from, to;
	char id[COMMUNITY_TEXT];

	assert_true(addr_parse(a, &from) && addr_parse(b, &to));
	community_id(&from, a_port, &to, b_port, proto, id);
	assert_string_equal(id, expected);
	community_id(&to, b_port, &from, a_port, proto, id);
	assert_string_equal(id, expected);
}

/* The values published with the specification's reference implementation. */
static void ids_are_those_of_the_specification_in_both_directions(void **state)
{
	(void)state;
	assert_id("128.232.110.120", 34855, "66.35.250.204", 80, PROTO_TCP, "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
	assert_id("192.168.1.52", 54585, "8.8.8.8", 53, PROTO_UDP, "1:d/FP5EW3wiY1vCndhwleRRKHowQ=");
}

static void another_port_is_another_id(void **state)
{
	struct addr a = v4(1), b = v4(9);
	char one[COMMUNITY_TEXT], other[COMMUNITY_TEXT];

	(void)state;
	community_id(&a, 1000, &b, 443, PROTO_TCP, one);
	community_id(&a, 1001, &b, 443, PROTO_TCP, other);
	assert_string_not_equal(one, other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_are_those_of_the_specification_in_both_directions),
		cmocka_unit_test(another_port_is_another_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
