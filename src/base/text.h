/* Text that is safe to show, and buffers that grow.
 *
 * Names from packets may hold any byte. They are stored in *presentation form*:
 * text_presentation() below makes printable ASCII of them once, on the way in;
 * valid UTF-8 from lists and users is escaped by text_add_escaped() on the way out. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* A growing, always NUL-terminated text. Zero-initialise it. A failed
 * allocation sets `failed` and later calls do nothing. */
struct text {
	char *at;
	size_t n;
	size_t size;
	bool failed;
};

void text_release(struct text *t);
void text_clear(struct text *t);
/* Room for n bytes more, which the caller writes; NULL: out of memory. Then report with text_grew()
 * how many were written. */
char *text_reserve(struct text *t, size_t n);
void text_grew(struct text *t, size_t n);
/* Append a text, n bytes, or what printf would write. */
void text_add(struct text *t, const char *s);
void text_add_n(struct text *t, const char *s, size_t n);
void text_addf(struct text *t, const char *format, ...) PRINTF_LIKE(2, 3);

/* As much of a text as fits, and NUL; size ≥ 1. */
void text_copy(const char *s, char *out, size_t size);

/* Bytes of a name as printable ASCII: 0x21..0x7e unchanged except for the backslash, everything
 * else (space too) as \xNN; reversible. Writes at most size-1 characters and NUL; returns the
 * length written (cut at a whole escape). */
size_t text_presentation(const uint8_t *bytes, size_t n, char *out, size_t size);
/* The same for sentences (a reason phrase, a certificate's name): spaces stay. */
size_t text_sentence(const uint8_t *bytes, size_t n, char *out, size_t size);

/* For a terminal or plain-text file: control characters (C0, C1, DEL), bidi
 * controls (U+202A-202E, U+2066-2069, U+200E, U+200F), line separators and
 * bytes that are no UTF-8 become \xNN; all else stays. */
void text_add_escaped(struct text *t, const char *s);
/* In quotes, as a string of JSON: escaped as text_add_escaped() does, then quotes and backslashes. */
void text_add_json(struct text *t, const char *s);

/* Lower-case ASCII in place, drop one trailing dot; returns the new length. */
size_t text_normal_name(char *name);

#define TENTHS_TEXT 32
/* As "%.1f" prints it (cut to fit), in a fraction of the time. */
const char *tenths_format(double v, char ret_text[static TENTHS_TEXT]);

/* RFC 3339 UTC with microseconds: "2026-11-24T01:02:03.000004Z". */
#define TIME_TEXT 84 /* room for what any int could print */
const char *time_format(int64_t us, char ret_text[static TIME_TEXT]);

/* RFC 3339, a date, "YYYY-MM-DD HH:MM[:SS]" (UTC), seconds since 1970, or a
 * distance back from now_us such as "90m", "24h", "7d". ERR_USAGE else. */
MUSTCHECK enum err time_parse(const char *text, int64_t now_us, int64_t *ret_us);

/* "10", "64M", "2G" (powers of 1024) and "30s", "15m", "8h", "30d", "2w". */
MUSTCHECK enum err size_parse(const char *text, uint64_t *ret_bytes);
MUSTCHECK enum err duration_parse(const char *text, int64_t *ret_us);

#endif
