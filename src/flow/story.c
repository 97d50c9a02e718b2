#include "flow/story.h"

#include <string.h>

#include "base/map.h"

/* Sends closer together belong to one flight: shorter than any retransmission
 * time-out in use (RFC 6298 2.4 asks for 1 s; Linux goes down to 200 ms; RFC
 * 9002 PTOs start near 300 ms), longer than the spacing of one flight. */
#define FLIGHT_MS 150u
/* The same, for requests of unknown UDP protocols. */
#define REQUEST_MS 450u

moment flow_moment(const struct flow *f, int64_t now_us)
{
	int64_t ms = (now_us - f->first_us) / 1000;

	if (ms < 0)
		ms = 0;
	return ms > UINT32_MAX - 2 ? UINT32_MAX - 1 : (moment)ms + 1;
}

static void count(struct half *h, const struct packet *p, moment now)
{
	h->packets++;
	h->bytes += p->payload_length;
	h->paused |= h->last && now > h->last + PAUSE_MS;
	if (now > h->last)
		h->last = now;
}

/* ---- TCP */

/* Queues of a mirror and of network cards change the order of packets that are so close. */
#define OVERTAKE_MS 5u

bool story_was_overtaken(const struct flow *f, const struct packet *p, int64_t now_us)
{
	const struct half *s = &f->half[SIDE_SERVER];
	bool answered = s->packets == 1 && (s->flags & TCP_ACK) && (s->flags & (TCP_SYN | TCP_RST));

	return answered && f->midstream && f->syn_n <= 1 && !f->half[SIDE_CLIENT].first_data &&
	       flow_moment(f, now_us) <= OVERTAKE_MS && s->acked == p->seq + 1 + p->payload_length;
}

static void take_syn(struct flow *f, const struct packet *p, moment now, int64_t now_us)
{
	struct half *h = &f->half[SIDE_CLIENT];

	if (f->syn_n < UINT8_MAX)
		f->syn_n++;
	if (f->syn_n == 1) {
		h->isn = p->seq;
		h->next = p->seq + 1;
		if (story_was_overtaken(f, p, now_us))
			f->midstream = false;
		else
			f->state = TCP_SYN_SENT;
	}
	f->syn_last = now;
}

/* Data that came with the SYN was taken: it is sent, not only offered. What was
 * not taken is sent again. source RFC 7413 4.2 */
static void take_early_data(struct flow *f, const struct packet *p)
{
	struct half *h = &f->half[SIDE_CLIENT];

	if (!f->syn_n || !(p->tcp_flags & TCP_ACK) || !seq_before(h->next, p->ack))
		return;
	h->next = p->ack;
	h->first_data = h->last_data = f->syn_last;
}

static void take_syn_ack(struct flow *f, const struct packet *p, moment now, int64_t now_us)
{
	struct half *h = &f->half[SIDE_SERVER];

	if (f->synack_n < UINT8_MAX)
		f->synack_n++;
	if (f->synack)
		return;
	f->synack = now;
	h->isn = p->seq;
	h->next = p->seq + 1 + p->payload_length;
	if (p->payload_length)
		h->first_data = h->last_data = now;
	take_early_data(f, p);
	if (f->syn_n == 1)
		f->rtt_us = (uint32_t)(now_us - f->first_us > 0 ? now_us - f->first_us : 0) | 1;
	if (f->state <= TCP_SYN_SENT)
		f->state = TCP_SYN_ANSWERED;
}

/* The other side has everything up to this acknowledgement. */
static void take_ack(struct flow *f, const struct packet *p, enum side side, moment now)
{
	struct half *h = &f->half[side], *o = &f->half[!side];

	if (h->acks && !seq_before(h->acked, p->ack))
		return;
	if (h->acks) {
		uint32_t arrived = p->ack - h->acked;
		if (arrived > o->largest && arrived < 65536)
			o->largest = (uint16_t)arrived;
	}
	h->acked = p->ack;
	h->acks = true;
	h->progress = now;
	if (o->waiting) {
		o->waiting = seq_before(p->ack, o->next) ? now : 0;
		o->repeats = 0;
		o->repeated = 0;
	}
}

#define CLOSING_MOST 96u /* bytes of the longest alert record: CBC with padding */

/* A TLS record of an alert's size at the end of a segment: close_notify, as far
 * as a passer-by can tell. source RFC 8446 6.1 (19 bytes encrypted), RFC 5246 7.2.1 */
