/* TLS over TCP: its records, and the handshake as far as it is in plaintext. */
#include "dissectors/dissector.h"

#include <assert.h>
#include <string.h>

#include "dissectors/tls_message.h"
#include "dissectors/tls_record.h"

#define RECORD_HEADER 5u
#define APPLICATIONS_MOST 32u  /* application records of one side without any of the other; then it is opaque */
#define RESUMES_MOST 64u       /* segments in which no record begins, after which a side is given up */

/* An alert of TLS 1.3 is two bytes, the content type and the cipher's tag (16 bytes; 8 for CCM_8).
 * No other message is that short: a Finished has 36 or more. */
enum { ENCRYPTED_ALERT = 2 + 1 + 16, ENCRYPTED_ALERT_CCM8 = 2 + 1 + 8 };

struct tls_side {
	uint32_t skip;        /* rest of a handshake message that is not needed */
	uint32_t walked;      /* of a message that spans records: bytes of the stream looked at, */
	uint32_t gathered;    /* bytes of the message among them, */
	uint16_t walk_left;   /* and what was left of its last record there */
	uint16_t record_left; /* left of the current record */
	uint8_t type;         /* enum record_type of it */
	uint8_t applications; /* records, up to APPLICATIONS_MOST */
	uint8_t vain;         /* consecutive cut segments without the beginning of a record */
	bool started : 1, ccs : 1, finished : 1, alerted : 1, opaque : 1;
	bool blind : 1;       /* bytes were lost: where in a handshake record the next message begins is not known */
	bool astray : 1;      /* nor is where the next record begins */
	bool missed : 1;      /* records passed unseen */
};

struct tls_state {
	struct tls_side side[2];
	uint16_t version; /* chosen by the server; 0 not known */
	bool hello;       /* the beginning of the handshake was seen */
};

_Static_assert(sizeof(struct tls_state) <= DISSECTOR_STATE, "the state block is too small");

struct parsing {
	struct tls_state *state;
	struct tls_side *own, *other;
	struct cursor *bytes;
	struct facts *facts;
};

/* ---- handshake messages, which may span records */

/* Skip what the record has of the next n bytes, which are captured. */
static size_t record_skip(struct parsing *p, size_t n)
{
	size_t here = n < p->own->record_left ? n : p->own->record_left;

	if (here > p->bytes->left)
		here = p->bytes->left;
	cursor_skip(p->bytes, here);
	p->own->record_left -= (uint16_t)here;
	return here;
}

/* The header of the record in which a message continues. *ret_other: the record has another type,
 * which RFC 8446 5.1 forbids: the message was given up. */
static enum err next_record(struct cursor *c, uint16_t *ret_left, bool *ret_other)
{
	uint8_t type = cursor_u8(c);

	cursor_skip(c, 2);
	uint16_t n = cursor_u16(c);
	if (c->err != ERR_OK)
		return c->err;
	*ret_other = type != RECORD_HANDSHAKE;
	if (!*ret_other && (n == 0 || n > TLS_RECORD_MOST))
		return ERR_MALFORMED;
	*ret_left = n;
	return ERR_OK;
}

/* Walk on until n bytes of the message are there. What was walked before is not walked again. */
static enum err walk(struct parsing *p, size_t n, bool *ret_other)
{
	struct tls_side *t = p->own;
	struct cursor c = *p->bytes;

	if (t->walked == 0)
		t->walk_left = t->record_left;
	cursor_skip(&c, t->walked);
	while (t->gathered < n) {
		if (t->walk_left == 0) {
			enum err e = next_record(&c, &t->walk_left, ret_other);
			if (e != ERR_OK || *ret_other)
				return e;
			t->walked += RECORD_HEADER;
		}
		size_t k = n - t->gathered < t->walk_left ? n - t->gathered : t->walk_left;
		if (k > c.left)
			k = c.left;
		if (k == 0) {
			cursor_skip(&c, 1);
			return c.err;
		}
		cursor_skip(&c, k);
		t->gathered += (uint32_t)k;
		t->walked += (uint32_t)k;
		t->walk_left -= (uint16_t)k;
	}
	return ERR_OK;
}

