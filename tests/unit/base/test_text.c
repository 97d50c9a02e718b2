/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static void assert_escaped(const char *raw, const char *safe)
{
	struct text t = {0};

	text_add_escaped(&t, raw);
	assert_false(t.failed);
	assert_string_equal(t.at ? t.at : "", safe);
	text_release(&t);
}

static void ordinary_text_stays(void **state)
{
	(void)state;
	assert_escaped("", "");
	assert_escaped("host.example", "host.example");
	assert_escaped("b\xc3\xbc"
	               "cher \xe2\x82\xac \xf0\x9f\x99\x82",
	               "b\xc3\xbc"
	               "cher \xe2\x82\xac \xf0\x9f\x99\x82");
}

static void what_moves_a_terminal_is_shown_as_bytes(void **state)
{
	(void)state;
	assert_escaped("a\x1b[31mb", "a\\x1b[31mb");
	assert_escaped("a\nb\rc\td", "a\\x0ab\\x0dc\\x09d");
	assert_escaped("\x7f", "\\x7f");
	assert_escaped("\xc2\x9b" "1m", "\\xc2\\x9b1m");             /* C1: CSI */
	assert_escaped("\xe2\x80\xae" "moc.evil", "\\xe2\\x80\\xaemoc.evil"); /* right-to-left override */
	assert_escaped("\xe2\x81\xa6", "\\xe2\\x81\\xa6");
	assert_escaped("\xe2\x80\xa8", "\\xe2\\x80\\xa8");
	assert_escaped("\xef\xbb\xbf", "\\xef\\xbb\\xbf");
}

static void bytes_that_are_no_utf8_are_shown_as_bytes(void **state)
{
	(void)state;
	assert_escaped("\xff\xfe", "\\xff\\xfe");
	assert_escaped("\xc0\xaf", "\\xc0\\xaf");             /* overlong */
	assert_escaped("\xe0\x80\xaf", "\\xe0\\x80\\xaf");
	assert_escaped("\xed\xa0\x80", "\\xed\\xa0\\x80");    /* surrogate */
	assert_escaped("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* beyond U+10FFFF */
	assert_escaped("\xe2\x82", "\\xe2\\x82");             /* cut */
	assert_escaped("\xc3", "\\xc3");
}

static void presentation_is_printable_and_reversible(void **state)
{
	uint8_t all[256];
	char out[256 * 4 + 1];

	(void)state;
	for (int i = 0; i < 256; i++)
		all[i] = (uint8_t)i;
	size_t n = text_presentation(all, 256, out, sizeof out), at = 0;
	assert_int_equal(n, strlen(out));
	for (int i = 0; i < 256; i++) {
		unsigned byte = (unsigned char)out[at];
		assert_in_range(byte, 0x21, 0x7e);
		if (out[at] == '\\') {
			assert_int_equal(out[at + 1], 'x');
			assert_int_equal(sscanf(out + at + 2, "%2x", &byte), 1);
			at += 3;
		}
		assert_int_equal(byte, i);
		at++;
	}
	assert_int_equal(at, n);
}

static void presentation_is_cut_at_a_whole_escape(void **state)
{
	char out[6];

	(void)state;
	assert_int_equal(text_presentation((const uint8_t *)"ab\x01", 3, out, 6), 2);
	assert_string_equal(out, "ab");
	assert_int_equal(text_presentation((const uint8_t *)"a\x01", 2, out, 6), 5);
	assert_string_equal(out, "a\\x01");
	assert_int_equal(text_presentation((const uint8_t *)"a", 1, out, 0), 0);
	assert_int_equal(text_sentence((const uint8_t *)"a b", 3, out, 6), 3);
	assert_string_equal(out, "a b");
}

static void names_lose_case_and_one_dot(void **state)
{
	char name[] = "WWW.Example.COM.", root[] = ".", two[] = "a..", utf8[] = "\xc3\x84.Example";

	(void)state;
	assert_int_equal(text_normal_name(name), 15);
	assert_string_equal(name, "www.example.com");
	text_normal_name(root);
	assert_string_equal(root, ".");
	text_normal_name(two);
	assert_string_equal(two, "a.");
	text_normal_name(utf8);
	assert_string_equal(utf8, "\xc3\x84.example");
}

static void text_grows_and_clears(void **state)
{
	struct text t = {0};

	(void)state;
	for (int i = 0; i < 1000; i++)
		text_addf(&t, "%d,", i);
	assert_int_equal(t.n, 3890);
	assert_int_equal(strlen(t.at), t.n);
	text_clear(&t);
	text_add(&t, "a");
	text_add_n(&t, "bcd", 2);
	assert_string_equal(t.at, "abc");
	text_release(&t);
}

/* ---- times and sizes */

#define NOW (INT64_C(1764000000) * 1000000) /* 2025-11-24T16:00:00Z */

static void assert_time(const char *text, const char *expected)
{
	char out[TIME_TEXT];
	int64_t us;

	assert_int_equal(time_parse(text, NOW, &us), ERR_OK);
	assert_string_equal(time_format(us, out), expected);
}

static void times_are_read_in_every_promised_form(void **state)
{
	(void)state;
	assert_time("2026-01-02T03:04:05.000006Z", "2026-01-02T03:04:05.000006Z");
	assert_time("2026-01-02T03:04:05+01:30", "2026-01-02T01:34:05.000000Z");
	assert_time("2026-01-02T03:04:05-01:30", "2026-01-02T04:34:05.000000Z");
	assert_time("2026-01-02 03:04:05", "2026-01-02T03:04:05.000000Z");
	assert_time("2026-01-02 03:04", "2026-01-02T03:04:00.000000Z");
	assert_time("2026-01-02", "2026-01-02T00:00:00.000000Z");
	assert_time("2024-02-29", "2024-02-29T00:00:00.000000Z");
	assert_time("0", "1970-01-01T00:00:00.000000Z");
	assert_time("1764000000", "2025-11-24T16:00:00.000000Z");
	assert_time("90m", "2025-11-24T14:30:00.000000Z");
	assert_time("24h", "2025-11-23T16:00:00.000000Z");
	assert_time("7d", "2025-11-17T16:00:00.000000Z");
}

static void times_that_are_none_are_refused(void **state)
{
	static const char *const words[] = {"", "yesterday", "2026-13-01", "2026-02-30", "2025-02-29", "2026-01-02T25:00:00Z", "-1",
	                                    "2026-01-02T03:04:05Zulu", "2026-01-02T03:04:05+1", "7 d", "d", "99999999999999"};
	int64_t us = 42;

	(void)state;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (time_parse(words[i], NOW, &us) == ERR_OK)
			print_error("%s\n", words[i]);
		assert_int_equal(time_parse(words[i], NOW, &us), ERR_USAGE);
	}
	assert_int_equal(us, 42);
}

