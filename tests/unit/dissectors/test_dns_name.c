/* Names in DNS messages: reading by words must equal reading byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dissectors/dns_name.h"

#define LABEL_MOST 20u
#define BEHIND_MOST 9u

static struct facts facts;

static const char *text_at(const uint8_t *bytes, size_t captured, size_t length, size_t offset)
{
	struct dns_names names = {.message = cursor_of(bytes, captured, length), .facts = &facts};
	const char *text = NULL;

	return dns_name_text(&names, offset, &text) == ERR_OK ? text : NULL;
}

/* How a byte of a label is written. */
static size_t byte_text(char *out, uint8_t b)
{
	if (b >= 'A' && b <= 'Z')
		return (size_t)sprintf(out, "%c", b - 'A' + 'a');
	if (b > 0x20 && b < 0x7f && b != '\\' && b != '.')
		return (size_t)sprintf(out, "%c", b);
	return (size_t)sprintf(out, "\\x%02x", b);
}

/* A message of one label, the root, and bytes after them; as short as possible. */
static void compare_label(const uint8_t *label, size_t n, uint8_t behind)
{
	for (size_t more = 0; more <= BEHIND_MOST; more++) {
		size_t length = n + 2 + more;
		uint8_t *m = malloc(length);
		char wanted[4 * LABEL_MOST + 1] = "";
		size_t used = 0;
		assert_non_null(m);
		memset(m, behind, length);
		m[0] = (uint8_t)n;
		memcpy(m + 1, label, n);
		m[n + 1] = 0;
		for (size_t i = 0; i < n; i++)
			used += byte_text(wanted + used, label[i]);
		facts_clear(&facts);
		const char *text = text_at(m, length, length, 0);
		assert_non_null(text);
		assert_string_equal(text, wanted);
		free(m);
	}
}

static void each_byte_at_each_place_is_written_by_the_same_rule(void **state)
{
	uint8_t label[LABEL_MOST];

	(void)state;
	for (size_t n = 1; n <= LABEL_MOST; n++) {
		for (size_t at = 0; at < n; at++) {
			for (unsigned b = 0; b < 256; b++) {
				memset(label, 'Q', sizeof label);
				label[at] = (uint8_t)b;
				compare_label(label, n, b % 2 ? '.' : 0xff);
			}
		}
	}
}

/* Skip a name byte by byte. */
static enum err skip_slowly(struct cursor *c)
{
	size_t total = 1;

	for (;;) {
		uint8_t n = cursor_u8(c);
		if (c->err != ERR_OK || n == 0)
			return c->err;
		if (n >= 0xc0) {
			cursor_skip(c, 1);
			return c->err;
		}
		total += n + 1u;
		if (n >= 0x40 || total > 255)
			return ERR_MALFORMED;
		cursor_skip(c, n);
	}
}

static void compare_skip(const uint8_t *bytes, size_t captured, size_t length, bool open)
{
	struct cursor a = cursor_of(bytes, captured, length), b;

	a.open = open;
	b = a;
	enum err e = skip_slowly(&a);
	assert_int_equal(dns_name_skip(&b), e);
	if (e != ERR_OK)
		return;
	assert_ptr_equal(a.at, b.at);
	assert_int_equal(a.left, b.left);
	/* A reader of a name's text is told where it ends. */
	struct dns_names names = {.message = cursor_of(bytes, captured, length), .facts = &facts};
	const char *text;
	facts_clear(&facts);
	if (dns_name_text(&names, 0, &text) == ERR_OK)
		assert_int_equal(names.behind, captured - b.left);
}

static void where_a_name_ends_is_known_behind_pointers_too(void **state)
{
	/*                             0           4           8  9   11             15 17 */
	static const uint8_t m[] = "\3www\3net\0\xc0\4\3api\xc0\x9\xc0\4";
	static const struct {
		size_t at, behind;
		const char *text;
	} rows[] = {{0, 9, "www.net"}, {4, 9, "net"}, {8, 9, "."}, {9, 11, "net"}, {11, 17, "api.net"}, {17, 19, "net"}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct dns_names names = {.message = cursor_of(m, sizeof m - 1, sizeof m - 1), .facts = &facts};
		const char *text = NULL;
		facts_clear(&facts);
		assert_int_equal(dns_name_text(&names, rows[i].at, &text), ERR_OK);
		assert_string_equal(text, rows[i].text);
		assert_int_equal(names.behind, rows[i].behind);
		/* If it is among the cached names, nothing is read. */
		names.behind = 0;
		assert_int_equal(dns_name_text(&names, rows[i].at, &text), ERR_OK);
		assert_int_equal(names.behind, 0);
	}
}

static void a_name_is_stepped_over_however_it_is_cut(void **state)
{
	static const uint8_t words[] = {0, 1, 2, 3, 0x3f, 0x40, 0x80, 0xc0, 0xff};
	enum { WORDS = sizeof words };
	uint8_t m[300];

	(void)state;
	for (unsigned i = 0; i < WORDS * WORDS * WORDS * WORDS; i++) {
		uint8_t four[] = {words[i % WORDS], words[i / WORDS % WORDS], words[i / WORDS / WORDS % WORDS],
		                  words[i / WORDS / WORDS / WORDS]};
		for (size_t length = 0; length <= 4; length++)
			for (size_t captured = 0; captured <= length; captured++)
				compare_skip(four, captured, length, i % 2);
	}
	/* Close to the maximum length of a name. */
	for (size_t last = 55; last < 0x40; last++) {
		memset(m, 0, sizeof m);
		m[0] = m[64] = m[128] = 63;
		m[192] = (uint8_t)last;
		for (size_t captured = 190; captured <= 260; captured++)
			for (size_t length = captured; length <= 260; length++)
				compare_skip(m, captured, length, false);
	}
}

static void a_name_is_kept_if_there_is_just_room_for_it(void **state)
{
	static const uint8_t m[] = "\3www\7EXAMPLE";
	const size_t bytes = sizeof "www.example";

	(void)state;
	facts_clear(&facts);
	facts.text_n = FACTS_TEXT - bytes;
	assert_string_equal(text_at(m, sizeof m, sizeof m, 0), "www.example");
	assert_int_equal(facts.text_n, FACTS_TEXT);
	assert_false(facts.overflow);
	facts.text_n = FACTS_TEXT - bytes + 1;
	assert_string_equal(text_at(m, sizeof m, sizeof m, 0), "");
	assert_int_equal(facts.text_n, FACTS_TEXT - bytes + 1);
	assert_true(facts.overflow);
}

static void the_longest_name_of_odd_bytes_stays_within_the_facts(void **state)
{
	uint8_t m[255];

	(void)state;
	memset(m, 0xff, sizeof m);
	m[0] = m[64] = m[128] = 63;
	m[192] = 61;
	m[254] = 0;
	facts_clear(&facts);
	assert_int_equal(strlen(text_at(m, sizeof m, sizeof m, 0)), 4 * (63 * 3 + 61) + 3);
	facts.text_n = FACTS_TEXT - 1;
	assert_string_equal(text_at(m, sizeof m, sizeof m, 0), "");
	assert_true(facts.overflow);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_byte_at_each_place_is_written_by_the_same_rule),
		cmocka_unit_test(a_name_is_stepped_over_however_it_is_cut),
		cmocka_unit_test(where_a_name_ends_is_known_behind_pointers_too),
		cmocka_unit_test(a_name_is_kept_if_there_is_just_room_for_it),
		cmocka_unit_test(the_longest_name_of_odd_bytes_stays_within_the_facts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
