/* Access control: the Host header and the token. */
#include <string.h>
#include <strings.h>

#include "serve/serve.h"

#define TOKEN_LEAST 16
#define TOKEN_MOST 256

bool serve_address_is_loopback(const struct addr *a)
{
	struct prefix loopback;

	if (prefix_parse(addr_is_v4(a) ? "127.0.0.0/8" : "::1/128", &loopback) != ERR_OK)
		return false;
	return prefix_contains(&loopback, a);
}

/* The host of "host:port", "[v6]:port"; false: invalid. */
static bool host_without_port(const char *said, char *host, size_t size)
{
	const char *end = said[0] == '[' ? strchr(said, ']') : NULL;
	size_t n = end ? (size_t)(end - said) + 1 : strcspn(said, ":");

	if (n == 0 || n >= size)
		return false;
	if (said[n] && (said[n] != ':' || said[n + 1 + strspn(said + n + 1, "0123456789")]))
		return false;
	memcpy(host, said, n);
	host[n] = '\0';
	return true;
}

static bool is_any(const struct addr *a)
{
	struct addr any_v4;

	return addr_is_none(a) || (addr_parse("0.0.0.0", &any_v4) && addr_equal(a, &any_v4));
}

bool serve_host_is_ours(const struct serve_options *o, const char *said)
{
	struct addr a;
	char host[256];

	if (!said || !host_without_port(said, host, sizeof host))
		return false;
	for (size_t i = 0; i < o->name_n; i++)
		if (strcasecmp(o->names[i], host) == 0)
			return true;
	bool local = serve_address_is_loopback(&o->address) || is_any(&o->address);
	if (strcasecmp(host, "localhost") == 0)
		return local;
	if (!addr_parse(host, &a))
		return false;
	/* DNS rebinding needs a name, so an address is safe; if listening on all addresses, any is ours. */
	return is_any(&o->address) || addr_equal(&a, &o->address) || (local && serve_address_is_loopback(&a));
}

bool serve_token_is_good(const char *text)
{
	size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~");

	return text[n] == '\0' && n >= TOKEN_LEAST && n <= TOKEN_MOST;
}

bool serve_token_equal(const char *a, const char *b, size_t b_bytes)
{
	size_t a_bytes = strlen(a);
	unsigned char differs = a_bytes != b_bytes;

	for (size_t i = 0; i < b_bytes; i++)
		differs |= (unsigned char)(a[a_bytes ? i % a_bytes : 0] ^ b[i]);
	return !differs;
}
