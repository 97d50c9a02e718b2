#include "dissectors/dns_record.h"

#define OPTIONS_MOST 64u /* EDNS options looked at */
#define MIDDLE_BYTES 10u /* type, class, TTL and length of a record */
#define EDE_MOST 8u      /* extended errors kept of one message */

enum { CLASS_IN = 1 };
enum { OPTION_EDE = 15 };
enum { PARAM_IPV4HINT = 4, PARAM_ECH = 5, PARAM_IPV6HINT = 6 };

enum type {
	TYPE_A = 1,
	TYPE_NS = 2,
	TYPE_CNAME = 5,
	TYPE_SOA = 6,
	TYPE_AAAA = 28,
	TYPE_DNAME = 39,
	TYPE_OPT = 41,
	TYPE_SVCB = 64,
	TYPE_HTTPS = 65,
};

struct record {
	size_t owner; /* offset of its name */
	uint16_t type, class;
	uint32_t ttl_s;
	struct cursor data;
	size_t data_at; /* its offset */
};

static enum err add_address(struct dns_reading *r, const struct record *rr)
{
	bool v4 = rr->type == TYPE_A;
	struct cursor c = rr->data;
	const char *name;

	if (cursor_wire(&c) != (v4 ? 4 : 16))
		return ERR_MALFORMED;
	enum err e = dns_name_text(&r->names, rr->owner, &name);
	const uint8_t *bytes = cursor_bytes(&c, v4 ? 4 : 16);
	if (e != ERR_OK || !bytes)
		return e != ERR_OK ? e : c.err;
	struct fact *fact = facts_add(r->facts, FACT_DNS_ADDRESS);
	fact->name = name;
	fact->address = v4 ? addr_of_v4(bytes) : addr_of_v6(bytes);
	fact->number = rr->ttl_s;
	fact->code = rr->type;
	return ERR_OK;
}

static enum err add_alias(struct dns_reading *r, const struct record *rr, size_t target_at)
{
	const char *name, *target;

	enum err e = dns_name_text(&r->names, rr->owner, &name);
	if (e == ERR_OK)
		e = dns_name_text(&r->names, target_at, &target);
	if (e != ERR_OK)
		return e;
	struct fact *fact = facts_add(r->facts, FACT_DNS_ALIAS);
	fact->name = name;
	fact->other = target;
	fact->number = rr->ttl_s;
	fact->code = rr->type;
	return ERR_OK;
}

static enum err alias_parse(struct dns_reading *r, const struct record *rr)
{
	struct cursor c = rr->data;

	enum err e = dns_name_skip(&c);
	if (e == ERR_OK && cursor_wire(&c) != 0)
		e = ERR_MALFORMED;
	return e != ERR_OK ? e : add_alias(r, rr, rr->data_at);
}

static enum err hints_parse(struct dns_reading *r, const struct record *rr, struct cursor hints, size_t size,
                            const char *name)
{
	if (cursor_wire(&hints) % size != 0)
		return ERR_MALFORMED;
	while (cursor_wire(&hints) && !r->facts->overflow) {
		const uint8_t *bytes = cursor_bytes(&hints, size);
		if (!bytes)
			return hints.err;
		struct fact *fact = facts_add(r->facts, FACT_DNS_ADDRESS);
		fact->name = name;
		fact->address = size == 4 ? addr_of_v4(bytes) : addr_of_v6(bytes);
		fact->number = rr->ttl_s;
		fact->code = rr->type;
	}
	return ERR_OK;
}

static enum err service_params_parse(struct dns_reading *r, const struct record *rr, struct cursor c)
{
	const char *name;
	enum err e = dns_name_text(&r->names, rr->owner, &name);

	while (e == ERR_OK && cursor_wire(&c)) {
		uint16_t key = cursor_u16(&c);
		struct cursor value = cursor_take(&c, cursor_u16(&c));
		if (c.err != ERR_OK)
			return c.err;
		if (key == PARAM_IPV4HINT)
			e = hints_parse(r, rr, value, 4, name);
		else if (key == PARAM_IPV6HINT)
			e = hints_parse(r, rr, value, 16, name);
		else if (key == PARAM_ECH)
			facts_add(r->facts, FACT_DNS_ECH)->name = name;
	}
	return e;
}

/* AliasMode: the owner is another name. ServiceMode with a target of its own:
 * the client asks for the target's addresses, so that is an alias too. */
static enum err service_parse(struct dns_reading *r, const struct record *rr)
{
	struct cursor c = rr->data;
	uint16_t priority = cursor_u16(&c);
	size_t target_at = rr->data_at + 2;
	bool is_root = cursor_has(&c, 1) && cursor_peek(&c, 0) == 0;

