#include "base/cursor.h"

#include <string.h>

void cursor_fail(struct cursor *c, size_t n)
{
	if (c->err != ERR_OK)
		return;
	if (n <= c->left)
		c->err = ERR_MALFORMED;
	else if (c->open && c->lost == 0)
		c->err = ERR_MORE;
	else
		c->err = n - c->left <= c->lost ? ERR_TRUNCATED : ERR_MALFORMED;
	c->left = 0;
}

uint64_t cursor_u64(struct cursor *c)
{
	if (!cursor_want(c, 8))
		return 0;
	uint64_t high = cursor_u32(c);
	return high << 32 | cursor_u32(c);
}

uint16_t cursor_u16le(struct cursor *c)
{
	return __builtin_bswap16(cursor_u16(c));
}

uint32_t cursor_u32le(struct cursor *c)
{
	return __builtin_bswap32(cursor_u32(c));
}

const uint8_t *cursor_bytes(struct cursor *c, size_t n)
{
	if (!cursor_want(c, n))
		return NULL;
	const uint8_t *p = c->at;
	c->at += n, c->left -= n;
	return p;
}

bool cursor_seek(struct cursor *c, uint8_t value)
{
	const uint8_t *found = c->left ? memchr(c->at, value, c->left) : NULL;

	if (found)
		cursor_skip(c, (size_t)(found - c->at));
	return found != NULL;
}

void cursor_copy(struct cursor *c, void *out, size_t n)
{
	const uint8_t *p = cursor_bytes(c, n);

	if (n == 0) /* out may then be NULL */
		return;
	if (p)
		memcpy(out, p, n);
	else
		memset(out, 0, n);
}

static struct cursor take(struct cursor *c, size_t n)
{
	struct cursor inner = {.at = c->at, .err = c->err};
	size_t here = n < c->left ? n : c->left;

	inner.left = here;
	inner.lost = n - here;
	c->at += here;
	c->left -= here;
	c->lost -= n - here;
	return inner;
}

struct cursor cursor_take(struct cursor *c, size_t n)
{
	if (c->err == ERR_OK && n <= c->left + c->lost)
		return take(c, n);
	cursor_fail(c, n);
	return (struct cursor){.at = c->at, .err = c->err};
}

struct cursor cursor_take_quoted(struct cursor *c, size_t n)
{
	if (c->err == ERR_OK && n > c->left + c->lost)
		c->lost = n - c->left;
	return cursor_take(c, n);
}
