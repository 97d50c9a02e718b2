/* Resolvers queried over TLS or HTTPS, where no look-up can be read. */
#include <string.h>

#include "judge/candidate.h"

#define PORT_DOT 853 /* RFC 7858 3.1 */

static const char *const names[] = {
	"dns.google", "cloudflare-dns.com", "one.one.one.one", "mozilla.cloudflare-dns.com",
	"chrome.cloudflare-dns.com",
	"security.cloudflare-dns.com", "family.cloudflare-dns.com", "1dot1dot1dot1.cloudflare-dns.com", "dns.quad9.net",
	"dns9.quad9.net", "dns10.quad9.net", "dns11.quad9.net", "doh.opendns.com", "dns.nextdns.io",
	"dns.adguard-dns.com",
	"dns.adguard.com", "doh.cleanbrowsing.org", "doh.pub", "dns.alidns.com", "doh.xfinity.com", "dns.sb",
	"doh.dns.sb",
	"dns.mullvad.net", "freedns.controld.com",
};

#define V4(a, b, c, d) {{[10] = 0xff, 0xff, a, b, c, d}}
/* Google, Cloudflare, Quad9: their addresses serve nothing else on the port of HTTPS. */
static const struct addr addresses[] = {
	V4(8, 8, 8, 8), V4(8, 8, 4, 4), V4(1, 1, 1, 1), V4(1, 0, 0, 1), V4(9, 9, 9, 9), V4(149, 112, 112, 112),
	{{0x20, 0x01, 0x48, 0x60, 0x48, 0x60, [14] = 0x88, 0x88}},
	{{0x20, 0x01, 0x48, 0x60, 0x48, 0x60, [14] = 0x88, 0x44}},
	{{0x26, 0x06, 0x47, 0, 0x47, 0, [14] = 0x11, 0x11}}, {{0x26, 0x06, 0x47, 0, 0x47, 0, [14] = 0x10, 0x01}},
	{{0x26, 0x20, 0, 0xfe, [15] = 0xfe}}, {{0x26, 0x20, 0, 0xfe, [15] = 9}},
};

static bool is_their_name(const char *name)
{
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i][0] == name[0] && strcmp(names[i], name) == 0)
			return true;
	return false;
}

static bool is_their_address(const struct addr *a)
{
	for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++)
		if (addr_equal(&addresses[i], a))
			return true;
	return false;
}

bool flow_is_encrypted_dns(const struct flow *f, const char *sni)
{
	const struct half *s = &f->half[SIDE_SERVER];

	if ((f->server_port == PORT_DOT && s->packets) || (*sni && is_their_name(sni)))
		return true;
	return f->server_port == 443 && s->first_data && is_their_address(&f->server);
}
