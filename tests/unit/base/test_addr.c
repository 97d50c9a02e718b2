/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"

static struct addr address(const char *text)
{
	struct addr a;

	assert_true(addr_parse(text, &a));
	return a;
}

static struct prefix prefix(const char *text)
{
	struct prefix p;

	assert_int_equal(prefix_parse(text, &p), ERR_OK);
	return p;
}

static bool within(const char *net, const char *host)
{
	struct prefix p = prefix(net);
	struct addr a = address(host);

	return prefix_contains(&p, &a);
}

static void literals_of_both_families_are_read_and_written(void **state)
{
	static const char *const pairs[][2] = {{"10.0.0.5", "10.0.0.5"},
	                                       {"255.255.255.255", "255.255.255.255"},
	                                       {"2001:DB8:0:0::7", "2001:db8::7"},
	                                       {"[2001:db8::7]", "2001:db8::7"},
	                                       {"::1", "::1"},
	                                       {"::ffff:192.0.2.1", "192.0.2.1"}};
	char text[ADDR_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		struct addr a = address(pairs[i][0]);
		assert_string_equal(addr_format(&a, text), pairs[i][1]);
	}
	assert_string_equal(addr_format(&(struct addr){{0}}, text), "");
}

static void addresses_are_written_as_the_c_library_does(void **state)
{
	char text[ADDR_TEXT], expected[INET6_ADDRSTRLEN];
	uint64_t seed = 1;

	(void)state;
	for (unsigned n = 0; n < 200000; n++) {
		struct addr a;
		for (unsigned i = 0; i < 16; i++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			/* each group is zero, short or long about equally often */
			a.b[i] = seed >> 60 < 9 ? 0 : (uint8_t)(seed >> 40);
		}
		if (n % 3 == 0)
			a = addr_of_v4(a.b);
		if (n % 7 == 0)
			memset(a.b, 0, 1 + n % 15);
		if (addr_is_none(&a))
			continue;
		assert_non_null(addr_is_v4(&a) ? inet_ntop(AF_INET, a.b + 12, expected, sizeof expected)
		                               : inet_ntop(AF_INET6, a.b, expected, sizeof expected));
		assert_string_equal(addr_format(&a, text), expected);
	}
}

static void what_is_no_address_is_refused(void **state)
{
	static const char *const words[] = {"", "10.0.0", "10.0.0.256", "10.0.0.5 ", "10.0.0.5/8", "host", "[]", "[10.0.0.5",
	                                    "fe80::1%eth0", "2001:db8::7::1",
	                                    "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"};
	struct addr a;

	(void)state;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		assert_false(addr_parse(words[i], &a));
}

static void prefixes_lose_their_host_bits(void **state)
{
	static const char *const pairs[][2] = {{"10.1.2.3/8", "10.0.0.0/8"},       {"10.1.2.3", "10.1.2.3"},
	                                       {"10.1.2.3/32", "10.1.2.3"},        {"10.1.2.3/31", "10.1.2.2/31"},
	                                       {"0.0.0.0/0", "0.0.0.0/0"},         {"2001:db8:1::9/33", "2001:db8::/33"},
	                                       {"2001:db8::7/128", "2001:db8::7"}, {"::/0", "::/0"}};
	char text[PREFIX_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		struct prefix p = prefix(pairs[i][0]);
		assert_string_equal(prefix_format(&p, text), pairs[i][1]);
	}
}

static void bad_lengths_are_refused(void **state)
{
	static const char *const words[] = {"10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8x", "10.0.0.0/ 8", "/8",
	                                    "2001:db8::/129", "10.0.0.0/99999999999999999999", "host/8"};
	struct prefix p;

	(void)state;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		assert_int_equal(prefix_parse(words[i], &p), ERR_USAGE);
}

static void a_prefix_contains_what_begins_like_it(void **state)
{
	(void)state;
	assert_true(within("10.0.0.0/8", "10.255.0.1"));
	assert_false(within("10.0.0.0/8", "11.0.0.1"));
	assert_true(within("192.0.2.128/25", "192.0.2.200"));
	assert_false(within("192.0.2.128/25", "192.0.2.100"));
	assert_true(within("192.0.2.7", "192.0.2.7"));
	assert_false(within("192.0.2.7", "192.0.2.6"));
	assert_true(within("0.0.0.0/0", "203.0.113.1"));
	assert_true(within("2001:db8::/33", "2001:db8:7fff::1"));
	assert_false(within("2001:db8::/33", "2001:db8:8000::1"));
}

static void families_do_not_contain_each_other(void **state)
{
	(void)state;
	assert_false(within("::/0", "10.0.0.1"));
	assert_false(within("::/64", "10.0.0.1"));
	assert_false(within("0.0.0.0/0", "2001:db8::1"));
	assert_true(within("::/0", "2001:db8::1"));
}

/* Compared with a plain bit-by-bit comparison. */
static void every_length_counts_its_bits(void **state)
{
	unsigned seed = 5;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct prefix p = {.bits = (uint8_t)(rand_r(&seed) % 129)};
		struct addr a;
		p.addr.b[0] = a.b[0] = 0x20;
		for (int i = 1; i < 16; i++)
			p.addr.b[i] = a.b[i] = (uint8_t)rand_r(&seed);
		int flip = 8 + rand_r(&seed) % 120;
		a.b[flip / 8] ^= (uint8_t)(0x80 >> flip % 8);
		assert_int_equal(prefix_contains(&p, &a), flip >= p.bits);
	}
}

static void special_addresses_are_known(void **state)
{
	static const struct {
		const char *text;
		bool nowhere, local;
	} rows[] = {{"0.0.0.0", true, false},     {"127.8.8.8", true, false},   {"::1", true, false},
	            {"169.254.1.1", false, true}, {"224.0.0.251", false, true}, {"255.255.255.255", false, true},
	            {"fe80::1", false, true},     {"ff02::fb", false, true},    {"10.1.1.1", false, false},
	            {"172.31.0.1", false, false},  {"172.32.0.1", false, false}, {"192.168.9.9", false, false},
	            {"100.64.0.1", false, false},  {"100.128.0.1", false, false}, {"fd00::1", false, false},
	            {"203.0.113.7", false, false}, {"2001:db8::1", false, false}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct addr a = address(rows[i].text);
		assert_int_equal(addr_is_nowhere(&a), rows[i].nowhere);
		assert_int_equal(addr_is_local_scope(&a), rows[i].local);
	}
}

static void what_a_translator_reaches_is_known(void **state)
{
	struct addr a = address("64:ff9b::203.0.113.7"), v4 = {0};
	char text[ADDR_TEXT];

	(void)state;
	assert_true(addr_translated(&a, &v4));
	assert_string_equal(addr_format(&v4, text), "203.0.113.7");
	a = address("64:ff9b:1::203.0.113.7");
	assert_false(addr_translated(&a, &v4));
	a = address("203.0.113.7");
	assert_false(addr_translated(&a, &v4));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(literals_of_both_families_are_read_and_written),
	    cmocka_unit_test(addresses_are_written_as_the_c_library_does),
	    cmocka_unit_test(what_is_no_address_is_refused),
	    cmocka_unit_test(prefixes_lose_their_host_bits),
	    cmocka_unit_test(bad_lengths_are_refused),
	    cmocka_unit_test(a_prefix_contains_what_begins_like_it),
	    cmocka_unit_test(families_do_not_contain_each_other),
	    cmocka_unit_test(every_length_counts_its_bits),
	    cmocka_unit_test(special_addresses_are_known),
	    cmocka_unit_test(what_a_translator_reaches_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
