#include "tls_build.h"

static void send(enum side side)
{
	feed_bytes(&f, side, wire.at, wire.n, wire.n, false);
	wire.n = 0;
}

static void send_hello(enum side side)
{
	put_records(&wire, HANDSHAKE, &hello, 16384);
	send(side);
}

/* A record of n zero bytes, which cannot be interpreted. */
static void send_sealed(enum side side, uint8_t type, size_t n)
{
	static struct bytes zeros;

	zeros.n = 0;
	put_zeros(&zeros, n);
	put_records(&wire, type, &zeros, 16384);
	send(side);
}

static void begin_handshake(bool tls13)
{
	make_client_hello(30);
	send_hello(SIDE_CLIENT);
	make_server_hello(tls13);
	send_hello(SIDE_SERVER);
}

#define ENCRYPTED "code=0 flag=1 n=0 number=0 id=0  '' ''"

/* ---- hellos */

static void client_hello_tells_name_protocol_and_version(void **unused)
{
	(void)unused;
	make_client_hello(30);
	send_hello(SIDE_CLIENT);
	assert_string_equal(said(&f, SIDE_CLIENT, FACT_TLS_CLIENT_HELLO, 1), "code=0 flag=0 n=0 number=772 id=0  'www.example.x' 'h2'");
}

static void large_client_hello_spans_records(void **unused)
{
	static const size_t sizes[] = {16384, 1000, 7, 3};

	(void)unused;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		again();
		make_client_hello(20000);
		put_records(&wire, HANDSHAKE, &hello, sizes[i]);
		send(SIDE_CLIENT);
		assert_int_equal(said_count(&f, SIDE_CLIENT, FACT_TLS_CLIENT_HELLO), 1);
		assert_int_equal(f.worst, ERR_OK);
	}
}

static void client_hello_beyond_the_bound_is_given_up(void **unused)
{
	(void)unused;
	feed_bytes(&f, SIDE_CLIENT, BYTES("\x16\3\1\x40\0\1\1\0\0"), 9, false);
	assert_int_equal(f.worst, ERR_LIMIT);
}

static void server_hello_tells_the_version_chosen(void **unused)
{
	(void)unused;
	begin_handshake(true);
	assert_string_equal(said(&f, SIDE_SERVER, FACT_TLS_SERVER_HELLO, 1), "code=0 flag=0 n=0 number=772 id=0  '' ''");
	again();
	begin_handshake(false);
	assert_string_equal(said(&f, SIDE_SERVER, FACT_TLS_SERVER_HELLO, 1), "code=0 flag=0 n=0 number=771 id=0  '' ''");
}

static void hellos_after_a_retry_are_read_behind_change_cipher_spec(void **unused)
{
	static const uint8_t retry[] = "\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8\x91"
	                               "\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c";

	(void)unused;
	make_client_hello(30);
	send_hello(SIDE_CLIENT);
	make_server_hello(true);
	memcpy(hello.at + 6, retry, 32);
	send_hello(SIDE_SERVER);
	send_sealed(SIDE_SERVER, CCS, 1);
	send_sealed(SIDE_CLIENT, CCS, 1);
	make_client_hello(60);
	send_hello(SIDE_CLIENT);
	make_server_hello(true);
	send_hello(SIDE_SERVER);
	assert_non_null(strstr(said(&f, SIDE_SERVER, FACT_TLS_SERVER_HELLO, 1), "flag=1"));
	assert_non_null(strstr(said(&f, SIDE_SERVER, FACT_TLS_SERVER_HELLO, 2), "flag=0"));
	assert_int_equal(said_count(&f, SIDE_CLIENT, FACT_TLS_CLIENT_HELLO), 2);
	assert_int_equal(said_count(&f, SIDE_CLIENT, FACT_TLS_FINISHED), 0);
}

static void second_hello_is_read_though_the_server_is_not_captured(void **unused)
{
	(void)unused;
	make_client_hello(30);
	send_hello(SIDE_CLIENT);
	send_sealed(SIDE_CLIENT, CCS, 1);
	send_hello(SIDE_CLIENT);
	assert_int_equal(said_count(&f, SIDE_CLIENT, FACT_TLS_CLIENT_HELLO), 2);
}

static void cut_client_hello_tells_the_name_it_has(void **unused)
{
	(void)unused;
	make_client_hello(1200);
	put_records(&wire, HANDSHAKE, &hello, 16384);
	feed_bytes(&f, SIDE_CLIENT, wire.at, 128, 1000, false);
	assert_non_null(strstr(said(&f, SIDE_CLIENT, FACT_TLS_CLIENT_HELLO, 1), "'www.example.x'"));
	assert_int_equal(f.worst, ERR_TRUNCATED);
}

/* ---- the end of a handshake */