static bool looks_closing(const struct packet *p)
{
	struct cursor c = p->payload;

	if (c.lost || c.left < 7 || c.left > 65535)
		return false;
	if (c.left > CLOSING_MOST)
		cursor_skip(&c, c.left - CLOSING_MOST);
	/* The version's first byte is what is looked for: it is the rarest. */
	size_t all = c.left;
	struct cursor three = c;
	for (cursor_skip(&three, 1); cursor_seek(&three, 3); cursor_skip(&three, 1)) {
		size_t at = all - three.left - 1;
		uint8_t type = cursor_peek(&c, at), length = cursor_peek(&c, at + 4);
		if (at + 7 > all)
			return false;
		if (cursor_peek(&c, at + 3) != 0 || length != all - at - 5)
			continue;
		if (type == 21 || (type == 23 && length == 19))
			return true;
	}
	return false;
}

/* The same of a segment that the capture cut: only its size tells. One record of
 * an alert, by TLS 1.3; by TLS 1.2 with ChaCha20, GCM, CBC with SHA-1, SHA-256, SHA-384. */
static bool may_be_closing(const struct packet *p)
{
	static const uint32_t sizes[] = {24, 23, 31, 37, 53, 69, 85};
	uint8_t type = cursor_peek(&p->payload, 0);

	if (p->payload.left && type != 21 && type != 23)
		return false;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		if (p->payload_length == sizes[i])
			return true;
	return false;
}

static void take_new_data(struct flow *f, struct half *h, const struct packet *p, enum side side, moment now)
{
	uint32_t end = p->seq + p->payload_length;

	if (h->packets > 1 && seq_before(h->next, p->seq) && (h->first_data || !f->midstream))
		h->hole = true;
	if (side == SIDE_CLIENT) {
		moment theirs = f->half[SIDE_SERVER].last_data;
		moment before = h->last_data > theirs ? h->last_data : theirs;
		f->idle_ms = before ? now - before : 0;
	}
	h->next = end;
	h->last_data = h->progress = now;
	if (!h->first_data)
		h->first_data = now;
	if (!h->waiting)
		h->waiting = now;
	bool cut = p->payload.lost && f->half[!side].first_data;
	h->closing = (p->tcp_flags & TCP_PSH) && (cut ? may_be_closing(p) : looks_closing(p));
}

/* Data sent before, and not acknowledged: a repeat when its sender had to wait. */
static void take_old_data(struct flow *f, struct half *h, const struct packet *p, enum side side, moment now)
{
	const struct half *o = &f->half[!side];
	moment since = h->repeated ? h->repeated : h->waiting;

	if (!h->waiting || (o->acks && !seq_before(o->acked, p->seq + p->payload_length)))
		return;
	/* A keep-alive or window probe: RFC 9293 3.8.4, 3.8.6.1. A single byte that waits is none. */
	if (o->window == 0 || (p->payload_length <= 1 && !(o->acks && p->seq == o->acked)))
		return;
	if (now - since < FLIGHT_MS && h->repeats == 0)
		return;
	if (h->repeats < UINT16_MAX)
		h->repeats++;
	h->repeated = now;
	h->stuck = p->payload_length > UINT16_MAX ? UINT16_MAX : (uint16_t)p->payload_length;
}

static void take_data(struct flow *f, const struct packet *p, enum side side, moment now)
{
	struct half *h = &f->half[side];

	if (!h->first_data && (f->midstream || h->isn == 0) && h->next == 0) {
		h->isn = p->seq;
		h->next = p->seq;
	}
	if (seq_before(h->next, p->seq + p->payload_length))
		take_new_data(f, h, p, side, now);
	else
		take_old_data(f, h, p, side, now);
}

/* Before its FIN or RST is noted. */
static void note_end(struct flow *f, enum side side)
{
	const struct half *c = &f->half[SIDE_CLIENT];

	f->server_ended_first |= side == SIDE_SERVER && !c->fin && !c->rst;
}

static void take_rst(struct flow *f, const struct packet *p, enum side side, moment now)
{
	struct half *h = &f->half[side];

	note_end(f, side);
	if (!h->rst)
		h->rst = now;
	if (side == SIDE_SERVER) {
		if (f->reset.n == 0) {
			f->reset.ip_id = p->ip_id;
			f->reset.ttl = p->ttl;
			f->reset.window = p->window;
			f->reset.with_ack = p->tcp_flags & TCP_ACK;
			if (!h->acks)
				h->acked = p->ack; /* of use to a SYN that comes behind it */
			f->reset.behind = f->reset.with_ack && seq_before(p->ack, f->half[SIDE_CLIENT].next);
		}
		if (f->reset.n < UINT8_MAX)
			f->reset.n++;
	}
	f->state = TCP_OVER;
}

