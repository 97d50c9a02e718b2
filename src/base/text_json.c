/* Text as a string of JSON: most of a large report. */
#include <string.h>

#include "base/text.h"

#define EIGHT(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Whether one of eight bytes, none of which has its highest bit set, is below n (at most 128). */
static bool has_below(uint64_t word, uint8_t n)
{
	return (word - EIGHT(n)) & ~word & EIGHT(0x80);
}

/* Eight bytes that JSON shows as they are: printable ASCII, neither quote nor backslash. */
static bool is_plain(uint64_t word)
{
	return !(word & EIGHT(0x80)) && !has_below(word, 0x20) && !has_below(word ^ EIGHT('"'), 1) &&
	       !has_below(word ^ EIGHT('\\'), 1) && !has_below(word ^ EIGHT(0x7f), 1);
}

/* Copy text, escaping quotes and backslashes. ascii: only up to the first byte that is not
 * printable ASCII. `to` has room for twice as many bytes. Returns how many were written; *ret_rest
 * is what is left.
 * source  RFC 8259 7 */
static size_t put_quoted(char *to, const char *s, size_t n, bool ascii, const char **ret_rest)
{
	const char *end = s + n;
	size_t used = 0;
	uint64_t word;

	while (s < end && (!ascii || (*s >= 0x20 && *s < 0x7f))) {
		for (; end - s >= 8; s += 8, used += 8) {
			memcpy(&word, s, 8);
			if (!is_plain(word))
				break;
			memcpy(to + used, &word, 8);
		}
		if (s == end || (ascii && (*s < 0x20 || *s >= 0x7f)))
			break;
		if (*s == '"' || *s == '\\')
			to[used++] = '\\';
		to[used++] = *s++;
	}
	*ret_rest = s;
	return used;
}

void text_add_json(struct text *t, const char *s)
{
	struct text safe = {0};
	const char *rest = "";
	size_t n = strlen(s);
	char *to = text_reserve(t, 2 * n + 2);

	if (!to)
		return;
	to[0] = '"';
	size_t used = put_quoted(to + 1, s, n, true, &rest);
	if (*rest) {
		text_add_escaped(&safe, s);
		n = safe.n;
		to = text_reserve(t, 2 * n + 2);
		t->failed |= safe.failed;
		used = to && safe.at ? put_quoted(to + 1, safe.at, n, false, &rest) : 0;
	}
	if (to) {
		to[0] = to[1 + used] = '"';
		text_grew(t, used + 2);
	}
	text_release(&safe);
}
