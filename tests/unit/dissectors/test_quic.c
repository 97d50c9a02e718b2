#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dissectors/dissector.h"
#include "quic_seal.h"

extern const struct dissector dissector_quic;

static const struct quic_cid rfc_cid = {8, {0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08}};
static const struct quic_cid other_cid = {8, {1, 2, 3, 4, 5, 6, 7, 8}};

/* A connection: the dissector's state, and the facts of its last datagram. */
struct talk {
	union {
		struct dissector_block block;
		uint64_t bytes[DISSECTOR_STATE / 8];
	} state;
	struct facts facts;
	struct bytes out, frames, hello;
	struct seal seal;
};

static struct talk *talk_new(bool with_block)
{
	struct talk *t = calloc(1, sizeof *t);

	if (with_block) {
		t->state.block.at = malloc(dissector_quic.block_bytes);
		memset(t->state.block.at, 0xa5, dissector_quic.block_bytes);
		memset(t->state.block.at, 0, dissector_quic.block_zeroed);
	}
	t->seal = (struct seal){.version = 1, .dcid = rfc_cid, .keyed = rfc_cid, .number_n = 2, .plain_n = 1150};
	return t;
}

static void talk_free(struct talk *t)
{
	free(t->state.block.at);
	free(t);
}

/* The datagram `out`, with `captured` bytes captured, in a heap block of exactly that size. */
static enum err say_cut(struct talk *t, enum side side, size_t captured)
{
	uint8_t *copy = malloc(captured ? captured : 1);
	struct cursor c;

	memcpy(copy, t->out.at, captured);
	facts_clear(&t->facts);
	c = cursor_of(copy, captured, t->out.n);
	enum err e = dissector_quic.parse(&t->state, &c, side, &t->facts);
	free(copy);
	t->out.n = t->frames.n = 0;
	return e;
}

static enum err say(struct talk *t, enum side side)
{
	return say_cut(t, side, t->out.n);
}

static enum err say_initial(struct talk *t)
{
	seal_packet(&t->out, &t->seal, &t->frames);
	return say(t, SIDE_CLIENT);
}

static const char *name_of(struct talk *t)
{
	const struct fact *fact = facts_find(&t->facts, FACT_QUIC_HELLO);

	return fact ? fact->name : NULL;
}

static enum probe probe_of(const char *hex, size_t length, enum side side)
{
	struct bytes *b = calloc(1, sizeof *b);

	put_hex(b, hex);
	if (b->n < length)
		put_zeros(b, length - b->n);
	enum probe p = dissector_quic.probe(cursor_of(b->at, b->n, b->n), side);
	free(b);
	return p;
}

/* ---- packets of the RFCs */

static const char rfc_hello[] = "060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e868"
				"04fe3a47f06a2b69484c00000413011302010000c000000010000e00000b6578"
				"616d706c652e636f6dff01000100000a00080006001d00170018001000070005"
				"04616c706e000500050100000000003300260024001d00209370b2c9caa47fba"
				"baf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b000302030400"
				"0d0010000e0403050306030203080408050806002d00020101001c0002400100"
				"3900320408ffffffffffffffff05048000ffff07048000ffff08011001048000"
				"75300901100f088394c8f03e51570806048000ffff";

static void assert_rfc_initial(uint32_t version, uint8_t type, const char *begin, const char *end)
{
	struct talk *t = talk_new(true);
	struct bytes *want = calloc(1, sizeof *want);

	put_hex(&t->frames, rfc_hello);
	t->seal.version = version;
	t->seal.type = type;
	t->seal.number = 2;
	t->seal.number_n = 4;
	t->seal.plain_n = 1162;
	seal_packet(&t->out, &t->seal, &t->frames);
	put_hex(want, begin);
	put_hex(want, end);
	assert_int_equal(t->out.n, 1200);
	assert_memory_equal(t->out.at, want->at, strlen(begin) / 2);
	assert_memory_equal(t->out.at + 1200 - strlen(end) / 2, want->at + strlen(begin) / 2, strlen(end) / 2);

	assert_int_equal(say(t, SIDE_CLIENT), ERR_OK);
	const struct fact *initial = facts_find(&t->facts, FACT_QUIC_INITIAL);
	assert_non_null(initial);
	assert_true(initial->flag);
	assert_int_equal(initial->number, version);
	assert_string_equal(name_of(t), "example.com");
	assert_string_equal(facts_find(&t->facts, FACT_QUIC_HELLO)->other, "alpn");
	assert_true(t->state.block.over);
	free(want);
	talk_free(t);
}

