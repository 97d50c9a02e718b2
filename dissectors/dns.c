/* DNS over UDP and TCP: what was asked, what was answered, and who refused. */
#include "dissectors/dissector.h"

#include "dissectors/dns_record.h"

#define HEADER_BYTES 12u
#define RECORD_LEAST_BYTES 11u /* root owner, type, class, TTL, empty RDATA */
#define RECORDS_MOST 256u      /* questions and records of one message; then ERR_LIMIT */
#define QUESTIONS_MOST 4u      /* in a message that may not be DNS */
#define QUERY_EXTRAS_MOST 4u   /* additional records of an ordinary query: OPT, TSIG */
#define PROBE_BYTES 64u        /* over TCP the probe does not wait for a longer question */

enum { FLAG_RESPONSE = 0x8000, FLAG_TC = 0x0200, FLAG_RD = 0x0100, OPCODE_MASK = 0x7800, RCODE_MASK = 0x000f };
enum { CLASS_IN = 1, CLASS_CHAOS = 3, CLASS_HESIOD = 4, CLASS_NONE = 254, CLASS_ANY = 255 };

enum { TYPE_NB = 32, TYPE_NBSTAT = 33 }; /* of NetBIOS names (RFC 1002 4.2.1.2): not DNS */

struct header {
	uint16_t id, flags;
	uint16_t questions;
	uint16_t records[DNS_SECTIONS];
};

static inline struct header fields_read(struct cursor *c)
{
	struct header h = {.id = cursor_u16(c), .flags = 0};

	h.flags = cursor_u16(c);
	h.questions = cursor_u16(c);
	for (unsigned s = 0; s < DNS_SECTIONS; s++)
		h.records[s] = cursor_u16(c);
	return h;
}

static inline struct header header_read(struct cursor *c)
{
	if (!cursor_has(c, HEADER_BYTES))
		return fields_read(c); /* fails as it should */
	struct cursor head = cursor_head(c, HEADER_BYTES);
	return fields_read(&head);
}

static enum err question_parse(struct dns_reading *r, struct cursor *c)
{
	size_t name_at = dns_offset(r, c);
	const char *name;

	/* Read first, so as not to walk the labels twice; errors are still reported in the order of the bytes. */
	r->names.behind = 0;
	enum err unreadable = dns_name_text(&r->names, name_at, &name), e = ERR_OK;
	if (unreadable == ERR_OK && r->names.behind)
		cursor_skip(c, r->names.behind - name_at);
	else
		e = dns_name_skip(c);
	uint16_t type = cursor_u16(c);
	uint16_t class = cursor_u16(c);
	if (e == ERR_OK)
		e = c->err;
	if (e == ERR_OK)
		e = unreadable;
	if (e != ERR_OK)
		return e;
	struct fact *fact = facts_add(r->facts, FACT_DNS_QUESTION);
	fact->name = name;
	fact->code = type;
	fact->n = class;
	return ERR_OK;
}

/* A sender that set TC may have left out records it counted: RFC 2181 9. */
static bool left_out(const struct dns_reading *r, const struct cursor *c)
{
	return r->header->number && cursor_wire(c) == 0;
}

static enum err sections_parse(struct dns_reading *r, struct cursor *c, const struct header *h)
{
	for (unsigned i = 0; i < h->questions; i++) {
		enum err e = r->records++ < RECORDS_MOST ? question_parse(r, c) : ERR_LIMIT;
		if (e != ERR_OK)
			return e;
	}
	for (enum dns_section s = DNS_ANSWER; s < DNS_SECTIONS; s++) {
		for (unsigned i = 0; i < h->records[s]; i++) {
			if (left_out(r, c))
				return ERR_OK;
			enum err e = r->records++ < RECORDS_MOST ? dns_record_parse(r, c, s) : ERR_LIMIT;
			if (e != ERR_OK)
				return e;
		}
	}
	return ERR_OK;
}

/* A negative answer has an SOA, a referral has name servers and no SOA. A client that did not ask
 * for recursion takes such an answer as one step of its own search.
 * Source: RFC 2308 2.2 (NODATA and referrals told apart), RFC 1034 5.3.3 */
static bool is_step(const struct dns_reading *r, const struct header *h)
{
	bool plain = (h->flags & (FLAG_RESPONSE | FLAG_TC | RCODE_MASK)) == FLAG_RESPONSE;

	return (r->has_ns || !(h->flags & FLAG_RD)) && plain && r->header->code == 0 &&
	       !facts_have(r->facts, FACT_DNS_ADDRESS) && !facts_have(r->facts, FACT_DNS_SOA);
}

/* Read one message.
 * in      message: from the header; at most 65,535 bytes
 * out     facts: FACT_DNS_HEADER first, then its records in order
 * errors  ERR_TRUNCATED, ERR_MALFORMED, ERR_LIMIT, ERR_UNSUPPORTED (no query); facts read before them stay
 * source  RFC 1035 4.1; RFC 6891 6.1 */
static enum err message_parse(struct cursor message, struct facts *facts)
{
	struct cursor c = message;
	struct header h = header_read(&c);

