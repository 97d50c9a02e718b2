/* HTTP/1.x over TCP: which host was asked for, what was answered, and tunnels through proxies.
 * Bodies are skipped, never kept. */
#include "dissectors/dissector.h"

#include <string.h>

#include "dissectors/http_head.h"
#include "dissectors/http_probe.h"

#define OUTSTANDING_MOST 32u /* requests whose kind is remembered; further ones count as ordinary */
#define CHUNK_DIGITS_MOST 15u
#define RESUMES_MOST 64u     /* segments without the beginning of a message, after which a side is given up */

enum phase { PHASE_HEAD, PHASE_BODY, PHASE_CHUNK_SIZE, PHASE_CHUNK, PHASE_CHUNK_END, PHASE_TRAILER, PHASE_OPAQUE };
enum kind { KIND_ORDINARY, KIND_HEAD, KIND_CONNECT };

struct http_side {
	uint64_t left;    /* of the body or chunk */
	uint32_t scanned; /* bytes searched in vain for the end of the head or line, */
	uint32_t line;    /* and where the line begins in which the search stopped */
	uint8_t phase;
	uint8_t vain;     /* consecutive segments without the beginning of a message */
	bool told_opaque;
	bool astray;      /* after a cut by the capture: where the next message begins is not known */
};

struct http_state {
	struct http_side side[2];
	uint64_t kinds;       /* of the outstanding requests, two bits each, the oldest lowest */
	uint32_t beyond;      /* outstanding ones after them */
	uint8_t outstanding;
	bool requested;       /* a request was seen at all */
	bool missed;          /* and some may have gone by unseen */
	bool opaque;          /* both sides: a tunnel, an upgrade, HTTP/2 */
};

_Static_assert(sizeof(struct http_state) <= DISSECTOR_STATE, "the state block is too small");

struct parsing {
	struct http_state *state;
	struct http_side *own;
	struct cursor *bytes;
	struct facts *facts;
	enum side side;
};

/* ---- matching answers to requests: RFC 9112 9.3 */

static void push(struct http_state *s, enum kind kind)
{
	s->requested = true;
	if (s->outstanding == OUTSTANDING_MOST || s->beyond) {
		s->beyond += s->beyond < UINT32_MAX;
		return;
	}
	s->kinds |= (uint64_t)kind << 2 * s->outstanding++;
}

static enum kind pop(struct http_state *s)
{
	enum kind kind = (enum kind)(s->kinds & 3);

	if (s->outstanding == 0) {
		s->beyond -= s->beyond > 0;
		return KIND_ORDINARY;
	}
	s->kinds >>= 2;
	s->outstanding--;
	return kind;
}

static bool awaits_tunnel(const struct http_state *s)
{
	return s->kinds & UINT64_C(0xaaaaaaaaaaaaaaaa); /* the bit of KIND_CONNECT */
}

/* ---- heads */

/* Find the end of a line, or of a head (its first empty line), continuing where the last search
 * ended. *ret_n: bytes up to and including it. */
static enum err block_find(struct parsing *p, bool head, size_t *ret_n)
{
	struct http_side *t = p->own;

	for (; t->scanned < p->bytes->left && t->scanned < DISSECTOR_UNIT; t->scanned++) {
		if (cursor_peek(p->bytes, t->scanned) != '\n')
			continue;
		size_t n = t->scanned - t->line;
		if (!head || n == 0 || (n == 1 && cursor_peek(p->bytes, t->line) == '\r')) {
			*ret_n = t->scanned + 1;
			t->scanned = t->line = 0;
			return ERR_OK;
		}
		t->line = t->scanned + 1;
	}
	if (t->scanned >= DISSECTOR_UNIT)
		return ERR_LIMIT;
	struct cursor c = *p->bytes;
	cursor_skip(&c, t->scanned + 1u);
	return c.err;
}

static void request_said(struct parsing *p, const struct http_head *h)
{
	bool connect = http_is(&h->method, "connect");
	struct fact *fact = facts_add(p->facts, connect ? FACT_HTTP_CONNECT : FACT_HTTP_REQUEST);

	fact->name = facts_name(p->facts, h->host.at, h->host.left);
	fact->number = h->port;
	if (connect) {
		fact->code = 1;
		addr_parse(fact->name, &fact->address);
		push(p->state, KIND_CONNECT);
		return;
	}
	fact->other = facts_text(p->facts, h->method.at, h->method.left);
	fact->flag = h->absolute;
	push(p->state, http_is(&h->method, "head") ? KIND_HEAD : KIND_ORDINARY);
}