static void alerts_in_clear_are_read(void **unused)
{
	(void)unused;
	begin_handshake(false);
	SAY(&f, SIDE_CLIENT, "\x15\3\3\0\2\2\x30");
	assert_string_equal(said(&f, SIDE_CLIENT, FACT_TLS_ALERT, 1), "code=48 flag=0 n=0 number=2 id=0  '' ''");
}

static void alert_after_change_cipher_spec_is_encrypted(void **unused)
{
	(void)unused;
	begin_handshake(false);
	send_sealed(SIDE_CLIENT, CCS, 1);
	send_sealed(SIDE_CLIENT, HANDSHAKE, 40);
	send_sealed(SIDE_CLIENT, ALERT, 26);
	assert_int_equal(said_count(&f, SIDE_CLIENT, FACT_TLS_FINISHED), 1);
	assert_string_equal(said(&f, SIDE_CLIENT, FACT_TLS_ALERT, 1), ENCRYPTED);
}

static void alert_of_tls13_is_told_by_its_size(void **unused)
{
	(void)unused;
	begin_handshake(true);
	send_sealed(SIDE_CLIENT, CCS, 1);
	send_sealed(SIDE_CLIENT, APPLICATION, 19);
	assert_string_equal(said(&f, SIDE_CLIENT, FACT_TLS_ALERT, 1), ENCRYPTED);
	assert_int_equal(said_count(&f, SIDE_CLIENT, FACT_TLS_APPLICATION), 0);
}

static void short_record_behind_a_longer_one_is_no_alert(void **unused)
{
	(void)unused;
	begin_handshake(true);
	send_sealed(SIDE_CLIENT, APPLICATION, 53);
	send_sealed(SIDE_CLIENT, APPLICATION, 19);
	assert_int_equal(said_count(&f, SIDE_CLIENT, FACT_TLS_ALERT), 0);
	assert_int_equal(said_count(&f, SIDE_CLIENT, FACT_TLS_APPLICATION), 1);
	again();
	begin_handshake(false);
	send_sealed(SIDE_CLIENT, CCS, 1);
	send_sealed(SIDE_CLIENT, HANDSHAKE, 40);
	send_sealed(SIDE_CLIENT, APPLICATION, 19);
	assert_int_equal(said_count(&f, SIDE_CLIENT, FACT_TLS_ALERT), 0);
}

static void both_sides_become_opaque_once_both_sent_data(void **unused)
{
	(void)unused;
	begin_handshake(true);
	send_sealed(SIDE_SERVER, APPLICATION, 900);
	send_sealed(SIDE_SERVER, APPLICATION, 900);
	assert_int_equal(said_count(&f, SIDE_SERVER, FACT_TLS_OPAQUE), 0);
	send_sealed(SIDE_CLIENT, APPLICATION, 53);
	send_sealed(SIDE_CLIENT, APPLICATION, 90);
	send_sealed(SIDE_SERVER, APPLICATION, 90);
	assert_int_equal(said_count(&f, SIDE_CLIENT, FACT_TLS_OPAQUE), 1);
	assert_int_equal(said_count(&f, SIDE_SERVER, FACT_TLS_OPAQUE), 1);
	assert_string_equal(said(&f, SIDE_SERVER, FACT_TLS_APPLICATION, 1), "code=0 flag=0 n=0 number=900 id=0  '' ''");
}

static void side_whose_peer_is_not_captured_becomes_opaque(void **unused)
{
	(void)unused;
	make_client_hello(30);
	send_hello(SIDE_CLIENT);
	for (int i = 0; i < 40; i++)
		send_sealed(SIDE_CLIENT, APPLICATION, 90);
	assert_int_equal(said_count(&f, SIDE_CLIENT, FACT_TLS_OPAQUE), 1);
}

static void data_is_consumed_as_it_comes(void **unused)
{
	(void)unused;
	SAY(&f, SIDE_SERVER, "\x17\3\3\x40\0some");
	assert_int_equal(f.kept_n[SIDE_SERVER], 0);
	assert_int_equal(said_count(&f, SIDE_SERVER, FACT_TLS_APPLICATION), 1);
}

static void hello_of_ssl2_is_recognised(void **unused)
{
	(void)unused;
	SAY(&f, SIDE_CLIENT, "\x80\x0c\1\3\1\0\3\0\0\0\0\x13\1\1\x15\3\1\0\2\2\x28");
	assert_string_equal(said(&f, SIDE_CLIENT, FACT_TLS_CLIENT_HELLO, 1), "code=0 flag=0 n=0 number=769 id=0  '' ''");
	assert_int_equal(said_count(&f, SIDE_CLIENT, FACT_TLS_ALERT), 1);
}

/* ---- certificates */

