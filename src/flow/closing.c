#include "flow/closing.h"

#define CLOSING_MOST 96u /* bytes of the longest alert record: CBC with padding */

bool segment_closes(const struct packet *p)
{
	struct cursor c = p->payload;

	if (c.lost || c.left < 7 || c.left > 65535)
		return false;
	if (c.left > CLOSING_MOST)
		cursor_skip(&c, c.left - CLOSING_MOST);
	/* Search for the first byte of the version: it is the rarest. */
	size_t all = c.left;
	struct cursor three = c;
	for (cursor_skip(&three, 1); cursor_seek(&three, 3); cursor_skip(&three, 1)) {
		size_t at = all - three.left - 1;
		uint8_t type = cursor_peek(&c, at), length = cursor_peek(&c, at + 4);
		if (at + 7 > all)
			return false;
		if (cursor_peek(&c, at + 3) != 0 || length != all - at - 5)
			continue;
		if (type == 21 || (type == 23 && length == 19))
			return true;
	}
	return false;
}

/* One alert record of TLS 1.3, or of TLS 1.2 with ChaCha20, GCM, CBC with SHA-1, SHA-256, SHA-384. */
bool segment_may_close(const struct packet *p)
{
	static const uint32_t sizes[] = {24, 23, 31, 37, 53, 69, 85};
	uint8_t type = cursor_peek(&p->payload, 0);

	if (p->payload.left && type != 21 && type != 23)
		return false;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		if (p->payload_length == sizes[i])
			return true;
	return false;
}
