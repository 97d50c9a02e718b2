#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "serve/serve.h"

static bool is_ours(const char *listen, const char *host)
{
	static const char *const names[] = {"monitor.example"};
	struct serve_options o = {.names = names, .name_n = 1};

	assert_true(addr_parse(listen, &o.address));
	return serve_host_is_ours(&o, host);
}

static void a_loopback_server_answers_to_loopback_names(void **state)
{
	(void)state;
	assert_true(is_ours("127.0.0.1", "localhost:8321"));
	assert_true(is_ours("127.0.0.1", "127.0.0.1"));
	assert_true(is_ours("::1", "[::1]:8321"));
	assert_true(is_ours("127.0.0.1", "Monitor.Example:443"));
}

static void another_name_that_points_here_is_refused(void **state)
{
	static const char *const foreign[] = {"", ":80", "evil.example", "evil.example:8321", "localhost.evil.example", "127.0.0.1.evil.example",
	                                      "127.0.0.1:80:90", "127.0.0.1:x", "192.0.2.1", "[::1", "xmonitor.example"};

	(void)state;
	assert_false(is_ours("127.0.0.1", NULL));
	for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
		if (is_ours("127.0.0.1", foreign[i]))
			fail_msg("%s", foreign[i]);
}

static void an_address_answers_to_itself_only(void **state)
{
	(void)state;
	assert_true(is_ours("192.0.2.1", "192.0.2.1:8321"));
	assert_false(is_ours("192.0.2.1", "192.0.2.2"));
	assert_false(is_ours("192.0.2.1", "localhost"));
	assert_true(is_ours("0.0.0.0", "192.0.2.2"));
	assert_true(is_ours("::", "[2001:db8::1]:80"));
	assert_false(is_ours("0.0.0.0", "evil.example"));
}

static void only_whole_tokens_are_equal(void **state)
{
	(void)state;
	assert_true(serve_token_equal("abcdef", "abcdef", 6));
	assert_false(serve_token_equal("abcde", "abcdef", 6));
	assert_false(serve_token_equal("abcdefg", "abcdef", 6));
	assert_false(serve_token_equal("", "abcdef", 6));
	assert_false(serve_token_equal("abcabc", "abc", 3));
	assert_true(serve_token_is_good("0123456789abcdef"));
	assert_false(serve_token_is_good("short"));
	assert_false(serve_token_is_good("0123456789abcde;"));
}

static void loopback_is_more_than_one_address(void **state)
{
	struct addr a;

	(void)state;
	assert_true(addr_parse("127.5.5.5", &a) && serve_address_is_loopback(&a));
	assert_true(addr_parse("::1", &a) && serve_address_is_loopback(&a));
	assert_true(addr_parse("0.0.0.0", &a) && !serve_address_is_loopback(&a));
	assert_true(addr_parse("::", &a) && !serve_address_is_loopback(&a));
	assert_true(addr_parse("10.0.0.1", &a) && !serve_address_is_loopback(&a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_loopback_server_answers_to_loopback_names),
		cmocka_unit_test(another_name_that_points_here_is_refused),
		cmocka_unit_test(an_address_answers_to_itself_only),
		cmocka_unit_test(only_whole_tokens_are_equal),
		cmocka_unit_test(loopback_is_more_than_one_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