static void client_initial_of_rfc_9001_a2_names_its_server(void **unused)
{
	(void)unused;
	assert_rfc_initial(1, 0,
			   "c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11"
			   "d242b123dc9bd8bab936b47d92ec356c",
			   "7e78bfe706ca4cf5e9c5453e9f7cfd2b8b4c8d169a44e55c88d4a9a7f9474241"
			   "e221af44860018ab0856972e194cd934");
}

static void client_initial_of_rfc_9369_a2_names_its_server(void **unused)
{
	(void)unused;
	assert_rfc_initial(0x6b3343cf, 1,
			   "d76b3343cf088394c8f03e5157080000449ea0c95e82ffe67b6abcdb4298b485"
			   "dd04de806071bf03dceebfa162e75d6c",
			   "6f4c4938ae79324dc402894b44faf8afbab35282ab659d13c93f70412e85cb19"
			   "9a37ddec600545473cfb5a05e08d0b209973b2172b4d21fb69745a262ccde96b"
			   "a18b2faa745b6fe189cf772a9f84cbfc");
}

/* ---- the ClientHello in pieces */

static void hello_in_two_datagrams_is_named_in_either_order(void **unused)
{
	(void)unused;
	for (unsigned late = 0; late < 2; late++) {
		struct talk *t = talk_new(true);
		put_hello(&t->hello, "big.example.net", 1700);
		for (unsigned i = 0; i < 2; i++) {
			size_t from = i == late ? 0 : 1000;
			put_crypto(&t->frames, &t->hello, from, i == late ? 1000 : t->hello.n - 1000);
			t->seal.number = i;
			assert_null(name_of(t));
			assert_int_equal(say_initial(t), ERR_OK);
		}
		assert_string_equal(name_of(t), "big.example.net");
		assert_int_equal(facts_find(&t->facts, FACT_QUIC_HELLO)->n, 0);
		talk_free(t);
	}
}

static void hello_in_shuffled_crumbs_with_pings_and_padding_is_named(void **unused)
{
	struct talk *t = talk_new(true);

	(void)unused;
	put_hello(&t->hello, "chaos.example.net", 90);
	for (size_t i = 0; i < t->hello.n; i++) { /* 7 is coprime to every length that it does not divide */
		size_t at = i * 7 % t->hello.n;
		if (t->hello.n % 7 == 0)
			at = i;
		if (i % 3 == 0)
			put_number(&t->frames, 1, 1);
		put_zeros(&t->frames, i % 4);
		put_crypto(&t->frames, &t->hello, at, 1);
		if (i % 40 == 39 || i + 1 == t->hello.n) {
			t->seal.number++;
			assert_int_equal(say_initial(t), ERR_OK);
		}
	}
	assert_string_equal(name_of(t), "chaos.example.net");
	talk_free(t);
}

static void hello_is_said_once(void **unused)
{
	struct talk *t = talk_new(true);

	(void)unused;
	put_hello(&t->hello, "once.example.net", 0);
	for (unsigned i = 0; i < 2; i++) {
		put_crypto(&t->frames, &t->hello, 0, t->hello.n);
		assert_int_equal(say_initial(t), ERR_OK);
		assert_int_equal(name_of(t) != NULL, i == 0);
		assert_true(facts_find(&t->facts, FACT_QUIC_INITIAL)->flag);
	}
	talk_free(t);
}

