/* The table of dissectors: one row each, in the order of probing (strict ones
 * before lenient ones). row(x) is dissector_x of some file here; tests and
 * fuzz targets are made from these rows. */
#include "dissectors/dissector.h"

#include <string.h>

#define DISSECTOR_TABLE(row) \
	row(stun_udp)        \
	row(quic)            \
	row(dtls)            \
	row(tls)             \
	row(http)            \
	row(stun_tcp)        \
	row(dns_udp)         \
	row(dns_tcp)         \
	row(socks)           \
	row(ntp)             \
	row(rtp)

#define DECLARE(x) extern const struct dissector dissector_##x;
DISSECTOR_TABLE(DECLARE)
#undef DECLARE

const struct dissector *const dissectors[] = {
#define POINT(x) &dissector_##x,
	DISSECTOR_TABLE(POINT)
#undef POINT
	NULL,
};

const struct dissector *dissector_find(const char *name, enum transport transport)
{
	for (size_t i = 0; dissectors[i]; i++)
		if (dissectors[i]->transport == transport && strcmp(dissectors[i]->name, name) == 0)
			return dissectors[i];
	return NULL;
}
