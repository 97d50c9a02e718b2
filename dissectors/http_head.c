#include "dissectors/http_head.h"

#include <string.h>

/* The next n bytes of a span as a span; the caller knows that they exist. */
static struct cursor part(struct cursor *span, size_t n)
{
	struct cursor c = cursor_take(span, n);

	c.lost = 0;
	return c;
}

/* The index of a byte in a span; the span's length when it is not in it. */
static size_t find(const struct cursor *span, uint8_t byte)
{
	size_t i = 0;

	while (i < span->left && cursor_peek(span, i) != byte)
		i++;
	return i;
}

static bool is_blank(uint8_t b)
{
	return b == ' ' || b == '\t' || b == '\r';
}

static struct cursor trimmed(struct cursor span)
{
	size_t n = span.left;

	while (n && is_blank(cursor_peek(&span, n - 1)))
		n--;
	struct cursor c = part(&span, n);
	while (c.left && is_blank(cursor_peek(&c, 0)))
		cursor_skip(&c, 1);
	return c;
}

bool http_line(struct cursor *c, struct cursor *ret_line)
{
	size_t n = find(c, '\n');

	if (n == c->left)
		return false;
	*ret_line = part(c, n);
	cursor_skip(c, 1);
	if (n && cursor_peek(ret_line, n - 1) == '\r')
		ret_line->left--;
	return true;
}

static bool begins(const struct cursor *span, const char *word)
{
	size_t n = strlen(word);

	if (span->left < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		uint8_t b = cursor_peek(span, i);
		if (b >= 'A' && b <= 'Z')
			b += 'a' - 'A';
		if (b != (uint8_t)word[i])
			return false;
	}
	return true;
}

bool http_is(const struct cursor *span, const char *word)
{
	return span->left == strlen(word) && begins(span, word);
}

/* Digits only, at least one; also false when the number is greater than `most`. */
static bool number(struct cursor span, uint64_t most, uint64_t *ret_n)
{
	uint64_t n = 0;

	if (span.left == 0)
		return false;
	while (span.left) {
		uint8_t b = cursor_u8(&span);
		if (b < '0' || b > '9' || n > (most - (b - '0')) / 10)
			return false;
		n = n * 10 + (b - '0');
	}
	*ret_n = n;
	return true;
}

/* host, host:port, [v6], [v6]:port; and v6 without brackets, which is wrong but unambiguous. */
static void authority_read(struct cursor authority, struct http_head *h)
{
	struct cursor c = trimmed(authority);
	uint64_t port = 0;

	h->port = 0;
	if (cursor_peek(&c, 0) == '[') {
		cursor_skip(&c, 1);
		h->host = part(&c, find(&c, ']'));
		cursor_skip(&c, c.left ? 1 : 0);
	} else {
		struct cursor after = c;
		size_t n = find(&c, ':');
		cursor_skip(&after, n < c.left ? n + 1 : n);
		h->host = part(&c, find(&after, ':') < after.left ? c.left : n);
	}
	if (cursor_peek(&c, 0) != ':')
		return;
	cursor_skip(&c, 1);
	if (number(c, UINT16_MAX, &port))
		h->port = (uint16_t)port;
}

/* What is between "://" and the path, without user and password. */
static void absolute_read(struct cursor target, struct http_head *h)
{
	size_t n = find(&target, ':');

	bool scheme = n > 0 && find(&target, '/') == n + 1 && cursor_peek(&target, n + 2) == '/';
	if (!scheme)
		return;
	cursor_skip(&target, n + 3);
	size_t end = find(&target, '/');
	size_t query = find(&target, '?');
	struct cursor authority = part(&target, query < end ? query : end);
	for (size_t at = find(&authority, '@'); at < authority.left; at = find(&authority, '@'))
		cursor_skip(&authority, at + 1);
	h->absolute = true;
	authority_read(authority, h);
}

static enum err request_line(struct cursor line, struct http_head *h)
{
	struct cursor rest = trimmed(line);
	size_t version_at;

	h->method = part(&rest, find(&rest, ' '));
	rest = trimmed(rest);
	for (version_at = rest.left; version_at && cursor_peek(&rest, version_at - 1) != ' ';)
		version_at--;
	struct cursor target = trimmed(part(&rest, version_at));
	if (!begins(&rest, "http/") || target.left == 0)
		return ERR_MALFORMED;
	h->http2 = begins(&rest, "http/2") && http_is(&h->method, "pri");
	if (http_is(&h->method, "connect"))
		authority_read(target, h);
	else
		absolute_read(target, h);
	return ERR_OK;
}

static enum err status_line(struct cursor line, struct http_head *h)
{
	uint64_t status;

	cursor_skip(&line, find(&line, ' '));
	line = trimmed(line);
	if (!number(part(&line, line.left < 3 ? line.left : 3), 999, &status) || status < 100)
		return ERR_MALFORMED;
	h->response = true;
	h->status = (uint16_t)status;
	h->reason = trimmed(line);
	return ERR_OK;
}

static enum err length_read(struct cursor value, struct http_head *h)
{
	struct cursor first = trimmed(part(&value, find(&value, ','))); /* "5, 5": RFC 9112 6.3 */

	if (h->has_length)
		return ERR_OK;
	h->has_length = number(first, INT64_MAX, &h->length);
	return h->has_length ? ERR_OK : ERR_MALFORMED;
}

static void coding_read(struct cursor value, struct http_head *h)
{
	size_t n = strlen("chunked");

	h->coded = true;
	if (value.left < n)
		return;
	cursor_skip(&value, value.left - n);
	h->chunked = http_is(&value, "chunked");
}

static enum err field_read(const struct cursor *name, struct cursor value, struct http_head *h)
{
	if (value.left == 0)
		return ERR_OK; /* or it is folded and comes on the next line */
	if (http_is(name, "content-length"))
		return length_read(value, h);
	if (http_is(name, "transfer-encoding"))
		coding_read(value, h);
	else if (http_is(name, "host") && h->host.left == 0)
		authority_read(value, h);
	else if (http_is(name, "via") || begins(name, "x-cache") || begins(name, "proxy-"))
		h->proxy = true;
	return ERR_OK;
}

enum err http_head_parse(struct cursor block, struct http_head *ret_head)
{
	struct cursor line, name = {0};

	*ret_head = (struct http_head){0};
	if (!http_line(&block, &line))
		return ERR_MALFORMED;
	enum err e = begins(&line, "http/") ? status_line(line, ret_head) : request_line(line, ret_head);
	while (e == ERR_OK && http_line(&block, &line)) {
		if (!is_blank(cursor_peek(&line, 0))) {
			size_t n = find(&line, ':');
			name = trimmed(part(&line, n));
			cursor_skip(&line, line.left ? 1 : 0);
		}
		e = field_read(&name, trimmed(line), ret_head);
	}
	return e;
}