static void without_a_block_one_datagram_is_enough_and_two_are_not(void **unused)
{
	struct talk *t = talk_new(false);

	(void)unused;
	put_hello(&t->hello, "alone.example.net", 1700);
	for (unsigned i = 0; i < 2; i++) {
		put_crypto(&t->frames, &t->hello, i ? 1000 : 0, i ? t->hello.n - 1000 : 1000);
		assert_int_equal(say_initial(t), ERR_OK);
		assert_null(name_of(t));
	}
	t->hello.n = 0;
	put_hello(&t->hello, "alone.example.net", 0);
	put_crypto(&t->frames, &t->hello, 0, t->hello.n);
	assert_int_equal(say_initial(t), ERR_OK);
	assert_string_equal(name_of(t), "alone.example.net");
	talk_free(t);
}

static void name_is_told_when_the_server_has_the_hello_and_the_capture_has_not(void **unused)
{
	struct talk *t = talk_new(true);

	(void)unused;
	put_hello(&t->hello, "part.example.net", 0);
	put_crypto(&t->frames, &t->hello, 0, t->hello.n - 3);
	assert_int_equal(say_initial(t), ERR_OK);
	assert_null(name_of(t));
	put_hex(&t->out, "e00000000100000a00112233445566778899");
	assert_int_equal(say(t, SIDE_SERVER), ERR_OK);
	assert_int_equal(facts_find(&t->facts, FACT_QUIC_SERVER)->code, 2);
	assert_string_equal(name_of(t), "part.example.net");
	assert_int_equal(facts_find(&t->facts, FACT_QUIC_HELLO)->n, 1);
	talk_free(t);
}

static void cut_initial_names_its_server_when_the_name_was_captured(void **unused)
{
	struct talk *t = talk_new(true);

	(void)unused;
	put_hello(&t->hello, "cut.example.net", 0);
	put_crypto(&t->frames, &t->hello, 0, t->hello.n);
	seal_packet(&t->out, &t->seal, &t->frames);
	assert_int_equal(say_cut(t, SIDE_CLIENT, 130), ERR_TRUNCATED);
	assert_string_equal(name_of(t), "cut.example.net");
	talk_free(t);
}

static void initial_cut_within_its_token_is_one(void **unused)
{
	struct talk *t = talk_new(true);

	(void)unused;
	t->seal.token = "of the last connection's NEW_TOKEN";
	put_hello(&t->hello, "token.example.net", 0);
	put_crypto(&t->frames, &t->hello, 0, t->hello.n);
	seal_packet(&t->out, &t->seal, &t->frames);
	assert_int_equal(say_cut(t, SIDE_CLIENT, 34), ERR_TRUNCATED);
	assert_non_null(facts_find(&t->facts, FACT_QUIC_INITIAL));
	assert_false(facts_find(&t->facts, FACT_QUIC_INITIAL)->flag);
	talk_free(t);
}

static void hello_too_large_is_given_up(void **unused)
{
	struct talk *t = talk_new(true);

	(void)unused;
	put_hex(&t->hello, "0100ffff0303");
	put_crypto(&t->frames, &t->hello, 0, t->hello.n);
	assert_int_equal(say_initial(t), ERR_OK);
	assert_true(t->state.block.over);
	talk_free(t);
}

/* ---- keys that change */

static void keys_of_the_first_dcid_open_initials_to_another(void **unused)
{
	struct talk *t = talk_new(true);

	(void)unused;
	put_hello(&t->hello, "moved.example.net", 0);
	put_crypto(&t->frames, &t->hello, 0, 40);
	assert_int_equal(say_initial(t), ERR_OK);
	t->seal.dcid = other_cid;
	put_crypto(&t->frames, &t->hello, 40, t->hello.n - 40);
	assert_int_equal(say_initial(t), ERR_OK);
	assert_string_equal(name_of(t), "moved.example.net");
	talk_free(t);
}

static void after_a_retry_the_new_dcid_has_the_keys(void **unused)
{
	struct talk *t = talk_new(true);

	(void)unused;
	put_hello(&t->hello, "retry.example.net", 0);
	put_crypto(&t->frames, &t->hello, 0, 40);
	assert_int_equal(say_initial(t), ERR_OK);
	put_hex(&t->out, "ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba"); /* RFC 9001 A.4 */
	assert_int_equal(say(t, SIDE_SERVER), ERR_OK);
	assert_int_equal(facts_find(&t->facts, FACT_QUIC_SERVER)->code, 3);
	t->seal.dcid = t->seal.keyed = other_cid;
	t->seal.token = "token";
	put_crypto(&t->frames, &t->hello, 0, t->hello.n);
	assert_int_equal(say_initial(t), ERR_OK);
	assert_string_equal(name_of(t), "retry.example.net");
	talk_free(t);
}

