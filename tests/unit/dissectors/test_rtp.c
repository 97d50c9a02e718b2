#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "hex.h"

extern const struct dissector dissector_rtp;

static struct facts facts;

static void rtp_tells_its_payload_type_without_the_marker(void **unused)
{
	(void)unused;
	assert_int_equal(hex_probe(&dissector_rtp, "80ef 0001 00000002 00000003 ffff", 0), PROBE_MAYBE);
	assert_int_equal(hex_datagram(&dissector_rtp, "80ef 0001 00000002 00000003 ffff", 0, &facts), ERR_OK);
	assert_int_equal(facts.list[0].kind, FACT_RTP);
	assert_int_equal(facts.list[0].code, 111);
}

static void rtcp_tells_its_packet_type(void **unused)
{
	(void)unused;
	assert_int_equal(hex_datagram(&dissector_rtp, "80c9 0001 00000002", 0, &facts), ERR_OK);
	assert_int_equal(facts.list[0].code, 201);
	assert_int_equal(hex_datagram(&dissector_rtp, "80c0 0001 00000002", 0, &facts), ERR_OK); /* the first type, the last */
	assert_int_equal(hex_datagram(&dissector_rtp, "80df 0001 00000002", 0, &facts), ERR_OK);
	assert_int_equal(hex_probe(&dissector_rtp, "80bf 0001 00000002", 0), PROBE_NO);
	assert_int_equal(hex_probe(&dissector_rtp, "80e0 0001 00000002", 0), PROBE_NO);
	assert_int_equal(hex_probe(&dissector_rtp, "80c9 0002 00000002", 0), PROBE_NO);
	assert_int_equal(hex_probe(&dissector_rtp, "80c9 0000", 0), PROBE_NO);
}

static void sources_and_extension_have_to_fit(void **unused)
{
	(void)unused;
	assert_int_equal(hex_probe(&dissector_rtp, "8160 0001 00000002 00000003 00000004", 0), PROBE_MAYBE);
	assert_int_equal(hex_probe(&dissector_rtp, "8260 0001 00000002 00000003 00000004", 0), PROBE_NO);
	assert_int_equal(hex_probe(&dissector_rtp, "9060 0001 00000002 00000003 bede0001 00000000", 0), PROBE_MAYBE);
	assert_int_equal(hex_probe(&dissector_rtp, "9060 0001 00000002 00000003 bedeffff 00000000", 0), PROBE_NO);
}

static void other_versions_and_short_ones_are_no_rtp(void **unused)
{
	(void)unused;
	assert_int_equal(hex_probe(&dissector_rtp, "4060 0001 00000002 00000003", 0), PROBE_NO);
	assert_int_equal(hex_probe(&dissector_rtp, "c060 0001 00000002 00000003", 0), PROBE_NO);
	assert_int_equal(hex_probe(&dissector_rtp, "8060 0001 00000002 000000", 0), PROBE_NO);
	assert_int_equal(hex_probe(&dissector_rtp, "", 0), PROBE_NO);
	assert_int_equal(hex_datagram(&dissector_rtp, "4060 0001 00000002 00000003", 0, &facts), ERR_UNSUPPORTED);
}

static void cut_rtp_is_rtp(void **unused)
{
	(void)unused;
	assert_int_equal(hex_probe(&dissector_rtp, "8060 0001", 200), PROBE_MAYBE);
	assert_int_equal(hex_datagram(&dissector_rtp, "8060 0001", 200, &facts), ERR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rtp_tells_its_payload_type_without_the_marker),
	    cmocka_unit_test(rtcp_tells_its_packet_type),
	    cmocka_unit_test(sources_and_extension_have_to_fit),
	    cmocka_unit_test(other_versions_and_short_ones_are_no_rtp),
	    cmocka_unit_test(cut_rtp_is_rtp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
