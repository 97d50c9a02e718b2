#include "attribute/host.h"

#include <ctype.h>
#include <idn2.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

#define NAME_MOST 253 /* RFC 1035 2.3.4: 255 bytes on the wire */
#define LABEL_MOST 63

static bool wrong(char *reason, const char *format, ...) PRINTF_LIKE(2, 3);
static bool wrong(char *reason, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(reason, HOST_REASON, format, args);
	va_end(args);
	return false;
}

static bool has_high_bytes(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text >= 0x80)
			return true;
	return false;
}

/* U-labels become A-labels. ASCII names stay as they are: IDNA does not allow "_". */
static bool to_ascii(const char *text, char *out, char *reason)
{
	uint8_t *ascii = NULL;

	if (!has_high_bytes(text)) {
		if (strlen(text) > NAME_MOST + 1)
			return wrong(reason, "a name of %zu characters (253 are the most)", strlen(text));
		snprintf(out, HOST_TEXT, "%s", text);
		return true;
	}
	int rc = idn2_lookup_u8((const uint8_t *)text, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (rc != IDN2_OK)
		return wrong(reason, "'%.120s' is no international name: %s (write its A-label form, xn--...)", text,
		             idn2_strerror(rc));
	snprintf(out, HOST_TEXT, "%s", (const char *)ascii);
	idn2_free(ascii);
	return true;
}

static bool label_ok(const char *label, size_t n, const char *name, char *reason)
{
	if (n == 0)
		return wrong(reason, "'%.120s' has an empty label (one dot between labels)", name);
	if (n > LABEL_MOST)
		return wrong(reason, "a label of %zu characters in '%.120s' (63 are the most)", n, name);
	if (label[0] == '-' || label[n - 1] == '-')
		return wrong(reason, "the label '%.*s' begins or ends with a hyphen (no host name does)", (int)n,
		             label);
	for (size_t i = 0; i < n; i++) {
		if (label[i] == '*')
			return wrong(reason, "a * within '%.120s' (a wildcard is \"*.\" and a name: \"*.example.net\")",
			             name);
		if (!isalnum((unsigned char)label[i]) && label[i] != '-' && label[i] != '_')
			return wrong(reason,
			             "'%.120s' is no host name: '%c' cannot be in one (one host an entry, without "
			             "anything else)",
			             name, label[i]);
	}
	return true;
}

static bool name_ok(const char *name, char *reason)
{
	const char *label = name;
	size_t n;

	for (;; label += n + 1) {
		n = strcspn(label, ".");
		if (!label_ok(label, n, name, reason))
			return false;
		if (!label[n])
			break;
	}
	if (strspn(label, "0123456789") == n)
		return wrong(reason,
		             "'%.120s' is neither an address nor a name (an IPv4 address has four numbers up to 255)",
		             name);
	if (strlen(name) > NAME_MOST)
		return wrong(reason, "a name of %zu characters (253 are the most)", strlen(name));
	return true;
}

bool host_name_parse(const char *text, char ret_text[static HOST_TEXT], char ret_reason[static HOST_REASON])
{
	char name[HOST_TEXT];

	if (!*text)
		return wrong(ret_reason, "an empty host (leave it out)");
	if (!to_ascii(text, name, ret_reason))
		return false;
	text_normal_name(name);
	if (!name_ok(name, ret_reason))
		return false;
	memcpy(ret_text, name, sizeof name);
	return true;
}

/* People paste URLs and host:port; suggest what to write instead. */
static bool is_pasted(const char *text, char *reason)
{
	const char *scheme = strstr(text, "://");
	const char *host = scheme ? scheme + 3 : text;
	size_t n = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/?#");

	if (scheme)
		return !wrong(reason, "'%.120s' is a URL (write the host alone: %.*s)", text, (int)n, host);
	if (n > strlen(host))
		return false;
	const char *after = host + n, *digits = after + 1;
	size_t digit_n = *after == ':' ? strspn(digits, "0123456789") : 0;
	if (digit_n && (!digits[digit_n] || digits[digit_n] == '/') && n > 0)
		return !wrong(reason, "'%.120s' has a port (write %.*s here, and %.*s/tcp or %.*s/udp under ports)",
		              text, (int)n, host, (int)digit_n, digits, (int)digit_n, digits);
	if (*after == '/' && !isdigit((unsigned char)after[1]))
		return !wrong(reason, "'%.120s' has a path (write the host alone: %.*s)", text, (int)n, host);
	return false;
}

/* The address without brackets: "[2001:db8::]/32" and "[2001:db8::/32]" are the same. */
static bool without_brackets(const char *text, char *out, size_t size)
{
	const char *end = text[0] == '[' ? strchr(text, ']') : NULL;

	if (strlen(text) >= size || (end && end[1] && end[1] != '/'))
		return false;
	if (end)
		snprintf(out, size, "%.*s%s", (int)(end - text - 1), text + 1, end + 1);
	else
		snprintf(out, size, "%s", text);
	return true;
}

static bool has_host_bits(const char *bare, const struct prefix *p)
{
	char address[PREFIX_TEXT];
	struct addr a;

	snprintf(address, sizeof address, "%.*s", (int)strcspn(bare, "/"), bare);
	return addr_parse(address, &a) && !addr_equal(&a, &p->addr);
}

enum looks { LOOKS_NAME, LOOKS_NETWORK, LOOKS_WRONG };

static enum looks network_parse(const char *text, struct host *host, char *out, char *reason)
{
	char bare[PREFIX_TEXT + 4];
	struct prefix p;

	if (!without_brackets(text, bare, sizeof bare) || prefix_parse(bare, &p) != ERR_OK)
		return LOOKS_NAME;
	if (addr_is_none(&p.addr) && p.bits == 128) {
		wrong(reason, "'%s' is no address of a server (every address: ::/0)", text);
		return LOOKS_WRONG;
	}
	prefix_format(&p, out);
	if (has_host_bits(bare, &p)) {
		wrong(reason, "'%s' has host bits set (write %s)", text, out);
		return LOOKS_WRONG;
	}
	*host = (struct host){.kind = HOST_PREFIX, .text = out, .prefix = p};
	return LOOKS_NETWORK;
}

/* An address followed by an invalid prefix length. */
static bool is_bad_length(const char *text, char *reason)
{
	char bare[PREFIX_TEXT + 4], address[PREFIX_TEXT + 4];
	struct addr a;

	if (!without_brackets(text, bare, sizeof bare) || !strchr(bare, '/'))
		return false;
	snprintf(address, sizeof address, "%.*s", (int)strcspn(bare, "/"), bare);
	if (!addr_parse(address, &a))
		return false;
	return !wrong(reason, "'%s' has no right prefix length (0 to %d for %s)", text, addr_is_v4(&a) ? 32 : 128,
	              addr_is_v4(&a) ? "IPv4" : "IPv6");
}

bool host_parse(const char *text, struct host *ret_host, char ret_text[static HOST_TEXT],
                char ret_reason[static HOST_REASON])
{
	char canonical[HOST_TEXT];
	struct host h = {.kind = HOST_NAME, .text = ret_text};
	enum looks looks = network_parse(text, &h, canonical, ret_reason);

	if (looks == LOOKS_WRONG)
		return false;
	if (looks == LOOKS_NETWORK) {
		memcpy(ret_text, canonical, sizeof canonical);
		h.text = ret_text;
		*ret_host = h;
		return true;
	}
	if (is_bad_length(text, ret_reason) || is_pasted(text, ret_reason))
		return false;
	if (strcmp(text, "*") == 0)
		return wrong(ret_reason, "* alone would be every host (write \"*.example.net\"; "
		                         "a group of role dns may leave hosts empty)");
	if (strncmp(text, "*.", 2) != 0) {
		if (!host_name_parse(text, ret_text, ret_reason))
			return false;
		*ret_host = h;
		return true;
	}
	if (!host_name_parse(text + 2, canonical, ret_reason))
		return false;
	if (strlen(canonical) + 2 > NAME_MOST)
		return wrong(ret_reason, "a wildcard of %zu characters (253 are the most)", strlen(canonical) + 2);
	snprintf(ret_text, HOST_TEXT, "*.%.*s", NAME_MOST, canonical);
	h.kind = HOST_WILDCARD;
	*ret_host = h;
	return true;
}

/* A number up to 65535; *at is left at its end. */
static bool number_at(const char **at, unsigned *ret_number)
{
	size_t n = strspn(*at, "0123456789");

	if (n == 0 || n > 5)
		return false;
	*ret_number = (unsigned)strtoul(*at, NULL, 10);
	*at += n;
	return *ret_number <= 65535;
}

static bool proto_parse(const char *text, uint8_t *ret_proto)
{
	bool udp = strcasecmp(text, "udp") == 0;

	if (!udp && strcasecmp(text, "tcp") != 0)
		return false;
	*ret_proto = udp ? IPPROTO_UDP : IPPROTO_TCP;
	return true;
}

bool port_parse(const char *text, struct port_range *ret_port, char ret_reason[static HOST_REASON])
{
	const char *at = text;
	unsigned low, high;
	uint8_t proto;

	if (!number_at(&at, &low))
		return wrong(ret_reason, "'%.64s' is no port (write 443/tcp or 50000-50999/udp; ports are 1 to 65535)",
		             text);
	high = low;
	if (*at == '-' && (at++, !number_at(&at, &high)))
		return wrong(ret_reason, "'%.64s' is no port range (write 50000-50999/udp; ports are 1 to 65535)",
		             text);
	if (!*at)
		return wrong(ret_reason, "'%.64s' has no transport (write %s/tcp or %s/udp)", text, text, text);
	if (*at != '/')
		return wrong(ret_reason, "'%.64s' is no port (write 443/tcp or 50000-50999/udp)", text);
	if (!proto_parse(at + 1, &proto))
		return wrong(ret_reason, "'%.64s' has an unknown transport (tcp or udp; one entry each)", text);
	if (low == 0)
		return wrong(ret_reason, "'%.64s' has port 0 (ports are 1 to 65535)", text);
	if (high < low)
		return wrong(ret_reason, "'%.64s' runs backwards (write %u-%u/%s)", text, high, low, at + 1);
	*ret_port = (struct port_range){(uint16_t)low, (uint16_t)high, proto};
	return true;
}

const char *host_show(const struct host *h, char ret_text[static HOST_SHOWN])
{
	bool six = h->kind == HOST_PREFIX && strchr(h->text, ':');

	snprintf(ret_text, HOST_SHOWN, six ? "[%s]" : "%s", h->text);
	return ret_text;
}

const char *port_number_show(const struct port_range *p, char ret_text[static PORT_TEXT])
{
	if (p->low == p->high)
		snprintf(ret_text, PORT_TEXT, "%u", p->low);
	else
		snprintf(ret_text, PORT_TEXT, "%u-%u", p->low, p->high);
	return ret_text;
}

const char *port_transport(const struct port_range *p)
{
	return p->proto == IPPROTO_UDP ? "udp" : "tcp";
}

const char *port_show(const struct port_range *p, char ret_text[static PORT_TEXT])
{
	char number[PORT_TEXT];

	snprintf(ret_text, PORT_TEXT, "%.11s/%s", port_number_show(p, number), port_transport(p));
	return ret_text;
}
