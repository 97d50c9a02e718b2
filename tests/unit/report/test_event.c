/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <string.h>

#include "report/event.h"

#define T0 INT64_C(1700000000000000)

static struct attempt failed(const char *address, uint8_t proto)
{
	struct attempt a = {.id = 1,
	                    .host = "a.example",
	                    .attributed_by = BY_DNS,
	                    .port = 443,
	                    .proto = proto,
	                    .started_us = T0,
	                    .ended_us = T0 + 3000001,
	                    .outcome = OUTCOME_BLOCKED,
	                    .signature = proto == 6 ? SIG_TCP_SYN_TIMEOUT : SIG_DNS_TIMEOUT,
	                    .confidence = CONFIDENCE_MEDIUM,
	                    .detail = "7 SYN",
	                    .proofs = {{"repeated", "7 \"SYN\""}},
	                    .proof_n = 1};

	assert_true(addr_parse("10.0.0.5", &a.client));
	if (address)
		assert_true(addr_parse(address, &a.address));
	return a;
}

static void assert_has(const struct text *t, const char *part)
{
	if (!strstr(t->at, part))
		fail_msg("%s is not in %s", part, t->at);
}

static void a_failed_connection_is_a_line_in_suricatas_shape(void **state)
{
	struct attempt a = failed("203.0.113.7", 6);
	struct text t = {0};

	(void)state;
	snprintf(a.community_id, sizeof a.community_id, "1:abc=");
	assert_int_equal(event_incident(&a, "web/a.example:443/tcp", &t), ERR_OK);
	assert_has(&t, "{\"timestamp\":\"2023-11-14T22:13:23.000001+0000\",\"event_type\":\"rulegap\",\"src_ip\":\"10.0.0.5\","
	               "\"dest_ip\":\"203.0.113.7\",\"dest_port\":443,\"proto\":\"TCP\",\"community_id\":\"1:abc=\",\"rulegap\":{");
	assert_has(&t, "\"rule\":\"web/a.example:443/tcp\"");
	assert_has(&t, "\"signature\":\"tcp-syn-timeout\"");
	assert_has(&t, "\"text\":\"7 \\\"SYN\\\"\"");
	assert_has(&t, "\"record\":\"incident\"}}");
	text_release(&t);
}

/* A look-up that failed has no server's address, and no flow. */
static void what_there_is_not_is_left_out(void **state)
{
	struct attempt a = failed(NULL, 17);
	struct text t = {0};

	(void)state;
	assert_int_equal(event_incident(&a, NULL, &t), ERR_OK);
	assert_has(&t, "\"src_ip\":\"10.0.0.5\",\"dest_port\":443,\"proto\":\"UDP\",\"rulegap\":{");
	assert_has(&t, "\"rule\":null");
	assert_has(&t, "\"address\":null");
	assert_has(&t, "\"blocker\":null");
	assert_has(&t, "\"community_ids\":[]");
	text_release(&t);
}

static void a_change_says_the_verdict_and_an_alert_what_was_left_out(void **state)
{
	struct attempt a = failed("203.0.113.7", 6);
	struct text t = {0};

	(void)state;
	snprintf(a.blocker, sizeof a.blocker, "192.0.2.1");
	assert_int_equal(event_change(&a, "r", VERDICT_BLOCKED, &t), ERR_OK);
	assert_has(&t, "\"blocker\":\"192.0.2.1\"");
	assert_has(&t, "\"verdict\":\"blocked\",\"record\":\"change\"}}");
	text_clear(&t);
	assert_int_equal(event_alert(&a, "r", VERDICT_ALLOWED, 3, &t), ERR_OK);
	assert_has(&t, "\"verdict\":\"allowed\",\"left_out\":3}");
	assert_null(strstr(t.at, "event_type"));
	text_clear(&t);
	assert_int_equal(event_notice(T0, "warning", "capture-drops", "5\nlost", &t), ERR_OK);
	assert_has(&t, "\"rulegap\":{\"record\":\"notice\",\"level\":\"warning\",\"code\":\"capture-drops\",\"text\":\"5\\\\x0alost\"}}");
	text_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failed_connection_is_a_line_in_suricatas_shape),
		cmocka_unit_test(what_there_is_not_is_left_out),
		cmocka_unit_test(a_change_says_the_verdict_and_an_alert_what_was_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
