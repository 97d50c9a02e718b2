#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "hex.h"

extern const struct dissector dissector_stun_udp, dissector_stun_tcp;

static struct facts facts;

static enum err say_cut(const char *hex, size_t wire)
{
	return hex_datagram(&dissector_stun_udp, hex, wire, &facts);
}

static enum err say(const char *hex)
{
	return say_cut(hex, 0);
}

#define COOKIE "2112a442"
#define ID "b7e7a701bc34d686fa87dfae"

static const struct fact *attribute(uint16_t code)
{
	for (unsigned i = 0; i < facts.n; i++)
		if (facts.list[i].kind == FACT_STUN_ATTRIBUTE && facts.list[i].code == code)
			return &facts.list[i];
	return NULL;
}

static void assert_address(uint16_t code, const char *address, unsigned port)
{
	char text[ADDR_TEXT];

	assert_non_null(attribute(code));
	assert_string_equal(addr_format(&attribute(code)->address, text), address);
	assert_int_equal(attribute(code)->number, port);
}

static const struct fact *message(void)
{
	return facts_find(&facts, FACT_STUN_MESSAGE);
}

/* ---- the messages of RFC 5769 */

static const char rfc_request[] = "00010058" COOKIE ID "80220010 5354554e207465737420636c69656e74"
				  "00240004 6e0001ff 80290008 932ff9b151263b36 00060009 6576746a3a68367659202020"
				  "00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2 80280004 e57a3bcf";

static void request_of_rfc_5769_2_1_is_an_ice_check(void **unused)
{
	(void)unused;
	assert_int_equal(hex_probe(&dissector_stun_udp, rfc_request, 0), PROBE_YES);
	assert_int_equal(say(rfc_request), ERR_OK);
	assert_int_equal(message()->code, 1);
	assert_int_equal(message()->number, 0);
	assert_true(message()->flag);
	assert_string_equal(attribute(0x8022)->other, "STUN test client");
	assert_string_equal(attribute(0x0006)->other, "evtj:h6vY");
	assert_non_null(attribute(0x0024));
	assert_non_null(attribute(0x8029));
	assert_null(attribute(0x802a));
}

static void response_of_rfc_5769_2_2_tells_an_ipv4_address(void **unused)
{
	(void)unused;
	assert_int_equal(say(rfc_request), ERR_OK);
	uint64_t id = message()->id;
	assert_int_equal(say("0101003c" COOKIE ID "8022000b 7465737420766563746f7220 00200008 0001a147e112a643"
				      "00080014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7 80280004 c07d4c96"),
			 ERR_OK);
	assert_int_equal(message()->number, 2);
	assert_true(message()->id == id);
	assert_address(0x0020, "192.0.2.1", 32853);
}

static void response_of_rfc_5769_2_3_tells_an_ipv6_address(void **unused)
{
	(void)unused;
	assert_int_equal(say("01010048" COOKIE ID "8022000b 7465737420766563746f7220"
				      "00200014 0002a147 0113a9faa5d3f179bc25f4b5bed2b9d9"
				      "00080014 a382954e4be67bf11784c97c8292c275bfe3ed41 80280004 c8fb0b4c"),
			 ERR_OK);
	assert_address(0x0020, "2001:db8:1234:5678:11:2233:4455:6677", 32853);
}

static void request_like_rfc_5769_2_4_tells_user_and_realm(void **unused)
{
	(void)unused;
	assert_int_equal(say("0001002c" COOKIE ID "00060012 e3839ee38388e383aae38383e382afe382b90000"
				      "0014000b 6578616d706c652e6f726700"),
			 ERR_MALFORMED); /* four bytes short */
	assert_int_equal(say("00010028" COOKIE ID "00060012 e3839ee38388e383aae38383e382afe382b90000"
				      "0014000b 6578616d706c652e6f726700"),
			 ERR_OK);
	assert_string_equal(attribute(0x0014)->other, "example.org");
	assert_string_equal(attribute(0x0006)->other,
			    "\\xe3\\x83\\x9e\\xe3\\x83\\x88\\xe3\\x83\\xaa"
			    "\\xe3\\x83\\x83\\xe3\\x82\\xaf\\xe3\\x82\\xb9");
}

/* ---- TURN */

static void allocate_error_tells_code_and_reason(void **unused)
{
	(void)unused;
	assert_int_equal(say("01130014" COOKIE ID "0009000d 00000403 466f7262696464656e 000000"),
			 ERR_OK);
	assert_int_equal(message()->code, 3);
	assert_int_equal(message()->number, 3);
	assert_int_equal(facts.list[1].kind, FACT_STUN_ERROR);
	assert_int_equal(facts.list[1].code, 403);
	assert_string_equal(facts.list[1].other, "Forbidden");
}

static void error_code_out_of_range_is_malformed(void **unused)
{
	(void)unused;
	assert_int_equal(say("01130008" COOKIE ID "00090004 00000700"), ERR_MALFORMED);
	assert_int_equal(say("01130008" COOKIE ID "00090004 00000464"), ERR_MALFORMED);
	assert_null(facts_find(&facts, FACT_STUN_ERROR));
	assert_non_null(message());
}

