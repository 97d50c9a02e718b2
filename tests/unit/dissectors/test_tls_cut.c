/* TLS where the capture has only the beginning of each segment. */
#include "tls_build.h"

#define SNAP 190u /* bytes of a segment left by 256 bytes of a frame */
#define MSS 1440u
#define REFUSAL "\x15\3\3\0\2\2\x30" /* unknown_ca */

static struct bytes body;

/* Send what has been assembled, in full segments, each truncated. */
static void send_cut(enum side side)
{
	for (size_t at = 0; at < wire.n; at += MSS) {
		size_t n = wire.n - at < MSS ? wire.n - at : MSS;
		feed_bytes(&f, side, wire.at + at, n < SNAP ? n : SNAP, n, false);
	}
	wire.n = 0;
}

static void put_sealed(uint8_t type, size_t n)
{
	body.n = 0;
	put_zeros(&body, n);
	put_records(&wire, type, &body, 16384);
}

/* A ClientHello longer than the snaplen. */
static void client_begins(void)
{
	make_client_hello(400);
	put_records(&wire, HANDSHAKE, &hello, 16384);
	send_cut(SIDE_CLIENT);
}

static void server_answers(bool tls13)
{
	make_server_hello(tls13);
	put_records(&wire, HANDSHAKE, &hello, 16384);
	put_sealed(tls13 ? APPLICATION : HANDSHAKE, 3000);
	send_cut(SIDE_SERVER);
}

static void a_refusal_behind_a_cut_hello_is_read(void **unused)
{
	(void)unused;
	client_begins();
	server_answers(false);
	SAY(&f, SIDE_CLIENT, REFUSAL);
	assert_string_equal(said(&f, SIDE_CLIENT, FACT_TLS_ALERT, 1), "code=48 flag=0 n=0 number=2 id=0  '' ''");
	assert_int_equal(f.worst, ERR_TRUNCATED);
}

static void records_that_end_in_what_is_lost_are_found_again_at_a_segment(void **unused)
{
	(void)unused;
	client_begins();
	put_sealed(HANDSHAKE, 300);
	put_sealed(HANDSHAKE, 100);
	send_cut(SIDE_CLIENT);
	SAY(&f, SIDE_CLIENT, "\x17\3\7 in the middle of something");
	SAY(&f, SIDE_CLIENT, REFUSAL);
	assert_int_equal(said_count(&f, SIDE_CLIENT, FACT_TLS_ALERT), 1);
}

static void what_follows_a_cut_message_is_not_taken_for_messages(void **unused)
{
	(void)unused;
	client_begins();
	server_answers(false);
	/* the rest of a message, which looks like the start of another one */
	put_n(&wire, HANDSHAKE, 1);
	put_n(&wire, 0x0303, 2);
	put_n(&wire, 60, 2);
	put_n(&wire, CLIENT_HELLO, 1);
	put_n(&wire, 40, 3);
	put_zeros(&wire, 56);
	send_cut(SIDE_CLIENT);
	assert_int_equal(said_count(&f, SIDE_CLIENT, FACT_TLS_CLIENT_HELLO), 1);
	SAY(&f, SIDE_CLIENT, REFUSAL);
	assert_int_equal(said_count(&f, SIDE_CLIENT, FACT_TLS_ALERT), 1);
}

static void the_end_of_a_handshake_is_seen_through_the_cuts(void **unused)
{
	(void)unused;
	client_begins();
	server_answers(true);
	put_sealed(CCS, 1);
	put_sealed(APPLICATION, 53);
	put_sealed(APPLICATION, 700);
	send_cut(SIDE_CLIENT);
	assert_int_equal(said_count(&f, SIDE_CLIENT, FACT_TLS_APPLICATION), 1);
	assert_int_equal(said_count(&f, SIDE_SERVER, FACT_TLS_APPLICATION), 1);
	put_sealed(APPLICATION, 19);
	send_cut(SIDE_CLIENT);
	assert_int_equal(said_count(&f, SIDE_CLIENT, FACT_TLS_ALERT), 0);
}

/* Its Finished may be in the lost part: a close_notify is not a refusal. */
static void no_alert_is_told_by_its_size_where_records_were_missed(void **unused)
{
	(void)unused;
	client_begins();
	server_answers(true);
	put_sealed(HANDSHAKE, 300); /* e.g. a certificate; what follows it in the segment is lost */
	put_sealed(CCS, 1);
	put_sealed(APPLICATION, 53);
	send_cut(SIDE_CLIENT);
	put_sealed(APPLICATION, 19);
	send_cut(SIDE_CLIENT);
	assert_int_equal(said_count(&f, SIDE_CLIENT, FACT_TLS_ALERT), 0);
	assert_int_equal(said_count(&f, SIDE_CLIENT, FACT_TLS_APPLICATION), 1);
}

/* Nor may such a record be read as several in clear text: ChangeCipherSpec may be in the lost part. */
static void no_sealed_alert_is_read_where_records_were_missed(void **unused)
{
	(void)unused;
	client_begins();
	server_answers(false);
	put_sealed(HANDSHAKE, 300);
	put_sealed(CCS, 1);
	send_cut(SIDE_CLIENT);
	SAY(&f, SIDE_CLIENT, "\x15\3\3\0\x8\2\x30\2\x30\2\x30\2\x30");
	for (unsigned i = 0; i < said_count(&f, SIDE_CLIENT, FACT_TLS_ALERT); i++)
		assert_null(strstr(said(&f, SIDE_CLIENT, FACT_TLS_ALERT, i + 1), "code=48"));
}

static void a_side_that_shows_no_record_for_long_is_given_up(void **unused)
{
	(void)unused;
	client_begins();
	put_sealed(APPLICATION, 300);
	put_sealed(APPLICATION, 16000);
	send_cut(SIDE_SERVER);
	for (unsigned i = 0; i < 64; i++) {
		put_zeros(&wire, MSS);
		send_cut(SIDE_SERVER);
	}
	assert_int_equal(said_count(&f, SIDE_SERVER, FACT_TLS_OPAQUE), 1);
}

static void a_hello_cut_before_its_end_may_hide_ech(void **unused)
{
	(void)unused;
	make_client_hello(400);
	put_records(&wire, HANDSHAKE, &hello, 16384);
	feed_bytes(&f, SIDE_CLIENT, wire.at, 90, wire.n, false);
	assert_non_null(strstr(said(&f, SIDE_CLIENT, FACT_TLS_CLIENT_HELLO, 1), "flag=0 n=1"));
	again(); /* all extensions are seen, though the last one not completely */
	client_begins();
	assert_non_null(strstr(said(&f, SIDE_CLIENT, FACT_TLS_CLIENT_HELLO, 1), "flag=0 n=0"));
}

#define CASE(x) cmocka_unit_test_setup_teardown(x, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(a_refusal_behind_a_cut_hello_is_read),
	    CASE(records_that_end_in_what_is_lost_are_found_again_at_a_segment),
	    CASE(what_follows_a_cut_message_is_not_taken_for_messages),
	    CASE(the_end_of_a_handshake_is_seen_through_the_cuts),
	    CASE(no_alert_is_told_by_its_size_where_records_were_missed),
	    CASE(no_sealed_alert_is_read_where_records_were_missed),
	    CASE(a_side_that_shows_no_record_for_long_is_given_up),
	    CASE(a_hello_cut_before_its_end_may_hide_ech),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
