#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "dissectors/tls_hello.h"
#include "hex.h"

extern const struct dissector dissector_dtls;

static struct facts facts;

static enum err say_cut(const char *hex, size_t wire)
{
	return hex_datagram(&dissector_dtls, hex, wire, &facts);
}

static enum err say(const char *hex)
{
	return say_cut(hex, 0);
}

#define RANDOM "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define EXTENSIONS "0018 0000000e000c000009 7475726e2e74657374 0010 0002 0000"
/* version, random, no session, a cookie of four bytes, one suite, null compression: 46 bytes; 26 of extensions */
#define HELLO "fefd" RANDOM "00 04cccccccc 0002c02b 0100" EXTENSIONS
#define RECORD(type, epoch, length) type "fefd" epoch "000000000001" length
#define WHOLE RECORD("16", "0000", "0054") "010000480000000000000048" HELLO

static const struct fact *hello(void)
{
	return facts_find(&facts, FACT_DTLS_HELLO);
}

static void client_hello_with_cookie_is_named(void **unused)
{
	(void)unused;
	assert_int_equal(hex_probe(&dissector_dtls, WHOLE, 0), PROBE_YES);
	assert_int_equal(say(WHOLE), ERR_OK);
	assert_false(hello()->flag);
	assert_string_equal(hello()->name, "turn.test");
}

static void first_fragment_of_a_client_hello_is_enough_for_the_name(void **unused)
{
	(void)unused;
	/* the body says 0x148 bytes, this fragment holds the first 0x48 */
	assert_int_equal(say(RECORD("16", "0000", "0054") "010001480000000000000048"
				      "fefd" RANDOM "00 04cccccccc 0002c02b 0100"
				      "0118 0000000e000c000009 7475726e2e74657374 0010 0102 0000"),
			 ERR_OK);
	assert_string_equal(hello()->name, "turn.test");
}

static void later_fragment_is_no_hello_of_its_own(void **unused)
{
	(void)unused;
	assert_int_equal(say(RECORD("16", "0000", "0010") "010001470000000143000004 00000000"),
			 ERR_OK);
	assert_null(hello());
}

static void server_hello_and_what_follows_it_are_told(void **unused)
{
	(void)unused;
	assert_int_equal(say(RECORD("16", "0000", "000e") "020000020000000000000002 fefd"
				      RECORD("16", "0000", "000d") "0b0000010001000000000001 00"
				      RECORD("14", "0000", "0001") "01"
				      RECORD("16", "0001", "0004") "deadbeef"),
			 ERR_OK);
	assert_int_equal(facts.n, 4);
	assert_true(facts.list[0].flag);
	assert_int_equal(facts.list[1].code, 22);
	assert_int_equal(facts.list[2].code, 20);
	assert_int_equal(facts.list[3].code, 22);
}

static void alert_in_clear_tells_level_and_description(void **unused)
{
	(void)unused;
	assert_int_equal(say(RECORD("15", "0000", "0002") "0228"), ERR_OK);
	assert_int_equal(facts.list[0].code, 21);
	assert_int_equal(facts.list[0].number, 2 << 8 | 40);
	assert_int_equal(say(RECORD("15", "0001", "0004") "02280000"), ERR_OK);
	assert_int_equal(facts.list[0].number, 0);
}

static void records_of_1_3_are_counted_by_their_lengths(void **unused)
{
	(void)unused;
	assert_int_equal(hex_probe(&dissector_dtls, "2e0001 0002 abcd", 0), PROBE_MAYBE);
	assert_int_equal(say("2e0001 0002 abcd 2401 0001 ab"), ERR_OK);
	assert_int_equal(facts.n, 2);
	assert_int_equal(facts.list[0].code, 0x2e);
	assert_int_equal(facts.list[1].code, 0x24);
	assert_int_equal(say("2e0001 0003 abcd"), ERR_MALFORMED);
}

static void lengths_that_lie_are_malformed(void **unused)
{
	(void)unused;
	assert_int_equal(say(RECORD("16", "0000", "ffff") "01"), ERR_MALFORMED);
	assert_int_equal(say(RECORD("16", "0000", "000c") "010000020000ffffff000002"),
			 ERR_MALFORMED);
	assert_int_equal(say(RECORD("16", "0000", "000c") "010000020000000000ffffff"),
			 ERR_MALFORMED);
	assert_null(hello());
	assert_int_equal(hex_probe(&dissector_dtls, RECORD("16", "0000", "ffff") "01", 0), PROBE_NO);
}