static void time_before_1970_has_its_microseconds(void **state)
{
	char out[TIME_TEXT];

	(void)state;
	assert_string_equal(time_format(-1, out), "1969-12-31T23:59:59.999999Z");
	assert_string_equal(time_format(INT64_MAX, out), "1970-01-01T00:00:00.000000Z");
	assert_string_equal(time_format(INT64_MIN, out), "1970-01-01T00:00:00.000000Z");
}

/* From one day to another and back, and to times whose day cannot be written. */
static void dates_follow_their_times(void **state)
{
	static const int64_t days[] = {0, 0, -1, 1, 19782, 19781, 19782, 2932896, 2932897, -719528, -719529, 11016, 2932896};
	static const char *const dates[] = {"1970-01-01", "1970-01-01", "1969-12-31", "1970-01-02", "2024-02-29", "2024-02-28",
	                                    "2024-02-29", "9999-12-31", NULL, "0000-01-01", NULL, "2000-02-29", "9999-12-31"};
	static const struct {
		int64_t s;
		const char *clock;
	} times[] = {{0, "00:00:00"}, {1, "00:00:01"}, {86399, "23:59:59"}, {45296, "12:34:56"}};
	char out[TIME_TEXT], expected[64];

	(void)state;
	for (size_t i = 0; i < sizeof days / sizeof days[0]; i++)
		for (size_t k = 0; k < sizeof times / sizeof times[0]; k++) {
			snprintf(expected, sizeof expected, "%sT%s.000123Z", dates[i] ? dates[i] : "", times[k].clock);
			assert_string_equal(time_format((days[i] * 86400 + times[k].s) * 1000000 + 123, out),
			                    dates[i] ? expected : "1970-01-01T00:00:00.000000Z");
		}
}

