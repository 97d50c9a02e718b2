#include "base/text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void text_release(struct text *t)
{
	free(t->at);
	*t = (struct text){0};
}

void text_clear(struct text *t)
{
	t->n = 0;
	t->failed = false;
	if (t->at)
		t->at[0] = '\0';
}

static bool text_room(struct text *t, size_t n)
{
	if (t->failed || n > SIZE_MAX / 4 - t->n) {
		t->failed = true;
		return false;
	}
	if (t->n + n + 1 <= t->size)
		return true;
	size_t size = t->size ? t->size : 64;
	while (size < t->n + n + 1)
		size *= 2;
	char *at = realloc(t->at, size);
	if (!at) {
		t->failed = true;
		return false;
	}
	t->at = at;
	t->size = size;
	return true;
}

char *text_reserve(struct text *t, size_t n)
{
	return text_room(t, n) ? t->at + t->n : NULL;
}

void text_grew(struct text *t, size_t n)
{
	t->n += n;
	t->at[t->n] = '\0';
}

void text_add_n(struct text *t, const char *s, size_t n)
{
	if (!text_room(t, n))
		return;
	memcpy(t->at + t->n, s, n);
	t->n += n;
	t->at[t->n] = '\0';
}

void text_add(struct text *t, const char *s)
{
	text_add_n(t, s, strlen(s));
}

void text_addf(struct text *t, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	int n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0 || !text_room(t, (size_t)n))
		return;
	va_start(args, format);
	vsnprintf(t->at + t->n, (size_t)n + 1, format, args);
	va_end(args);
	t->n += (size_t)n;
}

void text_copy(const char *s, char *out, size_t size)
{
	size_t n = strnlen(s, size - 1);

	memcpy(out, s, n);
	out[n] = '\0';
}

static const char hex[] = "0123456789abcdef";

static size_t printable(const uint8_t *bytes, size_t n, char *out, size_t size, uint8_t least)
{
	size_t used = 0;

	if (size == 0)
		return 0;
	for (size_t i = 0; i < n; i++) {
		bool plain = bytes[i] >= least && bytes[i] < 0x7f && bytes[i] != '\\';
		if (used + (plain ? 1 : 4) >= size)
			break;
		if (plain) {
			out[used++] = (char)bytes[i];
			continue;
		}
		out[used++] = '\\';
		out[used++] = 'x';
		out[used++] = hex[bytes[i] >> 4];
		out[used++] = hex[bytes[i] & 15];
	}
	out[used] = '\0';
	return used;
}

size_t text_presentation(const uint8_t *bytes, size_t n, char *out, size_t size)
{
	return printable(bytes, n, out, size, 0x21);
}

size_t text_sentence(const uint8_t *bytes, size_t n, char *out, size_t size)
{
	return printable(bytes, n, out, size, 0x20);
}

/* Length of the UTF-8 sequence at s (0: not one) and its code point.
 * Source: RFC 3629 4 (no overlong forms, no surrogates). */
static size_t utf8_at(const unsigned char *s, uint32_t *ret_code)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t least;
		size_t n;
	} shapes[] = {{0x80, 0x00, 0, 1}, {0xe0, 0xc0, 0x80, 2}, {0xf0, 0xe0, 0x800, 3}, {0xf8, 0xf0, 0x10000, 4}};

	for (size_t k = 0; k < 4; k++) {
		if ((s[0] & shapes[k].mask) != shapes[k].lead)
			continue;
		uint32_t code = s[0] & (unsigned char)~shapes[k].mask;
		for (size_t i = 1; i < shapes[k].n; i++) {
			if ((s[i] & 0xc0) != 0x80)
				return 0;
			code = code << 6 | (s[i] & 0x3f);
		}
		if (code < shapes[k].least || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
			return 0;
		*ret_code = code;
		return shapes[k].n;
	}
	return 0;
}

static bool is_unsafe(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x202a && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069) || code == 0x200e || code == 0x200f || code == 0x2028 ||
	       code == 0x2029 || code == 0x61c || code == 0xfeff;
}

void text_add_escaped(struct text *t, const char *s)
{
	const unsigned char *at = (const unsigned char *)s;

	while (*at) {
		uint32_t code = 0;
		size_t plain = 0;
		while (at[plain] >= 0x20 && at[plain] < 0x7f)
			plain++;
		text_add_n(t, (const char *)at, plain);
		at += plain;
		if (!*at)
			break;
		size_t n = utf8_at(at, &code);
		if (n && !is_unsafe(code)) {
			text_add_n(t, (const char *)at, n);
			at += n;
			continue;
		}
		for (size_t i = 0; i < (n ? n : 1); i++)
			text_addf(t, "\\x%02x", at[i]);
		at += n ? n : 1;
	}
}

size_t text_normal_name(char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < n; i++)
		if (name[i] >= 'A' && name[i] <= 'Z')
			name[i] = (char)(name[i] + ('a' - 'A'));
	if (n > 1 && name[n - 1] == '.')
		name[--n] = '\0';
	return n;
}

static char *add_digits(char *to, unsigned n, unsigned digits)
{
	for (unsigned i = digits; i-- > 0; n /= 10)
		to[i] = (char)('0' + n % 10);
	return to + digits;
}

const char *tenths_format(double v, char ret_text[static TENTHS_TEXT])
{
	double tenths = v * 10;
	bool usual = tenths >= 0 && tenths < 1e12;
	uint64_t whole = usual ? (uint64_t)tenths : 0;
	double rest = tenths - (double)whole;

	/* Near a half, rounding depends on digits that the product has lost. */
	if (!usual || (rest > 0.499 && rest < 0.501)) {
		snprintf(ret_text, TENTHS_TEXT, "%.1f", v);
		return ret_text;
	}
	whole += rest > 0.5;
	char digits[TENTHS_TEXT], *at = digits + sizeof digits;
	*--at = '\0';
	*--at = (char)('0' + whole % 10);
	*--at = '.';
	do
		*--at = (char)('0' + (whole /= 10) % 10);
	while (whole >= 10);
	return memcpy(ret_text, at, (size_t)(digits + sizeof digits - at));
}