/* Skip n bytes of the message, copying them out if `out` is given. */
static void consume(struct parsing *p, struct cursor *bytes, size_t n, uint8_t *out)
{
	uint16_t left = p->own->record_left;
	bool other;

	for (size_t done = 0; done < n && bytes->err == ERR_OK && bytes->left;) {
		if (left == 0 && next_record(bytes, &left, &other) != ERR_OK)
			return;
		size_t k = n - done < left ? n - done : left;
		if (k > bytes->left)
			k = bytes->left;
		if (out)
			cursor_copy(bytes, out + done, k);
		else
			cursor_skip(bytes, k);
		done += k;
		left -= (uint16_t)k;
	}
	if (!out)
		p->own->record_left = left;
}

static void accept(struct parsing *p, size_t n)
{
	consume(p, p->bytes, n, NULL);
	p->own->walked = p->own->gathered = 0;
}

/* The first n bytes of the message: in place, or assembled in scratch. */
static enum err gather(struct parsing *p, size_t n, uint8_t *scratch, struct cursor *ret_view, bool *ret_other)
{
	struct cursor c = *p->bytes;

	if (n > DISSECTOR_UNIT)
		return ERR_LIMIT;
	if (n <= p->own->record_left) {
		*ret_view = cursor_take(&c, n);
		return ret_view->err;
	}
	enum err e = walk(p, n, ret_other);
	if (*ret_other || (e != ERR_OK && e != ERR_TRUNCATED))
		return e;
	size_t have = p->own->gathered < n ? p->own->gathered : n;
	consume(p, &c, have, scratch);
	*ret_view = cursor_of(scratch, have, n);
	return ERR_OK;
}

/* How much of a message is needed: of a certificate list the leaf. */
static enum err want(struct parsing *p, uint8_t *scratch, struct cursor head, size_t *ret_n, bool *ret_other)
{
	uint8_t type = cursor_u8(&head);
	size_t whole = TLS_MESSAGE_HEADER + cursor_u24(&head);

	*ret_n = TLS_MESSAGE_HEADER;
	if (head.err != ERR_OK)
		return head.err;
	if (type == TLS_CLIENT_HELLO || type == TLS_SERVER_HELLO)
		*ret_n = whole;
	if (type != TLS_CERTIFICATE || p->state->version == VERSION_TLS13 || whole < TLS_CERTIFICATE_PREFIX)
		return ERR_OK;
	enum err e = gather(p, TLS_CERTIFICATE_PREFIX, scratch, &head, ret_other);
	if (e != ERR_OK || *ret_other)
		return e;
	cursor_skip(&head, TLS_CERTIFICATE_PREFIX - 3);
	*ret_n = TLS_CERTIFICATE_PREFIX + cursor_u24(&head);
	if (*ret_n > whole)
		return ERR_MALFORMED;
	return head.err;
}

static enum err message_read(struct parsing *p, struct cursor message)
{
	uint8_t type = cursor_u8(&message);
	enum err e = ERR_OK;

	cursor_skip(&message, 3);
	if (type == TLS_CLIENT_HELLO)
		e = tls_client_hello_read(message, p->facts);
	else if (type == TLS_SERVER_HELLO)
		e = tls_server_hello_read(message, p->facts, &p->state->version);
	else if (type == TLS_CERTIFICATE && cursor_wire(&message))
		e = tls_certificate_read(message, p->facts);
	/* A leaf that cannot be parsed is still whole: the records go on after it. */
	if (type == TLS_CERTIFICATE && e == ERR_MALFORMED)
		e = ERR_OK;
	p->state->hello |= type == TLS_CLIENT_HELLO || type == TLS_SERVER_HELLO;
	return e;
}

static enum err handshake(struct parsing *p)
{
	static _Thread_local uint8_t scratch[DISSECTOR_UNIT];
	struct cursor view;
	bool other = false;
	size_t n;

	if (p->own->skip) {
		p->own->skip -= (uint32_t)record_skip(p, p->own->skip);
		return ERR_OK;
	}
	enum err e = gather(p, TLS_MESSAGE_HEADER, scratch, &view, &other);
	if (e == ERR_OK && !other)
		e = want(p, scratch, view, &n, &other);
	if (e == ERR_OK && !other)
		e = gather(p, n, scratch, &view, &other);
	if (e == ERR_OK && other)
		accept(p, p->own->gathered);
	if (e != ERR_OK || other)
		return e;
	struct cursor head = view;
	cursor_skip(&head, 1);
	uint32_t body = cursor_u24(&head);
	e = message_read(p, view);
	accept(p, n);
	p->own->skip = (uint32_t)(TLS_MESSAGE_HEADER + body - n);
	return e;
}

