/* Community IDs: a hash of the 5-tuple that other tools compute in the same way. */
#include "flow/flow.h"

#include <openssl/evp.h>
#include <string.h>

#include "flow/digest.h"

/* The 5-tuple in the order of the specification: the smaller end first. */
static size_t tuple_bytes(const struct addr *a, uint16_t a_port, const struct addr *b, uint16_t b_port, uint8_t proto,
                          uint8_t out[static 40])
{
	bool v4 = addr_is_v4(a) && addr_is_v4(b);
	size_t skip = v4 ? 12 : 0, n = 16 - skip, at = 2;
	int order = memcmp(a->b, b->b, 16);

	if (order > 0 || (order == 0 && a_port > b_port)) {
		const struct addr *addr = a;
		uint16_t port = a_port;
		a = b, a_port = b_port;
		b = addr, b_port = port;
	}
	memset(out, 0, 40); /* the seed, 0, comes first */
	memcpy(out + at, a->b + skip, n);
	memcpy(out + at + n, b->b + skip, n);
	at += 2 * n;
	out[at++] = proto;
	out[at++] = 0;
	out[at++] = (uint8_t)(a_port >> 8);
	out[at++] = (uint8_t)a_port;
	out[at++] = (uint8_t)(b_port >> 8);
	out[at++] = (uint8_t)b_port;
	return at;
}

void community_id(const struct addr *a, uint16_t a_port, const struct addr *b, uint16_t b_port, uint8_t proto,
                  char ret_text[static COMMUNITY_TEXT])
{
	uint8_t tuple[40], digest[SHA1_BYTES];
	size_t n = tuple_bytes(a, a_port, b, b_port, proto, tuple);

	ret_text[0] = '\0';
	if (!digest_sha1(tuple, n, digest))
		return;
	memcpy(ret_text, "1:", 2);
	EVP_EncodeBlock((unsigned char *)ret_text + 2, digest, SHA1_BYTES);
}
