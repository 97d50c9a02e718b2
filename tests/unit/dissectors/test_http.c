#include "said.h"

extern const struct dissector dissector_http;

static struct feed f;

static int begin(void **unused)
{
	(void)unused;
	feed_begin(&f, &dissector_http);
	return 0;
}

static int end(void **unused)
{
	(void)unused;
	feed_end(&f);
	return 0;
}

static void host_comes_from_the_field_in_any_case(void **unused)
{
	(void)unused;
	SAY(&f, SIDE_CLIENT, "GET /a HTTP/1.1\r\nAccept: x\r\nhOsT : \tWeb.Example.net:8080 \r\n\r\n");
	assert_string_equal(said(&f, SIDE_CLIENT, FACT_HTTP_REQUEST, 1), "code=0 flag=0 n=0 number=8080 id=0  'web.example.net' 'GET'");
}

static void absolute_uri_wins_over_the_field(void **unused)
{
	(void)unused;
	SAY(&f, SIDE_CLIENT, "GET http://u:p@Right.example?x=http://wrong/ HTTP/1.1\r\nHost: wrong.example\r\n\r\n");
	assert_string_equal(said(&f, SIDE_CLIENT, FACT_HTTP_REQUEST, 1), "code=0 flag=1 n=0 number=0 id=0  'right.example' 'GET'");
}

static void query_with_a_uri_is_not_absolute(void **unused)
{
	(void)unused;
	SAY(&f, SIDE_CLIENT, "GET /to?u=http://other.example/ HTTP/1.1\r\nHost: asked.example\r\n\r\n");
	assert_string_equal(said(&f, SIDE_CLIENT, FACT_HTTP_REQUEST, 1), "code=0 flag=0 n=0 number=0 id=0  'asked.example' 'GET'");
}

static void folded_field_and_bare_line_feeds_are_read(void **unused)
{
	(void)unused;
	SAY(&f, SIDE_CLIENT, "\r\n\nGET / HTTP/1.0\nHost:\n folded.example\n\n");
	assert_string_equal(said(&f, SIDE_CLIENT, FACT_HTTP_REQUEST, 1), "code=0 flag=0 n=0 number=0 id=0  'folded.example' 'GET'");
}

static void host_with_odd_bytes_stays_printable(void **unused)
{
	(void)unused;
	SAY(&f, SIDE_CLIENT, "GET / HTTP/1.1\r\nHost: a\x1b[31m\xff.example\r\n\r\n");
	assert_string_equal(said(&f, SIDE_CLIENT, FACT_HTTP_REQUEST, 1), "code=0 flag=0 n=0 number=0 id=0  'a\\x1b[31m\\xff.example' 'GET'");
}

static void requests_behind_bodies_are_seen(void **unused)
{
	(void)unused;
	SAY(&f, SIDE_CLIENT, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nGET xPOST / HTTP/1.1\r\nHost: b\r\n"
	                     "Transfer-Encoding: gzip, chunked\r\n\r\n4;e=\"x\"\r\nGET \r\n0\r\nTrailer: t\r\n\r\nGET / HTTP/1.1\r\nHost: c\r\n\r\n");
	assert_int_equal(said_count(&f, SIDE_CLIENT, FACT_HTTP_REQUEST), 3);
	assert_non_null(strstr(said(&f, SIDE_CLIENT, FACT_HTTP_REQUEST, 3), "'c' 'GET'"));
}