/* ---- records */

static enum err alert(struct parsing *p)
{
	struct tls_side *t = p->own;
	struct cursor c = *p->bytes;
	/* No cipher keeps two bytes two. A longer record without any keys holds several alerts. */
	bool clear = t->record_left <= 2 || (p->state->hello && !t->ccs && !t->missed && t->record_left % 2 == 0);
	uint8_t level = cursor_u8(&c);
	uint8_t description = cursor_u8(&c);

	if (clear && c.err != ERR_OK)
		return c.err;
	if (clear && (t->record_left < 2 || (level != 1 && level != 2)))
		return ERR_MALFORMED;
	struct fact *fact = facts_add(p->facts, FACT_TLS_ALERT);
	fact->flag = !clear;
	fact->number = clear ? level : 0;
	fact->code = clear ? description : 0;
	t->type = RECORD_NONE;
	return ERR_OK;
}

/* An application record; in TLS 1.3 it may hold the rest of the handshake. */
static void application(struct parsing *p, uint16_t n)
{
	struct tls_side *t = p->own;
	bool older = t->finished || (p->state->version && p->state->version < VERSION_TLS13);
	bool short_as_alert = n == ENCRYPTED_ALERT || n == ENCRYPTED_ALERT_CCM8;

	if (short_as_alert && p->state->hello && !older && !t->missed && t->applications == 0) {
		if (!t->alerted)
			facts_add(p->facts, FACT_TLS_ALERT)->flag = true;
		t->alerted = true;
		return;
	}
	if (t->applications == 0)
		facts_add(p->facts, FACT_TLS_APPLICATION)->number = n;
	if (t->applications < APPLICATIONS_MOST)
		t->applications++;
}

/* After ChangeCipherSpec all is encrypted, except in TLS 1.3, where it means nothing and hellos
 * follow it (RFC 8446 D.4). If the version is not known, a hello that fills its record exactly is
 * taken for one. */
static bool is_hello(const struct parsing *p, const struct cursor *body, uint16_t n)
{
	uint8_t type = cursor_peek(body, 0);
	size_t length = (size_t)cursor_peek(body, 1) << 16 | cursor_peek16(body, 2);

	if (p->state->version == VERSION_TLS13 && !p->own->blind)
		return true;
	return (type == TLS_CLIENT_HELLO || type == TLS_SERVER_HELLO) && length + TLS_MESSAGE_HEADER == n && n > 38;
}

/* The SSL 2 hello, with which old clients begin: RFC 5246 E.2. */
static bool ssl2_hello(struct parsing *p)
{
	struct cursor c = *p->bytes;
	uint16_t n = cursor_u16(&c);
	uint8_t type = cursor_u8(&c);
	uint16_t version = cursor_u16(&c);

	if (c.err != ERR_OK || !(n & 0x8000) || type != TLS_CLIENT_HELLO || (version >> 8 != 3 && version != 2))
		return false;
	facts_add(p->facts, FACT_TLS_CLIENT_HELLO)->number = version;
	p->state->hello = true;
	cursor_skip(p->bytes, 2);
	p->own->record_left = n & 0x7fff;
	p->own->type = RECORD_NONE;
	return true;
}

static enum err record_accept(struct parsing *p, struct cursor body, uint8_t type, uint16_t n)
{
	struct tls_side *t = p->own;

	if (type == RECORD_HANDSHAKE && t->ccs && !is_hello(p, &body, n)) {
		if (!t->finished)
			facts_add(p->facts, FACT_TLS_FINISHED);
		t->finished = true;
		type = RECORD_NONE;
	} else if (type == RECORD_HANDSHAKE && t->blind && !is_hello(p, &body, n)) {
		type = RECORD_NONE;
	} else if (type == RECORD_CCS) {
		facts_add(p->facts, FACT_TLS_CCS);
		t->ccs = true;
	} else if (type == RECORD_APPLICATION) {
		application(p, n);
	}
	t->type = type;
	t->record_left = n;
	*p->bytes = body;
	return ERR_OK;
}

