#include "dissectors/dns_name.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>

#define NAME_MOST 255u /* RFC 1035 2.3.4, lengths and root included */
#define JUMPS_MOST 128u
#define SELDOM __attribute__((noinline)) /* kept out of the code that every name runs */
/* Each byte gives four characters at most, and eight are written at once. */
_Static_assert(4 * NAME_MOST + 8 <= FACTS_SPARE, "a name is written before it is known whether there is room");

enum label_kind { LABEL_TEXT = 0x00, LABEL_POINTER = 0xc0, LABEL_KIND_MASK = 0xc0 };

enum err dns_name_skip_labels(struct cursor *c)
{
	size_t end = 0, total = 1;

	for (;;) {
		size_t at = end++;
		if (!cursor_has(c, end))
			break; /* the skip below tells why */
		uint8_t n = cursor_peek(c, at);
		if (n == 0)
			break;
		if ((n & LABEL_KIND_MASK) == LABEL_POINTER) {
			end++;
			break;
		}
		total += n + 1u;
		if ((n & LABEL_KIND_MASK) != LABEL_TEXT || total > NAME_MOST)
			return ERR_MALFORMED;
		end += n;
		if (!cursor_has(c, end))
			break;
	}
	cursor_skip(c, end);
	return c->err;
}

/* ---- text, eight bytes at once */

#define WORD 8u
/* The compiler processes all eight with one instruction. Bytes from 0x80 on are negative; a
 * comparison gives -1 for true, 0 for false. */
typedef int8_t eight __attribute__((vector_size(WORD)));

/* Which bytes need an escape: what is not printable, spaces, dots and backslashes. */
static eight escaped(eight b)
{
	return (b < '!') | (b == 0x7f) | (b == '.') | (b == '\\');
}

static eight lower(eight b)
{
	eight upper = (b > 'A' - 1) & (b < 'Z' + 1);

	return b + (upper & ('a' - 'A'));
}

static char *write_byte(char *out, uint8_t b)
{
	static const char hex[] = "0123456789abcdef";

	if (b > 0x20 && b < 0x7f && b != '\\' && b != '.') {
		*out++ = (char)(b >= 'A' && b <= 'Z' ? b + 'a' - 'A' : b);
		return out;
	}
	*out++ = '\\';
	*out++ = 'x';
	*out++ = hex[b >> 4];
	*out++ = hex[b & 15];
	return out;
}

static SELDOM char *write_bytes(char *out, const struct cursor *message, size_t offset, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out = write_byte(out, cursor_peek(message, offset + i));
	return out;
}

/* Write n readable bytes of the message, a word at most. Always writes a whole word: the next write
 * overwrites its end. */
static inline char *write_word(char *out, const struct cursor *message, size_t offset, size_t n)
{
	/* A word that cannot be read whole is zero, so it is read byte by byte. */
	eight bytes = (eight)cursor_peek_word(message, offset);

	if (le64toh((uint64_t)escaped(bytes)) << (WORD - n) * 8)
		return write_bytes(out, message, offset, n);
	bytes = lower(bytes);
	memcpy(out, &bytes, WORD);
	return out + n;
}

static inline char *write_label(char *out, const struct cursor *message, size_t offset, size_t n)
{
	for (; n > WORD; n -= WORD, offset += WORD)
		out = write_word(out, message, offset, WORD);
	return write_word(out, message, offset, n);
}

/* ---- names */

/* The error for n bytes at an offset that cannot be read. */
static SELDOM enum err lacks(const struct cursor *message, size_t offset, size_t n)
{
	struct cursor c = *message;

	cursor_skip(&c, offset + n);
	return c.err;
}

/* Follow a pointer. It must point before `*floor`, which it then lowers, so every walk ends. */
static enum err jump(const struct cursor *message, size_t offset, size_t *floor)
{
	if (!cursor_has(message, offset + 2))
		return lacks(message, offset, 2);
	size_t target = cursor_peek16(message, offset) & 0x3fff;
	if (target >= *floor)
		return ERR_MALFORMED;
	*floor = target;
	return ERR_OK;
}

/* Write a name and advance *out. *ret_behind: where the message continues. */
static enum err read_name(const struct cursor *message, size_t offset, char **out, size_t *ret_behind)
{
	size_t floor = offset, total = 1;
	unsigned jumps = 0;
	char *at = *out;

	for (;;) {
		if (!cursor_has(message, offset + 1))
			return lacks(message, offset, 1);
		uint8_t n = cursor_peek(message, offset);
		if (n == 0)
			break;
		if ((n & LABEL_KIND_MASK) == LABEL_POINTER) {
			enum err e = ++jumps > JUMPS_MOST ? ERR_MALFORMED : jump(message, offset, &floor);
			if (e != ERR_OK)
				return e;
			if (jumps == 1)
				*ret_behind = offset + 2;
			offset = floor;
			continue;
		}
		total += n + 1u;
		if ((n & LABEL_KIND_MASK) != LABEL_TEXT || total > NAME_MOST)
			return ERR_MALFORMED;
		if (!cursor_has(message, offset + 1 + n))
			return lacks(message, offset + 1, n);
		if (at != *out)
			*at++ = '.';
		at = write_label(at, message, offset + 1, n);
		offset += n + 1u;
	}
	if (jumps == 0)
		*ret_behind = offset + 1;
	if (at == *out)
		*at++ = '.';
	*out = at;
	return ERR_OK;
}

/* Keep what was written after the text of the facts, if there is room for it. */
static const char *keep_text(struct facts *f, char *end)
{
	char *begin = f->text + f->text_n;
	size_t n = (size_t)(end - begin);

	if (FACTS_TEXT - f->text_n <= n) {
		f->overflow = true;
		return "";
	}
	*end = '\0';
	f->text_n += n + 1;
	return begin;
}

/* Where the labels begin: owners are mostly one pointer to a name read before. */
static size_t begins(const struct cursor *message, size_t offset)
{
	size_t floor = offset;

	if ((cursor_peek(message, offset) & LABEL_KIND_MASK) == LABEL_POINTER &&
	    jump(message, offset, &floor) == ERR_OK)
		return floor;
	return offset;
}

/* The name at an offset that was not read before. */
static __attribute__((noinline)) enum err read_new(struct dns_names *names, size_t offset, const char **ret_text)
{
	char *end = names->facts->text + names->facts->text_n;

	enum err e = read_name(&names->message, offset, &end, &names->behind);
	if (e != ERR_OK)
		return e;
	*ret_text = keep_text(names->facts, end);
	if (names->n < DNS_NAMES_KEPT) {
		names->kept[names->n].offset = offset;
		names->kept[names->n++].text = *ret_text;
	}
	return ERR_OK;
}

enum err dns_name_text(struct dns_names *names, size_t offset, const char **ret_text)
{
	size_t start = begins(&names->message, offset);

	for (unsigned i = 0; i < names->n; i++) {
		if (names->kept[i].offset != start)
			continue;
		*ret_text = names->kept[i].text;
		return ERR_OK;
	}
	enum err e = read_new(names, start, ret_text);
	if (start != offset)
		names->behind = offset + 2; /* of its pointer */
	return e;
}
