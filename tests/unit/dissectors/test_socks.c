#include "said.h"

extern const struct dissector dissector_socks;

static struct feed f;

static int begin(void **unused)
{
	(void)unused;
	feed_begin(&f, &dissector_socks);
	return 0;
}

static int end(void **unused)
{
	(void)unused;
	feed_end(&f);
	return 0;
}

static void five_connects_to_a_name(void **unused)
{
	(void)unused;
	SAY(&f, SIDE_CLIENT, "\5\2\0\2");
	SAY(&f, SIDE_SERVER, "\5\0");
	SAY(&f, SIDE_CLIENT, "\5\1\0\3\7A.eXamp\x01\xbb");
	SAY(&f, SIDE_SERVER, "\5\0\0\1\0\0\0\0\0\0");
	assert_string_equal(said(&f, SIDE_CLIENT, FACT_HTTP_CONNECT, 1), "code=5 flag=0 n=0 number=443 id=0  'a.examp' ''");
	assert_string_equal(said(&f, SIDE_SERVER, FACT_SOCKS_REPLY, 1), "code=0 flag=1 n=5 number=0 id=0  '' 'succeeded'");
	assert_int_equal(said_count(&f, SIDE_SERVER, FACT_TUNNEL_OPEN), 1);
}

static void five_connects_to_addresses(void **unused)
{
	(void)unused;
	SAY(&f, SIDE_CLIENT, "\5\1\0\5\1\0\1\xc0\0\2\7\x0d\x96");
	assert_string_equal(said(&f, SIDE_CLIENT, FACT_HTTP_CONNECT, 1), "code=5 flag=0 n=0 number=3478 id=0 192.0.2.7 '192.0.2.7' ''");
	feed_end(&f);
	feed_begin(&f, &dissector_socks);
	SAY(&f, SIDE_CLIENT, "\5\1\0\5\1\0\4\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\0\x50");
	assert_string_equal(said(&f, SIDE_CLIENT, FACT_HTTP_CONNECT, 1), "code=5 flag=0 n=0 number=80 id=0 2001:db8::1 '2001:db8::1' ''");
}

static void five_is_refused_by_its_ruleset_after_a_password(void **unused)
{
	(void)unused;
	SAY(&f, SIDE_CLIENT, "\5\1\2");
	SAY(&f, SIDE_SERVER, "\5\2");
	SAY(&f, SIDE_CLIENT, "\1\4user\6secret");
	SAY(&f, SIDE_SERVER, "\1\0");
	SAY(&f, SIDE_CLIENT, "\5\1\0\3\1x\0\x50");
	SAY(&f, SIDE_SERVER, "\5\2\0\1\0\0\0\0\0\0");
	assert_string_equal(said(&f, SIDE_SERVER, FACT_SOCKS_REPLY, 1), "code=2 flag=0 n=5 number=0 id=0  '' 'connection not allowed by ruleset'");
	assert_int_equal(said_count(&f, SIDE_SERVER, FACT_TUNNEL_OPEN), 0);
	assert_null(strstr(said_log(&f), "secret"));
}

static void five_refuses_methods_and_passwords(void **unused)
{
	(void)unused;
	SAY(&f, SIDE_CLIENT, "\5\1\0");
	SAY(&f, SIDE_SERVER, "\5\xff");
	assert_string_equal(said(&f, SIDE_SERVER, FACT_SOCKS_REPLY, 1), "code=255 flag=0 n=5 number=0 id=0  '' 'no acceptable method'");
	feed_end(&f);
	feed_begin(&f, &dissector_socks);
	SAY(&f, SIDE_SERVER, "\5\2\1\1");
	assert_string_equal(said(&f, SIDE_SERVER, FACT_SOCKS_REPLY, 1), "code=1 flag=0 n=5 number=0 id=0  '' 'user or password refused'");
}

static void relay_of_datagrams_is_no_tunnel(void **unused)
{
	(void)unused;
	SAY(&f, SIDE_CLIENT, "\5\1\0\5\3\0\1\0\0\0\0\0\0");
	SAY(&f, SIDE_SERVER, "\5\0\5\0\0\1\0\0\0\0\0\0");
	assert_int_equal(said_count(&f, SIDE_CLIENT, FACT_HTTP_CONNECT), 0);
	assert_int_equal(said_count(&f, SIDE_SERVER, FACT_SOCKS_REPLY), 1);
	assert_int_equal(said_count(&f, SIDE_SERVER, FACT_TUNNEL_OPEN), 0);
}