static enum err record_begin(struct parsing *p)
{
	struct cursor c = *p->bytes;
	uint8_t type = cursor_u8(&c);
	uint16_t version = cursor_u16(&c);
	uint16_t n = cursor_u16(&c);
	bool first = !p->own->started;

	if (c.err != ERR_OK)
		return c.err;
	p->own->started = true;
	if (first && type & 0x80 && ssl2_hello(p))
		return ERR_OK;
	bool empty = n == 0 && type != RECORD_APPLICATION;
	if (type < RECORD_CCS || type > RECORD_HEARTBEAT || version >> 8 != 3 || n > TLS_RECORD_MOST || empty)
		return ERR_MALFORMED;
	struct cursor head = c;
	if (type == RECORD_HANDSHAKE && (p->own->ccs || p->own->blind) && n >= TLS_MESSAGE_HEADER)
		cursor_skip(&head, TLS_MESSAGE_HEADER);
	return head.err != ERR_OK ? head.err : record_accept(p, c, type, n);
}

static enum err record_go_on(struct parsing *p)
{
	switch (p->own->type) {
	case RECORD_HANDSHAKE:
		return handshake(p);
	case RECORD_ALERT:
		return alert(p);
	default:
		record_skip(p, p->own->record_left);
		return ERR_OK;
	}
}

/* ---- streams that the capture cut */

/* Most records begin at the start of a segment. */
static void find_way(struct parsing *p)
{
	struct tls_side *t = p->own;

	if (tls_record_begins(*p->bytes)) {
		t->astray = false;
		t->vain = 0;
		return;
	}
	cursor_skip(p->bytes, p->bytes->left);
	if (++t->vain < RESUMES_MOST)
		return;
	facts_add(p->facts, FACT_TLS_OPAQUE);
	t->opaque = true;
}

/* A record's header says where the next one begins. */
static bool resume(void *state, enum side side, size_t lost)
{
	struct tls_side *t = &((struct tls_state *)state)->side[side];
	bool inside = !t->astray && lost <= t->record_left;

	t->walked = t->gathered = 0;
	if (inside && t->type == RECORD_HANDSHAKE && lost <= t->skip) {
		t->skip -= (uint32_t)lost;
	} else {
		t->skip = 0;
		t->type = RECORD_NONE;
		t->blind = true;
	}
	t->record_left = inside ? (uint16_t)(t->record_left - lost) : 0;
	t->astray = !inside;
	t->missed |= !inside;
	return true;
}

static bool has_all(const struct parsing *p)
{
	return (p->own->applications && p->other->applications) || p->own->applications >= APPLICATIONS_MOST;
}

static enum err parse(void *state, struct cursor *bytes, enum side side, struct facts *facts)
{
	struct tls_state *s = state;
	struct parsing p = {s, &s->side[side], &s->side[!side], bytes, facts};
	enum err e = ERR_OK;

	stream_cut(bytes);
	while (e == ERR_OK && bytes->left) {
		if (!p.own->opaque && has_all(&p)) {
			facts_add(facts, FACT_TLS_OPAQUE);
			p.own->opaque = true;
		}
		if (p.own->opaque)
			cursor_skip(bytes, bytes->left);
		else if (p.own->astray)
			find_way(&p);
		else if (p.own->record_left == 0)
			e = record_begin(&p);
		else
			e = record_go_on(&p);
	}
	return e == ERR_OK && bytes->lost && !p.own->opaque ? ERR_TRUNCATED : e;
}

static const uint16_t ports[] = {443, 8443, 853, 465, 563, 636, 989, 990, 993, 994, 995, 5061, 5223, 5349, 9443, 0};

const struct dissector dissector_tls = {
    .name = "tls",
    .transport = OVER_TCP,
    .ports = ports,
    .probe = tls_probe,
    .state_bytes = sizeof(struct tls_state),
    .parse = parse,
    .resume = resume,
    .source = "RFC 8446 4, 5, 6, D.4; RFC 5246 6.2, 7, E.2; RFC 6066 3; RFC 7301 3.1; RFC 9849 5",
};
