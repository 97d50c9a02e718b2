#include "dissectors/tls_certificate.h"

#include <stdbool.h>
#include <string.h>

#define EXTENSIONS_MOST 64u
#define ATTRIBUTES_MOST 64u

enum tag {
	TAG_BOOLEAN = 0x01,
	TAG_OID = 0x06,
	TAG_SEQUENCE = 0x30,
	TAG_VERSION = 0xa0,    /* [0] of TBSCertificate */
	TAG_EXTENSIONS = 0xa3, /* [3] of TBSCertificate */
	TAG_DNS_NAME = 0x82,   /* [2] of GeneralName */
};

static const uint8_t oid_common_name[] = {0x55, 0x04, 0x03};
static const uint8_t oid_organization[] = {0x55, 0x04, 0x0a};
static const uint8_t oid_alt_name[] = {0x55, 0x1d, 0x11};

struct name {
	const uint8_t *common, *organization;
	size_t common_n, organization_n;
};

/* The next element's content, and its tag. */
static struct cursor element(struct cursor *c, uint8_t *ret_tag)
{
	uint8_t tag = cursor_u8(c);
	size_t n = cursor_u8(c);

	if (n == 0x81)
		n = cursor_u8(c);
	else if (n == 0x82)
		n = cursor_u16(c);
	else if (n == 0x83)
		n = cursor_u24(c);
	else if (n >= 0x80)
		n = SIZE_MAX; /* indefinite, or longer than any handshake: fails below */
	*ret_tag = c->err == ERR_OK ? tag : 0;
	return cursor_take(c, n);
}

static bool oid_is(const struct cursor *oid, const uint8_t wanted[static 3])
{
	return oid->err == ERR_OK && oid->left == 3 && oid->lost == 0 && memcmp(oid->at, wanted, 3) == 0;
}

static void attribute_read(struct cursor attribute, struct name *name)
{
	uint8_t tag;
	struct cursor pair = element(&attribute, &tag);
	struct cursor oid = element(&pair, &tag);
	struct cursor value = element(&pair, &tag);

	if (value.err != ERR_OK || value.lost)
		return;
	if (oid_is(&oid, oid_common_name) && !name->common) {
		name->common = value.at;
		name->common_n = value.left;
	} else if (oid_is(&oid, oid_organization) && !name->organization) {
		name->organization = value.at;
		name->organization_n = value.left;
	}
}

static enum err name_parse(struct cursor rdns, struct name *ret_name)
{
	*ret_name = (struct name){0};
	for (unsigned i = 0; i < ATTRIBUTES_MOST && cursor_wire(&rdns) && rdns.err == ERR_OK; i++) {
		uint8_t tag;
		struct cursor set = element(&rdns, &tag);
		attribute_read(set, ret_name);
	}
	return rdns.err;
}

static void alt_name_read(struct cursor octets, struct tls_certificate *cert)
{
	uint8_t tag;
	struct cursor names = element(&octets, &tag);

	for (unsigned i = 0; i < ATTRIBUTES_MOST && cursor_wire(&names) && names.err == ERR_OK; i++) {
		struct cursor name = element(&names, &tag);
		if (tag != TAG_DNS_NAME || name.err != ERR_OK || name.lost)
			continue;
		cert->subject = name.at;
		cert->subject_n = name.left;
		return;
	}
}

static enum err extensions_parse(struct cursor c, struct tls_certificate *cert)
{
	uint8_t tag;
	struct cursor list = element(&c, &tag);

	for (unsigned i = 0; i < EXTENSIONS_MOST && cursor_wire(&list) && list.err == ERR_OK; i++) {
		struct cursor extension = element(&list, &tag);
		struct cursor oid = element(&extension, &tag);
		struct cursor value = element(&extension, &tag);
		if (tag == TAG_BOOLEAN)
			value = element(&extension, &tag);
		if (!oid_is(&oid, oid_alt_name))
			continue;
		alt_name_read(value, cert);
		return value.err;
	}
	return list.err;
}

static void issuer_take(const struct name *name, struct tls_certificate *cert)
{
	cert->issuer = name->common ? name->common : name->organization;
	cert->issuer_n = name->common ? name->common_n : name->organization_n;
}

enum err tls_certificate_parse(struct cursor der, struct tls_certificate *ret_certificate)
{
	struct name name = {0};
	uint8_t tag;
	struct cursor outer = element(&der, &tag);
	struct cursor c = element(&outer, &tag);

	*ret_certificate = (struct tls_certificate){0};
	if (tag != TAG_SEQUENCE || c.err != ERR_OK)
		return c.err != ERR_OK ? c.err : ERR_MALFORMED;
	struct cursor first = element(&c, &tag);
	if (tag == TAG_VERSION)
		first = element(&c, &tag); /* serialNumber */
	element(&c, &tag);                 /* signature */
	struct cursor issuer = element(&c, &tag);
	enum err e = first.err != ERR_OK ? first.err : name_parse(issuer, &name);
	if (issuer.err == ERR_OK)
		issuer_take(&name, ret_certificate);
	element(&c, &tag); /* validity */
	struct cursor subject = element(&c, &tag);
	if (e != ERR_OK || c.err != ERR_OK)
		return e != ERR_OK ? e : c.err;
	e = name_parse(subject, &name);
	ret_certificate->subject = name.common;
	ret_certificate->subject_n = name.common_n;
	while (e == ERR_OK && !name.common && cursor_wire(&c) && c.err == ERR_OK) {
		struct cursor part = element(&c, &tag);
		if (tag == TAG_EXTENSIONS && c.err == ERR_OK)
			return extensions_parse(part, ret_certificate);
	}
	return e != ERR_OK ? e : c.err;
}
