#include "dns_build.h"

extern const struct dissector dissector_dns_udp, dissector_dns_tcp;

static struct feed f;

static enum err parse_cut(size_t captured)
{
	feed_end(&f);
	feed_begin(&f, &dissector_dns_udp);
	f.unasked = true;
	feed_bytes(&f, SIDE_SERVER, m.at, captured, m.n, false);
	return f.worst;
}

static enum err parse(void)
{
	return parse_cut(m.n);
}

static enum probe probe(void)
{
	return dissector_dns_udp.probe(cursor_of(m.at, m.n, m.n), SIDE_CLIENT);
}

static int begin(void **unused)
{
	(void)unused;
	feed_begin(&f, &dissector_dns_udp);
	return 0;
}

static int end(void **unused)
{
	(void)unused;
	feed_end(&f);
	return 0;
}

#define FACT(kind, nth) said(&f, SIDE_SERVER, kind, nth)
#define COUNT(kind) said_count(&f, SIDE_SERVER, kind)

/* ---- what is read */

static void chain_of_aliases_ends_in_addresses(void **unused)
{
	(void)unused;
	begin_message(ANSWER, 1, 3, 0, 0);
	put_question("CDN.Example.net.", A);
	put_pointer(QUESTION_AT);
	put_fields(CNAME, 60, "\4edge\xc0\x10", 7);
	size_t edge = m.n - 7;
	put_pointer(edge);
	put_fields(A, 30, "\xc0\0\2\7", 4);
	put_pointer(edge);
	put_fields(AAAA, 30, "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\7", 16);
	assert_int_equal(parse(), ERR_OK);
	assert_string_equal(FACT(FACT_DNS_HEADER, 1), "code=0 flag=1 n=1 number=0 id=1234  '' ''");
	assert_string_equal(FACT(FACT_DNS_QUESTION, 1), "code=1 flag=0 n=1 number=0 id=0  'cdn.example.net' ''");
	assert_string_equal(FACT(FACT_DNS_ALIAS, 1), "code=5 flag=0 n=0 number=60 id=0  'cdn.example.net' 'edge.example.net'");
	assert_string_equal(FACT(FACT_DNS_ADDRESS, 1), "code=1 flag=0 n=0 number=30 id=0 192.0.2.7 'edge.example.net' ''");
	assert_string_equal(FACT(FACT_DNS_ADDRESS, 2), "code=28 flag=0 n=0 number=30 id=0 2001:db8::7 'edge.example.net' ''");
}

static void negative_answer_tells_how_long_it_holds(void **unused)
{
	(void)unused;
	begin_message(NXDOMAIN, 1, 0, 1, 0);
	put_question("no.example.", A);
	put_pointer(QUESTION_AT + 3);
	put_fields(SOA, 900, "\0\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\x3c", 22);
	assert_int_equal(parse(), ERR_OK);
	assert_string_equal(FACT(FACT_DNS_HEADER, 1), "code=3 flag=1 n=1 number=0 id=1234  '' ''");
	assert_string_equal(FACT(FACT_DNS_SOA, 1), "code=0 flag=0 n=0 number=60 id=0  'example' ''");
}

static bool is_step(unsigned flags, unsigned type, const char *data, size_t n)
{
	begin_message(flags, 1, 0, 1, 0);
	put_question("no.example.", A);
	put_pointer(QUESTION_AT + 3);
	put_fields(type, 900, data, n);
	assert_int_equal(parse(), ERR_OK);
	return strcmp(FACT(FACT_DNS_STEP, 1), "nothing") != 0;
}

static void a_referral_is_a_step_and_no_answer(void **unused)
{
	static const char soa[] = "\0\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\x3c";
	enum { NS = 2, WANTS_NO_RECURSION = 0x8400 };

	(void)unused;
	assert_true(is_step(ANSWER, NS, "\2ns\xc0\x0f", 5));
	assert_false(is_step(ANSWER, SOA, soa, 22));
	assert_false(is_step(WANTS_NO_RECURSION, SOA, soa, 22));
	assert_true(is_step(WANTS_NO_RECURSION, NS, "\2ns\xc0\x0f", 5));
	assert_false(is_step(NXDOMAIN, NS, "\2ns\xc0\x0f", 5));
}