static void relayed_peer_and_alternate_addresses_are_told(void **unused)
{
	(void)unused;
	assert_int_equal(say("01030024" COOKIE ID "00160008 0001a147e112a643 00120008 0001a147e112a643"
				      "80230008 00010d96cb007107"),
			 ERR_OK);
	assert_address(0x0016, "192.0.2.1", 32853);
	assert_address(0x0012, "192.0.2.1", 32853);
	assert_address(0x8023, "203.0.113.7", 3478);
}

static void channel_data_is_told_over_udp_with_padding_and_without(void **unused)
{
	(void)unused;
	assert_int_equal(hex_probe(&dissector_stun_udp, "40010003 616263", 0), PROBE_MAYBE);
	assert_int_equal(hex_probe(&dissector_stun_udp, "40010003 61626300", 0), PROBE_MAYBE);
	assert_int_equal(hex_probe(&dissector_stun_udp, "40010003 6162630000000000", 0), PROBE_NO);
	assert_int_equal(hex_probe(&dissector_stun_udp, "40010009 616263", 0), PROBE_NO);
	assert_int_equal(hex_probe(&dissector_stun_udp, "50010003 616263", 0), PROBE_NO);
	assert_int_equal(say("40010003 616263"), ERR_OK);
	assert_int_equal(facts.list[0].kind, FACT_TURN_CHANNEL);
	assert_int_equal(facts.list[0].code, 0x4001);
	assert_int_equal(facts.list[0].number, 3);
}

/* ---- classic */

#define OLD "0123456789abcdef0123456789abcdef"

static void classic_stun_is_only_perhaps_stun(void **unused)
{
	(void)unused;
	assert_int_equal(hex_probe(&dissector_stun_udp, "00010000" OLD, 0), PROBE_MAYBE);
	assert_int_equal(hex_probe(&dissector_stun_udp, "0101000c" OLD "00010008 00010d96cb007107", 0), PROBE_MAYBE);
	assert_int_equal(hex_probe(&dissector_stun_udp, "00010000" OLD "00", 0), PROBE_NO);
	assert_int_equal(hex_probe(&dissector_stun_udp, "0101000c" OLD "00010009 00010d96cb007107", 0), PROBE_NO);
	assert_int_equal(hex_probe(&dissector_stun_udp, "0101000c" OLD "00770008 00010d96cb007107", 0), PROBE_NO);
	assert_int_equal(hex_probe(&dissector_stun_udp, "00050000" OLD, 0), PROBE_NO);
	assert_int_equal(say("0101000c" OLD "00010008 00010d96cb007107"), ERR_OK);
	assert_false(message()->flag);
	assert_address(0x0001, "203.0.113.7", 3478);
}

/* ---- hostile and cut */

static void attribute_lengths_are_never_narrowed_row_17(void **unused)
{
	(void)unused;
	assert_int_equal(say("00010008" COOKIE ID "0006ffff 61616161"), ERR_MALFORMED);
	assert_int_equal(say("00010008" COOKIE ID "0006fffd 61616161"), ERR_MALFORMED);
	assert_int_equal(say("0001fffc" COOKIE ID "00060004 61616161"), ERR_MALFORMED);
	assert_int_equal(say("4001ffff 61"), ERR_MALFORMED);
	assert_null(facts_find(&facts, FACT_TURN_CHANNEL));
}

static void bytes_at_odd_addresses_are_read_row_16(void **unused)
{
	uint64_t state[DISSECTOR_STATE / 8] = {0};
	size_t n;
	uint8_t *at = hex_bytes("00 01010020" COOKIE ID
				"00200014 0002a147 0113a9faa5d3f179bc25f4b5bed2b9d9 00240004 6e0001ff",
				&n);

	(void)unused;
	for (size_t shift = 0; shift < 2; shift++) {
		uint8_t *copy = malloc(n + 1);
		memcpy(copy + shift, at + 1, n - 1);
		struct cursor c = cursor_of(copy + shift, n - 1, n - 1);
		facts_clear(&facts);
		assert_int_equal(dissector_stun_udp.parse(state, &c, SIDE_SERVER, &facts), ERR_OK);
		assert_address(0x0020, "2001:db8:1234:5678:11:2233:4455:6677", 32853);
		free(copy);
	}
	free(at);
}

static void cut_message_is_truncated_and_what_was_captured_is_told(void **unused)
{
	(void)unused;
	assert_int_equal(say_cut("01130014" COOKIE ID "0009000d 00000401 556e", 40), ERR_TRUNCATED);
	assert_int_equal(facts_find(&facts, FACT_STUN_ERROR)->code, 401);
	assert_int_equal(say_cut("01130014" COOKIE, 40), ERR_TRUNCATED);
	assert_null(message());
}

static void length_without_padding_is_stun_when_it_is_the_datagrams(void **unused)
{
	(void)unused;
	assert_int_equal(hex_probe(&dissector_stun_udp, "00030006" COOKIE ID "400000026162", 0), PROBE_YES);
	assert_int_equal(hex_probe(&dissector_stun_udp, "00030006" COOKIE ID "40000002616200", 0), PROBE_NO);
}

