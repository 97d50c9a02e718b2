#include "base/addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool addr_is_v4(const struct addr *a)
{
	return memcmp(a->b, mapped, sizeof mapped) == 0;
}

/* Each appends at `out` and returns the new end. Written by hand: inet_ntop takes five times as long. */
static char *put_dotted(char *out, const uint8_t *b)
{
	for (int i = 0; i < 4; i++) {
		if (i)
			*out++ = '.';
		if (b[i] >= 100)
			*out++ = (char)('0' + b[i] / 100);
		if (b[i] >= 10)
			*out++ = (char)('0' + b[i] / 10 % 10);
		*out++ = (char)('0' + b[i] % 10);
	}
	return out;
}

static char *put_group(char *out, const uint8_t *b)
{
	static const char digits[] = "0123456789abcdef";
	unsigned v = (unsigned)b[0] << 8 | b[1];

	for (int shift = 12; shift >= 0; shift -= 4)
		if (v >> shift || shift == 0)
			*out++ = digits[v >> shift & 15];
	return out;
}

/* Source: RFC 5952 4.2: the first of the longest runs of two or more zero groups. */
static int longest_zeros(const uint8_t *b, int *ret_n)
{
	int at = -1, most = 1;

	for (int i = 0, n = 0; i < 8; i++) {
		n = b[2 * i] || b[2 * i + 1] ? 0 : n + 1;
		if (n > most) {
			most = n;
			at = i + 1 - n;
		}
	}
	*ret_n = at < 0 ? 0 : most;
	return at;
}

static char *put_groups(char *out, const uint8_t *b)
{
	int n, zeros = longest_zeros(b, &n);

	for (int i = 0; i < 8; i++) {
		if (i == zeros) {
			*out++ = ':';
			i += n - 1;
			if (i == 7)
				*out++ = ':';
			continue;
		}
		if (i)
			*out++ = ':';
		if (i == 6 && zeros == 0 && n == 6) /* IPv4-compatible (RFC 5952 5) */
			return put_dotted(out, b + 12);
		out = put_group(out, b + 2 * i);
	}
	return out;
}

const char *addr_format(const struct addr *a, char ret_text[static ADDR_TEXT])
{
	char *end = ret_text;

	if (addr_is_v4(a))
		end = put_dotted(end, a->b + 12);
	else if (!addr_is_none(a))
		end = put_groups(end, a->b);
	*end = '\0';
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

	/* IPv4 addresses fall into ::/80 only because we store them IPv4-mapped. */
	if (addr_is_v4(a) != addr_is_v4(&p->addr) || memcmp(p->addr.b, a->b, whole) != 0)
		return false;
	return rest == 0 || ((p->addr.b[whole] ^ a->b[whole]) & (0xff00 >> rest) & 0xff) == 0;
}

bool addr_translated(const struct addr *a, struct addr *ret_v4)
{
	static const uint8_t well_known[12] = {0x00, 0x64, 0xff, 0x9b};

	if (memcmp(a->b, well_known, sizeof well_known) != 0)
		return false;
	*ret_v4 = addr_of_v4(a->b + sizeof well_known);
	return true;
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
