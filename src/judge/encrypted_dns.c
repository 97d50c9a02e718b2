/* Resolvers that are asked over TLS or HTTPS, so that no look-up can be read. */
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

/* Their addresses serve nothing else on the port of HTTPS. */
static const char *const addresses[] = {
	"8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9", "149.112.112.112", "2001:4860:4860::8888",
	"2001:4860:4860::8844", "2606:4700:4700::1111", "2606:4700:4700::1001", "2620:fe::fe", "2620:fe::9",
};

static bool is_one_of(const char *word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

bool flow_is_encrypted_dns(const struct flow *f, const char *sni)
{
	const struct half *s = &f->half[SIDE_SERVER];
	char text[ADDR_TEXT];

	if ((f->server_port == PORT_DOT && s->packets) || is_one_of(sni, names, sizeof names / sizeof names[0]))
		return true;
	return f->server_port == 443 && s->first_data &&
	       is_one_of(addr_format(&f->server, text), addresses, sizeof addresses / sizeof addresses[0]);
}