static void extended_errors_and_rcodes_are_told(void **unused)
{
	(void)unused;
	begin_message(ANSWER, 1, 0, 0, 1);
	put_question("x.example.", A);
	put_opt(1u << 24, 15 + 6);
	put("\0\x0f\0\x0b\0\x11" "by policy", 15);
	put("\0\x0f\0\2\0\x0f", 6);
	assert_int_equal(parse(), ERR_OK);
	assert_string_equal(FACT(FACT_DNS_HEADER, 1), "code=16 flag=1 n=1 number=0 id=1234  '' ''");
	assert_string_equal(FACT(FACT_DNS_EDNS, 1), "code=0 flag=0 n=0 number=1232 id=0  '' ''");
	assert_string_equal(FACT(FACT_DNS_EDE, 1), "code=17 flag=0 n=0 number=0 id=0  '' 'by policy'");
	assert_string_equal(FACT(FACT_DNS_EDE, 2), "code=15 flag=0 n=0 number=0 id=0  '' ''");
}

static void service_bindings_give_hints_keys_and_targets(void **unused)
{
	(void)unused;
	begin_message(ANSWER, 1, 2, 0, 0);
	put_question("s.example.", HTTPS);
	put_pointer(QUESTION_AT);
	put_fields(HTTPS, 9, "\0\1\0" "\0\4\0\4\xc0\0\2\1" "\0\5\0\1x" "\0\6\0\x10\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2", 36);
	put_pointer(QUESTION_AT);
	put_fields(HTTPS, 9, "\0\0\1t\0", 5);
	assert_int_equal(parse(), ERR_OK);
	assert_string_equal(FACT(FACT_DNS_ADDRESS, 1), "code=65 flag=0 n=0 number=9 id=0 192.0.2.1 's.example' ''");
	assert_string_equal(FACT(FACT_DNS_ADDRESS, 2), "code=65 flag=0 n=0 number=9 id=0 2001:db8::2 's.example' ''");
	assert_int_equal(COUNT(FACT_DNS_ECH), 1);
	assert_string_equal(FACT(FACT_DNS_ALIAS, 1), "code=65 flag=0 n=0 number=9 id=0  's.example' 't'");
	assert_int_equal(COUNT(FACT_DNS_ALIAS), 1);
}

static void addresses_beside_the_answer_are_not_the_answer(void **unused)
{
	(void)unused;
	begin_message(ANSWER, 1, 0, 0, 1);
	put_question("x.example.", A);
	put_pointer(QUESTION_AT);
	put_fields(A, 9, "\xc0\0\2\1", 4);
	assert_int_equal(parse(), ERR_OK);
	assert_int_equal(COUNT(FACT_DNS_ADDRESS), 0);
}

static void odd_labels_stay_apart_and_printable(void **unused)
{
	(void)unused;
	begin_message(QUERY, 1, 0, 0, 0);
	put("\3a.b\4\xff\0\\ \0\0\1\0\1", 14);
	assert_int_equal(parse(), ERR_OK);
	assert_non_null(strstr(FACT(FACT_DNS_QUESTION, 1), "'a\\x2eb.\\xff\\x00\\x5c\\x20'"));
}

static void sender_that_cut_its_answer_is_believed(void **unused)
{
	(void)unused;
	begin_message(CUT_ANSWER, 1, 9, 0, 0);
	put_question("x.example.", A);
	put_pointer(QUESTION_AT);
	put_fields(A, 9, "\xc0\0\2\1", 4);
	assert_int_equal(parse(), ERR_OK);
	assert_string_equal(FACT(FACT_DNS_HEADER, 1), "code=0 flag=1 n=1 number=1 id=1234  '' ''");
	assert_int_equal(COUNT(FACT_DNS_ADDRESS), 1);
}

static void capture_that_cut_an_answer_keeps_what_came_before(void **unused)
{
	(void)unused;
	begin_message(ANSWER, 1, 2, 0, 0);
	put_question("x.example.", A);
	put_pointer(QUESTION_AT);
	put_fields(A, 9, "\xc0\0\2\1", 4);
	put_pointer(QUESTION_AT);
	put_fields(A, 9, "\xc0\0\2\2", 4);
	assert_int_equal(parse_cut(m.n - 3), ERR_TRUNCATED);
	assert_int_equal(COUNT(FACT_DNS_ADDRESS), 1);
}