static void four_and_its_extension_are_read(void **unused)
{
	(void)unused;
	SAY(&f, SIDE_CLIENT, "\4\1\0\x50\xc0\0\2\1me\0");
	SAY(&f, SIDE_SERVER, "\0\x5a\0\0\0\0\0\0");
	assert_string_equal(said(&f, SIDE_CLIENT, FACT_HTTP_CONNECT, 1), "code=4 flag=0 n=0 number=80 id=0 192.0.2.1 '192.0.2.1' ''");
	assert_string_equal(said(&f, SIDE_SERVER, FACT_SOCKS_REPLY, 1), "code=90 flag=1 n=4 number=0 id=0  '' 'granted'");
	assert_int_equal(said_count(&f, SIDE_SERVER, FACT_TUNNEL_OPEN), 1);
	feed_end(&f);
	feed_begin(&f, &dissector_socks);
	SAY(&f, SIDE_CLIENT, "\4\1\1\xbb\0\0\0\1\0cdn.example\0");
	SAY(&f, SIDE_SERVER, "\0\x5b\0\0\0\0\0\0");
	assert_string_equal(said(&f, SIDE_CLIENT, FACT_HTTP_CONNECT, 1), "code=4 flag=0 n=0 number=443 id=0  'cdn.example' ''");
	assert_string_equal(said(&f, SIDE_SERVER, FACT_SOCKS_REPLY, 1), "code=91 flag=0 n=4 number=0 id=0  '' 'rejected or failed'");
}

static void client_waits_for_the_answer(void **unused)
{
	static const char answer[] = "\5\0\5\0\0\1\0\0\0\0\0\0\x16\x03";
	struct cursor c = cursor_of(answer, sizeof answer - 1, sizeof answer - 1);

	(void)unused;
	SAY(&f, SIDE_CLIENT, "\5\1\0\5\1\0\3\1x\0\x50\x16\x03\x01");
	assert_int_equal(f.kept_n[SIDE_CLIENT], 3);
	assert_int_equal(feed_parse(&f, &c, SIDE_SERVER), ERR_OK);
	assert_int_equal(c.left, 2);
}

static void endless_user_is_malformed(void **unused)
{
	uint8_t bytes[600] = "\4\1\0\x50\xc0\0\2\1";

	(void)unused;
	memset(bytes + 8, 'u', sizeof bytes - 8);
	feed_bytes(&f, SIDE_CLIENT, bytes, sizeof bytes, sizeof bytes, false);
	assert_int_equal(f.worst, ERR_MALFORMED);
}

static enum probe probe(const uint8_t *bytes, size_t n, enum side side)
{
	struct cursor c = cursor_of(bytes, n, n);

	c.open = true;
	return dissector_socks.probe(c, side);
}

static void probe_wants_exact_greetings(void **unused)
{
	(void)unused;
	assert_int_equal(probe(BYTES("\5\1\0"), SIDE_CLIENT), PROBE_YES);
	assert_int_equal(probe(BYTES("\5\3\0\1\2"), SIDE_CLIENT), PROBE_YES);
	assert_int_equal(probe(BYTES("\5\3\0"), SIDE_CLIENT), PROBE_MORE);
	assert_int_equal(probe(BYTES("\5\0\x0b\3"), SIDE_CLIENT), PROBE_NO); /* DCE/RPC */
	assert_int_equal(probe(BYTES("\5\1\x20"), SIDE_CLIENT), PROBE_NO);
	assert_int_equal(probe(BYTES("\5\1\0\5\1\0"), SIDE_CLIENT), PROBE_MAYBE);
	assert_int_equal(probe(BYTES("\4\1\0\x50\xc0\0\2\1\0"), SIDE_CLIENT), PROBE_YES);
	assert_int_equal(probe(BYTES("\4\1\0\0\xc0\0\2\1\0"), SIDE_CLIENT), PROBE_NO);
	assert_int_equal(probe(BYTES("\4\7\0\x50"), SIDE_CLIENT), PROBE_NO);
	assert_int_equal(probe(BYTES("\5\0"), SIDE_SERVER), PROBE_MAYBE);
}

#define CASE(x) cmocka_unit_test_setup_teardown(x, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(five_connects_to_a_name),
	    CASE(five_connects_to_addresses),
	    CASE(five_is_refused_by_its_ruleset_after_a_password),
	    CASE(five_refuses_methods_and_passwords),
	    CASE(relay_of_datagrams_is_no_tunnel),
	    CASE(four_and_its_extension_are_read),
	    CASE(client_waits_for_the_answer),
	    CASE(endless_user_is_malformed),
	    CASE(probe_wants_exact_greetings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