static void bodies_are_consumed_as_they_come(void **unused)
{
	(void)unused;
	SAY(&f, SIDE_SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nsome of it");
	assert_int_equal(f.kept_n[SIDE_SERVER], 0);
	assert_false(f.over[SIDE_SERVER]);
}

static void answers_without_a_body_are_told_by_what_they_answer(void **unused)
{
	(void)unused;
	SAY(&f, SIDE_CLIENT, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
	SAY(&f, SIDE_SERVER, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nHTTP/1.1 304 Not Modified\r\n"
	                     "Content-Length: 999\r\n\r\nHTTP/1.1 451 Unavailable For Legal Reasons\r\nVia: 1.1 x\r\nContent-Length: 0\r\n\r\n");
	assert_int_equal(said_count(&f, SIDE_SERVER, FACT_HTTP_STATUS), 4);
	assert_string_equal(said(&f, SIDE_SERVER, FACT_HTTP_STATUS, 4), "code=451 flag=0 n=1 number=0 id=0  '' 'Unavailable For Legal Reasons'");
}

static void an_answer_is_complete_with_the_last_byte_that_is_owed(void **unused)
{
	(void)unused;
	SAY(&f, SIDE_CLIENT, "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
	SAY(&f, SIDE_SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbodyHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nbody");
	assert_int_equal(said_count(&f, SIDE_SERVER, FACT_HTTP_COMPLETE), 0);
	SAY(&f, SIDE_SERVER, "y");
	assert_int_equal(said_count(&f, SIDE_SERVER, FACT_HTTP_COMPLETE), 1);
	SAY(&f, SIDE_CLIENT, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	SAY(&f, SIDE_SERVER, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n");
	assert_int_equal(said_count(&f, SIDE_SERVER, FACT_HTTP_COMPLETE), 1);
	SAY(&f, SIDE_SERVER, "\r\n");
	assert_int_equal(said_count(&f, SIDE_SERVER, FACT_HTTP_COMPLETE), 2);
}

static void body_until_close_makes_its_side_opaque(void **unused)
{
	(void)unused;
	SAY(&f, SIDE_SERVER, "HTTP/1.0 200 OK\r\n\r\nHTTP/1.1 500 not an answer\r\n\r\n");
	assert_int_equal(said_count(&f, SIDE_SERVER, FACT_HTTP_STATUS), 1);
	assert_int_equal(said_count(&f, SIDE_SERVER, FACT_TLS_OPAQUE), 1);
}

static void connect_is_repeated_after_a_challenge_and_granted(void **unused)
{
	(void)unused;
	SAY(&f, SIDE_CLIENT, "CONNECT Cdn.example.net:443 HTTP/1.1\r\nHost: other\r\n\r\n");
	SAY(&f, SIDE_SERVER, "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 3\r\n\r\nno!");
	SAY(&f, SIDE_CLIENT, "CONNECT cdn.example.net:443 HTTP/1.1\r\n\r\n");
	SAY(&f, SIDE_SERVER, "HTTP/1.1 200 OK\r\n\r\n");
	assert_string_equal(said(&f, SIDE_CLIENT, FACT_HTTP_CONNECT, 1), "code=1 flag=0 n=0 number=443 id=0  'cdn.example.net' ''");
	assert_int_equal(said_count(&f, SIDE_CLIENT, FACT_HTTP_CONNECT), 2);
	assert_string_equal(said(&f, SIDE_SERVER, FACT_HTTP_STATUS, 1), "code=407 flag=1 n=1 number=0 id=0  '' 'Proxy Authentication Required'");
	assert_string_equal(said(&f, SIDE_SERVER, FACT_HTTP_STATUS, 2), "code=200 flag=1 n=0 number=0 id=0  '' 'OK'");
	assert_int_equal(said_count(&f, SIDE_SERVER, FACT_TUNNEL_OPEN), 1);
}

static void granted_tunnel_leaves_the_inner_bytes(void **unused)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\n\r\n\x16\x03\x03";
	struct cursor c = cursor_of(answer, sizeof answer - 1, sizeof answer - 1);

	(void)unused;
	SAY(&f, SIDE_CLIENT, "CONNECT a.example:1 HTTP/1.1\r\n\r\n\x16\x03\x01");
	assert_int_equal(f.kept_n[SIDE_CLIENT], 3);
	assert_int_equal(feed_parse(&f, &c, SIDE_SERVER), ERR_OK);
	assert_int_equal(c.left, 3);
}

static void connect_to_a_literal_tells_its_address(void **unused)
{
	(void)unused;
	SAY(&f, SIDE_CLIENT, "CONNECT [2001:DB8::5]:8443 HTTP/1.1\r\n\r\n");
	assert_string_equal(said(&f, SIDE_CLIENT, FACT_HTTP_CONNECT, 1), "code=1 flag=0 n=0 number=8443 id=0 2001:db8::5 '2001:db8::5' ''");
}

static void refused_connect_opens_nothing(void **unused)
{
	(void)unused;
	SAY(&f, SIDE_CLIENT, "CONNECT a.example:443 HTTP/1.1\r\n\r\n");
	SAY(&f, SIDE_SERVER, "HTTP/1.1 403 Forbidden\r\nX-Squid-Error: e\r\n\r\npage");
	assert_string_equal(said(&f, SIDE_SERVER, FACT_HTTP_STATUS, 1), "code=403 flag=1 n=0 number=0 id=0  '' 'Forbidden'");
	assert_int_equal(said_count(&f, SIDE_SERVER, FACT_TUNNEL_OPEN), 0);
}

static void tunnel_is_told_though_the_request_was_not_captured(void **unused)
{
	(void)unused;
	SAY(&f, SIDE_SERVER, "HTTP/1.0 200 Connection Established\r\n\r\n");
	assert_int_equal(said_count(&f, SIDE_SERVER, FACT_TUNNEL_OPEN), 1);
}

static void http2_is_left_alone(void **unused)
{
	(void)unused;
	SAY(&f, SIDE_CLIENT, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
	assert_int_equal(said_count(&f, SIDE_CLIENT, FACT_TLS_OPAQUE), 1);
	assert_int_equal(said_count(&f, SIDE_CLIENT, FACT_HTTP_REQUEST), 0);
}

static void cut_head_tells_what_it_has(void **unused)
{
	(void)unused;
	feed_bytes(&f, SIDE_CLIENT, BYTES("GET / HTTP/1.1\r\nHost: cut.example\r\nCook"), 900, false);
	assert_non_null(strstr(said(&f, SIDE_CLIENT, FACT_HTTP_REQUEST, 1), "'cut.example'"));
	assert_int_equal(f.worst, ERR_TRUNCATED);
}

static void more_requests_than_are_remembered_do_no_harm(void **unused)
{
	(void)unused;
	for (int i = 0; i < 100; i++)
		SAY(&f, SIDE_CLIENT, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
	for (int i = 0; i < 32; i++)
		SAY(&f, SIDE_SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
	assert_int_equal(said_count(&f, SIDE_CLIENT, FACT_HTTP_REQUEST), 100);
	assert_int_equal(said_count(&f, SIDE_SERVER, FACT_HTTP_STATUS), 32);
}

static void endless_head_is_given_up(void **unused)
{
	static uint8_t line[DISSECTOR_UNIT + 2];

	(void)unused;
	memset(line, 'A', sizeof line);
	feed_bytes(&f, SIDE_CLIENT, line, sizeof line, sizeof line, false);
	assert_int_equal(f.worst, ERR_LIMIT);
}

static void bad_lengths_are_malformed(void **unused)
{
	(void)unused;
	SAY(&f, SIDE_CLIENT, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n");
	assert_int_equal(f.worst, ERR_MALFORMED);
	assert_int_equal(said_count(&f, SIDE_CLIENT, FACT_HTTP_REQUEST), 1);
	SAY(&f, SIDE_SERVER, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n");
	assert_true(f.over[SIDE_SERVER]);
}

/* Feed a segment of which the capture has only the beginning. */
static void say_cut(enum side side, const char *text, size_t lost)
{
	feed_bytes(&f, side, (const uint8_t *)text, strlen(text), strlen(text) + lost, false);
}

static void a_dance_of_which_each_head_is_cut_is_read(void **unused)
{
	(void)unused;
	say_cut(SIDE_CLIENT, "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\nUser-Age", 200);
	say_cut(SIDE_SERVER, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 3000\r\nServ", 1300);
	say_cut(SIDE_SERVER, "<p>a page</p>", 1400);
	say_cut(SIDE_CLIENT, "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\nUser-Age", 240);
	SAY(&f, SIDE_SERVER, "HTTP/1.1 200 Connection established\r\n\r\n");
	assert_int_equal(said_count(&f, SIDE_CLIENT, FACT_HTTP_CONNECT), 2);
	assert_int_equal(said_count(&f, SIDE_SERVER, FACT_HTTP_STATUS), 2);
	assert_int_equal(said_count(&f, SIDE_SERVER, FACT_TUNNEL_OPEN), 1);
}

/* The request that was granted is in the truncated part of another segment. */
static void a_grant_is_known_by_its_words_where_requests_went_by_unseen(void **unused)
{
	(void)unused;
	say_cut(SIDE_CLIENT, "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\nUser-Age", 500);
	SAY(&f, SIDE_SERVER, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
	SAY(&f, SIDE_SERVER, "HTTP/1.1 200 Connection established\r\n\r\n");
	assert_int_equal(said_count(&f, SIDE_SERVER, FACT_TUNNEL_OPEN), 1);
}

static void a_cut_body_is_stepped_over_by_its_length(void **unused)
{
	(void)unused;
	SAY(&f, SIDE_CLIENT, "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
	say_cut(SIDE_SERVER, "HTTP/1.1 403 Forbidden\r\nContent-Length: 40\r\n\r\nHTTP/1.1 ", 25);
	SAY(&f, SIDE_SERVER, "tail.\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	assert_int_equal(said_count(&f, SIDE_SERVER, FACT_HTTP_STATUS), 2);
}

static enum probe probe(const char *text, enum side side)
{
	struct cursor c = cursor_of(text, strlen(text), strlen(text));

	c.open = true;
	return dissector_http.probe(c, side);
}

static void probe_knows_requests_from_their_lookalikes(void **unused)
{
	(void)unused;
	assert_int_equal(probe("GET /", SIDE_CLIENT), PROBE_YES);
	assert_int_equal(probe("CONNECT a:443 HTTP/1.1\r\n", SIDE_CLIENT), PROBE_YES);
	assert_int_equal(probe("PROPPATCH /x HTTP/1.1\r\n", SIDE_CLIENT), PROBE_YES);
	assert_int_equal(probe("PRI * HTTP/2.0\r\n", SIDE_CLIENT), PROBE_YES);
	assert_int_equal(probe("CONN", SIDE_CLIENT), PROBE_MORE);
	assert_int_equal(probe("OPTIONS sip:a@b SIP/2.0\r\n", SIDE_CLIENT), PROBE_NO);
	assert_int_equal(probe("OPTIONS rtsp://a/b RTSP/1.0\r\n", SIDE_CLIENT), PROBE_NO);
	assert_int_equal(probe("SSH-2.0-x\r\n", SIDE_CLIENT), PROBE_NO);
	assert_int_equal(probe("\x16\x03\x01", SIDE_CLIENT), PROBE_NO);
	assert_int_equal(probe("HTTP/1.0 200", SIDE_SERVER), PROBE_YES);
	assert_int_equal(probe("220 mail ESMTP", SIDE_SERVER), PROBE_NO);
}

#define CASE(x) cmocka_unit_test_setup_teardown(x, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(host_comes_from_the_field_in_any_case),
	    CASE(absolute_uri_wins_over_the_field),
	    CASE(query_with_a_uri_is_not_absolute),
	    CASE(folded_field_and_bare_line_feeds_are_read),
	    CASE(host_with_odd_bytes_stays_printable),
	    CASE(requests_behind_bodies_are_seen),
	    CASE(bodies_are_consumed_as_they_come),
	    CASE(answers_without_a_body_are_told_by_what_they_answer),
	    CASE(an_answer_is_complete_with_the_last_byte_that_is_owed),
	    CASE(body_until_close_makes_its_side_opaque),
	    CASE(connect_is_repeated_after_a_challenge_and_granted),
	    CASE(granted_tunnel_leaves_the_inner_bytes),
	    CASE(connect_to_a_literal_tells_its_address),
	    CASE(refused_connect_opens_nothing),
	    CASE(tunnel_is_told_though_the_request_was_not_captured),
	    CASE(http2_is_left_alone),
	    CASE(cut_head_tells_what_it_has),
	    CASE(more_requests_than_are_remembered_do_no_harm),
	    CASE(endless_head_is_given_up),
	    CASE(a_dance_of_which_each_head_is_cut_is_read),
	    CASE(a_grant_is_known_by_its_words_where_requests_went_by_unseen),
	    CASE(a_cut_body_is_stepped_over_by_its_length),
	    CASE(bad_lengths_are_malformed),
	    CASE(probe_knows_requests_from_their_lookalikes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