static void messages_over_tcp_come_one_a_call(void **unused)
{
	struct message both = {.n = 0};
	uint64_t state[DISSECTOR_STATE / 8] = {0};

	(void)unused;
	begin_message(QUERY, 1, 0, 0, 0);
	put_question("one.example.", A);
	for (int i = 0; i < 2; i++) {
		both.at[both.n++] = 0;
		both.at[both.n++] = (uint8_t)m.n;
		memcpy(both.at + both.n, m.at, m.n);
		both.n += m.n;
	}
	struct cursor c = cursor_of(both.at, both.n, both.n);
	c.open = true;
	facts_clear(&f.facts);
	assert_int_equal(dissector_dns_tcp.parse(state, &c, SIDE_CLIENT, &f.facts), ERR_OK);
	assert_int_equal(c.left, both.n / 2);
	assert_int_equal(f.facts.n, 2);
	c.left--;
	assert_int_equal(dissector_dns_tcp.parse(state, &c, SIDE_CLIENT, &f.facts), ERR_MORE);
	assert_int_equal(c.left, both.n / 2 - 1);
}

/* ---- what is recognised */

static void probe_knows_queries_from_their_lookalikes(void **unused)
{
	(void)unused;
	begin_message(QUERY, 1, 0, 0, 0);
	put_question("x.example.", A);
	assert_int_equal(probe(), PROBE_YES);
	m.at[m.n - 1] = 9; /* class */
	assert_int_equal(probe(), PROBE_NO);
	begin_message(0x2800, 1, 0, 0, 0); /* UPDATE */
	put_question("x.example.", SOA);
	assert_int_equal(probe(), PROBE_NO);
	begin_message(0, 1, 0, 0, 0);
	m.at[0] = m.at[1] = 0; /* mDNS: recognised only by its port, which is not this one */
	put_question("_ipp._tcp.local.", 12);
	assert_int_equal(probe(), PROBE_MAYBE);
	begin_message(0x0110, 1, 0, 0, 0);
	put_question("CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.", 33); /* NetBIOS */
	assert_int_equal(probe(), PROBE_NO);
	begin_message(ANSWER, 1, 40, 0, 0); /* more records than bytes */
	put_question("x.example.", A);
	assert_int_equal(probe(), PROBE_NO);
}

/* On port 53 less evidence is enough: elsewhere a header that is possible, but unlike what clients and servers send,
 * proves nothing. */
static void probe_is_sure_of_ordinary_headers_alone(void **unused)
{
	static const struct {
		unsigned flags, questions, answers, authority, extra;
		enum probe says;
	} rows[] = {
	    {QUERY, 1, 0, 0, 1, PROBE_YES},    {QUERY, 1, 0, 0, 4, PROBE_YES},   {QUERY, 1, 0, 0, 5, PROBE_MAYBE},
	    {QUERY, 1, 1, 0, 0, PROBE_MAYBE},  {QUERY, 1, 0, 1, 0, PROBE_MAYBE}, {QUERY | 3, 1, 0, 0, 0, PROBE_MAYBE},
	    {QUERY, 2, 0, 0, 0, PROBE_MAYBE},  {QUERY, 4, 0, 0, 0, PROBE_MAYBE}, {QUERY, 5, 0, 0, 0, PROBE_NO},
	    {QUERY, 0, 0, 0, 0, PROBE_NO},     {ANSWER, 0, 0, 0, 0, PROBE_MAYBE}, {ANSWER, 1, 1, 1, 1, PROBE_YES},
	    {ANSWER, 2, 1, 0, 0, PROBE_MAYBE},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		begin_message(rows[i].flags, rows[i].questions, rows[i].answers, rows[i].authority, rows[i].extra);
		put_question("x.example.", A);
		for (int bytes = 0; bytes < 64; bytes++)
			put("", 1); /* room for as many records as are counted */
		if (probe() != rows[i].says)
			fail_msg("row %zu: %d", i, probe());
	}
}

/* ---- faults in other parsers: reliability table, by row */

/* nDPI (row 1): an offset overflowed, and the parser looped. */
static void row1_pointer_that_does_not_go_back_is_malformed(void **unused)
{
	(void)unused;
	for (size_t target = QUESTION_AT; target < QUESTION_AT + 8; target++) {
		begin_message(QUERY, 1, 0, 0, 0);
		put_pointer(target);
		put16(A), put16(1), put16(0);
		assert_int_equal(parse(), ERR_MALFORMED);
	}
	begin_message(QUERY, 1, 0, 0, 0);
	put_pointer(0x3fff);
	put16(A), put16(1);
	assert_int_equal(parse(), ERR_MALFORMED);
}

