#include "dissectors/dns_name.h"

#include <stdbool.h>
#include <string.h>

#define NAME_MOST 255u /* RFC 1035 2.3.4, lengths and root included */
#define JUMPS_MOST 128u
#define TEXT_MOST (4 * NAME_MOST + 1)

enum label_kind { LABEL_TEXT = 0x00, LABEL_POINTER = 0xc0, LABEL_KIND_MASK = 0xc0 };

enum err dns_name_skip(struct cursor *c)
{
	size_t total = 1;

	for (;;) {
		uint8_t n = cursor_u8(c);
		if (c->err != ERR_OK || n == 0)
			return c->err;
		if ((n & LABEL_KIND_MASK) == LABEL_POINTER) {
			cursor_skip(c, 1);
			return c->err;
		}
		total += n + 1u;
		if ((n & LABEL_KIND_MASK) != LABEL_TEXT || total > NAME_MOST)
			return ERR_MALFORMED;
		cursor_skip(c, n);
	}
}

/* Presentation text under construction; it cannot overflow: NAME_MOST bytes of
 * a name give TEXT_MOST characters at most. */
struct writing {
	size_t n;
	char text[TEXT_MOST];
};

/* How letters, digits, '-' and '_' are written; 0: any other byte. */
static const char plain[256] = {
	['-'] = '-', ['_'] = '_', ['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4', ['5'] = '5',
	['6'] = '6', ['7'] = '7', ['8'] = '8', ['9'] = '9', ['A'] = 'a', ['B'] = 'b', ['C'] = 'c', ['D'] = 'd',
	['E'] = 'e', ['F'] = 'f', ['G'] = 'g', ['H'] = 'h', ['I'] = 'i', ['J'] = 'j', ['K'] = 'k', ['L'] = 'l',
	['M'] = 'm', ['N'] = 'n', ['O'] = 'o', ['P'] = 'p', ['Q'] = 'q', ['R'] = 'r', ['S'] = 's', ['T'] = 't',
	['U'] = 'u', ['V'] = 'v', ['W'] = 'w', ['X'] = 'x', ['Y'] = 'y', ['Z'] = 'z', ['a'] = 'a', ['b'] = 'b',
	['c'] = 'c', ['d'] = 'd', ['e'] = 'e', ['f'] = 'f', ['g'] = 'g', ['h'] = 'h', ['i'] = 'i', ['j'] = 'j',
	['k'] = 'k', ['l'] = 'l', ['m'] = 'm', ['n'] = 'n', ['o'] = 'o', ['p'] = 'p', ['q'] = 'q', ['r'] = 'r',
	['s'] = 's', ['t'] = 't', ['u'] = 'u', ['v'] = 'v', ['w'] = 'w', ['x'] = 'x', ['y'] = 'y', ['z'] = 'z',
};

static void write_label(struct writing *w, const uint8_t *label, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	char *out = w->text + w->n;

	if (w->n)
		*out++ = '.';
	for (size_t i = 0; i < n; i++) {
		uint8_t b = label[i];
		if (plain[b]) {
			*out++ = plain[b];
			continue;
		}
		if (b > 0x20 && b < 0x7f && b != '\\' && b != '.') {
			*out++ = (char)b;
			continue;
		}
		*out++ = '\\';
		*out++ = 'x';
		*out++ = hex[b >> 4];
		*out++ = hex[b & 15];
	}
	w->n = (size_t)(out - w->text);
}

/* Why n bytes at an offset cannot be read. */
static enum err lacks(const struct cursor *message, size_t offset, size_t n)
{
	struct cursor c = *message;

	cursor_skip(&c, offset + n);
	return c.err;
}

/* Follow a pointer. What lies before the place that held it has no way back,
 * so every walk ends. */
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

static enum err read_name(const struct cursor *message, size_t offset, struct writing *w)
{
	size_t floor = offset, total = 1;
	unsigned jumps = 0;

	for (;;) {
		if (!cursor_has(message, offset + 1))
			return lacks(message, offset, 1);
		uint8_t n = cursor_peek(message, offset);
		if (n == 0)
			return ERR_OK;
		if ((n & LABEL_KIND_MASK) == LABEL_POINTER) {
			enum err e = ++jumps > JUMPS_MOST ? ERR_MALFORMED : jump(message, offset, &floor);
			if (e != ERR_OK)
				return e;
			offset = floor;
			continue;
		}
		total += n + 1u;
		if ((n & LABEL_KIND_MASK) != LABEL_TEXT || total > NAME_MOST)
			return ERR_MALFORMED;
		struct cursor c = *message;
		cursor_skip(&c, offset + 1);
		const uint8_t *label = cursor_bytes(&c, n);
		if (!label)
			return c.err;
		write_label(w, label, n);
		offset += n + 1u;
	}
}

static const char *keep_text(struct facts *f, struct writing *w)
{
	if (w->n == 0)
		w->text[w->n++] = '.';
	if (sizeof f->text - f->text_n <= w->n) {
		f->overflow = true;
		return "";
	}
	char *at = f->text + f->text_n;
	memcpy(at, w->text, w->n);
	at[w->n] = '\0';
	f->text_n += w->n + 1;
	return at;
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

enum err dns_name_text(struct dns_names *names, size_t offset, const char **ret_text)
{
	struct writing w;
	size_t start = begins(&names->message, offset);

	for (unsigned i = 0; i < names->n; i++) {
		if (names->kept[i].offset != start)
			continue;
		*ret_text = names->kept[i].text;
		return ERR_OK;
	}
	w.n = 0;
	enum err e = read_name(&names->message, start, &w);
	if (e != ERR_OK)
		return e;
	*ret_text = keep_text(names->facts, &w);
	if (names->n < DNS_NAMES_KEPT) {
		names->kept[names->n].offset = start;
		names->kept[names->n++].text = *ret_text;
	}
	return ERR_OK;
}