static void tenths_are_those_of_printf(void **state)
{
	static const double odd[] = {0, 0.05, 0.15, 0.25, 0.35, 0.049999999999, 0.95, 9.95, 9.949, 99.95, 999999.95, 1e10, 1e11, 1e300,
	                             -0.04, -0.06, -1, 0.1, 123456789.04999};
	char out[TENTHS_TEXT], expected[400];
	uint32_t dice = 1;

	(void)state;
	for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
		snprintf(expected, TENTHS_TEXT, "%.1f", odd[i]);
		assert_string_equal(tenths_format(odd[i], out), expected);
	}
	for (size_t i = 0; i < 100000; i++) { /* the way seconds are made from milliseconds */
		dice = dice * 1664525u + 1013904223u;
		double v = (dice >> (dice & 15)) / 1000.0;
		snprintf(expected, sizeof expected, "%.1f", v);
		assert_string_equal(tenths_format(v, out), expected);
	}
}

static void json_shows_any_text(void **state)
{
	struct text t = {0};

	(void)state;
	for (size_t n = 0; n < 20; n++)
		for (unsigned at = 0; at < n; at++)
			for (unsigned c = 1; c < 128; c++) {
				char text[32], expected[64], escaped[8] = {(char)c};
				memset(text, 'a', n);
				text[n] = '\0';
				text[at] = (char)c;
				if (c == '"')
					strcpy(escaped, "\\\"");
				else if (c == '\\')
					strcpy(escaped, "\\\\");
				else if (c < 0x20 || c == 0x7f)
					snprintf(escaped, sizeof escaped, "\\\\x%02x", c);
				snprintf(expected, sizeof expected, "\"%.*s%s%s\"", (int)at, text, escaped, text + at + 1);
				text_clear(&t);
				text_add_json(&t, text);
				assert_false(t.failed);
				assert_string_equal(t.at, expected);
				assert_int_equal(t.n, strlen(expected));
			}
	text_clear(&t);
	text_add_json(&t, "Gr\u00fc\u00dfe, \"Welt\"\x01\xff");
	assert_string_equal(t.at, "\"Gr\u00fc\u00dfe, \\\"Welt\\\"\\\\x01\\\\xff\"");
	text_release(&t);
}

static void sizes_and_durations_have_units(void **state)
{
	uint64_t bytes;
	int64_t us;

	(void)state;
	assert_int_equal(size_parse("10", &bytes), ERR_OK);
	assert_true(bytes == 10);
	assert_int_equal(size_parse("64M", &bytes), ERR_OK);
	assert_true(bytes == UINT64_C(64) << 20);
	assert_int_equal(size_parse("2G", &bytes), ERR_OK);
	assert_true(bytes == UINT64_C(2) << 30);
	assert_int_equal(size_parse("-1", &bytes), ERR_USAGE);
	assert_int_equal(size_parse("1X", &bytes), ERR_USAGE);
	assert_int_equal(size_parse("", &bytes), ERR_USAGE);
	assert_int_equal(size_parse("99999999T", &bytes), ERR_USAGE);
	assert_int_equal(duration_parse("30s", &us), ERR_OK);
	assert_true(us == 30000000);
	assert_int_equal(duration_parse("2w", &us), ERR_OK);
	assert_true(us == INT64_C(1209600) * 1000000);
	assert_int_equal(duration_parse("1.5", &us), ERR_OK);
	assert_true(us == 1500000);
	assert_int_equal(duration_parse("-3s", &us), ERR_USAGE);
	assert_int_equal(duration_parse("3y", &us), ERR_USAGE);
	assert_int_equal(duration_parse("99999999999w", &us), ERR_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ordinary_text_stays),
	    cmocka_unit_test(what_moves_a_terminal_is_shown_as_bytes),
	    cmocka_unit_test(bytes_that_are_no_utf8_are_shown_as_bytes),
	    cmocka_unit_test(presentation_is_printable_and_reversible),
	    cmocka_unit_test(presentation_is_cut_at_a_whole_escape),
	    cmocka_unit_test(names_lose_case_and_one_dot),
	    cmocka_unit_test(text_grows_and_clears),
	    cmocka_unit_test(times_are_read_in_every_promised_form),
	    cmocka_unit_test(times_that_are_none_are_refused),
	    cmocka_unit_test(time_before_1970_has_its_microseconds),
	    cmocka_unit_test(dates_follow_their_times),
	    cmocka_unit_test(tenths_are_those_of_printf),
	    cmocka_unit_test(json_shows_any_text),
	    cmocka_unit_test(sizes_and_durations_have_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