static void initial_that_cannot_be_opened_is_told_all_the_same(void **unused)
{
	struct talk *t = talk_new(true);

	(void)unused;
	put_number(&t->frames, 1, 1);
	t->seal.keyed = other_cid;
	assert_int_equal(say_initial(t), ERR_OK);
	assert_non_null(facts_find(&t->facts, FACT_QUIC_INITIAL));
	assert_false(facts_find(&t->facts, FACT_QUIC_INITIAL)->flag);
	talk_free(t);
}

static void server_closing_in_an_initial_is_heard(void **unused)
{
	struct talk *t = talk_new(true);

	(void)unused;
	put_number(&t->frames, 1, 1);
	assert_int_equal(say_initial(t), ERR_OK);
	put_hex(&t->frames, "1c4178000662616420736e");
	t->seal.server = true;
	t->seal.dcid.n = 0;
	seal_packet(&t->out, &t->seal, &t->frames);
	assert_int_equal(say(t, SIDE_SERVER), ERR_OK);
	assert_int_equal(facts_find(&t->facts, FACT_QUIC_SERVER)->code, 0);
	assert_int_equal(facts_find(&t->facts, FACT_QUIC_CLOSE)->number, 0x178);
	assert_string_equal(facts_find(&t->facts, FACT_QUIC_CLOSE)->other, "bad sn");
	talk_free(t);
}

static void coalesced_packets_are_all_read_and_padding_is_not(void **unused)
{
	struct talk *t = talk_new(true);

	(void)unused;
	t->seal.plain_n = 40;
	seal_packet(&t->out, &t->seal, &t->frames);
	seal_packet(&t->out, &t->seal, &t->frames);
	put_hex(&t->out, "d000000001080102030405060708000401020304"); /* 0-RTT */
	put_zeros(&t->out, 900);
	assert_int_equal(say(t, SIDE_CLIENT), ERR_OK);
	assert_int_equal(t->facts.n, 2);
	put_hex(&t->out, "e00000000100000a00112233445566778899");
	put_hex(&t->out, "40112233445566778899aabbccddeeff00112233445566");
	assert_int_equal(say(t, SIDE_SERVER), ERR_OK);
	assert_int_equal(t->facts.list[0].kind, FACT_QUIC_SERVER);
	assert_int_equal(t->facts.list[1].kind, FACT_QUIC_SHORT);
	talk_free(t);
}

/* ---- hostile input: faults that others had */

static void lengths_near_2_62_are_malformed_in_every_place_row_14(void **unused)
{
	static const char *const packets[] = {
	    "c00000000108010203040506070800ffffffffffffffff", /* token */
	    "c0000000010801020304050607080000ffffffffffffffff", /* packet */
	    "d00000000108010203040506070800ffffffffffffffff", /* 0-RTT */
	    "d00000000108010203040506070800bfffffff01",
	    "c0000000011500", /* connection id beyond 20 */
	};
	struct talk *t = talk_new(true);

	(void)unused;
	for (size_t i = 0; i < sizeof packets / sizeof *packets; i++) {
		put_hex(&t->out, packets[i]);
		assert_int_equal(say(t, SIDE_CLIENT), ERR_MALFORMED);
	}
	talk_free(t);
}

/* ---- recognition */