#define CN(name) "\x31\x0a\x30\x08\6\3\x55\4\3\x0c\1" name
#define ORGANIZATION "\x31\x0c\x30\x0a\6\3\x55\4\x0a\x13\3Org"
#define NO_NAMES "\x30\0"
#define BEFORE_ISSUER "\xa0\3\2\1\2\2\1\7\x30\0"
#define SAN "\xa3\x1b\x30\x19\x30\x17\6\3\x55\x1d\x11\1\1\xff\4\x0d\x30\x0b\x82\1A\x82\6b.test"

static void send_leaf(const void *names, size_t n)
{
	static struct bytes leaf, list, message;

	leaf.n = list.n = message.n = 0;
	put(&leaf, "\x30\x82", 2);
	put_n(&leaf, (uint32_t)n + 4 + 2, 2);
	put(&leaf, "\x30\x82", 2);
	put_n(&leaf, (uint32_t)n, 2);
	put(&leaf, names, n);
	put(&leaf, "\x30\0", 2); /* where the signature would be */
	put_n(&list, (uint32_t)leaf.n + 3 + 3 + 700, 3);
	put_n(&list, (uint32_t)leaf.n, 3);
	put(&list, leaf.at, leaf.n);
	put_n(&list, 700, 3);
	put_zeros(&list, 700);
	put_message(&message, CERTIFICATE, &list);
	put_records(&wire, HANDSHAKE, &message, 100);
	send(SIDE_SERVER);
}

static void certificate_tells_subject_and_issuer(void **unused)
{
	(void)unused;
	begin_handshake(false);
	send_leaf(BYTES(BEFORE_ISSUER "\x30\x1a" ORGANIZATION CN("I") "\x30\0\x30\x0c" CN("S")));
	assert_string_equal(said(&f, SIDE_SERVER, FACT_TLS_CERTIFICATE, 1), "code=0 flag=0 n=0 number=0 id=0  's' 'I'");
	SAY(&f, SIDE_SERVER, "\x15\3\3\0\2\1\0"); /* the rest of the list was skipped */
	assert_int_equal(said_count(&f, SIDE_SERVER, FACT_TLS_ALERT), 1);
}

static void certificate_without_common_names_tells_organization_and_alternative(void **unused)
{
	(void)unused;
	begin_handshake(false);
	send_leaf(BYTES(BEFORE_ISSUER "\x30\x0e" ORGANIZATION "\x30\0" NO_NAMES "\x30\0" SAN));
	assert_string_equal(said(&f, SIDE_SERVER, FACT_TLS_CERTIFICATE, 1), "code=0 flag=0 n=0 number=0 id=0  'a' 'Org'");
}

static void broken_certificate_is_stepped_over(void **unused)
{
	(void)unused;
	begin_handshake(false);
	send_leaf(BYTES("\xa0\x84\xff\xff\xff\xff"));
	assert_int_equal(f.worst, ERR_OK);
	SAY(&f, SIDE_SERVER, "\x15\3\3\0\2\2\x28");
	assert_int_equal(said_count(&f, SIDE_SERVER, FACT_TLS_ALERT), 1);
}

static void certificate_longer_than_its_message_is_malformed(void **unused)
{
	(void)unused;
	begin_handshake(false);
	SAY(&f, SIDE_SERVER, "\x16\3\3\0\x0a\x0b\0\0\6\0\0\3\0\xff\xff"); /* a leaf longer than its message */
	assert_int_equal(f.worst, ERR_MALFORMED);
}

/* ---- faults in other parsers: reliability table, by row */

/* nDPI #2235, #943, #1356 (row 11): hellos read past their end. */
static void row11_lengths_that_lie_are_malformed(void **unused)
{
	(void)unused;
	make_client_hello(30);
	size_t n = hello.n;
	for (size_t i = 38; i < n - 30; i++) { /* every byte after the random, lengths included */
		again();
		make_client_hello(30);
		hello.at[i] = 0xff;
		send_hello(SIDE_CLIENT);
		assert_true(f.worst == ERR_OK || f.worst == ERR_MALFORMED);
	}
	again();
	make_client_hello(30);
	hello.at[hello.n - 32] = 0xff; /* the last extension's length */
	send_hello(SIDE_CLIENT);
	assert_int_equal(f.worst, ERR_MALFORMED);
	assert_non_null(strstr(said(&f, SIDE_CLIENT, FACT_TLS_CLIENT_HELLO, 1), "'www.example.x'"));
}

/* Suricata CVE-2024-47522 (row 12): a protocol name that is not text. */
static void row12_protocol_names_hold_any_byte(void **unused)
{
	static struct bytes e;

	(void)unused;
	e.n = 0;
	put_extension(&e, 16, BYTES("\0\4\3\xff\0h"));
	make_hello(CLIENT_HELLO, &e);
	send_hello(SIDE_CLIENT);
	assert_non_null(strstr(said(&f, SIDE_CLIENT, FACT_TLS_CLIENT_HELLO, 1), "'\\xff\\x00h'"));
}