static void answer_said(struct parsing *p, const struct http_head *h, enum kind kind)
{
	struct fact *fact = facts_add(p->facts, FACT_HTTP_STATUS);

	fact->code = h->status;
	fact->other = facts_text(p->facts, h->reason.at, h->reason.left);
	fact->flag = kind == KIND_CONNECT;
	fact->n = h->proxy;
}

static void answer_ended(struct parsing *p)
{
	const struct http_state *s = p->state;

	if (p->side == SIDE_SERVER && !s->opaque && s->outstanding == 0 && s->beyond == 0)
		facts_add(p->facts, FACT_HTTP_COMPLETE);
}

/* The length of a body: RFC 9112 6.3. */
static void body_begin(struct parsing *p, const struct http_head *h)
{
	struct http_side *t = p->own;

	if (h->chunked) {
		t->phase = PHASE_CHUNK_SIZE;
	} else if (h->has_length && !h->coded) {
		t->left = h->length;
		t->phase = h->length ? PHASE_BODY : PHASE_HEAD;
	} else if (h->response || h->coded) {
		t->phase = PHASE_OPAQUE; /* until the connection closes */
	}
}

static void request(struct parsing *p, const struct http_head *h)
{
	if (h->http2) {
		p->state->opaque = true;
		return;
	}
	request_said(p, h);
	if (!http_is(&h->method, "connect"))
		body_begin(p, h);
}

/* Whether the answer to a request that was not captured is one to CONNECT. */
static bool sounds_granted(const struct parsing *p, const struct http_head *h)
{
	bool unseen = !p->state->requested || (p->state->missed && p->state->outstanding == 0);

	return unseen && http_is(&h->reason, "connection established");
}

static void answer(struct parsing *p, const struct http_head *h)
{
	bool interim = h->status < 200;
	enum kind kind = sounds_granted(p, h) ? KIND_CONNECT : KIND_ORDINARY;

	if (kind != KIND_CONNECT && !interim)
		kind = pop(p->state);
	answer_said(p, h, kind);
	bool granted = kind == KIND_CONNECT && h->status < 300 && !interim;
	if (granted)
		facts_add(p->facts, FACT_TUNNEL_OPEN);
	if (granted || h->status == 101)
		p->state->opaque = true;
	if (!granted && !interim && kind != KIND_HEAD && h->status != 204 && h->status != 304)
		body_begin(p, h);
	if (!interim && p->own->phase == PHASE_HEAD)
		answer_ended(p);
}

/* Do not search for the end of a head in bytes that cannot begin one. */
static bool can_begin(const struct parsing *p)
{
	static const char http[] = "HTTP/";
	uint8_t first = cursor_peek(p->bytes, 0);

	for (size_t i = 0; p->side == SIDE_SERVER && i < sizeof http - 1 && i < p->bytes->left; i++)
		if (cursor_peek(p->bytes, i) != (uint8_t)http[i])
			return false;
	return (first >= 'A' && first <= 'Z') || (first >= 'a' && first <= 'z');
}

static enum err head(struct parsing *p)
{
	struct http_head h;
	size_t n = 0;

	uint8_t first = cursor_peek(p->bytes, 0);
	if (first == '\r' || first == '\n') { /* empty lines before a start line: RFC 9112 2.2 */
		cursor_skip(p->bytes, 1);
		return ERR_OK;
	}
	if (!can_begin(p)) {
		bool waits = p->side == SIDE_CLIENT && awaits_tunnel(p->state);
		return waits ? ERR_MORE : ERR_MALFORMED; /* the inner stream, before the proxy's answer */
	}
	enum err found = block_find(p, true, &n);
	if (found == ERR_TRUNCATED)
		n = p->bytes->left;
	else if (found != ERR_OK)
		return found;
	struct cursor block = cursor_take(p->bytes, n);
	enum err e = http_head_parse(block, &h);
	if (h.response)
		answer(p, &h);
	else if (e == ERR_OK || (h.method.left && h.host.left))
		request(p, &h);
	if (found == ERR_TRUNCATED)
		p->own->phase = PHASE_HEAD; /* the body's length may be known, but not where it begins */
	return found == ERR_TRUNCATED ? found : e;
}

/* ---- bodies */

static enum err body(struct parsing *p, enum phase next)
{
	struct http_side *t = p->own;
	size_t n = t->left < p->bytes->left ? (size_t)t->left : p->bytes->left;

	cursor_skip(p->bytes, n);
	t->left -= n;
	if (t->left == 0)
		t->phase = (uint8_t)next;
	if (t->phase == PHASE_HEAD)
		answer_ended(p);
	return ERR_OK;
}

static int hex_digit(uint8_t b)
{
	if (b >= '0' && b <= '9')
		return b - '0';
	b |= 0x20;
	return b >= 'a' && b <= 'f' ? b - 'a' + 10 : -1;
}