static void cut_hello_is_truncated_and_named_when_the_name_was_captured(void **unused)
{
	char cut[sizeof WHOLE];

	(void)unused;
	strcpy(cut, WHOLE);
	cut[strlen(cut) - strlen("0002 0000")] = '\0';
	assert_int_equal(hex_probe(&dissector_dtls, cut, 97), PROBE_YES);
	assert_int_equal(say_cut(cut, 97), ERR_TRUNCATED);
	assert_string_equal(hello()->name, "turn.test");
}

static void probe_tells_dtls_from_what_shares_its_ports(void **unused)
{
	(void)unused;
	assert_int_equal(hex_probe(&dissector_dtls, "16feff0000000000000000 0001 00", 0), PROBE_YES);
	assert_int_equal(hex_probe(&dissector_dtls, "1603010001 00", 0), PROBE_NO);
	assert_int_equal(hex_probe(&dissector_dtls, "13fefd0000000000000000 0001 00", 0), PROBE_NO);
	assert_int_equal(hex_probe(&dissector_dtls, "40fefd0000000000000000 0001 00", 0), PROBE_NO);
	assert_int_equal(hex_probe(&dissector_dtls, "16", 0), PROBE_NO);
}

/* ---- the ClientHello that DTLS shares with TLS and QUIC */

static enum err parse_hello(const char *hex, bool dtls, struct tls_hello *ret_hello)
{
	size_t n;
	uint8_t *at = hex_bytes(hex, &n);
	enum err e = tls_client_hello_parse(cursor_of(at, n, n), dtls, ret_hello);

	free(at);
	return e;
}

static void highest_version_is_told_and_grease_is_not(void **unused)
{
	struct tls_hello h;

	(void)unused;
	assert_int_equal(parse_hello("0303" RANDOM "00 0002c02b 0100 000b 002b0007 06 dada 0303 0304", false, &h),
			 ERR_OK);
	assert_int_equal(h.version, 0x0304);
	assert_int_equal(parse_hello("fefd" RANDOM "00 00 0002c02b 0100 0009 002b0005 04 fefd fefc", true, &h), ERR_OK);
	assert_int_equal(h.version, 0xfefc);
	assert_int_equal(parse_hello("0301" RANDOM "00 0002c02b 0100", false, &h), ERR_OK);
	assert_int_equal(h.version, 0x0301);
	assert_false(h.ech);
}

static void first_alpn_that_is_no_grease_is_told(void **unused)
{
	struct tls_hello h;

	(void)unused;
	assert_int_equal(parse_hello("0303" RANDOM "00 0002c02b 0100 0010"
				     "0010000c 000a 026a6a 026832 0368332a", false, &h),
			 ERR_OK);
	assert_int_equal(h.alpn_n, 2);
	assert_int_equal(parse_hello("0303" RANDOM "00 0002c02b 0100 0009 00100005 0003 02ff00", false, &h), ERR_OK);
	assert_int_equal(h.alpn_n, 2); /* any byte is legal: row 12 */
}

static void a_broken_extension_does_not_hide_the_name_behind_it(void **unused)
{
	struct tls_hello h;

	(void)unused;
	assert_int_equal(parse_hello("0303" RANDOM "00 0002c02b 0100 0016"
				     "002b0001ff fe0d0000 00000009 0007000004 61626364",
				     false, &h),
			 ERR_MALFORMED);
	assert_int_equal(h.sni_n, 4);
	assert_true(h.ech);
	assert_int_equal(parse_hello("0303" RANDOM "21", false, &h), ERR_MALFORMED);
	assert_int_equal(parse_hello("0303" RANDOM "00 ffff00", false, &h), ERR_MALFORMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(client_hello_with_cookie_is_named),
	    cmocka_unit_test(first_fragment_of_a_client_hello_is_enough_for_the_name),
	    cmocka_unit_test(later_fragment_is_no_hello_of_its_own),
	    cmocka_unit_test(server_hello_and_what_follows_it_are_told),
	    cmocka_unit_test(alert_in_clear_tells_level_and_description),
	    cmocka_unit_test(records_of_1_3_are_counted_by_their_lengths),
	    cmocka_unit_test(lengths_that_lie_are_malformed),
	    cmocka_unit_test(cut_hello_is_truncated_and_named_when_the_name_was_captured),
	    cmocka_unit_test(probe_tells_dtls_from_what_shares_its_ports),
	    cmocka_unit_test(highest_version_is_told_and_grease_is_not),
	    cmocka_unit_test(first_alpn_that_is_no_grease_is_told),
	    cmocka_unit_test(a_broken_extension_does_not_hide_the_name_behind_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
