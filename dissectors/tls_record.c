#include "dissectors/tls_record.h"

#include "dissectors/tls_message.h"

static enum probe record_probe(uint8_t type, uint16_t n, struct cursor body)
{
	uint8_t first = cursor_u8(&body);

	if (type == RECORD_APPLICATION || type == RECORD_CCS)
		return PROBE_MAYBE;
	if (body.err != ERR_OK)
		return body.err == ERR_MORE ? PROBE_MORE : PROBE_MAYBE;
	if (type == RECORD_ALERT)
		return n == 2 && (first == 1 || first == 2) ? PROBE_YES : PROBE_MAYBE;
	return first == TLS_CLIENT_HELLO || first == TLS_SERVER_HELLO ? PROBE_YES : PROBE_MAYBE;
}

enum probe tls_probe(struct cursor bytes, enum side side)
{
	stream_cut(&bytes);
	struct cursor c = bytes;
	uint8_t type = cursor_u8(&c);
	uint16_t version = cursor_u16(&c);
	uint16_t n = cursor_u16(&c);
	bool ssl2 = side == SIDE_CLIENT && type & 0x80 &&
	(bytes.left < 3 || cursor_peek(&bytes, 2) == TLS_CLIENT_HELLO);

	if (c.err == ERR_MALFORMED || bytes.left == 0)
		return c.err == ERR_MORE ? PROBE_MORE : PROBE_NO;
	bool record = type >= RECORD_CCS && type <= RECORD_APPLICATION &&
	(bytes.left < 2 || cursor_peek(&bytes, 1) == 3);
	if (!record && !ssl2)
		return PROBE_NO;
	if (c.err != ERR_OK)
		return c.err == ERR_MORE ? PROBE_MORE : PROBE_MAYBE;
	if (ssl2)
		return n >> 8 == 3 || n == 2 ? PROBE_MAYBE : PROBE_NO; /* its version */
	if ((version & 0xff) > 4 || n == 0 || n > TLS_RECORD_MOST)
		return PROBE_NO;
	return record_probe(type, n, c);
}

bool tls_record_begins(struct cursor bytes)
{
	struct cursor c = bytes;
	uint8_t type = cursor_u8(&c);
	uint16_t version = cursor_u16(&c);
	uint16_t n = cursor_u16(&c);

	if (c.err != ERR_OK || version < 0x0300 || version > VERSION_TLS13 || n == 0 || n > TLS_RECORD_MOST)
		return false;
	if (type == RECORD_CCS)
		return n == 1;
	if (type == RECORD_ALERT && n <= 2)
		return n == 2 && (cursor_peek(&c, 0) == 1 || cursor_peek(&c, 0) == 2);
	return type >= RECORD_ALERT && type <= RECORD_APPLICATION;
}
