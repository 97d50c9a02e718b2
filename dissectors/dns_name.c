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
	char text[TEXT_MOST];
	size_t n;
};

static void write_label(struct writing *w, const uint8_t *label, size_t n)
{
	static const char hex[] = "0123456789abcdef";

	if (w->n)
		w->text[w->n++] = '.';
	for (size_t i = 0; i < n; i++) {
		uint8_t b = label[i];
		if (b >= 'A' && b <= 'Z')
			b += 'a' - 'A';
		if (b > 0x20 && b < 0x7f && b != '\\' && b != '.') {
			w->text[w->n++] = (char)b;
			continue;
		}
		w->text[w->n++] = '\\';
		w->text[w->n++] = 'x';
		w->text[w->n++] = hex[b >> 4];
		w->text[w->n++] = hex[b & 15];
	}
}

static struct cursor at_offset(const struct dns_names *names, size_t offset)
{
	struct cursor c = names->message;

	cursor_skip(&c, offset);
	return c;
}

/* Follow a pointer whose first byte was read. What lies before the place that
 * held it has no way back, so every walk ends. */
static enum err jump(const struct dns_names *names, struct cursor *c, uint8_t first, size_t *floor)
{
	size_t target = (size_t)(first & ~LABEL_KIND_MASK & 0xff) << 8 | cursor_u8(c);

	if (c->err != ERR_OK)
		return c->err;
	if (target >= *floor)
		return ERR_MALFORMED;
	*floor = target;
	*c = at_offset(names, target);
	return c->err;
}

static enum err read_name(const struct dns_names *names, size_t offset, struct writing *w)
{
	struct cursor c = at_offset(names, offset);
	size_t floor = offset, total = 1;
	unsigned jumps = 0;

	for (;;) {
		uint8_t n = cursor_u8(&c);
		if (c.err != ERR_OK || n == 0)
			return c.err;
		if ((n & LABEL_KIND_MASK) == LABEL_POINTER) {
			enum err e = ++jumps > JUMPS_MOST ? ERR_MALFORMED : jump(names, &c, n, &floor);
			if (e != ERR_OK)
				return e;
			continue;
		}
		total += n + 1u;
		if ((n & LABEL_KIND_MASK) != LABEL_TEXT || total > NAME_MOST)
			return ERR_MALFORMED;
		const uint8_t *label = cursor_bytes(&c, n);
		if (!label)
			return c.err;
		write_label(w, label, n);
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
static size_t begins(const struct dns_names *names, size_t offset)
{
	struct cursor c = at_offset(names, offset);
	size_t floor = offset;

	uint8_t first = cursor_u8(&c);
	if (c.err != ERR_OK || (first & LABEL_KIND_MASK) != LABEL_POINTER || jump(names, &c, first, &floor) != ERR_OK)
		return offset;
	return floor;
}

enum err dns_name_text(struct dns_names *names, size_t offset, const char **ret_text)
{
	struct writing w;
	size_t start = begins(names, offset);

	for (unsigned i = 0; i < names->n; i++) {
		if (names->kept[i].offset != start)
			continue;
		*ret_text = names->kept[i].text;
		return ERR_OK;
	}
	w.n = 0;
	enum err e = read_name(names, start, &w);
	if (e != ERR_OK)
		return e;
	*ret_text = keep_text(names->facts, &w);
	if (names->n < DNS_NAMES_KEPT) {
		names->kept[names->n].offset = start;
		names->kept[names->n++].text = *ret_text;
	}
	return ERR_OK;
}
