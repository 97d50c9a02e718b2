#include "report/json_writer.h"

#include <string.h>

#define HAND_ON_BYTES ((size_t)64 << 10)

/* ---- what precedes a member */

#define DEPTH_MOST 16u /* deeper members are not indented further */

static char *put_line(const struct json_writer *w, char *to)
{
	size_t n = 2 * (size_t)(w->depth < DEPTH_MOST ? w->depth : DEPTH_MOST);

	if (!w->pretty)
		return to;
	*to++ = '\n';
	memset(to, ' ', n);
	return to + n;
}

static void hand_on(struct json_writer *w)
{
	if (w->text.n && !w->text.failed)
		fwrite(w->text.at, 1, w->text.n, w->out);
	w->text.n = 0;
}

#define BEFORE_BYTES (2 * DEPTH_MOST + 8) /* around a member, not counting its key */

static void add_key(struct json_writer *w, const char *key)
{
	size_t n = key ? strlen(key) : 0;

	if (w->out && w->text.n > HAND_ON_BYTES)
		hand_on(w);
	char *start = text_reserve(&w->text, n + BEFORE_BYTES), *to = start;
	if (!to)
		return;
	if (!w->fresh && w->depth)
		*to++ = ',';
	w->fresh = false;
	if (w->depth)
		to = put_line(w, to);
	if (key) {
		*to++ = '"';
		memcpy(to, key, n);
		memcpy(to + n, "\": ", 3);
		to += n + (w->pretty ? 3 : 2);
	}
	text_grew(&w->text, (size_t)(to - start));
}

static void open_with(struct json_writer *w, const char *key, const char *bracket)
{
	add_key(w, key);
	text_add_n(&w->text, bracket, 1);
	w->depth++;
	w->fresh = true;
}

static void close_with(struct json_writer *w, const char *bracket)
{
	char *start = text_reserve(&w->text, BEFORE_BYTES);

	w->depth--;
	if (!w->fresh && start)
		text_grew(&w->text, (size_t)(put_line(w, start) - start));
	text_add_n(&w->text, bracket, 1);
	w->fresh = false;
}

void json_open(struct json_writer *w, const char *key)
{
	open_with(w, key, "{");
}

void json_close(struct json_writer *w)
{
	close_with(w, "}");
}

void json_open_array(struct json_writer *w, const char *key)
{
	open_with(w, key, "[");
}

void json_close_array(struct json_writer *w)
{
	close_with(w, "]");
}

/* ---- values */

void json_put_text(struct json_writer *w, const char *key, const char *text)
{
	add_key(w, key);
	if (text)
		text_add_json(&w->text, text);
	else
		text_add_n(&w->text, "null", 4);
}

void json_put_number(struct json_writer *w, const char *key, uint64_t n)
{
	char digits[20];
	size_t at = sizeof digits;

	if (n > INT64_MAX)
		n = INT64_MAX;
	do
		digits[--at] = (char)('0' + n % 10);
	while (n /= 10);
	add_key(w, key);
	text_add_n(&w->text, digits + at, sizeof digits - at);
}

void json_put_bool(struct json_writer *w, const char *key, bool value)
{
	add_key(w, key);
	text_add(&w->text, value ? "true" : "false");
}

void json_put_time(struct json_writer *w, const char *key, int64_t us)
{
	char text[TIME_TEXT];

	json_put_text(w, key, us ? time_format(us, text) : NULL);
}

void json_put_texts(struct json_writer *w, const char *key, const char *const *texts, size_t n)
{
	json_open_array(w, key);
	for (size_t i = 0; i < n; i++)
		json_put_text(w, NULL, texts[i]);
	json_close_array(w);
}

enum err json_end(struct json_writer *w)
{
	text_add_n(&w->text, "\n", 1);
	bool failed = w->text.failed;
	if (w->out) {
		hand_on(w);
		text_release(&w->text);
	}
	return failed ? err_fail(ERR_MEMORY, "out of memory") : ERR_OK;
}
