#include "dissectors/http_probe.h"

#include "dissectors/http_head.h"

#define PROBE_BYTES 64u /* of a request line; the probe does not wait for a longer one */
#define METHOD_MOST 24u

static bool is_known(const struct cursor *method)
{
	static const char *const known[] = {"get", "post", "head", "put", "options", "delete", "connect", "patch",
	                                    "trace",
	                                    "propfind"};

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (http_is(method, known[i]))
			return true;
	return false;
}

/* SIP and RTSP share some methods, but not the form of what is asked for. */
static bool is_target(const struct cursor *method, uint8_t first)
{
	return first == '/' || first == 'h' || first == 'H' || first == '*' || http_is(method, "connect");
}

static enum probe request_probe(struct cursor bytes)
{
	struct cursor c = bytes, line;
	struct http_head h;
	size_t n = 0;

	for (uint8_t b = cursor_peek(&bytes, 0); (b >= 'A' && b <= 'Z') || b == '-'; b = cursor_peek(&bytes, n))
		n++;
	if (n > METHOD_MOST || (n < bytes.left && (n == 0 || cursor_peek(&bytes, n) != ' ')))
		return PROBE_NO;
	struct cursor method = cursor_take(&c, n);
	bool ordinary = is_known(&method) && is_target(&method, cursor_peek(&c, 1));
	if (ordinary && cursor_peek(&c, 1) == '/')
		return PROBE_YES;
	c = bytes;
	if (http_line(&c, &line))
		return http_head_parse(bytes, &h) == ERR_OK ? PROBE_YES : PROBE_NO;
	if (ordinary && (bytes.left >= PROBE_BYTES || bytes.lost))
		return PROBE_YES;
	return bytes.open ? PROBE_MORE : PROBE_NO;
}

enum probe http_probe(struct cursor bytes, enum side side)
{
	static const char http[] = "HTTP/1.";
	size_t n = bytes.left < sizeof http - 1 ? bytes.left : sizeof http - 1;

	stream_cut(&bytes);
	if (n == 0)
		return bytes.open ? PROBE_MORE : PROBE_NO;
	if (side == SIDE_CLIENT)
		return request_probe(bytes);
	for (size_t i = 0; i < n; i++)
		if (cursor_peek(&bytes, i) != (uint8_t)http[i])
			return PROBE_NO;
	if (n == sizeof http - 1)
		return PROBE_YES;
	return bytes.open ? PROBE_MORE : PROBE_NO;
}