static enum err chunk_size(struct cursor line, uint64_t *ret_n)
{
	unsigned digits = 0;
	uint64_t n = 0;

	while (cursor_peek(&line, 0) == ' ')
		cursor_skip(&line, 1);
	for (int d = hex_digit(cursor_peek(&line, 0)); line.left && d >= 0; d = hex_digit(cursor_peek(&line, 0))) {
		n = n << 4 | (unsigned)d;
		cursor_skip(&line, 1);
		if (++digits > CHUNK_DIGITS_MOST)
			return ERR_MALFORMED;
	}
	*ret_n = n;
	return digits ? ERR_OK : ERR_MALFORMED;
}

/* The lines between chunks and after the last: RFC 9112 7.1. */
static enum err chunk_line(struct parsing *p)
{
	struct http_side *t = p->own;
	struct cursor line;
	size_t n = 0;

	enum err e = block_find(p, false, &n);
	if (e != ERR_OK)
		return e;
	struct cursor block = cursor_take(p->bytes, n);
	if (!http_line(&block, &line))
		return ERR_MALFORMED;
	if (t->phase == PHASE_CHUNK_SIZE) {
		e = chunk_size(line, &t->left);
		t->phase = t->left ? PHASE_CHUNK : PHASE_TRAILER;
	} else if (t->phase == PHASE_CHUNK_END) {
		e = line.left ? ERR_MALFORMED : ERR_OK;
		t->phase = PHASE_CHUNK_SIZE;
	} else if (line.left == 0) {
		t->phase = PHASE_HEAD;
		answer_ended(p);
	}
	return e;
}

static enum err opaque(struct parsing *p)
{
	if (!p->own->told_opaque)
		facts_add(p->facts, FACT_TLS_OPAQUE);
	p->own->told_opaque = true;
	cursor_skip(p->bytes, p->bytes->left);
	return ERR_OK;
}

/* ---- streams that the capture cut */

/* Most messages begin at the start of a segment. */
static void find_way(struct parsing *p)
{
	struct http_side *t = p->own;

	if (http_probe(*p->bytes, p->side) == PROBE_YES) {
		t->astray = false;
		t->vain = 0;
		return;
	}
	cursor_skip(p->bytes, p->bytes->left);
	if (++t->vain >= RESUMES_MOST) {
		t->astray = false;
		t->phase = PHASE_OPAQUE;
	}
}

/* A body can be skipped, as its length is known. */
static bool resume(void *state, enum side side, size_t lost)
{
	struct http_state *s = state;
	struct http_side *t = &s->side[side];
	bool inside = (t->phase == PHASE_BODY || t->phase == PHASE_CHUNK) && lost < t->left;

	if (inside) {
		t->left -= lost;
		return true;
	}
	t->scanned = t->line = 0;
	t->phase = PHASE_HEAD;
	t->astray = true;
	s->missed = true;
	return true;
}

static enum err go_on(struct parsing *p)
{
	if (p->own->astray) {
		find_way(p);
		return ERR_OK;
	}
	switch ((enum phase)p->own->phase) {
	case PHASE_HEAD:
		return head(p);
	case PHASE_BODY:
		return body(p, PHASE_HEAD);
	case PHASE_CHUNK:
		return body(p, PHASE_CHUNK_END);
	case PHASE_CHUNK_SIZE:
	case PHASE_CHUNK_END:
	case PHASE_TRAILER:
		return chunk_line(p);
	case PHASE_OPAQUE:
		break;
	}
	return opaque(p);
}

static enum err parse(void *state, struct cursor *bytes, enum side side, struct facts *facts)
{
	struct http_state *s = state;
	struct parsing p = {s, &s->side[side], bytes, facts, side};
	enum err e = ERR_OK;

	stream_cut(bytes);
	if (s->opaque)
		return opaque(&p);
	while (e == ERR_OK && bytes->left && !s->opaque)
		e = go_on(&p);
	return e == ERR_OK && bytes->lost && !s->opaque && !p.own->told_opaque ? ERR_TRUNCATED : e;
}

static const uint16_t ports[] = {80, 3128, 8000, 8080, 8888, 0};

const struct dissector dissector_http = {
    .name = "http",
    .transport = OVER_TCP,
    .ports = ports,
    .probe = http_probe,
    .state_bytes = sizeof(struct http_state),
    .parse = parse,
    .resume = resume,
    .source = "RFC 9112 2.2, 3, 4, 6, 7.1, 9.3; RFC 9110 7.2, 9.3.6, 15; RFC 9113 3.4 (preface of HTTP/2)",
};