static void google_quic_is_recognised(void **unused)
{
	static const char *const hellos[] = {
	    "0d4ed3f5a5c5d2b1a351303433000000010000", /* Q043 */
	    "c351303436504ed3f5a5c5d2b1a30000000100", /* Q046 */
	    "c051303530084ed3f5a5c5d2b1a300000100", /* Q050 */
	};
	(void)unused;
	for (size_t i = 0; i < sizeof hellos / sizeof *hellos; i++) {
		struct talk *t = talk_new(false);
		assert_int_equal(probe_of(hellos[i], 1200, SIDE_CLIENT), PROBE_YES);
		put_hex(&t->out, hellos[i]);
		assert_int_equal(say(t, SIDE_CLIENT), ERR_OK);
		assert_non_null(facts_find(&t->facts, FACT_QUIC_INITIAL));
		assert_int_equal(facts_find(&t->facts, FACT_QUIC_INITIAL)->number >> 24, 'Q');
		talk_free(t);
	}
}

static void negotiation_of_the_server_is_heard(void **unused)
{
	static const char hex[] = "aa0000000000080102030405060708000000011a2a3a4a";
	struct talk *t = talk_new(true);

	(void)unused;
	assert_int_equal(probe_of(hex, 0, SIDE_SERVER), PROBE_YES);
	put_hex(&t->out, hex);
	assert_int_equal(say(t, SIDE_SERVER), ERR_OK);
	assert_int_equal(facts_find(&t->facts, FACT_QUIC_SERVER)->code, 4);
	talk_free(t);
}

static void probe_tells_quic_from_what_shares_its_ports(void **unused)
{
	(void)unused;
	assert_int_equal(probe_of("c000000001088394c8f03e5157080000449e", 1200, SIDE_CLIENT), PROBE_YES);
	assert_int_equal(probe_of("c0000000ff088394c8f03e5157080000449e", 1200, SIDE_CLIENT), PROBE_MAYBE);
	assert_int_equal(probe_of("c0000000ff088394c8f03e5157080000449e", 100, SIDE_CLIENT), PROBE_NO);
	assert_int_equal(probe_of("52ffee", 40, SIDE_CLIENT), PROBE_MAYBE);           /* 1-RTT */
	assert_int_equal(probe_of("52ffee", 20, SIDE_CLIENT), PROBE_NO);
	assert_int_equal(probe_of("40010024", 40, SIDE_CLIENT), PROBE_NO);            /* ChannelData */
	assert_int_equal(probe_of("000100002112a442", 20, SIDE_CLIENT), PROBE_NO);    /* STUN */
	assert_int_equal(probe_of("16fefd0000", 60, SIDE_CLIENT), PROBE_NO);          /* DTLS */
	assert_int_equal(probe_of("80000000010000", 60, SIDE_CLIENT), PROBE_NO);      /* RTP */
	assert_int_equal(probe_of("", 0, SIDE_CLIENT), PROBE_NO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(client_initial_of_rfc_9001_a2_names_its_server),
	    cmocka_unit_test(client_initial_of_rfc_9369_a2_names_its_server),
	    cmocka_unit_test(hello_in_two_datagrams_is_named_in_either_order),
	    cmocka_unit_test(hello_in_shuffled_crumbs_with_pings_and_padding_is_named),
	    cmocka_unit_test(hello_is_said_once),
	    cmocka_unit_test(without_a_block_one_datagram_is_enough_and_two_are_not),
	    cmocka_unit_test(name_is_told_when_the_server_has_the_hello_and_the_capture_has_not),
	    cmocka_unit_test(cut_initial_names_its_server_when_the_name_was_captured),
	    cmocka_unit_test(initial_cut_within_its_token_is_one),
	    cmocka_unit_test(hello_too_large_is_given_up),
	    cmocka_unit_test(keys_of_the_first_dcid_open_initials_to_another),
	    cmocka_unit_test(after_a_retry_the_new_dcid_has_the_keys),
	    cmocka_unit_test(initial_that_cannot_be_opened_is_told_all_the_same),
	    cmocka_unit_test(server_closing_in_an_initial_is_heard),
	    cmocka_unit_test(coalesced_packets_are_all_read_and_padding_is_not),
	    cmocka_unit_test(lengths_near_2_62_are_malformed_in_every_place_row_14),
	    cmocka_unit_test(google_quic_is_recognised),
	    cmocka_unit_test(negotiation_of_the_server_is_heard),
	    cmocka_unit_test(probe_tells_quic_from_what_shares_its_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