/* Zeek 4.0.7 (row 2): a crafted packet hung the analyzer. A chain of compression pointers, each to the previous one. */
static enum err parse_pointer_chain(unsigned jumps)
{
	begin_message(ANSWER, 1, 2, 0, 0);
	put_question("x.example.", A);
	put_pointer(QUESTION_AT);
	put16(16), put16(1), put32(0), put16(2 * jumps);
	size_t last = QUESTION_AT;
	for (unsigned i = 0; i < jumps; i++) {
		size_t here = m.n;
		put_pointer(last);
		last = here;
	}
	put_pointer(last);
	put_fields(A, 9, "\xc0\0\2\1", 4);
	return parse();
}

static void row2_chain_of_pointers_is_bounded(void **unused)
{
	(void)unused;
	assert_int_equal(parse_pointer_chain(100), ERR_OK);
	assert_non_null(strstr(FACT(FACT_DNS_ADDRESS, 1), "'x.example'"));
	assert_int_equal(parse_pointer_chain(500), ERR_MALFORMED);
}

/* tcpdump CVE-2017-12995, PowerDNS CVE-2005-0038 (row 3): a loop of pointers. */
static void row3_names_in_a_loop_are_malformed(void **unused)
{
	(void)unused;
	begin_message(ANSWER, 1, 1, 0, 0);
	put_question("x.example.", A);
	size_t at = m.n + 12;
	put_pointer(QUESTION_AT);
	put_fields(CNAME, 9, (uint8_t[]){1, 'a', (uint8_t)(0xc0 | at >> 8), (uint8_t)at}, 4);
	assert_int_equal(parse(), ERR_MALFORMED);
	begin_message(QUERY, 1, 0, 0, 0);
	put("\1a\xc0\x0c", 4); /* a label, and a pointer back to it */
	put16(A), put16(1);
	assert_int_equal(parse(), ERR_MALFORMED);
}

/* Unbound CVE-2024-8508 (row 4): unbounded work on compressed names. */
static void row4_records_of_a_message_are_bounded(void **unused)
{
	(void)unused;
	begin_message(ANSWER, 1, 400, 0, 0);
	put_question("x.example.", A);
	for (int i = 0; i < 400; i++) {
		put_pointer(QUESTION_AT);
		put_fields(16, 9, "", 0);
	}
	assert_int_equal(parse(), ERR_LIMIT);
	begin_message(QUERY, 400, 0, 0, 0);
	for (int i = 0; i < 400; i++)
		put_question("x.example.", A);
	assert_int_equal(parse(), ERR_LIMIT);
}

/* Unbound CVE-2026-41292 (row 5): long lists of EDNS options. */
static void row5_options_are_bounded(void **unused)
{
	(void)unused;
	begin_message(ANSWER, 1, 0, 0, 1);
	put_question("x.example.", A);
	put_opt(0, 6 * 9000);
	for (int i = 0; i < 9000; i++)
		put("\0\x0f\0\2\0\x0f", 6);
	assert_int_equal(parse(), ERR_OK);
	assert_int_equal(COUNT(FACT_DNS_EDE), 8);
	begin_message(ANSWER, 1, 0, 0, 2);
	put_question("x.example.", A);
	put_opt(0, 0);
	put_opt(0, 0);
	assert_int_equal(parse(), ERR_MALFORMED);
}

/* Suricata CVE-2024-55628 (row 7): long hostile names inflated the log. */
static void row7_long_names_overflow_in_good_order(void **unused)
{
	uint8_t label[64];

	(void)unused;
	label[0] = 63;
	memset(label + 1, 0xff, 63);
	begin_message(ANSWER, 1, 20, 0, 0);
	put_question("x.example.", A);
	for (int i = 0; i < 20; i++) {
		label[1] = (uint8_t)i;
		for (int k = 0; k < 3; k++)
			put(label, 64);
		put("\1a\0", 3);
		put_fields(A, 9, "\xc0\0\2\1", 4);
	}
	assert_int_equal(parse(), ERR_OK);
	assert_true(f.facts.overflow);
	assert_true(f.facts.text_n <= FACTS_TEXT);
	assert_int_equal(COUNT(FACT_DNS_ADDRESS), 20);
}

