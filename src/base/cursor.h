/* The one way to read untrusted bytes.
 *
 * A cursor is a value: copy it to look ahead, assign the copy back to accept.
 * The first failure sticks: later reads give 0 and change nothing, so a parser
 * reads straight on and checks once at its end.
 *
 * `lost` is what the wire had and the capture has not (snaplen). Reading into
 * it gives ERR_TRUNCATED; reading past it gives ERR_MALFORMED, which is the
 * sender's fault. A stream whose next bytes have not come yet sets `open`:
 * reading past its end then gives ERR_MORE. */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"

struct cursor {
	const uint8_t *at; /* next byte */
	size_t left;       /* bytes that can be read */
	size_t lost;       /* bytes of the wire after them that were not captured */
	enum err err;      /* first failure, sticky; nothing is left then */
	bool open;         /* a stream: more may come */
};

/* A cursor over `captured` bytes of a unit that had `length` on the wire. */
static inline struct cursor cursor_of(const void *bytes, size_t captured, size_t length)
{
	return (struct cursor){
	    .at = (const uint8_t *)bytes,
	    .left = captured < length ? captured : length,
	    .lost = captured < length ? length - captured : 0,
	};
}

/* Whether the next n wire bytes can all be read. Does not fail the cursor. (A failed cursor has
 * left == 0, so for a constant n the compiler drops the second test.) */
static inline bool cursor_has(const struct cursor *c, size_t n)
{
	return c->left >= n && (n > 0 || c->err == ERR_OK);
}

/* Bytes of the unit on the wire from here, captured or not. */
static inline size_t cursor_wire(const struct cursor *c)
{
	return c->left + c->lost;
}

/* Fail the cursor because n bytes cannot be read (used by the readers below). */
void cursor_fail(struct cursor *c, size_t n);

/* Fail the cursor: what was read makes no sense. */
static inline void cursor_refuse(struct cursor *c)
{
	if (c->err == ERR_OK)
		c->err = ERR_MALFORMED;
	c->left = 0;
}

static inline bool cursor_want(struct cursor *c, size_t n)
{
	if (__builtin_expect(cursor_has(c, n), 1))
		return true;
	cursor_fail(c, n);
	return false;
}

static inline uint8_t cursor_u8(struct cursor *c)
{
	if (!cursor_want(c, 1))
		return 0;
	c->left--;
	return *c->at++;
}

/* Big-endian unless the name says otherwise. */
static inline uint16_t cursor_u16(struct cursor *c)
{
	if (!cursor_want(c, 2))
		return 0;
	uint16_t v = (uint16_t)(c->at[0] << 8 | c->at[1]);
	c->at += 2, c->left -= 2;
	return v;
}

static inline uint32_t cursor_u24(struct cursor *c)
{
	if (!cursor_want(c, 3))
		return 0;
	uint32_t v = (uint32_t)c->at[0] << 16 | (uint32_t)c->at[1] << 8 | c->at[2];
	c->at += 3, c->left -= 3;
	return v;
}

static inline uint32_t cursor_u32(struct cursor *c)
{
	if (!cursor_want(c, 4))
		return 0;
	uint32_t v = (uint32_t)c->at[0] << 24 | (uint32_t)c->at[1] << 16 | (uint32_t)c->at[2] << 8 | c->at[3];
	c->at += 4, c->left -= 4;
	return v;
}

/* 8 bytes, big-endian; 2 and 4, little-endian. */
uint64_t cursor_u64(struct cursor *c);
uint16_t cursor_u16le(struct cursor *c);
uint32_t cursor_u32le(struct cursor *c);

/* The byte `offset` ahead without moving; 0 when it cannot be read (no failure). */
static inline uint8_t cursor_peek(const struct cursor *c, size_t offset)
{
	return offset < c->left ? c->at[offset] : 0;
}

static inline uint16_t cursor_peek16(const struct cursor *c, size_t offset)
{
	return (uint16_t)(cursor_peek(c, offset) << 8 | cursor_peek(c, offset + 1));
}

/* The 8 bytes `offset` ahead in no certain order, to compare or to hash; 0 when
 * they cannot all be read (no failure). */
static inline uint64_t cursor_peek_word(const struct cursor *c, size_t offset)
{
	uint64_t v = 0;

	if (c->left >= sizeof v && offset <= c->left - sizeof v)
		memcpy(&v, c->at + offset, sizeof v);
	return v;
}

/* Skip n wire bytes. */
static inline void cursor_skip(struct cursor *c, size_t n)
{
	if (cursor_want(c, n))
		c->at += n, c->left -= n;
}

/* The next n bytes as their own cursor; they are skipped here. cursor_has() must have said that
 * they can be read. For a constant n the compiler drops the inner cursor's checks, and since
 * nothing here can fail it keeps both cursors in registers. */
static inline __attribute__((always_inline)) struct cursor cursor_head(struct cursor *c, size_t n)
{
	struct cursor head = cursor_of(c->at, n, n);

	assert(c->left >= n);
	c->at += n, c->left -= n;
	return head;
}

/* A pointer to the next n bytes, which are skipped; NULL on failure. Valid as
 * long as the bytes under the cursor. */
const uint8_t *cursor_bytes(struct cursor *c, size_t n);

/* Skip to the next byte of this value. False: none comes, nothing was skipped. */
bool cursor_seek(struct cursor *c, uint8_t value);

/* Copy the next n bytes out and skip them; `out` is zeroed on failure. */
void cursor_copy(struct cursor *c, void *out, size_t n);

/* The next n *wire* bytes as their own cursor; they are skipped here. Inner code cannot read past
 * its length field. If the capture cut them, the inner cursor has `lost` and this one continues
 * (empty) after them. A length beyond the wire fails both: ERR_MALFORMED (or ERR_MORE for an open
 * stream). */
struct cursor cursor_take(struct cursor *c, size_t n);

/* Like cursor_take, but what the unit lacks counts as cut, not as malformed: for lengths whose
 * outer bytes are themselves a quotation (ICMP). */
struct cursor cursor_take_quoted(struct cursor *c, size_t n);

#endif