	enum err e = dns_name_skip(&c);
	if (e == ERR_OK && !is_root)
		e = add_alias(r, rr, target_at);
	return e != ERR_OK || priority == 0 ? e : service_params_parse(r, rr, c);
}

static enum err soa_parse(struct dns_reading *r, const struct record *rr)
{
	struct cursor c = rr->data;
	const char *zone;

	enum err e = dns_name_skip(&c);
	if (e == ERR_OK)
		e = dns_name_skip(&c);
	cursor_skip(&c, 16); /* serial, refresh, retry, expire */
	uint32_t minimum = cursor_u32(&c);
	if (e == ERR_OK)
		e = c.err;
	if (e == ERR_OK)
		e = dns_name_text(&r->names, rr->owner, &zone);
	if (e != ERR_OK)
		return e;
	struct fact *fact = facts_add(r->facts, FACT_DNS_SOA);
	fact->name = zone;
	fact->number = minimum < rr->ttl_s ? minimum : rr->ttl_s;
	return ERR_OK;
}

static enum err ede_parse(struct facts *f, struct cursor c)
{
	uint16_t code = cursor_u16(&c);
	size_t n = c.left;
	const uint8_t *text = cursor_bytes(&c, n);

	if (c.err != ERR_OK)
		return c.err;
	struct fact *fact = facts_add(f, FACT_DNS_EDE);
	fact->code = code;
	fact->other = facts_text(f, text, n);
	return c.lost ? ERR_TRUNCATED : ERR_OK;
}

/* The TTL field holds the upper bits of the RCODE: RFC 6891 6.1.3. */
static enum err opt_parse(struct dns_reading *r, const struct record *rr)
{
	struct cursor c = rr->data;
	unsigned errors = 0;

	if (r->has_opt)
		return ERR_MALFORMED; /* RFC 6891 6.1.1: one only */
	r->has_opt = true;
	facts_add(r->facts, FACT_DNS_EDNS)->number = rr->class;
	if (r->header->flag)
		r->header->code |= (uint16_t)(rr->ttl_s >> 24 << 4);
	for (unsigned i = 0; i < OPTIONS_MOST && cursor_wire(&c); i++) {
		uint16_t option = cursor_u16(&c);
		struct cursor value = cursor_take(&c, cursor_u16(&c));
		if (c.err != ERR_OK)
			return c.err;
		if (option != OPTION_EDE || errors++ >= EDE_MOST)
			continue;
		enum err e = ede_parse(r->facts, value);
		if (e != ERR_OK)
			return e;
	}
	return ERR_OK;
}

static enum err answer_parse(struct dns_reading *r, const struct record *rr)
{
	switch (rr->type) {
	case TYPE_A:
	case TYPE_AAAA:
		return add_address(r, rr);
	case TYPE_CNAME:
	case TYPE_DNAME:
		return alias_parse(r, rr);
	case TYPE_SVCB:
	case TYPE_HTTPS:
		return service_parse(r, rr);
	default:
		return ERR_OK;
	}
}

/* Read the fields between a record's owner and its data; returns the length of the data. */
static inline uint16_t fields_read(struct record *rr, struct cursor *c)
{
	rr->type = cursor_u16(c);
	rr->class = cursor_u16(c);
	rr->ttl_s = cursor_u32(c);
	return cursor_u16(c);
}

static inline uint16_t middle_parse(struct record *rr, struct cursor *c)
{
	if (!cursor_has(c, MIDDLE_BYTES))
		return fields_read(rr, c); /* fails as it should */
	struct cursor middle = cursor_head(c, MIDDLE_BYTES);
	return fields_read(rr, &middle);
}

enum err dns_record_parse(struct dns_reading *r, struct cursor *c, enum dns_section section)
{
	struct record rr = {.owner = dns_offset(r, c)};

	enum err e = dns_name_skip(c);
	uint16_t n = middle_parse(&rr, c);
	rr.data_at = dns_offset(r, c);
	rr.data = cursor_has(c, n) ? cursor_head(c, n) : cursor_take(c, n);
	if (e != ERR_OK || c->err != ERR_OK)
		return e != ERR_OK ? e : c->err;
	if (rr.type == TYPE_OPT)
		return section == DNS_ADDITIONAL ? opt_parse(r, &rr) : ERR_OK;
	if (rr.ttl_s > INT32_MAX)
		rr.ttl_s = 0; /* RFC 2181 8 */
	if (rr.class != CLASS_IN)
		return ERR_OK;
	if (section == DNS_ANSWER)
		return answer_parse(r, &rr);
	r->has_ns |= section == DNS_AUTHORITY && rr.type == TYPE_NS;
	return section == DNS_AUTHORITY && rr.type == TYPE_SOA ? soa_parse(r, &rr) : ERR_OK;
}