/* RFC 9267 (row 10), section by section. */
static void row10_2_names_of_more_than_255_bytes_are_malformed(void **unused)
{
	(void)unused;
	for (int over = 0; over < 2; over++) {
		uint8_t label[64] = {63, 'a'};
		begin_message(QUERY, 1, 0, 0, 0);
		memset(label + 1, 'a', 63);
		for (int i = 0; i < 3; i++)
			put(label, 64);
		label[0] = (uint8_t)(61 + over);
		put(label, label[0] + 1u);
		put("", 1);
		put16(A), put16(1);
		assert_int_equal(parse(), over ? ERR_MALFORMED : ERR_OK);
	}
}

static void row10_3_label_beyond_the_message_is_malformed(void **unused)
{
	(void)unused;
	begin_message(QUERY, 1, 0, 0, 0);
	put("\x3f" "abc\0\0\1\0\1", 9);
	assert_int_equal(parse(), ERR_MALFORMED);
	begin_message(QUERY, 1, 0, 0, 0);
	put("\x41" "abc\0\0\1\0\1", 9); /* extended label types are not in use */
	assert_int_equal(parse(), ERR_MALFORMED);
}

static void row10_4_name_without_its_end_is_malformed(void **unused)
{
	(void)unused;
	begin_message(QUERY, 1, 0, 0, 0);
	put("\3abc", 4);
	assert_int_equal(parse(), ERR_MALFORMED);
	assert_int_equal(COUNT(FACT_DNS_QUESTION), 0);
}

static void row10_5_rdlength_is_checked_against_message_and_type(void **unused)
{
	(void)unused;
	begin_message(ANSWER, 1, 1, 0, 0);
	put_question("x.example.", A);
	put_pointer(QUESTION_AT);
	put16(A), put16(1), put32(9), put16(400), put("\xc0\0\2\1", 4);
	assert_int_equal(parse(), ERR_MALFORMED);
	begin_message(ANSWER, 1, 1, 0, 0);
	put_question("x.example.", A);
	put_pointer(QUESTION_AT);
	put_fields(A, 9, "\xc0\0\2\1\0", 5);
	assert_int_equal(parse(), ERR_MALFORMED);
	begin_message(ANSWER, 1, 2, 0, 0);
	put_question("x.example.", A);
	put_pointer(QUESTION_AT);
	put_fields(CNAME, 9, "\1a", 2); /* it would end in the next record */
	put("", 1);
	put_fields(A, 9, "\xc0\0\2\1", 4);
	assert_int_equal(parse(), ERR_MALFORMED);
	assert_int_equal(COUNT(FACT_DNS_ADDRESS), 0);
}

static void row10_6_counts_beyond_the_message_are_malformed(void **unused)
{
	(void)unused;
	begin_message(ANSWER, 1, 9, 0, 0);
	put_question("x.example.", A);
	put_pointer(QUESTION_AT);
	put_fields(A, 9, "\xc0\0\2\1", 4);
	assert_int_equal(parse(), ERR_MALFORMED);
	assert_int_equal(COUNT(FACT_DNS_ADDRESS), 1);
}

#define CASE(x) cmocka_unit_test_setup_teardown(x, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(chain_of_aliases_ends_in_addresses),
	    CASE(negative_answer_tells_how_long_it_holds),
	    CASE(a_referral_is_a_step_and_no_answer),
	    CASE(extended_errors_and_rcodes_are_told),
	    CASE(service_bindings_give_hints_keys_and_targets),
	    CASE(addresses_beside_the_answer_are_not_the_answer),
	    CASE(odd_labels_stay_apart_and_printable),
	    CASE(sender_that_cut_its_answer_is_believed),
	    CASE(capture_that_cut_an_answer_keeps_what_came_before),
	    CASE(messages_over_tcp_come_one_a_call),
	    CASE(probe_knows_queries_from_their_lookalikes),
	    CASE(probe_is_sure_of_ordinary_headers_alone),
	    CASE(row1_pointer_that_does_not_go_back_is_malformed),
	    CASE(row2_chain_of_pointers_is_bounded),
	    CASE(row3_names_in_a_loop_are_malformed),
	    CASE(row4_records_of_a_message_are_bounded),
	    CASE(row5_options_are_bounded),
	    CASE(row7_long_names_overflow_in_good_order),
	    CASE(row10_2_names_of_more_than_255_bytes_are_malformed),
	    CASE(row10_3_label_beyond_the_message_is_malformed),
	    CASE(row10_4_name_without_its_end_is_malformed),
	    CASE(row10_5_rdlength_is_checked_against_message_and_type),
	    CASE(row10_6_counts_beyond_the_message_are_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