static void take_fin(struct flow *f, const struct packet *p, enum side side, moment now)
{
	struct half *h = &f->half[side];

	note_end(f, side);
	if (!h->fin) {
		h->fin = now;
		if ((f->synack || h->first_data) && seq_before(h->next, p->seq))
			h->hole = true;
		if (seq_before(h->next, p->seq + p->payload_length + 1))
			h->next = p->seq + p->payload_length + 1;
	}
	if (f->state < TCP_CLOSING)
		f->state = TCP_CLOSING;
	if (f->half[0].fin && f->half[1].fin)
		f->state = TCP_OVER;
}

bool tcp_story(struct flow *f, const struct packet *p, enum side side, int64_t now_us)
{
	struct half *h = &f->half[side];
	moment now = flow_moment(f, now_us);
	uint8_t before = f->state, flags = p->tcp_flags;

	count(h, p, now);
	h->flags |= flags;
	if (!(flags & TCP_RST)) {
		if (!h->ttl)
			h->ttl = p->ttl;
		h->window = p->window;
	}
	if (side == SIDE_SERVER && (h->flags & TCP_RST) && !(flags & TCP_RST))
		f->reset.data_after = true;
	if (flags & TCP_SYN) {
		if (side == SIDE_CLIENT && !(flags & TCP_ACK))
			take_syn(f, p, now, now_us);
		else if (side == SIDE_SERVER && (flags & TCP_ACK))
			take_syn_ack(f, p, now, now_us);
		else
			f->split_handshake = true;
	}
	if ((flags & TCP_ACK) && !(flags & TCP_RST))
		take_ack(f, p, side, now);
	if (p->payload_length && !(flags & (TCP_SYN | TCP_RST)))
		take_data(f, p, side, now);
	if (flags & TCP_FIN)
		take_fin(f, p, side, now);
	if (flags & TCP_RST)
		take_rst(f, p, side, now);
	else if (f->state < TCP_OPEN && !(flags & TCP_SYN) && (f->midstream || f->synack))
		f->state = TCP_OPEN;
	return f->state != before;
}

/* ---- UDP */

static uint32_t request_hash(const struct packet *p)
{
	struct cursor c = p->payload;
	size_t n = c.left < 256 ? c.left : 256;
	const uint8_t *bytes = cursor_bytes(&c, n);

	return (uint32_t)hash_bytes(bytes, bytes ? n : 0) | 1;
}

void udp_story(struct flow *f, const struct packet *p, enum side side, int64_t now_us)
{
	struct half *h = &f->half[side];
	moment now = flow_moment(f, now_us);

	if (side == SIDE_CLIENT && f->half[SIDE_SERVER].packets == 0 && h->packets < 64) {
		uint32_t hash = request_hash(p);
		if (f->request_hash == 0)
			f->request_hash = hash;
		if (!h->packets || now - h->last_data >= FLIGHT_MS) {
			f->flights++;
			h->last_data = now;
		}
		if (hash == f->request_hash && (!h->repeated || now - h->repeated >= REQUEST_MS)) {
			f->request_flights++;
			h->repeated = now;
		}
	}
	count(h, p, now);
	if (!h->ttl)
		h->ttl = p->ttl;
	if (!h->first_data)
		h->first_data = now;
	if (side == SIDE_SERVER)
		h->last_data = now;
}

/* ---- ICMP */

static bool is_unreachable(const struct packet *p)
{
	if (p->proto == PROTO_ICMP6)
		return p->icmp_type == 1;
	return p->icmp_type == 3 && p->icmp_code != 4; /* 3/4: fragmentation needed */
}

static bool is_prohibited(bool v6, uint8_t code)
{
	if (v6)
		return code == 1 || code == 5 || code == 6;
	return code == 9 || code == 10 || code == 13;
}

/* An error about what this connection never sent is forged, or about an
 * earlier one of the same ports. source RFC 5927 4.1 */
static bool quotes_another(const struct flow *f, const struct packet *p)
{
	const struct half *c = &f->half[SIDE_CLIENT];

	if (!p->quoted.has_seq || f->proto != PROTO_TCP || f->syn_n == 0)
		return false;
	return seq_before(p->quoted.seq, c->isn) || seq_before(c->next, p->quoted.seq);
}

void icmp_story(struct flow *f, const struct packet *p, enum side side, int64_t now_us)
{
	struct unreachable *u = &f->unreachable;
	bool v6 = p->proto == PROTO_ICMP6;

	if (side != SIDE_CLIENT || !is_unreachable(p) || addr_equal(&p->src, &f->client) || quotes_another(f, p))
		return;
	if (u->n < UINT16_MAX)
		u->n++;
	/* Who forbids tells more than who only cannot reach. */
	if (u->at && (is_prohibited(u->v6, u->code) || !is_prohibited(v6, p->icmp_code)))
		return;
	u->at = flow_moment(f, now_us);
	u->sender = p->src;
	u->type = p->icmp_type;
	u->code = p->icmp_code;
	u->v6 = v6;
}
