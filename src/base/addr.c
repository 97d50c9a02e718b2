#include "base/addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool addr_is_v4(const struct addr *a)
{
	return memcmp(a->b, mapped, sizeof mapped) == 0;
}

const char *addr_format(const struct addr *a, char ret_text[static ADDR_TEXT])
{
	ret_text[0] = '\0';
	if (addr_is_v4(a))
		inet_ntop(AF_INET, a->b + 12, ret_text, ADDR_TEXT);
	else if (!addr_is_none(a))
		inet_ntop(AF_INET6, a->b, ret_text, ADDR_TEXT);
	return ret_text;
}

bool addr_parse(const char *text, struct addr *ret_addr)
{
	char bare[ADDR_TEXT];
	size_t n = strlen(text);
	uint8_t v4[4];

	if (n >= 2 && text[0] == '[' && text[n - 1] == ']')
		text++, n -= 2;
	if (n == 0 || n >= sizeof bare)
		return false;
	memcpy(bare, text, n);
	bare[n] = '\0';
	if (inet_pton(AF_INET, bare, v4) == 1) {
		*ret_addr = addr_of_v4(v4);
		return true;
	}
	return inet_pton(AF_INET6, bare, ret_addr->b) == 1;
}

static void clear_host_bits(struct prefix *p)
{
	for (unsigned i = 0; i < 16; i++) {
		unsigned keep = p->bits > i * 8 ? p->bits - i * 8 : 0;
		if (keep < 8)
			p->addr.b[i] &= (uint8_t)(0xff00 >> keep);
	}
}

enum err prefix_parse(const char *text, struct prefix *ret_prefix)
{
	char host[ADDR_TEXT];
	const char *slash = strchr(text, '/');
	size_t n = slash ? (size_t)(slash - text) : strlen(text);
	struct prefix p = {.bits = 128};

	if (n >= sizeof host)
		return ERR_USAGE;
	memcpy(host, text, n);
	host[n] = '\0';
	if (!addr_parse(host, &p.addr))
		return ERR_USAGE;
	if (slash) {
		unsigned offset = addr_is_v4(&p.addr) ? 96 : 0;
		char *end;
		unsigned long bits = strtoul(slash + 1, &end, 10);
		if (slash[1] < '0' || slash[1] > '9' || *end || bits > 128 || bits + offset > 128)
			return ERR_USAGE;
		p.bits = (uint8_t)(bits + offset);
	}
	clear_host_bits(&p);
	*ret_prefix = p;
	return ERR_OK;
}

const char *prefix_format(const struct prefix *p, char ret_text[static PREFIX_TEXT])
{
	addr_format(&p->addr, ret_text);
	if (p->bits < 128) {
		size_t n = strlen(ret_text);
		unsigned offset = addr_is_v4(&p->addr) ? 96 : 0;
		if (!n)
			n = (size_t)snprintf(ret_text, PREFIX_TEXT, "::");
		snprintf(ret_text + n, PREFIX_TEXT - n, "/%u", (unsigned)p->bits - offset);
	}
	return ret_text;
}

bool prefix_contains(const struct prefix *p, const struct addr *a)
{
	unsigned whole = p->bits / 8, rest = p->bits % 8;

	/* IPv4 lies within ::/80 only by our way to write it. */
	if (addr_is_v4(a) != addr_is_v4(&p->addr) || memcmp(p->addr.b, a->b, whole) != 0)
		return false;
	return rest == 0 || ((p->addr.b[whole] ^ a->b[whole]) & (0xff00 >> rest) & 0xff) == 0;
}

bool addr_is_nowhere(const struct addr *a)
{
	static const uint8_t one[16] = {[15] = 1};

	if (addr_is_v4(a))
		return a->b[12] == 127 || a->b[12] == 0;
	return addr_is_none(a) || memcmp(a->b, one, 16) == 0;
}

bool addr_is_local_scope(const struct addr *a)
{
	if (addr_is_v4(a))
		return a->b[12] >= 224 || (a->b[12] == 169 && a->b[13] == 254);
	return a->b[0] == 0xff || (a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80);
}

bool addr_is_private(const struct addr *a)
{
	if (!addr_is_v4(a))
		return (a->b[0] & 0xfe) == 0xfc;
	return a->b[12] == 10 || (a->b[12] == 172 && (a->b[13] & 0xf0) == 16) ||
	       (a->b[12] == 192 && a->b[13] == 168) || (a->b[12] == 100 && (a->b[13] & 0xc0) == 64);
}