/* Zeek 6.0.2 (row 13): a history that grew with every alert in a record. */
static void row13_alerts_do_not_pile_up(void **unused)
{
	(void)unused;
	assert_true(dissector_tls.state_bytes <= DISSECTOR_STATE);
	begin_handshake(false);
	uint8_t record[5 + 4096] = "\x15\3\3\x10\0";
	for (size_t i = 5; i < sizeof record; i += 2)
		record[i] = 1, record[i + 1] = 90;
	feed_bytes(&f, SIDE_CLIENT, record, sizeof record, sizeof record, false);
	assert_int_equal(said_count(&f, SIDE_CLIENT, FACT_TLS_ALERT), 1);
	for (int i = 0; i < 1000; i++)
		SAY(&f, SIDE_CLIENT, "\x15\3\3\0\2\1\x5a");
	assert_false(f.over[SIDE_CLIENT]);
	assert_int_equal(f.kept_n[SIDE_CLIENT], 0);
}

static void wrong_records_are_malformed(void **unused)
{
	(void)unused;
	SAY(&f, SIDE_CLIENT, "\x16\3\3\0\0");
	assert_int_equal(f.worst, ERR_MALFORMED);
	again();
	SAY(&f, SIDE_CLIENT, "\x16\3\3\xff\xff\1");
	assert_int_equal(f.worst, ERR_MALFORMED);
	again();
	SAY(&f, SIDE_CLIENT, "HTTP/1.1 400 Bad Request\r\n");
	assert_int_equal(f.worst, ERR_MALFORMED);
}

static enum probe probe(const uint8_t *bytes, size_t n, enum side side)
{
	struct cursor c = cursor_of(bytes, n, n);

	c.open = true;
	return dissector_tls.probe(c, side);
}

static void probe_knows_tls_from_its_first_bytes(void **unused)
{
	(void)unused;
	assert_int_equal(probe(BYTES("\x16\3\1\2\0\1"), SIDE_CLIENT), PROBE_YES);
	assert_int_equal(probe(BYTES("\x16\3\3\0\x7a\2"), SIDE_SERVER), PROBE_YES);
	assert_int_equal(probe(BYTES("\x15\3\1\0\2\2\x28"), SIDE_SERVER), PROBE_YES);
	assert_int_equal(probe(BYTES("\x17\3\3\0\x50\xaa"), SIDE_SERVER), PROBE_MAYBE);
	assert_int_equal(probe(BYTES("\x16"), SIDE_CLIENT), PROBE_MORE);
	assert_int_equal(probe(BYTES("\x16\3\1\2\0"), SIDE_CLIENT), PROBE_MORE);
	assert_int_equal(probe(BYTES("\x16\4"), SIDE_CLIENT), PROBE_NO);
	assert_int_equal(probe(BYTES("\x16\3\1\xff\0\1"), SIDE_CLIENT), PROBE_NO);
	assert_int_equal(probe(BYTES("\x80\x2e\1\3\1\0"), SIDE_CLIENT), PROBE_MAYBE);
	assert_int_equal(probe(BYTES("GET / HTTP"), SIDE_CLIENT), PROBE_NO);
}

#define CASE(x) cmocka_unit_test_setup_teardown(x, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(client_hello_tells_name_protocol_and_version),
	    CASE(large_client_hello_spans_records),
	    CASE(client_hello_beyond_the_bound_is_given_up),
	    CASE(server_hello_tells_the_version_chosen),
	    CASE(hellos_after_a_retry_are_read_behind_change_cipher_spec),
	    CASE(second_hello_is_read_though_the_server_is_not_captured),
	    CASE(cut_client_hello_tells_the_name_it_has),
	    CASE(alerts_in_clear_are_read),
	    CASE(alert_after_change_cipher_spec_is_encrypted),
	    CASE(alert_of_tls13_is_told_by_its_size),
	    CASE(short_record_behind_a_longer_one_is_no_alert),
	    CASE(both_sides_become_opaque_once_both_sent_data),
	    CASE(side_whose_peer_is_not_captured_becomes_opaque),
	    CASE(data_is_consumed_as_it_comes),
	    CASE(hello_of_ssl2_is_recognised),
	    CASE(certificate_tells_subject_and_issuer),
	    CASE(certificate_without_common_names_tells_organization_and_alternative),
	    CASE(broken_certificate_is_stepped_over),
	    CASE(certificate_longer_than_its_message_is_malformed),
	    CASE(row11_lengths_that_lie_are_malformed),
	    CASE(row12_protocol_names_hold_any_byte),
	    CASE(row13_alerts_do_not_pile_up),
	    CASE(wrong_records_are_malformed),
	    CASE(probe_knows_tls_from_its_first_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
