#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "hex.h"

extern const struct dissector dissector_ntp;

#define REST "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"

static void requests_and_answers_are_told(void **unused)
{
	struct facts facts;

	(void)unused;
	assert_int_equal(hex_probe(&dissector_ntp, "23" REST, 0), PROBE_MAYBE);
	assert_int_equal(hex_datagram(&dissector_ntp, "23" REST, 0, &facts), ERR_OK);
	assert_int_equal(facts.list[0].code, 3);
	assert_int_equal(hex_datagram(&dissector_ntp, "1c" REST "0102030405060708090a0b0c0d0e0f1011121314", 0, &facts),
			 ERR_OK);
	assert_int_equal(facts.list[0].code, 4);
}

static void other_modes_versions_and_lengths_are_not_ntp(void **unused)
{
	(void)unused;
	assert_int_equal(hex_probe(&dissector_ntp, "26" REST, 0), PROBE_NO);       /* control */
	assert_int_equal(hex_probe(&dissector_ntp, "2b" REST, 0), PROBE_NO);       /* version 5 */
	assert_int_equal(hex_probe(&dissector_ntp, "03" REST, 0), PROBE_NO);       /* version 0 */
	assert_int_equal(hex_probe(&dissector_ntp, "23" REST "00", 0), PROBE_NO);
	assert_int_equal(hex_probe(&dissector_ntp, "23000000", 0), PROBE_NO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(requests_and_answers_are_told),
	    cmocka_unit_test(other_modes_versions_and_lengths_are_not_ntp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
