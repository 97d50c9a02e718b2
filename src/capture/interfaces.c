#include "capture/interfaces.h"

#include <stdlib.h>

#include "base/array.h"
#include "capture/link.h"
#include "capture/reader.h"

#define OPTION_END 0
#define IF_TSRESOL 9
#define IF_TSOFFSET 14
#define ISB_IFDROP 5
#define ISB_OSDROP 7
#define TICKS_US UINT64_C(1000000)
#define TICKS_SANE UINT64_C(1000000000000000000) /* below any bound of reader_time() */

static uint16_t u16(struct cursor *c, bool little)
{
	uint16_t v = cursor_u16(c);

	return little ? __builtin_bswap16(v) : v;
}

static uint32_t u32(struct cursor *c, bool little)
{
	uint32_t v = cursor_u32(c);

	return little ? __builtin_bswap32(v) : v;
}

static uint64_t u64(struct cursor *c, bool little)
{
	uint64_t v = cursor_u64(c);

	return little ? __builtin_bswap64(v) : v;
}

/* The next option. False: there is none, or the list is damaged (c->err). */
static bool option_next(struct cursor *c, bool little, uint16_t *ret_code, struct cursor *ret_value)
{
	if (c->err != ERR_OK || c->left == 0)
		return false;
	uint16_t code = u16(c, little), bytes = u16(c, little);
	struct cursor padded = cursor_take(c, (bytes + 3u) & ~3u);
	if (c->err != ERR_OK)
		return false;
	*ret_value = cursor_take(&padded, bytes);
	*ret_code = code;
	return code != OPTION_END || bytes != 0;
}

/* if_tsresol: a negative power of 10, or with the top bit of 2. */
static enum err ticks_of(uint8_t resolution, struct interface *i)
{
	unsigned power = resolution & 0x7f;

	i->binary = resolution & 0x80;
	if (power > (i->binary ? 63u : 19u))
		return ERR_MALFORMED;
	i->ticks_n = 1;
	if (i->binary)
		i->ticks_n <<= power;
	else
		while (power--)
			i->ticks_n *= 10;
	return ERR_OK;
}

static enum err read_option(struct interface *i, uint16_t code, struct cursor value, bool little, unsigned *seen)
{
	unsigned bit = code == IF_TSRESOL ? 1 : code == IF_TSOFFSET ? 2 : 0;
	size_t wanted = bit == 1 ? 1 : 8;

	if (code == OPTION_END)
		return ERR_MALFORMED; /* an end with a value */
	if (bit == 0)
		return ERR_OK;
	if (value.left != wanted || *seen & bit)
		return ERR_MALFORMED;
	*seen |= bit;
	if (bit == 1)
		return ticks_of(cursor_u8(&value), i);
	i->offset_s = (int64_t)u64(&value, little);
	return ERR_OK;
}

static enum err read_interface(struct interface *i, struct cursor c, bool little)
{
	struct cursor value;
	struct link link;
	uint16_t code;
	unsigned seen = 0;

	uint16_t linktype = u16(&c, little);
	cursor_skip(&c, 2);
	uint32_t snaplen = u32(&c, little);
	if (c.err != ERR_OK)
		return ERR_MALFORMED;
	enum err e = link_find(linktype, &link);
	if (e != ERR_OK)
		return e;
	*i = (struct interface){.dlt = link.dlt, .ticks_n = TICKS_US};
	i->snaplen = snaplen == 0 || snaplen > INT32_MAX ? link.snaplen_most : snaplen;
	while (e == ERR_OK && option_next(&c, little, &code, &value))
		e = read_option(i, code, value, little, &seen);
	return e == ERR_OK && c.err != ERR_OK ? ERR_MALFORMED : e;
}

enum err interfaces_add(struct interfaces *s, struct cursor body, bool little, struct filter *filter,
                        struct interface **ret_interface)
{
	struct interface i;
	enum err e = read_interface(&i, body, little);

	if (e != ERR_OK)
		return e;
	if (s->n == INTERFACES_MOST)
		return ERR_LIMIT;
	struct interface *at = array_grow(s->at, s->n, &s->size, sizeof *at);
	if (!at)
		return err_fail(ERR_MEMORY, "out of memory for %zu interfaces", s->n + 1);
	s->at = at;
	if (filter && filter_for(filter, i.dlt, &i.program) == ERR_MEMORY)
		return ERR_MEMORY;
	s->at[s->n] = i;
	*ret_interface = &s->at[s->n++];
	return ERR_OK;
}

uint64_t interfaces_statistics(struct interfaces *s, struct cursor c, bool little)
{
	uint32_t id = u32(&c, little);
	uint64_t dropped = 0, more;
	struct cursor value;
	uint16_t code;

	cursor_skip(&c, 8); /* when */
	while (option_next(&c, little, &code, &value))
		if ((code == ISB_IFDROP || code == ISB_OSDROP) && value.left == 8)
			dropped += u64(&value, little);
	if (id >= s->n || dropped <= s->at[id].dropped)
		return 0;
	more = dropped - s->at[id].dropped;
	s->at[id].dropped = dropped;
	return more;
}

int64_t interface_time(const struct interface *i, uint64_t ticks)
{
	if (__builtin_expect(i->ticks_n == TICKS_US && i->offset_s == 0 && ticks < TICKS_SANE, 1))
		return (int64_t)ticks;
	uint64_t seconds = ticks / i->ticks_n, part = ticks % i->ticks_n;

	if (i->binary)
		part = part * TICKS_US / i->ticks_n;
	else if (i->ticks_n > TICKS_US)
		part /= i->ticks_n / TICKS_US;
	else
		part *= TICKS_US / i->ticks_n;
	return reader_time((int64_t)(seconds + (uint64_t)i->offset_s), (int32_t)part);
}

void interfaces_clear(struct interfaces *s)
{
	s->n = 0;
}

void interfaces_release(struct interfaces *s)
{
	free(s->at);
	*s = (struct interfaces){0};
}