/* ---- TCP */

#define TCP_MESSAGE "00010008" COOKIE ID "80220004 61626364"

/* Parse a stream of which `n` bytes have arrived; *ret_used: bytes consumed. */
static enum err stream(const char *hex, size_t have, size_t *ret_used)
{
	uint64_t state[DISSECTOR_STATE / 8] = {0};
	size_t n;
	uint8_t *at = hex_bytes(hex, &n);
	struct cursor c = cursor_of(at, have < n ? have : n, have < n ? have : n);
	enum err e = ERR_OK;

	c.open = true;
	facts_clear(&facts);
	while (e == ERR_OK && c.left)
		e = dissector_stun_tcp.parse(state, &c, SIDE_CLIENT, &facts);
	*ret_used = (have < n ? have : n) - c.left;
	free(at);
	return e;
}

static void stream_is_cut_into_messages_and_padded_channel_data(void **unused)
{
	static const char hex[] = TCP_MESSAGE "40010003 61626300" TCP_MESSAGE;
	size_t used;

	(void)unused;
	for (size_t have = 1; have <= 64; have++) {
		size_t whole = have >= 64 ? 64 : have >= 36 ? 36 : have >= 28 ? 28 : 0;
		enum err e = stream(hex, have, &used);
		assert_int_equal(used, whole);
		assert_int_equal(e, used == have ? ERR_OK : ERR_MORE);
	}
	assert_int_equal(facts.n, 5);
	assert_int_equal(facts.list[2].kind, FACT_TURN_CHANNEL);
}

static void stream_that_loses_its_frame_is_malformed(void **unused)
{
	size_t used;

	(void)unused;
	assert_int_equal(stream(TCP_MESSAGE "ff", 100, &used), ERR_MALFORMED);
	assert_non_null(message());
	assert_int_equal(stream(TCP_MESSAGE "0001000000000000", 100, &used), ERR_MALFORMED);
}

static void stream_of_many_units_says_all_of_them(void **unused)
{
	uint64_t state[DISSECTOR_STATE / 8] = {0};
	uint8_t *at = calloc(1000, 4);
	struct cursor c = cursor_of(at, 4000, 4000);
	unsigned units = 0;
	enum err e = ERR_OK;

	(void)unused;
	c.open = true;
	for (size_t i = 0; i < 1000; i++)
		at[4 * i] = 0x40;
	while (e == ERR_OK && c.left) {
		facts_clear(&facts);
		e = dissector_stun_tcp.parse(state, &c, SIDE_CLIENT, &facts);
		assert_false(facts.overflow);
		units += facts.n;
	}
	assert_int_equal(units, 1000);
	free(at);
}

static void probe_of_a_stream_waits_for_the_header(void **unused)
{
	(void)unused;
	assert_int_equal(hex_probe(&dissector_stun_tcp, "00", 0), PROBE_MORE);
	assert_int_equal(hex_probe(&dissector_stun_tcp, "00010008 2112", 0), PROBE_MORE);
	assert_int_equal(hex_probe(&dissector_stun_tcp, "00010008 2113", 0), PROBE_NO);
	assert_int_equal(hex_probe(&dissector_stun_tcp, "00010007", 0), PROBE_NO);
	assert_int_equal(hex_probe(&dissector_stun_tcp, TCP_MESSAGE, 0), PROBE_YES);
	assert_int_equal(hex_probe(&dissector_stun_tcp, "47455420", 0), PROBE_NO); /* "GET " */
	assert_int_equal(hex_probe(&dissector_stun_tcp, "16030102", 0), PROBE_NO); /* TLS */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(request_of_rfc_5769_2_1_is_an_ice_check),
	    cmocka_unit_test(response_of_rfc_5769_2_2_tells_an_ipv4_address),
	    cmocka_unit_test(response_of_rfc_5769_2_3_tells_an_ipv6_address),
	    cmocka_unit_test(request_like_rfc_5769_2_4_tells_user_and_realm),
	    cmocka_unit_test(allocate_error_tells_code_and_reason),
	    cmocka_unit_test(error_code_out_of_range_is_malformed),
	    cmocka_unit_test(relayed_peer_and_alternate_addresses_are_told),
	    cmocka_unit_test(channel_data_is_told_over_udp_with_padding_and_without),
	    cmocka_unit_test(classic_stun_is_only_perhaps_stun),
	    cmocka_unit_test(attribute_lengths_are_never_narrowed_row_17),
	    cmocka_unit_test(bytes_at_odd_addresses_are_read_row_16),
	    cmocka_unit_test(cut_message_is_truncated_and_what_was_captured_is_told),
	    cmocka_unit_test(length_without_padding_is_stun_when_it_is_the_datagrams),
	    cmocka_unit_test(stream_is_cut_into_messages_and_padded_channel_data),
	    cmocka_unit_test(stream_that_loses_its_frame_is_malformed),
	    cmocka_unit_test(stream_of_many_units_says_all_of_them),
	    cmocka_unit_test(probe_of_a_stream_waits_for_the_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