	if (c.err != ERR_OK)
		return c.err;
	struct fact *fact = facts_add(facts, FACT_DNS_HEADER);
	fact->id = h.id;
	fact->code = h.flags & RCODE_MASK;
	fact->flag = h.flags & FLAG_RESPONSE;
	fact->number = (h.flags & FLAG_TC) != 0;
	fact->n = h.questions;
	if (h.flags & OPCODE_MASK)
		return ERR_UNSUPPORTED;
	struct dns_reading r; /* names.kept needs no zeroes */
	r.facts = r.names.facts = facts;
	r.header = fact;
	r.records = r.names.n = 0;
	r.has_opt = r.has_ns = false;
	r.names.message = message;
	enum err e = sections_parse(&r, &c, &h);
	if (e == ERR_OK && is_step(&r, &h))
		facts_add(facts, FACT_DNS_STEP);
	return e;
}

/* ---- recognising */

/* Whether the first question looks like DNS; *ret_err is set when it cannot be read. */
static bool question_plausible(struct cursor *c, enum err *ret_err)
{
	bool encoded = cursor_peek(c, 0) == 32; /* half-byte encoding of 16: RFC 1001 14.1 */

	*ret_err = dns_name_skip(c);
	uint16_t type = cursor_u16(c);
	uint16_t class = cursor_u16(c) & 0x7fff; /* the upper bit is mDNS's: RFC 6762 5.4 */
	if (*ret_err == ERR_OK)
		*ret_err = c->err;
	if (*ret_err != ERR_OK)
		return *ret_err != ERR_MALFORMED;
	if (encoded && (type == TYPE_NB || type == TYPE_NBSTAT))
		return false;
	return class == CLASS_IN || class == CLASS_CHAOS || class == CLASS_HESIOD || class == CLASS_NONE ||
	       class == CLASS_ANY;
}

/* Stricter than what is believed on port 53. */
static bool header_ordinary(const struct header *h)
{
	bool multicast = h->id == 0 && !(h->flags & FLAG_RD); /* RFC 6762 18.1 */

	if (h->questions != 1 || multicast)
		return false;
	if (h->flags & FLAG_RESPONSE)
		return true;
	return h->records[DNS_ANSWER] == 0 && h->records[DNS_AUTHORITY] == 0 &&
	       h->records[DNS_ADDITIONAL] <= QUERY_EXTRAS_MOST &&
	       !(h->flags & RCODE_MASK);
}

static enum probe message_probe(struct cursor c)
{
	/* Most of what is not DNS fails here. */
	if (cursor_has(&c, HEADER_BYTES) &&
	    (cursor_peek16(&c, 2) & OPCODE_MASK || cursor_peek16(&c, 4) > QUESTIONS_MOST))
		return PROBE_NO;
	struct header h = header_read(&c);
	unsigned counted = 0;
	enum err e = ERR_OK;

	if (c.err != ERR_OK)
		return c.err == ERR_MORE ? PROBE_MORE : PROBE_NO;
	for (unsigned s = 0; s < DNS_SECTIONS; s++)
		counted += h.records[s];
	bool too_many = counted * RECORD_LEAST_BYTES > cursor_wire(&c) && !c.open && !(h.flags & FLAG_TC);
	if (too_many)
		return PROBE_NO;
	if (h.questions == 0) /* as in errors and in mDNS */
		return h.flags & FLAG_RESPONSE ? PROBE_MAYBE : PROBE_NO;
	if (!question_plausible(&c, &e))
		return PROBE_NO;
	if (e == ERR_MORE && c.open)
		return PROBE_MORE;
	return header_ordinary(&h) ? PROBE_YES : PROBE_MAYBE;
}

static enum probe udp_probe(struct cursor bytes, enum side side)
{
	(void)side;
	return message_probe(bytes);
}

static enum probe tcp_probe(struct cursor bytes, enum side side)
{
	stream_cut(&bytes);
	struct cursor c = bytes;
	uint16_t n = cursor_u16(&c);

	(void)side;
	if (c.err == ERR_OK && n < HEADER_BYTES)
		return PROBE_NO;
	enum probe p = message_probe(c);
	return p == PROBE_MORE && bytes.left >= PROBE_BYTES ? PROBE_MAYBE : p;
}

/* ---- contract */

static enum err udp_parse(void *state, struct cursor *bytes, enum side side, struct facts *facts)
{
	struct cursor message = *bytes;

	(void)state, (void)side;
	cursor_skip(bytes, bytes->left);
	return message_parse(message, facts);
}

/* One message per call, so that facts of two do not mix. */
static enum err tcp_parse(void *state, struct cursor *bytes, enum side side, struct facts *facts)
{
	(void)state, (void)side;
	stream_cut(bytes);
	struct cursor c = *bytes;
	struct cursor message = cursor_take(&c, cursor_u16(&c));
	if (c.err != ERR_OK)
		return c.err;
	*bytes = c;
	return message_parse(message, facts);
}

static const uint16_t ports[] = {53, 5355, 0};

const struct dissector dissector_dns_udp = {
    .name = "dns",
    .transport = OVER_UDP,
    .ports = ports,
    .probe = udp_probe,
    .parse = udp_parse,
    .source = "RFC 1035 4.1, 4.2.1; RFC 2308 2; RFC 3596 2; RFC 6672 2; RFC 6891 6.1; RFC 8914 2; RFC 9460 2, 7, 9",
};

const struct dissector dissector_dns_tcp = {
    .name = "dns",
    .transport = OVER_TCP,
    .ports = ports,
    .probe = tcp_probe,
    .parse = tcp_parse,
    .source = "RFC 1035 4.2.2; RFC 7766 8; the message as over UDP",
};