#define DAY_S 86400
#define DATE_BYTES 10 /* 2026-11-28 */

/* Consecutive times mostly fall on the same day, and the library is slow at dates: the last one is kept.
 * NULL: no year of four digits. */
static const char *date_of(int64_t day)
{
	static _Thread_local char known[DATE_BYTES];
	static _Thread_local int64_t known_day = INT64_MIN;
	time_t noon = (time_t)(day * DAY_S + DAY_S / 2);
	struct tm tm;

	if (day == known_day)
		return known;
	if (!gmtime_r(&noon, &tm) || tm.tm_year > 8099 || tm.tm_year < -1900)
		return NULL;
	char *at = add_digits(known, (unsigned)tm.tm_year + 1900, 4);
	*at++ = '-';
	at = add_digits(at, (unsigned)tm.tm_mon + 1, 2);
	*at++ = '-';
	add_digits(at, (unsigned)tm.tm_mday, 2);
	known_day = day;
	return known;
}

const char *time_format(int64_t us, char ret_text[static TIME_TEXT])
{
	int64_t s = us / 1000000, rest = us % 1000000;

	if (rest < 0)
		rest += 1000000, s--;
	int64_t day = s / DAY_S - (s % DAY_S < 0);
	unsigned second = (unsigned)(s - day * DAY_S);
	const char *date = date_of(day);
	if (!date) {
		snprintf(ret_text, TIME_TEXT, "1970-01-01T00:00:00.000000Z");
		return ret_text;
	}
	memcpy(ret_text, date, DATE_BYTES);
	char *at = ret_text + DATE_BYTES;
	*at++ = 'T';
	at = add_digits(at, second / 3600, 2);
	*at++ = ':';
	at = add_digits(at, second / 60 % 60, 2);
	*at++ = ':';
	at = add_digits(at, second % 60, 2);
	*at++ = '.';
	at = add_digits(at, (unsigned)rest, 6);
	memcpy(at, "Z", 2);
	return ret_text;
}

/* "Z", "+HH:MM" or nothing (UTC); the offset is subtracted from *s. */
static bool zone_parse(const char *p, int64_t *s)
{
	int hours, minutes, end = 0;

	if (*p == '\0' || strcmp(p, "Z") == 0 || strcmp(p, "z") == 0)
		return true;
	if ((*p != '+' && *p != '-') || sscanf(p + 1, "%2d:%2d%n", &hours, &minutes, &end) != 2 || p[1 + end])
		return false;
	*s -= (*p == '+' ? 1 : -1) * (hours * 3600 + minutes * 60);
	return true;
}

static bool fraction_parse(const char **p, int64_t *ret_us)
{
	int64_t scale = 100000;

	*ret_us = 0;
	if (**p != '.')
		return true;
	for (++*p; isdigit((unsigned char)**p); ++*p, scale /= 10)
		*ret_us += (**p - '0') * scale;
	return true;
}

enum err time_parse(const char *text, int64_t now_us, int64_t *ret_us)
{
	static const char *const shapes[] = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M",
	                                     "%Y-%m-%d %H:%M", "%Y-%m-%d"};
	int64_t distance;
	char *end;

	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
		struct tm tm = {0};
		const char *p = strptime(text, shapes[i], &tm);
		int64_t us;
		if (!p)
			continue;
		int day = tm.tm_mday;
		int64_t s = (int64_t)timegm(&tm);
		if (tm.tm_mday != day)
			return ERR_USAGE; /* 30 February */
		if (!fraction_parse(&p, &us) || !zone_parse(p, &s))
			continue;
		*ret_us = s * 1000000 + us;
		return ERR_OK;
	}
	long long number = strtoll(text, &end, 10);
	if (end != text && *end == '\0' && number >= 0 && number < 253402300800) {
		*ret_us = (int64_t)number * 1000000;
		return ERR_OK;
	}
	if (duration_parse(text, &distance) == ERR_OK) {
		*ret_us = now_us - distance;
		return ERR_OK;
	}
	return ERR_USAGE;
}

enum err size_parse(const char *text, uint64_t *ret_bytes)
{
	static const char units[] = "KMGT";
	char *end;
	unsigned long long v = strtoull(text, &end, 10);
	unsigned shift = 0;

	if (end == text || !isdigit((unsigned char)text[0]))
		return ERR_USAGE;
	if (*end) {
		const char *u = strchr(units, toupper((unsigned char)*end));
		if (!u || !*u)
			return ERR_USAGE;
		shift = 10 * (unsigned)(u - units + 1);
		end++;
		if (*end == 'i')
			end++;
		if (*end == 'B')
			end++;
	}
	if (*end || (shift && v >> (64 - shift)))
		return ERR_USAGE;
	*ret_bytes = v << shift;
	return ERR_OK;
}

enum err duration_parse(const char *text, int64_t *ret_us)
{
	static const struct {
		const char *unit;
		double s;
	} units[] = {{"", 1}, {"s", 1}, {"ms", 0.001}, {"m", 60}, {"min", 60}, {"h", 3600}, {"d", 86400},
	             {"w", 604800}};
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return ERR_USAGE;
	double v = strtod(text, &end);
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		if (strcmp(end, units[i].unit) != 0 || v * units[i].s > 3e9)
			continue;
		*ret_us = (int64_t)(v * units[i].s * 1e6 + 0.5);
		return ERR_OK;
	}
	return ERR_USAGE;
}
